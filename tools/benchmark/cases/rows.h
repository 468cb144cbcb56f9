#pragma once

// Internal: cases of kernels over the rows of a matrix.

#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

constexpr float kNormEpsilon = 1e-3f;  ///< of all normalisations

void add_norms(KernelCases& all);
void add_rows_of_classes(KernelCases& all);
void add_reductions(KernelCases& all);

}  // namespace graft::bench
