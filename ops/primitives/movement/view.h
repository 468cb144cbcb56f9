#pragma once

#include "graft/ops/program/primitive.h"

namespace graft::ops {

/// dst.dims[i] = src.dims[permutation[i]]. Only the layout's axes are renamed.
class Transpose final : public Primitive {
 public:
  explicit Transpose(std::vector<int> axes) : permutation(std::move(axes)) {}
  std::string_view name() const override { return "transpose"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override {
    return permutation[0] == 0 ? std::vector<size_t>{0} : std::vector<size_t>{};
  }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  const std::vector<int> permutation;
};

/// The elements in row-major order of the logical dims. Costs nothing where they lie in that order.
class Reshape final : public Primitive {
 public:
  explicit Reshape(Dims to) : dims(std::move(to)) {}
  std::string_view name() const override { return "reshape"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  const Dims dims;
};

}  // namespace graft::ops
