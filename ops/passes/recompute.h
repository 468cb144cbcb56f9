#pragma once

// Internal: computing cheap results again rather than keeping them.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// A cheap result that is not read for a long time, and behind which instruction that time begins.
struct Recomputable {
  Value value;
  size_t dropped_behind;
};
/// Those of a Program that save memory when they are computed again, the ones that save most first.
std::vector<Recomputable> recomputable(const Program& program);
/// Computes values again where they are next needed, so that they need not lie in memory until then. Not one of
/// `passes()`: only what a memory limit asks for, and behind all others, as merge_common would undo it.
Program recompute(const Program& program, const std::vector<Recomputable>& again);

}  // namespace graft::ops
