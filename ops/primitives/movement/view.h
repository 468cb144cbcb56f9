#pragma once

#include "graft/ops/program/primitive.h"

namespace graft::ops {

/// Computes dst.dims[i] = src.dims[permutation[i]], and copies nothing: it only permutes the axes of the layout.
class Transpose final : public Primitive {
 public:
  explicit Transpose(std::vector<int> axes) : permutation(std::move(axes)) {}
  std::string_view name() const override { return "transpose"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.view = true,
            .row_inputs = permutation[0] == 0 ? std::vector<size_t>{0} : std::vector<size_t>{},
            .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const std::vector<int> permutation;
};

/// Gives the elements, in row-major order of the logical dims, other dims. It copies nothing where they are in that
/// order in memory.
class Reshape final : public Primitive {
 public:
  explicit Reshape(Dims to) : dims(std::move(to)) {}
  std::string_view name() const override { return "reshape"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.view = true, .row_inputs = {0}, .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const Dims dims;
};

}  // namespace graft::ops
