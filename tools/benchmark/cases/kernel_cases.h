#pragma once

// Internal: Graft's kernels at the sizes at which tests compare them with plain loops in float64; graft-bench times
// some of them beside oneDNN.

#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

const KernelCases& kernel_cases();

}  // namespace graft::bench
