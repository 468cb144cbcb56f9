#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "graft/core/tensor.h"

namespace graft {

/// A value of Python as it stands in the settings of an operation or in a call: None, True, 2, 0.5, "same", (1, 2), an
/// array, a slice of an index, or "..." in one.
class Literal {
 public:
  /// start:stop:step of an index; a part that is absent is None.
  struct Slice {
    std::optional<int64_t> start = {}, stop = {}, step = {};
    bool operator==(const Slice&) const = default;
  };
  /// "..." in an index.
  struct Ellipsis {
    bool operator==(const Ellipsis&) const = default;
  };
  using List = std::vector<Literal>;

  Literal() = default;  ///< None
  Literal(bool value) : value_(value) {}
  Literal(int value) : value_(int64_t{value}) {}
  Literal(int64_t value) : value_(value) {}
  Literal(double value) : value_(value) {}
  Literal(const char* value) : value_(std::string(value)) {}
  Literal(std::string value) : value_(std::move(value)) {}
  Literal(Tensor value) : value_(std::move(value)) {}
  Literal(List value) : value_(std::move(value)) {}
  Literal(Slice value) : value_(value) {}
  Literal(Ellipsis value) : value_(value) {}
  explicit Literal(const std::vector<int64_t>& values) : value_(List(values.begin(), values.end())) {}
  /// The list of one axis or more, or none: None.
  explicit Literal(const std::optional<std::vector<int64_t>>& values) {
    if (values) *this = Literal(*values);
  }

  bool is_none() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_tensor() const { return std::holds_alternative<Tensor>(value_); }
  bool is_list() const { return std::holds_alternative<List>(value_); }
  bool is_slice() const { return std::holds_alternative<Slice>(value_); }
  bool is_ellipsis() const { return std::holds_alternative<Ellipsis>(value_); }

  // The value; each throws ConfigError `expected a whole number; received "same"` for another kind.
  bool boolean() const;
  int64_t integer() const;
  double number() const;  ///< of a whole number too
  const std::string& string() const;
  const Tensor& tensor() const;
  const List& list() const;
  const Slice& slice() const;
  std::vector<int64_t> integers() const;  ///< of a list of whole numbers, or of one
  std::vector<double> numbers() const;    ///< of a list of numbers, or of one

  /// As an array: a number has rank 0, nested lists of numbers one axis for each depth. Integers and booleans keep
  /// their kind as int32. Throws ConfigError where the value is no array.
  Tensor as_tensor() const;

  std::string str() const;  ///< as Python prints it, arrays by their shape
  bool operator==(const Literal& other) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Tensor, List, Slice, Ellipsis> value_;
};

/// Values by name: the settings of an operation, the arguments of a call.
using Literals = std::map<std::string, Literal>;

}  // namespace graft
