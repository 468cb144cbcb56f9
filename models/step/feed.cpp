#include "graft/models/step/feed.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "graft/core/error.h"

namespace graft {

static std::string numbered(const std::string& what, const TensorList& tensors, size_t i) {
  return tensors.size() == 1 ? what : cat(what, '[', i, ']');
}

int64_t count_rows(const TensorList& tensors, const std::string& what) {
  int64_t rows = -1;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string name = numbered(what, tensors, i);
    if (tensors[i].empty()) throw DataError(cat(name, " is an empty Tensor"));
    if (tensors[i].shape().rank() == 0)
      throw DataError(cat(name, " is a scalar; its first dimension must count the rows"));
    const int64_t own = tensors[i].shape()[0];
    if (own == 0) throw DataError(cat(name, " has no rows: ", tensors[i].shape()));
    if (rows >= 0 && own != rows)
      throw DataError(cat(name, " has ", own, " rows, but ", numbered(what, tensors, 0), " has ", rows));
    rows = own;
  }
  return rows;
}

// -- shapes -----------------------------------------------------------------------------------------------------------

static std::string listed(const SymbolicTensors& inputs) {
  std::string text;
  for (const SymbolicTensor& input : inputs) text += cat(text.empty() ? "" : ", ", input.origin(), ' ', input.shape());
  return text;
}

Tensor fit_to_shape(const Tensor& tensor, const Shape& shape, const std::string& who, const std::string& what) {
  if (tensor.empty()) throw DataError(cat(what, " is an empty Tensor"));
  const Shape& own = tensor.shape();
  if (shape.accepts(own)) return tensor;
  std::vector<int64_t> dims = own.dims();
  if (shape.rank() == own.rank() + 1 && shape[-1] == 1) dims.push_back(1);
  if (shape.rank() + 1 == own.rank() && own[-1] == 1) dims.pop_back();
  const Shape turned(dims);
  if (turned != own && shape.accepts(turned)) return tensor.reshaped(turned);
  throw ShapeError(cat(who, " takes ", shape, "; received ", what, " of shape ", own));
}

static Shape any_batch(const Shape& shape) { return shape.rank() == 0 ? shape : shape.with_batch(Shape::none); }

TensorList fit_to_inputs(const TensorList& tensors, const SymbolicTensors& inputs, const std::string& what) {
  if (tensors.size() != inputs.size())
    throw ShapeError(cat(what, " must have ", inputs.size(), inputs.size() == 1 ? " tensor (" : " tensors (",
                         listed(inputs), "); received ", tensors.size()));
  TensorList fitted;
  for (size_t i = 0; i < tensors.size(); ++i)
    fitted.push_back(
        fit_to_shape(tensors[i], any_batch(inputs[i].shape()), inputs[i].origin(), numbered(what, tensors, i)));
  count_rows(fitted, what);
  return fitted;
}

// -- values -----------------------------------------------------------------------------------------------------------

// Infinities and NaNs are the floats whose exponent bits are all set. Adding the lowest such exponent to the magnitude
// then carries into the sign bit. The carries are collected and tested once at the end, so that the loop is
// vectorised.
static bool all_finite(std::span<const float> values) {
  constexpr uint32_t kMagnitude = 0x7fffffff, kLowest = 0x00800000;
  constexpr size_t kGrain = 1 << 20;  // values that are worth another thread
  uint32_t carries = 0;
  const float* v = values.data();
  const size_t n = values.size();
#pragma omp parallel for simd reduction(| : carries) if (n > kGrain) schedule(static)
  for (size_t i = 0; i < n; ++i) carries |= (std::bit_cast<uint32_t>(v[i]) & kMagnitude) + kLowest;
  return (carries & ~kMagnitude) == 0;
}

void check_finite(const Tensor& tensor, const std::string& name) {
  if (!is_floating(tensor.dtype())) return;
  if (tensor.dtype() != DType::f32) return check_finite(tensor.cast(DType::f32), name);
  const std::span<const float> values = tensor.data<float>();
  if (all_finite(values)) return;
  const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  const auto position = static_cast<int64_t>(bad - values.begin());
  const Shape& shape = tensor.shape();
  const int64_t row = shape.rank() == 0 ? 0 : position / (tensor.elements() / shape[0]);
  throw DataError(cat(name, " holds ", std::isnan(*bad) ? "a NaN" : "an infinity", " in row ", row));
}

