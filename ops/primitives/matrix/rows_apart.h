#pragma once

#include "graft/ops/lower/lowering.h"

namespace graft::ops {

/// The matrices a (K, M) and b (K, N) of a product a^T b.
struct TallFactors {
  Operand a, b;
};

/// Whether a^T b is worth copies of its factors: oneDNN's products for AVX2 read a few columns of all rows at a time.
/// Where rows are a multiple of 256 bytes apart, such columns share few places of the cache, and the product takes up
/// to twice as long.
bool wants_rows_apart(const TallFactors& factors);
/// The factors, copied with rows further apart where that is worth it.
TallFactors with_rows_apart(Lowering& lowering, const TallFactors& factors);

}  // namespace graft::ops
