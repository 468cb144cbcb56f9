#pragma once

// Internal: Programs that compute each row of a batch alone.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// Returns the number of rows of a Program in which each row of the outputs depends only on the same row of the inputs,
/// so that it may be run for some rows at a time. Returns 0 for other Programs.
int64_t independent_rows(const Program& program);

/// Returns the same Program for another number of rows. Its rows must be independent.
Program for_rows(const Program& program, int64_t rows);

}  // namespace graft::ops