void check_finite(const TensorList& tensors, const SymbolicTensors& inputs) {
  for (size_t i = 0; i < tensors.size(); ++i) check_finite(tensors[i], inputs[i].origin());
}

template <class T>
static void check_magnitude(const Tensor& tensor, double largest, const std::string& name, const char* reason) {
  const std::span<const T> values = tensor.data<T>();
  const auto beyond = [&](T value) { return std::abs(static_cast<double>(value)) > largest && value - value == 0; };
  const auto bad = std::find_if(values.begin(), values.end(), beyond);
  if (bad == values.end()) return;
  const int64_t row = tensor.shape().rank() == 0 ? 0 : (bad - values.begin()) / (tensor.elements() / tensor.shape()[0]);
  throw DataError(cat(name, " holds ", *bad, " in row ", row, "; ", reason));
}

void check_range(const Tensor& tensor, const std::string& name) {
  constexpr double kExact = 1 << 24;
  constexpr const char* kReason = "networks compute in float32, where integers are exact up to 16777216";
  if (tensor.dtype() == DType::s32) check_magnitude<int32_t>(tensor, kExact, name, kReason);
  if (tensor.dtype() == DType::s64) check_magnitude<int64_t>(tensor, kExact, name, kReason);
  if (tensor.dtype() == DType::f64)
    check_magnitude<double>(tensor, std::numeric_limits<float>::max(), name, "networks compute in float32");
}

void check_range(const TensorList& tensors, const SymbolicTensors& inputs) {
  for (size_t i = 0; i < tensors.size(); ++i) check_range(tensors[i], inputs[i].origin());
}

TensorList rows_of(const TensorList& tensors, int64_t begin, int64_t end) {
  TensorList part;
  for (const Tensor& tensor : tensors) part.push_back(tensor.rows(begin, end));
  return part;
}

void copy_values(const Tensor& tensor, std::span<float> destination) {
  const Tensor floats = tensor.cast(DType::f32);
  std::copy_n(floats.data<float>().begin(), destination.size(), destination.begin());
}

// Prefetches the row that is read next, since no processor predicts the addresses of rows in a shuffled epoch.
template <class T>
static void prefetch(const T* row, int64_t width) {
  constexpr int64_t kLine = 64 / sizeof(T);
  for (int64_t i = 0; i < width; i += kLine) __builtin_prefetch(row + i, 0, 2);
}

template <class T>
static void gather(const Tensor& tensor, std::span<const int64_t> rows, std::span<float> destination, int threads) {
  constexpr int64_t kGrain = 1 << 14;  // values that are worth another thread
  const int64_t width = tensor.elements() / tensor.shape()[0], count = std::ssize(rows);
  const T* values = tensor.data<T>().data();
  float* out = destination.data();
  const auto parts = static_cast<int>(std::clamp<int64_t>(count * width / kGrain, 1, threads));
#pragma omp parallel for num_threads(parts) if (parts > 1) schedule(static)
  for (int64_t r = 0; r < count; ++r) {
    if (r + 1 < count) prefetch(values + rows[static_cast<size_t>(r + 1)] * width, width);
    std::copy_n(values + rows[static_cast<size_t>(r)] * width, width, out + r * width);
  }
}

void gather_rows(const Tensor& tensor, std::span<const int64_t> rows, std::span<float> destination, int threads) {
  switch (tensor.dtype()) {
    case DType::f32:
      return gather<float>(tensor, rows, destination, threads);
    case DType::s32:
      return gather<int32_t>(tensor, rows, destination, threads);
    case DType::u8:
      return gather<uint8_t>(tensor, rows, destination, threads);
    default:
      return gather<float>(tensor.cast(DType::f32), rows, destination, threads);
  }
}

}  // namespace graft
