#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

// Returns the settings of pad and slice, for passes, and nothing for other primitives.

struct PadArgs {
  Dims before, after;
  float value;
};
std::optional<PadArgs> pad_args(const Primitive& primitive);
std::optional<Dims> slice_begin(const Primitive& primitive);

/// Whether one of the numbers is below 0.
bool any_negative(const Dims& dims);

}  // namespace graft::ops
