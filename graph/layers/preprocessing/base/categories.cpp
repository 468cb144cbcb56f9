#include "graft/graph/layers/preprocessing/base/categories.h"

#include <algorithm>

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

CategoryForm category_form(const std::string& output_mode) {
  if (output_mode == "int") return CategoryForm::integers;
  if (output_mode == "one_hot") return CategoryForm::one_hot;
  return output_mode == "multi_hot" ? CategoryForm::multi_hot : CategoryForm::count;
}

// The axis whose elements make one sample.
static int64_t sample_axis(int64_t rank) { return rank > 1 ? 1 : 0; }

static Shape without_axis(const Shape& shape, int64_t axis) {
  std::vector<int64_t> dims = shape.dims();
  if (!dims.empty()) dims.erase(dims.begin() + axis);
  return Shape(dims);
}

static Shape with_last(const Shape& shape, int64_t depth) {
  std::vector<int64_t> dims = shape.dims();
  dims.push_back(depth);
  return Shape(dims);
}

Shape category_shape(const Shape& numbers, CategoryForm form, int64_t depth) {
  const int64_t rank = numbers.rank();
  if (form == CategoryForm::integers) return numbers;
  if (form == CategoryForm::one_hot)
    return rank > 1 && numbers[-1] == 1 ? numbers.with(-1, depth) : with_last(numbers, depth);
  return with_last(without_axis(numbers, sample_axis(rank)), depth);
}

Tensor encode_categories(const Tensor& numbers, CategoryForm form, int64_t depth) {
  if (form == CategoryForm::integers) return numbers;
  Tensor encoded(category_shape(numbers.shape(), form, depth));
  const Tensor wide = numbers.cast(DType::s64);
  const std::span<const int64_t> from = wide.data<int64_t>();
  const std::span<float> to = encoded.data<float>();
  // The numbers as (outer, sample, inner): those of one sample go into one vector.
  const bool reduces = form != CategoryForm::one_hot;
  const int64_t rank = numbers.shape().rank(), axis = sample_axis(rank);
  const int64_t sample = reduces && rank > 0 ? numbers.shape()[axis] : 1;
  int64_t inner = 1;
  for (int64_t i = axis + 1; reduces && i < rank; ++i) inner *= numbers.shape()[i];
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] < 0 || from[i] >= depth) continue;
    const auto place = static_cast<int64_t>(i);
    const int64_t vector = place / (sample * inner) * inner + place % inner;
    float& value = to[static_cast<size_t>(vector * depth + from[i])];
    value = form == CategoryForm::count ? value + 1 : 1;
  }
  return encoded;
}

Value emit_categories(Builder& b, Value numbers, CategoryForm form, int64_t depth, Value weights) {
  if (form == CategoryForm::integers) return numbers;
  const Shape shape(b.dims(numbers));
  const Dims to = category_shape(shape, form, depth).dims();
  Value hot = b.one_hot(numbers, depth);
  if (weights) hot = b.mul(hot, b.reshape(weights, with_last(shape, 1).dims()));
  if (form == CategoryForm::one_hot) return b.reshape(hot, to);
  const auto reduction = form == CategoryForm::count ? ops::Reduction::sum : ops::Reduction::max;
  return b.reshape(b.reduce(reduction, hot, {static_cast<int>(sample_axis(shape.rank()))}), to);
}

void refuse_program() {
  throw GraphError("is computed on the host, so no Program can hold it")
      .hint("predict, fit and evaluate compute it apart; a Trainer and a layer around it do not.");
}

void check_dense(bool sparse) {
  if (sparse) throw ConfigError("sparse must be false: tensors are dense; received true");
}

// -- lists of a config -----------------------------------------------------------------------------------------------

template <class T>
static void write_list(FieldVisitor& field, const char* key, const std::vector<T>& values) {
  Literal written;
  if (!values.empty()) written = Literal(Literal::List(values.begin(), values.end()));
  field(key, written);
}

static Literal read_literal(FieldVisitor& field, const char* key) {
  Literal read;
  field(key, read);
  return read;
}

void list_field(FieldVisitor& field, const char* key, std::vector<std::string>& values) {
  if (!field.reading()) return write_list(field, key, values);
  const Literal read = read_literal(field, key);
  if (read.is_none()) return;
  for (const Literal& value : read.list()) values.push_back(value.string());
}

void list_field(FieldVisitor& field, const char* key, std::vector<int64_t>& values) {
  if (!field.reading()) return write_list(field, key, values);
  const Literal read = read_literal(field, key);
  if (!read.is_none()) values = read.integers();
}

void list_field(FieldVisitor& field, const char* key, std::vector<double>& values) {
  if (!field.reading()) return write_list(field, key, values);
  const Literal read = read_literal(field, key);
  if (!read.is_none()) values = read.numbers();
}

template <class T, class Take>
static void optional_field(FieldVisitor& field, const char* key, std::optional<T>& value, const Take& take) {
  if (field.reading() && !field.has(key)) return;
  Literal literal;
  if (!field.reading() && value) literal = Literal(*value);
  field(key, literal);
  if (!field.reading()) return;
  value.reset();
  if (!literal.is_none()) value = take(literal);
}

void token_field(FieldVisitor& field, const char* key, std::optional<std::string>& value) {
  optional_field(field, key, value, [](const Literal& literal) { return literal.string(); });
}

void token_field(FieldVisitor& field, const char* key, std::optional<int64_t>& value) {
  optional_field(field, key, value, [](const Literal& literal) { return literal.integer(); });
}

}  // namespace graft
