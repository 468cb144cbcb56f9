#pragma once

#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

/// large_product, of (rows, columns, depth, left transposed, right transposed, activation or -1). Sources: left, right,
/// bias; destinations: the product, packed right matrix, scratch. The packed matrix is a part of what is timed.
void add_products(KernelCases& out);

}  // namespace graft::bench
