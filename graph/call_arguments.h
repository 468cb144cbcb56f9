#pragma once

#include <optional>

namespace graft {

/// The arguments of a call beside its tensors, by Keras's names.
struct CallArguments {
  std::optional<bool> training = {};  ///< overrides the mode of the Program for this call
  bool operator==(const CallArguments&) const = default;
};

}  // namespace graft
