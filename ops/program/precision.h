#pragma once

#include "graft/core/choice.h"

namespace graft {

/// The words of a Precision.
struct PrecisionWords {
  static constexpr std::string_view name = "precision";
  static constexpr std::array<std::string_view, 2> words{"float32", "bf16"};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> other_words{{{"bfloat16", "bf16"}}};
};
/// What a Program computes in. "bf16": activations and products in bfloat16; weights, statistics, losses and updates
/// stay float32.
using Precision = Choice<PrecisionWords>;
/// A Precision that may be left out.
using OptionalPrecision = OptionalChoice<PrecisionWords>;

}  // namespace graft
