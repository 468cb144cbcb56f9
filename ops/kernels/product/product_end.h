#pragma once

// Internal: what is done with the sums of a product, while they are in the cache.

#include <cstdint>

#include "graft/ops/program/functions.h"

namespace graft::ops {

struct ProductEnd {
  const float* bias = nullptr;              ///< added to each row; one number a column
  const EltwiseArgs* activation = nullptr;  ///< applied afterwards; one that product_applies
};

/// Whether it is one of the functions that a product can apply to its results.
bool product_applies(const EltwiseArgs& activation);

/// Changes `rows` rows of kColumns columns at most, which are `row` floats apart. bias: of the first column.
void finish_product(const ProductEnd& end, int64_t rows, int64_t columns, float* data, int64_t row);

}  // namespace graft::ops
