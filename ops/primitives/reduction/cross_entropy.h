#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

struct CrossEntropyArgs {
  int axis;  ///< of the classes
  /// predicted is before the softmax; else it holds shares, which are divided by their sum and clipped to
  /// [1e-7, 1 - 1e-7], as Keras does.
  bool from_logits = false;
  /// target holds the number of the right class, not a share of each. A number that no class has costs nothing.
  bool sparse = false;
};

/// -sum(target log(share)) along the axis, whose dim becomes 1. target has the dims of predicted, or of the result.
Value cross_entropy(Builder& builder, Value target, Value predicted, const CrossEntropyArgs& args);

/// The gradient of cross_entropy for predicted; behind a softmax, for what went into that.
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
