#pragma once

#include <optional>

#include "graft/ops/kernels/product/small_product.h"
#include "graft/ops/lower/lowering.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// A product left (rows, depth) times right (depth, columns) of float32 matrices, whose bias and activation may be
/// missing. The layouts of both matrices may be any in which rows or columns are contiguous.
struct Factors {
  Operand left, right;
  Operand bias = {};
  std::optional<EltwiseArgs> activation = {};
};

/// Whether Graft's product is to be used, which packs the right matrix, rather than oneDNN's, which for AVX-512 does so
/// too. `ahead`: the right matrix is known ahead of the runs.
bool prefers_own_product(const ProductSize& size, const std::optional<EltwiseArgs>& activation, bool ahead);

/// The value in its own layout if its rows or its columns are contiguous, else row-major.
Operand factor(Lowering& lowering, Value v);
/// The same with its last two axes swapped.
Operand transposed_factor(Lowering& lowering, Value v);

/// Adds the steps of a product into `to`, which is row-major, and returns the one that multiplies.
Step& own_product(Lowering& lowering, const Instruction& self, const Factors& factors, const Operand& to);

}  // namespace graft::ops
