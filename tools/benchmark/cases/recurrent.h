#pragma once

// Internal: cases of the walks of recurrent cells.

#include "graft/ops/kernels/recurrent/shape.h"
#include "graft/tools/benchmark/cases/kernel_case.h"

namespace graft::bench {

/// The shape of a case whose size is (cell, rows, steps, units, walk, lanes), where walk is 1 for masks, plus 2 for
/// go_backwards, plus 4 for zero_output_for_mask.
ops::RecurrentShape recurrent_shape(const ops::Dims& size);
bool is_masked(const ops::Dims& size);

void add_recurrent(KernelCases& all);

}  // namespace graft::bench
