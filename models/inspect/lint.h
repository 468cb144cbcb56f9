#pragma once

#include <string>
#include <vector>

#include "graft/models/model/model.h"

namespace graft {

/// A part of a model that can be computed but is probably a mistake.
struct Finding {
  std::string rule;     ///< the name of the rule: "dead_branch"
  std::string layer;    ///< the path of the layer: "encoder/conv1"
  std::string message;  ///< the reason, and the user's line where it is known
  std::string hint;     ///< what to change

  std::string str() const;  ///< all fields in one line
  bool operator==(const Finding&) const = default;
};

/// Looks for the traps of sharing, grafting and freezing:
///
///     unused_input        nothing needs the input
///     dead_branch         nothing uses the output of a call
///     no_gradient         a trainable layer that no output and no added loss depends on through a gradient
///     shared_statistics   a BatchNormalization that moves its statistics several times in one training step
///     changed_flags       trainable flags that changed after compile() and so have no effect
///     repeated_penalty    several layers with a regularizer on one variable: each adds its own
///     clashing_names      two layers with weights whose names a file, or a reader, may confuse
///
/// Returns the findings; the list is empty for a model without traps. Unknown dimensions are taken as 64; throws
/// ShapeError when the layers do not accept that.
std::vector<Finding> lint(const Model& model);

}  // namespace graft
