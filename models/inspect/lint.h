#pragma once

#include <string>
#include <vector>

#include "graft/models/model/model.h"

namespace graft {

/// Something in a model that can be computed, but is probably a mistake.
struct Finding {
  std::string rule;     ///< the name of the rule: "dead_branch"
  std::string layer;    ///< the path of the layer: "encoder/conv1"
  std::string message;  ///< the reason, and the user's line where it is known
  std::string hint;     ///< what to write instead

  std::string str() const;  ///< all of it in one line
  bool operator==(const Finding&) const = default;
};

/// Looks for the traps of sharing, grafting and freezing:
///
///     unused_input        nothing needs the input
///     dead_branch         nothing needs what a call gives
///     no_gradient         a trainable layer that no output and no added loss depends on through a gradient
///     shared_statistics   a BatchNormalization that moves its statistics several times in one training step
///     changed_flags       trainable flags that were flipped after compile(), where they do not count
///     repeated_penalty    several layers with a regularizer on one variable: each adds its own
///     clashing_names      two layers with weights whose names a file, or a reader, may confuse
///
/// Returns the findings, none for a model without traps. Unknown dimensions are taken as 64; throws ShapeError when the
/// layers cannot follow that.
std::vector<Finding> lint(const Model& model);

}  // namespace graft
