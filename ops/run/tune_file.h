#pragma once

// Internal: remembers what was found the fastest on this machine, in a file like
//
//     graft-tune 2
//     0123456789abcdef blocked
//
// where the first word of a line is a hash of what was timed, the CPU and the version of oneDNN.

#include <map>
#include <optional>
#include <string>

namespace graft {

class TuneFile {
 public:
  /// Reads the file, if there is one. A damaged file counts as empty, and note() says so.
  explicit TuneFile(std::string path);

  /// Returns what was chosen for `what`, a text with all that the times depend on except the machine.
  std::optional<std::string> find(const std::string& what) const;
  void set(const std::string& what, const std::string& choice);
  /// Writes the whole file. If that fails, only note() says so: tuning is optional, so nothing is thrown.
  void save();

  const std::string& path() const { return path_; }
  /// What the report adds about the file.
  const std::string& note() const { return note_; }

 private:
  bool read();
  std::string path_, note_;
  std::map<std::string, std::string> lines_;  // by key
  int line_ = 0;                              // number of the line that was read last
};

}  // namespace graft
