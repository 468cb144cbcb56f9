#pragma once

#include "graft/ops/kernels/image/window_pool.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

/// A pooling by Graft's own kernel, along each spatial axis of (N, C, spatial).
struct WindowPoolArgs {
  Pooling algorithm;
  std::vector<PoolAxis> axes;
};

/// Computes it. Of a maximum nothing is recorded: its gradient finds the winners again.
class WindowPoolForward final : public Primitive {
 public:
  explicit WindowPoolForward(WindowPoolArgs args) : args_(std::move(args)) {}
  std::string_view name() const override { return "window_pool"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .cheap = true, .row_inputs = {0}};
  }
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override;
  void realise(Lowering& lowering, const Instruction& self) const override;

 private:
  WindowPoolArgs args_;
};

/// Computes its gradient. Inputs: diff_dst, and for a maximum src and dst.
class WindowPoolBackward final : public Primitive {
 public:
  explicit WindowPoolBackward(WindowPoolArgs args) : args_(std::move(args)) {}
  std::string_view name() const override { return "window_pool_backward"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override { return {.same_for_any_threads = true}; }
  void realise(Lowering& lowering, const Instruction& self) const override;

 private:
  WindowPoolArgs args_;
};

}  // namespace graft::ops
