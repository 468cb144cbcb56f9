#pragma once

// Internal: Programs that do the same to every row of a batch.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// The number of rows that the Program works on, where each row of the outputs depends on the same row of the inputs
/// alone, so that it may as well run for some rows at a time; 0 where that is not so.
int64_t independent_rows(const Program& program);

/// The same Program for fewer rows. It must have independent rows.
Program for_rows(const Program& program, int64_t rows);

}  // namespace graft::ops
