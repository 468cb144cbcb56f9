#pragma once

#include <exception>
#include <source_location>
#include <sstream>
#include <string>

namespace graft {

/// Concatenates the printed forms of its arguments: cat("expected ", 3) == "expected 3".
template <class... Args>
std::string cat(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

/// What every error of the library is. Thrown with the broken rule; whoever passes it on adds what it
/// alone knows: the layer (`who`), what to write instead (`hint`), the user's line (`at`).
///
///     [Conv2D "enc1"] input must have rank 4 (N, H, W, C); received (None, 784) from Input "image".
///       Hint: Reshape({.target_shape = {28, 28, 1}}) makes an image of it.
///       Layer called at train.cpp:31.
///
/// The first `who`, `hint` and `at` win: the place nearest to the mistake names it best.
class Error : public std::exception {
 public:
  explicit Error(std::string rule);

  Error& who(const std::string& name);
  Error& hint(const std::string& text);
  Error& at(const std::source_location& place, const std::string& what = "Layer called");
  /// Completes the rule: ` from Input "image"`, which only the caller of the thrower knows.
  Error& append(const std::string& text) {
    rule_ += text;
    compose();
    return *this;
  }

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& rule() const { return rule_; }

 private:
  void compose();
  std::string rule_, who_, hint_, place_, message_;
};

struct ConfigError : Error { using Error::Error; };   ///< a setting is out of its range or contradicts another
struct ShapeError : Error { using Error::Error; };    ///< a rank or a dimension does not fit
struct GraphError : Error { using Error::Error; };    ///< disconnected, branching, or ambiguous names
struct DataError : Error { using Error::Error; };     ///< values: NaN in data, an empty data set, wrong dtype
struct BackendError : Error { using Error::Error; };  ///< oneDNN or the machine refused

/// A file that cannot be read as what it should be; `path` is the file or the JSON path within it.
struct FormatError : Error {
  FormatError(const std::string& path, const std::string& rule) : Error(cat(path, ": ", rule)) {}
  using Error::Error;
};

/// "train.cpp:31": the file without its directories.
std::string place_name(const std::source_location& place);

}  // namespace graft
