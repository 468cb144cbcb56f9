#include "graft/ops/primitives/algebra/matrices.h"

#include <numeric>

#include "graft/core/error.h"

namespace graft::ops {

Traits OnMatrices::traits(const Program& program, const Instruction& self) const {
  Traits out{.same_for_any_threads = true};
  for (size_t i = 0; i < self.inputs.size(); ++i)
    if (program.dims(self.inputs[0]).size() > 2) out.row_inputs.push_back(i);
  return out;
}

Matrices matrices_of(const Dims& dims) {
  const int64_t rows = dims[dims.size() - 2], columns = dims.back();
  return {elements(dims) / (rows * columns), rows, columns};
}

Dims batch_dims(const Dims& matrices) {
  Dims out(matrices.begin(), matrices.end() - 2);
  return out.empty() ? Dims{1} : out;
}

Dims with_matrix(const Dims& matrices, int64_t rows, int64_t columns) {
  Dims out = matrices;
  out[out.size() - 2] = rows;
  out.back() = columns;
  return out;
}

Dims with_row(const Dims& matrices, int64_t numbers) {
  Dims out(matrices.begin(), matrices.end() - 1);
  out.back() = numbers;
  return out;
}

void check_square(const char* name, const Dims& dims) {
  if (dims.size() < 2 || dims.back() != dims[dims.size() - 2])
    throw ShapeError(cat(name, ": needs square matrices (..., n, n); received ", to_string(dims)));
}

void check_matrices(const char* name, const Dims& dims) {
  if (dims.size() < 2) throw ShapeError(cat(name, ": needs matrices (..., rows, columns); received ", to_string(dims)));
}

Value transposed(Builder& b, Value matrices) {
  std::vector<int> axes(b.dims(matrices).size());
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return b.transpose(matrices, axes);
}

Value triangles(Builder& b, const Dims& matrices, float below, float diagonal, float above) {
  const Matrices m = matrices_of(matrices);
  Dims dims(matrices.size(), 1);
  Tensor out(Shape(with_matrix(dims, m.rows, m.columns)));
  for (int64_t i = 0; i < m.rows; ++i)
    for (int64_t k = 0; k < m.columns; ++k)
      out.data<float>()[static_cast<size_t>(i * m.columns + k)] = k < i ? below : k > i ? above : diagonal;
  return b.constant(out);
}

Value for_columns(Builder& b, Value numbers) {
  Dims dims = b.dims(numbers);
  dims.insert(dims.end() - 1, 1);
  return b.reshape(numbers, dims);
}

Value for_rows(Builder& b, Value numbers) {
  Dims dims = b.dims(numbers);
  dims.push_back(1);
  return b.reshape(numbers, dims);
}

Value sum_of(Builder& b, Value first, Value second) {
  if (!first || !second) return first ? first : second;
  return b.add(first, second);
}

}  // namespace graft::ops
