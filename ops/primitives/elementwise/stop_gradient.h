#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// A view through which no gradient flows.
class StopGradient final : public Primitive {
 public:
  std::string_view name() const override { return "stop_gradient"; }
  Traits traits(const Program&, const Instruction&) const override {
    return {.view = true, .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
};

}  // namespace graft::ops
