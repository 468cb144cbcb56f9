#pragma once

// Internal: cases of kernels over images, which are channels last.

#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

void add_resampling(KernelCases& all);
void add_poolings(KernelCases& all);
void add_moves(KernelCases& all);

}  // namespace graft::bench
