#include "graft/core/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <ostream>

#include "graft/core/element.h"
#include "graft/core/error.h"
#include "graft/core/memory.h"
#include "graft/core/npy.h"

namespace graft {

// -- making ----------------------------------------------------------------------------------------------------------

static size_t byte_count(const Shape& shape, DType dtype) {
  size_t bytes;
  if (__builtin_mul_overflow(static_cast<size_t>(shape.elements()), size_of(dtype), &bytes))
    throw ShapeError(cat("a tensor ", shape, " has more bytes than can be counted in 64 bits"));
  return bytes;
}

// Zeros, or empty strings, which are destroyed with the memory that they are in.
static std::shared_ptr<std::byte> new_elements(const Shape& shape, DType dtype) {
  const std::shared_ptr<std::byte> memory =
      zeroed_memory(byte_count(shape, dtype), cat("a tensor ", shape, " of ", to_string(dtype)));
  if (dtype != DType::string) return memory;
  auto* strings = reinterpret_cast<std::string*>(memory.get());
  const auto count = static_cast<size_t>(shape.elements());
  std::uninitialized_value_construct_n(strings, count);
  return {memory.get(), [memory, strings, count](std::byte*) { std::destroy_n(strings, count); }};
}

Tensor::Tensor(Shape shape, DType dtype)
    : shape_(std::move(shape)), dtype_(dtype), buffer_(new_elements(shape_, dtype_)) {}

template <class T>
static Tensor tensor_of(Shape shape, const std::vector<T>& values) {
  if (shape.elements() != static_cast<int64_t>(values.size()))
    throw ShapeError(cat("a tensor ", shape, " has ", shape.elements(), " values; received ", values.size()));
  Tensor tensor(std::move(shape), dtype_of<T>());
  std::copy(values.begin(), values.end(), tensor.data<T>().begin());
  return tensor;
}

Tensor::Tensor(Shape shape, std::vector<float> values) : Tensor(tensor_of(std::move(shape), values)) {}
Tensor::Tensor(Shape shape, std::vector<int32_t> values) : Tensor(tensor_of(std::move(shape), values)) {}
Tensor::Tensor(Shape shape, std::vector<uint8_t> values) : Tensor(tensor_of(std::move(shape), values)) {}
Tensor::Tensor(Shape shape, std::vector<int64_t> values) : Tensor(tensor_of(std::move(shape), values)) {}
Tensor::Tensor(Shape shape, std::vector<double> values) : Tensor(tensor_of(std::move(shape), values)) {}
Tensor::Tensor(Shape shape, std::vector<bool> values) : Tensor(tensor_of(std::move(shape), values)) {}
Tensor::Tensor(Shape shape, std::vector<std::string> values) : Tensor(tensor_of(std::move(shape), values)) {}

static std::vector<float> floats(std::initializer_list<Tensor::Number> numbers) {
  std::vector<float> values;
  for (const Tensor::Number& number : numbers) values.push_back(number.value);
  return values;
}

static std::vector<float> floats(const Shape& shape, std::span<const std::initializer_list<Tensor::Number>> rows) {
  std::vector<float> values;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::vector<float> row = floats(rows[i]);
    if (shape.rank() == 0 || static_cast<int64_t>(row.size()) != shape[-1])
      throw ShapeError(cat("row ", i, " has ", row.size(), " values, which does not fit a tensor ", shape));
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

Tensor::Tensor(Shape shape, std::initializer_list<Number> values) : Tensor(std::move(shape), floats(values)) {}
Tensor::Tensor(Shape shape, std::span<const std::initializer_list<Number>> rows)
    : Tensor(tensor_of(shape, floats(shape, rows))) {}

Tensor Tensor::scalar(float value) { return full({}, value); }

Tensor Tensor::full(Shape shape, float value) {
  Tensor tensor(std::move(shape));
  std::ranges::fill(tensor.data<float>(), value);
  return tensor;
}

// -- reading ---------------------------------------------------------------------------------------------------------

template <class T>
static void check_type(const Tensor& tensor) {
  if (tensor.dtype() != dtype_of<T>())
    throw DataError(cat("a tensor of ", to_string(tensor.dtype()), " cannot be read as ", to_string(dtype_of<T>())));
}

template <class T>
std::span<const T> Tensor::data() const& {
  check_type<T>(*this);
  return {reinterpret_cast<const T*>(raw()), static_cast<size_t>(elements())};
}

template <class T>
std::span<T> Tensor::data() & {
  check_type<T>(*this);
  return {reinterpret_cast<T*>(raw()), static_cast<size_t>(elements())};
}

template std::span<const float> Tensor::data<float>() const&;
template std::span<const int32_t> Tensor::data<int32_t>() const&;
template std::span<const uint8_t> Tensor::data<uint8_t>() const&;
template std::span<const int64_t> Tensor::data<int64_t>() const&;
template std::span<const bool> Tensor::data<bool>() const&;
template std::span<const double> Tensor::data<double>() const&;
template std::span<const std::string> Tensor::data<std::string>() const&;
template std::span<float> Tensor::data<float>() &;
template std::span<int32_t> Tensor::data<int32_t>() &;
template std::span<uint8_t> Tensor::data<uint8_t>() &;
template std::span<int64_t> Tensor::data<int64_t>() &;
template std::span<bool> Tensor::data<bool>() &;
template std::span<double> Tensor::data<double>() &;
template std::span<std::string> Tensor::data<std::string>() &;

float Tensor::item() const {
  if (elements() != 1) throw ShapeError(cat("item() needs a tensor of one value; received ", shape_));
  float value = 0;
  convert_elements(raw(), dtype_, reinterpret_cast<std::byte*>(&value), DType::f32, 1);
  return value;
}

// -- other forms -----------------------------------------------------------------------------------------------------

static void copy_elements(const std::byte* from, DType dtype, size_t count, std::byte* to) {
  if (dtype == DType::string)
    convert_elements(from, dtype, to, dtype, count);
  else
    std::memcpy(to, from, count * size_of(dtype));
}

Tensor Tensor::clone() const {
  if (empty()) return {};
  Tensor copy(shape_, dtype_);
  copy_elements(raw(), dtype_, static_cast<size_t>(elements()), copy.raw());
  return copy;
}

static Shape inferred(const Shape& wanted, int64_t elements) {
  const int64_t unknown = std::count(wanted.begin(), wanted.end(), Shape::none);
  if (unknown == 0) return wanted;
  if (unknown > 1) throw ShapeError(cat("one dimension can be inferred, not ", unknown, "; received ", wanted));
  const int64_t place = std::find(wanted.begin(), wanted.end(), Shape::none) - wanted.begin();
  const int64_t rest = wanted.with(place, 1).elements();
  return wanted.with(place, rest == 0 ? 0 : elements / rest);
}

Tensor Tensor::reshaped(Shape shape) const {
  Tensor result = *this;
  result.shape_ = inferred(shape, elements());
  if (result.shape_.elements() != elements())
    throw ShapeError(cat("a tensor ", shape_, " cannot be reshaped to ", shape, ": it has ", elements(), " values"));
  return result;
}

static void check_has_rows(const Tensor& tensor) {
  if (tensor.shape().rank() == 0) throw ShapeError("a tensor of rank 0 has no rows");
}

Tensor Tensor::rows(int64_t begin, int64_t end) const {
  check_has_rows(*this);
  if (begin < 0 || begin > end || end > shape_[0])
    throw ShapeError(cat("rows ", begin, " to ", end, " are not in a tensor ", shape_));
  Tensor result = *this;
  result.shape_ = shape_.with_batch(end - begin);
  const size_t row_bytes = shape_[0] == 0 ? 0 : bytes() / static_cast<size_t>(shape_[0]);
  result.buffer_ = {buffer_, buffer_.get() + static_cast<size_t>(begin) * row_bytes};
  return result;
}

Tensor Tensor::gathered(std::span<const int64_t> rows) const {
  check_has_rows(*this);
  Tensor result(shape_.with_batch(static_cast<int64_t>(rows.size())), dtype_);
  const size_t width = shape_[0] == 0 ? 0 : static_cast<size_t>(elements() / shape_[0]);
  const size_t row_bytes = width * size_of(dtype_);
  std::byte* to = result.raw();
  for (const int64_t row : rows) {
    if (row < 0 || row >= shape_[0]) throw ShapeError(cat("row ", row, " is not in a tensor ", shape_));
    copy_elements(raw() + static_cast<size_t>(row) * row_bytes, dtype_, width, to);
    to += row_bytes;
  }
  return result;
}

Tensor Tensor::cast(DType dtype) const {
  if (dtype == dtype_ || empty()) return *this;
  Tensor result(shape_, dtype);
  convert_elements(raw(), dtype_, result.raw(), dtype, static_cast<size_t>(elements()));
  return result;
}

// -- NumPy's files ---------------------------------------------------------------------------------------------------

// The type of a file's elements without a wish: Keras's networks compute with float32 and int32.
static DType usual_type(DType stored) {
  if (stored == DType::f64) return DType::f32;
  if (stored == DType::s64) return DType::s32;
  return stored == DType::boolean ? DType::u8 : stored;
}

Tensor Tensor::load_npy(const std::filesystem::path& path, std::optional<DType> dtype) {
  NpyArray array = read_npy(path);
  Tensor tensor;
  tensor.shape_ = std::move(array.shape);
  tensor.dtype_ = array.dtype;
  tensor.buffer_ = std::move(array.elements);
  try {
    return tensor.cast(dtype.value_or(usual_type(array.dtype)));
  } catch (const DataError& error) {
    throw FormatError(path.string(), cat(error.rule(), ", which ", array.descr, " is read as"));
  }
}

void Tensor::save_npy(const std::filesystem::path& path) const {
  if (empty()) throw DataError(cat(path.string(), ": a tensor without data cannot be saved"));
  write_npy(path, {.shape = shape_, .dtype = dtype_, .elements = buffer_});
}

// -- printing and comparing ------------------------------------------------------------------------------------------

const Tensor& Tensors::single() const {
  if (size() == 1) return front();
  throw DataError(cat("expected one Tensor; received ", size()));
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (tensor.empty()) return out << "Tensor without data";
  constexpr int64_t kShown = 3;
  const int64_t count = tensor.elements();
  out << "Tensor " << tensor.shape() << ' ' << to_string(tensor.dtype()) << " [";
  for (int64_t i = 0; i < count; ++i) {
    if (i) out << ", ";
    if (count > 2 * kShown + 1 && i == kShown) {
      out << "..., ";
      i = count - kShown;
    }
    print_element(out, tensor.raw() + static_cast<size_t>(i) * size_of(tensor.dtype()), tensor.dtype());
  }
  return out << ']';
}

double relative_difference(const Tensor& a, const Tensor& b) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (a.shape() != b.shape() || a.empty() != b.empty()) return kInfinite;
  if (a.dtype() == DType::string || b.dtype() == DType::string) return bit_equal(a, b) ? 0 : kInfinite;
  const Tensor left = a.cast(DType::f32), right = b.cast(DType::f32);
  const auto x = left.data<float>(), y = right.data<float>();
  double difference = 0, largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) != std::isnan(y[i])) return kInfinite;
    if (std::isnan(x[i]) || x[i] == y[i]) {
      if (std::isfinite(y[i])) largest = std::max(largest, std::abs(static_cast<double>(y[i])));
      continue;
    }
    if (std::isinf(x[i]) || std::isinf(y[i])) return kInfinite;
    difference = std::max(difference, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
    largest = std::max(largest, std::abs(static_cast<double>(y[i])));
  }
  return largest > 0 ? difference / largest : difference;
}

bool bit_equal(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype() || a.empty() != b.empty()) return false;
  if (a.dtype() == DType::string) return std::ranges::equal(a.data<std::string>(), b.data<std::string>());
  return a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

}  // namespace graft
