#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

struct CrossEntropyArgs {
  int axis;  ///< of the classes
  /// True if `predicted` is what goes into the softmax. Else it has shares, which are divided by their sum and clipped
  /// to [1e-7, 1 - 1e-7], as in Keras.
  bool from_logits = false;
  /// True if `target` has the number of the right class, not a share of each class. For a number that no class has the
  /// loss is 0.
  bool sparse = false;
};

/// Emits -sum(target log(share)) along the axis, whose dim becomes 1. `target` has the dims of `predicted`, or, if
/// sparse, of the result.
Value cross_entropy(Builder& builder, Value target, Value predicted, const CrossEntropyArgs& args);

// A loss of shares that came out of a softmax or a logistic function is computed from what went in: near 0 and 1 the
// shares are rounded, and clipping them loses the gradient.

/// What went into the softmax along the axis that made these shares, with their dims: a softmax is also found behind
/// views. Empty where the shares were made otherwise.
Value softmax_source(Builder& builder, Value shares, int axis);
/// The same for the logistic function.
Value logistic_source(Builder& builder, Value shares);

/// Computes the gradient of cross_entropy for `predicted`, or, with through_softmax, for what went into the softmax
/// before it.
class CrossEntropyBackward final : public Primitive {
 public:
  CrossEntropyBackward(const CrossEntropyArgs& settings, bool softmax) : args(settings), through_softmax(softmax) {}
  std::string_view name() const override { return "cross_entropy_backward"; }
  std::string attributes() const override;
  void realise(Lowering&, const Instruction&) const override;
  const CrossEntropyArgs args;
  const bool through_softmax;
};

}  // namespace graft::ops
