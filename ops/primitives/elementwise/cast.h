#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// The same numbers as float32 or bfloat16: what set_precision puts where two instructions differ.
class Cast final : public Primitive {
 public:
  explicit Cast(DType to) : type(to) {}
  std::string_view name() const override { return "cast"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  bool owns_results() const override { return true; }
  std::string attributes() const override { return to_string(type); }
  void realise(Lowering&, const Instruction&) const override;
  const DType type;
};

}  // namespace graft::ops
