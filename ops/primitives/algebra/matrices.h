#pragma once

// Internal: what primitives on batches of matrices, dims (..., rows, columns), have in common.

#include "graft/ops/kernels/algebra/factor.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

/// A primitive that does the same to each matrix of a batch.
class OnMatrices : public Primitive {
 public:
  Traits traits(const Program& program, const Instruction& self) const override;
};

Matrices matrices_of(const Dims& dims);
/// Dims of the batch (at least (1)), or of a matrix for each of the batch, or of a row of numbers.
Dims batch_dims(const Dims& matrices);
Dims with_matrix(const Dims& matrices, int64_t rows, int64_t columns);
Dims with_row(const Dims& matrices, int64_t numbers);

/// Throws ShapeError unless dims are (..., n, n) or (..., rows, columns); `name` is the function that was given them.
void check_square(const char* name, const Dims& dims);
void check_matrices(const char* name, const Dims& dims);

Value transposed(Builder& b, Value matrices);
/// A constant that fits the matrices: `below`, `diagonal` and `above` are its elements on the three sides of the
/// diagonal.
Value triangles(Builder& b, const Dims& matrices, float below, float diagonal, float above);
/// (..., n) -> (..., 1, n), which multiplies the columns of a matrix, or (..., n, 1), which multiplies its rows.
Value for_columns(Builder& b, Value numbers);
Value for_rows(Builder& b, Value numbers);
/// The sum of two gradients, either of which may be missing.
Value sum_of(Builder& b, Value first, Value second);

}  // namespace graft::ops
