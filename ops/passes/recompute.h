#pragma once

// Internal: computes cheap results again rather than keeping them.

#include "graft/ops/program/program.h"

namespace graft::ops {

/// A cheap result that has no reader for a long time, and the index of the instruction behind which that time begins.
struct Recomputable {
  Value value;
  size_t dropped_behind;
};
/// The results of a Program that save memory when they are computed again, those that save most first.
std::vector<Recomputable> recomputable(const Program& program);
/// Computes values again where they are next read, so that they take no memory until then. It is not one of `passes()`:
/// it runs only where a memory limit needs it, and behind all passes, because merge_common would undo it.
Program recompute(const Program& program, const std::vector<Recomputable>& again);

}  // namespace graft::ops
