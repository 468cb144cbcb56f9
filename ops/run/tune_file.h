#pragma once

// Internal: what was found the fastest on this machine, in a file of lines
//
//     graft-tune 2
//     0123456789abcdef blocked
//
// whose first word names what was timed, the CPU and the version of oneDNN.

#include <map>
#include <optional>
#include <string>

namespace graft {

class TuneFile {
 public:
  /// Reads the file, if there is one. A damaged one counts as empty, and the note tells of it.
  explicit TuneFile(std::string path);

  /// What was chosen for `what` (any text that tells all that the times depend on but the machine).
  std::optional<std::string> find(const std::string& what) const;
  void set(const std::string& what, const std::string& choice);
  /// Writes the file anew. Tuning is a help, so one that cannot be written is told of in the note and nothing more.
  void save();

  const std::string& path() const { return path_; }
  const std::string& note() const { return note_; }

 private:
  bool read();
  std::string path_, note_;
  std::map<std::string, std::string> lines_;  // by key
  int line_ = 0;                              // that was read last
};

}  // namespace graft
