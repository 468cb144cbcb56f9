#pragma once

// Internal: computing cheap results again rather than keeping them.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// A cheap result that is not read for a long time, and the instruction behind which that time begins.
struct Recomputable {
  Value value;
  size_t dropped_behind;
};
/// The results of a Program that save memory when they are computed again, those that save most first.
std::vector<Recomputable> recomputable(const Program& program);
/// Computes values again where they are next needed, so that they take no memory until then. It is not one of
/// `passes()`: it runs only where a memory limit asks for it, and behind all passes, as merge_common would undo it.
Program recompute(const Program& program, const std::vector<Recomputable>& again);

}  // namespace graft::ops
