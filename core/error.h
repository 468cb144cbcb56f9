#pragma once

#include <charconv>
#include <exception>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "graft/core/source_location.h"

namespace graft {

/// Prints a value; a float or double with the fewest digits from which it can be read back exactly.
template <class T>
void print_value(std::ostream& out, const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    char digits[32];
    out.write(digits, std::to_chars(digits, digits + sizeof digits, value).ptr - digits);
  } else {
    out << value;
  }
}

/// Concatenates the printed forms of its arguments: cat("expected ", 3) == "expected 3".
template <class... Args>
std::string cat(const Args&... args) {
  std::ostringstream out;
  (print_value(out, args), ...);
  return out.str();
}

/// The base of every error of the library. It is thrown with the broken rule; each caller that passes it on adds what
/// only it knows: the layer (`who`), what to write instead (`hint`), the user's line (`at`).
///
///     [Conv2D "enc1"] input must have rank 4 (N, H, W, C); received (None, 784) from Input "image".
///       Hint: Reshape({.target_shape = {28, 28, 1}}) makes an image of it.
///       Layer called at train.cpp:31.
///
/// The first `who`, `hint` and `at` stay, because the place nearest to the mistake describes it best.
class Error : public std::exception {
 public:
  explicit Error(std::string rule);

  Error& who(const std::string& name);
  Error& hint(const std::string& text);
  Error& at(const source_location& place, const std::string& what = "Layer called");
  /// Completes the rule: ` from Input "image"`, which only the caller of the thrower knows.
  Error& append(const std::string& text) {
    rule_ += text;
    compose();
    return *this;
  }

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& rule() const& { return rule_; }
  std::string rule() && { return std::move(rule_); }

 private:
  void compose();
  std::string rule_, who_, hint_, place_, message_;
};

/// Keeps the kind in `throw ShapeError(rule).hint(text)`, which would throw the plain Error that hint() returns.
template <class Kind>
struct ErrorOfKind : Error {
  using Error::Error;
  Kind& who(const std::string& name) { return self(Error::who(name)); }
  Kind& hint(const std::string& text) { return self(Error::hint(text)); }
  Kind& at(const source_location& place, const std::string& what = "Layer called") {
    return self(Error::at(place, what));
  }
  Kind& append(const std::string& text) { return self(Error::append(text)); }

 private:
  static Kind& self(Error& error) { return static_cast<Kind&>(error); }
};

/// A setting is out of its range or contradicts another.
struct ConfigError : ErrorOfKind<ConfigError> {
  using ErrorOfKind::ErrorOfKind;
};
/// A rank or a dimension does not fit.
struct ShapeError : ErrorOfKind<ShapeError> {
  using ErrorOfKind::ErrorOfKind;
};
/// A graph is disconnected, it branches where a chain is needed, or its names are ambiguous.
struct GraphError : ErrorOfKind<GraphError> {
  using ErrorOfKind::ErrorOfKind;
};
/// The data are wrong: NaN values, an empty data set, a wrong dtype.
struct DataError : ErrorOfKind<DataError> {
  using ErrorOfKind::ErrorOfKind;
};
/// oneDNN or the machine refused a request.
struct BackendError : ErrorOfKind<BackendError> {
  using ErrorOfKind::ErrorOfKind;
};

/// A file does not have the format that it should have; `path` is the file or the JSON path within it.
struct FormatError : ErrorOfKind<FormatError> {
  using ErrorOfKind::ErrorOfKind;
  FormatError(const std::string& path, const std::string& rule) : ErrorOfKind(cat(path, ": ", rule)) {}
};

/// "train.cpp:31": the file without its directories.
std::string place_name(const source_location& place);

}  // namespace graft
