#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft {

/// The update of a kernel (..., I, O) that LoRA trains in its place: alpha / rank (a b) of a (..., I, rank) and b
/// (rank, O). By default alpha is the rank.
ops::Value low_rank(ops::Builder& builder, const Variable& a, const Variable& b, int64_t rank,
                    std::optional<double> alpha);

}  // namespace graft
