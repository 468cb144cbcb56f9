#include "graft/graph/layers/operations/expressions.h"

#include <algorithm>
#include <numeric>

namespace graft {

Value constant_of(In in, const std::vector<float>& numbers) {
  return in.b.constant(Tensor(Shape{std::ssize(numbers)}, numbers));
}

Value counting(In in, int64_t count, int64_t first) {
  std::vector<float> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), static_cast<float>(first));
  return constant_of(in, numbers);
}

Value cut(In in, Value x, int axis, int64_t begin, int64_t size) {
  Dims sizes = in.b.dims(x), start(sizes.size(), 0);
  if (begin == 0 && size == sizes[static_cast<size_t>(axis)]) return x;
  start[static_cast<size_t>(axis)] = begin;
  sizes[static_cast<size_t>(axis)] = size;
  return in.b.slice(x, start, sizes);
}

Value expanded(In in, Value x, int axis) {
  Dims dims = in.dims_of(x);
  dims.insert(dims.begin() + axis, 1);
  return in.b.reshape(x, dims);
}

Value moved(In in, Value x, const std::vector<int>& axes, const std::vector<int>& places) {
  const auto rank = static_cast<int>(in.b.dims(x).size());
  std::vector<int> order(static_cast<size_t>(rank), -1);
  for (size_t i = 0; i < axes.size(); ++i) order[static_cast<size_t>(places[i])] = axes[i];
  int next = 0;
  for (int& axis : order) {
    if (axis >= 0) continue;
    while (std::ranges::find(axes, next) != axes.end()) ++next;
    axis = next++;
  }
  return in.b.transpose(x, order);
}

Value flat(In in, Value x) { return in.b.reshape(x, {ops::elements(in.b.dims(x))}); }

// The diagonal of matrices (..., rows, columns): every (columns + 1)th element of their rows, one after the other.
Value diagonal_of(In in, Value matrices, int64_t offset) {
  Dims dims = in.b.dims(matrices);
  const int64_t columns = dims.back(), rows = dims[dims.size() - 2];
  const int64_t down = std::max<int64_t>(-offset, 0), right = std::max<int64_t>(offset, 0);
  const int64_t count = std::min(rows - down, columns - right);
  if (count < 1) throw ShapeError(cat("the matrices have no diagonal ", offset, "; received ", Shape(dims)));
  dims.pop_back();
  dims.back() = rows * columns;
  Dims begin(dims.size(), 0), sizes = dims, steps(dims.size(), 1);
  begin.back() = down * columns + right;
  sizes.back() = count;
  steps.back() = columns + 1;
  return in.b.strided_slice(in.b.reshape(matrices, dims), begin, sizes, steps);
}

std::optional<DType> dtype_setting(const Literals& settings, DType) {
  const auto found = settings.find("dtype");
  if (found == settings.end() || found->second.is_none()) return {};
  return dtype_named(found->second.string());
}

std::optional<DType> sum_dtype(const Literals& settings, DType common) {
  if (const auto written = dtype_setting(settings, common)) return written;
  return common == DType::boolean ? std::optional(DType::s32) : std::nullopt;
}

}  // namespace graft
