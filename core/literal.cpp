#include "graft/core/literal.h"

#include <cmath>

#include "graft/core/error.h"

namespace graft {

[[noreturn]] static void expected(const char* what, const Literal& received) {
  throw ConfigError(cat("expected ", what, "; received ", received.str()));
}

bool Literal::boolean() const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  if (is_integer() && (integer() == 0 || integer() == 1)) return integer() == 1;
  expected("True or False", *this);
}

int64_t Literal::integer() const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  if (const Tensor* value = std::get_if<Tensor>(&value_); value && value->elements() == 1)
    return static_cast<int64_t>(value->cast(DType::f32).item());
  if (const double* value = std::get_if<double>(&value_); value && *value == std::floor(*value))
    return static_cast<int64_t>(*value);
  expected("a whole number", *this);
}

double Literal::number() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const bool* value = std::get_if<bool>(&value_)) return *value ? 1 : 0;
  if (const Tensor* value = std::get_if<Tensor>(&value_); value && value->elements() == 1)
    return static_cast<double>(value->cast(DType::f32).item());
  if (!is_integer()) expected("a number", *this);
  return static_cast<double>(integer());
}

const std::string& Literal::string() const {
  if (const std::string* value = std::get_if<std::string>(&value_)) return *value;
  expected("a word", *this);
}

const Tensor& Literal::tensor() const {
  if (const Tensor* value = std::get_if<Tensor>(&value_)) return *value;
  expected("an array", *this);
}

const Literal::List& Literal::list() const {
  if (const List* value = std::get_if<List>(&value_)) return *value;
  expected("a list", *this);
}

const Literal::Slice& Literal::slice() const {
  if (const Slice* value = std::get_if<Slice>(&value_)) return *value;
  expected("a slice", *this);
}

std::vector<int64_t> Literal::integers() const {
  std::vector<int64_t> values;
  if (is_tensor()) {
    const Tensor floats = tensor().cast(DType::f32);
    for (const float value : floats.data<float>()) values.push_back(static_cast<int64_t>(value));
  } else if (is_list()) {
    for (const Literal& item : list()) values.push_back(item.integer());
  } else {
    values.push_back(integer());
  }
  return values;
}

std::vector<double> Literal::numbers() const {
  std::vector<double> values;
  if (is_tensor()) {
    const Tensor floats = tensor().cast(DType::f32);
    for (const float value : floats.data<float>()) values.push_back(static_cast<double>(value));
  } else if (is_list()) {
    for (const Literal& item : list()) values.push_back(item.number());
  } else {
    values.push_back(number());
  }
  return values;
}

// Collects the numbers of nested lists in row-major order, and the length at each depth.
static void flatten(const Literal& value, size_t depth, std::vector<int64_t>& dims, std::vector<Literal>& numbers) {
  if (!value.is_list()) {
    if (depth != dims.size()) expected("lists of equal lengths", value);
    numbers.push_back(value);
    return;
  }
  const auto length = static_cast<int64_t>(value.list().size());
  if (depth == dims.size() && numbers.empty()) dims.push_back(length);
  if (depth >= dims.size() || dims[depth] != length) expected("lists of equal lengths", value);
  for (const Literal& item : value.list()) flatten(item, depth + 1, dims, numbers);
}

Tensor Literal::as_tensor() const {
  if (is_tensor()) return tensor();
  std::vector<int64_t> dims;
  std::vector<Literal> numbers;
  flatten(*this, 0, dims, numbers);
  bool whole = true;
  for (const Literal& value : numbers) whole = whole && (value.is_integer() || value.is_bool());
  if (whole && !numbers.empty()) {
    std::vector<int32_t> values;
    for (const Literal& value : numbers) values.push_back(static_cast<int32_t>(value.number()));
    return Tensor(Shape(dims), std::move(values));
  }
  std::vector<float> values;
  for (const Literal& value : numbers) values.push_back(static_cast<float>(value.number()));
  return Tensor(Shape(dims), std::move(values));
}

static std::string listed(const Literal::List& items) {
  std::string text;
  for (const Literal& item : items) text += cat(text.empty() ? "" : ", ", item.str());
  return cat('[', text, ']');
}

static std::string part(const std::optional<int64_t>& value) { return value ? cat(*value) : ""; }

std::string Literal::str() const {
  if (is_none()) return "None";
  if (is_bool()) return boolean() ? "True" : "False";
  if (is_integer()) return cat(integer());
  if (is_number()) return cat(number());
  if (is_string()) return cat('"', string(), '"');
  if (is_tensor()) return cat("an array of shape ", tensor().shape());
  if (is_list()) return listed(list());
  if (is_slice()) return cat(part(slice().start), ':', part(slice().stop), slice().step ? cat(':', *slice().step) : "");
  return "...";
}

bool Literal::operator==(const Literal& other) const {
  if (is_tensor() && other.is_tensor()) return bit_equal(tensor(), other.tensor());
  if (value_.index() != other.value_.index() || is_tensor()) return false;
  if (is_none() || is_ellipsis()) return true;
  if (is_bool()) return std::get<bool>(value_) == std::get<bool>(other.value_);
  if (is_integer()) return std::get<int64_t>(value_) == std::get<int64_t>(other.value_);
  if (is_number()) return std::get<double>(value_) == std::get<double>(other.value_);
  if (is_string()) return string() == other.string();
  if (is_list()) return list() == other.list();
  return slice() == other.slice();
}

}  // namespace graft
