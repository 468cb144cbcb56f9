#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Converts numbers to float32 or bfloat16. The pass set_precision puts it between two instructions that differ in
/// type.
class Cast final : public Primitive {
 public:
  explicit Cast(DType to) : type(to) {}
  std::string_view name() const override { return "cast"; }
  std::string attributes() const override { return to_string(type); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.owns_results = true, .cheap = true, .row_inputs = {0}};
  }
  void realise(Lowering&, const Instruction&) const override;
  const DType type;
};

}  // namespace graft::ops
