#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes dst = a op b, with broadcasting.
class BinaryForward final : public Primitive {
 public:
  explicit BinaryForward(Binary which) : algorithm(which) {}
  std::string_view name() const override { return "binary"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const Binary algorithm;
};

}  // namespace graft::ops
