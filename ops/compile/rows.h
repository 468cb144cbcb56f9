#pragma once

// Internal: Programs that do the same to every row of a batch.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// How many rows the Program works on when each row of the outputs depends on the same row of the inputs alone, so that
/// it may as well run for some rows at a time; 0 where that is not so.
int64_t independent_rows(const Program& program);

/// The same for fewer rows. Only of a Program with independent rows.
Program for_rows(const Program& program, int64_t rows);

}  // namespace graft::ops
