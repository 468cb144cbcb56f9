#include "graft/ops/primitives/convolution/window_pool.h"

#include <algorithm>

#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/convolution/pool.h"

namespace graft::ops {

namespace {

WindowPool kernel_of(const WindowPoolArgs& args, const Dims& src) {
  WindowPool pool{args.algorithm, src[0], src[1], {}};
  std::ranges::copy_backward(args.axes, pool.axes.end());
  return pool;
}

std::string text(const WindowPoolArgs& args) {
  std::string out = pooling_text(args.algorithm);
  for (const PoolAxis& axis : args.axes) {
    out += cat(" ", axis.pixels, "->", axis.windows);
    if (axis.kernel > 0) out += cat(" kernel=", axis.kernel, " stride=", axis.stride);
    if (axis.padding > 0) out += cat(" padding=", axis.padding);
  }
  return out;
}

Operand channels_last(Lowering& lowering, Value v) { return lowering.as(v, onednn::channels_last(lowering.dims(v))); }
Operand define_channels_last(Lowering& lowering, Value v) {
  return lowering.define(v, onednn::channels_last(lowering.dims(v)));
}

}  // namespace

std::string WindowPoolForward::attributes() const { return text(args_); }
std::string WindowPoolBackward::attributes() const { return text(args_); }

Values WindowPoolForward::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                                   const std::vector<bool>&) const {
  Values inputs{diff_dst[0]};
  if (args_.algorithm == Pooling::max) inputs = {diff_dst[0], self.inputs[0], self.outputs[0]};
  return b.append(std::make_shared<WindowPoolBackward>(args_), inputs, {b.dims(self.inputs[0])});
}

void WindowPoolForward::realise(Lowering& lowering, const Instruction& self) const {
  lowering.kernel(self, "window_pool", {channels_last(lowering, self.inputs[0])},
                  {define_channels_last(lowering, self.outputs[0])},
                  [pool = kernel_of(args_, lowering.dims(self.inputs[0]))](const Run& run, std::span<void* const> p) {
                    pool.run(run.threads, in(p[0]), out(p[1]));
                  });
}

void WindowPoolBackward::realise(Lowering& lowering, const Instruction& self) const {
  std::vector<Operand> sources;
  for (const Value v : self.inputs) sources.push_back(channels_last(lowering, v));
  lowering.kernel(self, "window_pool_backward", sources, {define_channels_last(lowering, self.outputs[0])},
                  [pool = kernel_of(args_, lowering.dims(self.outputs[0]))](const Run& run, std::span<void* const> p) {
                    const bool finds = pool.algorithm == Pooling::max;
                    pool.run_backward(run.threads, finds ? in(p[1]) : nullptr, finds ? in(p[2]) : nullptr, in(p[0]),
                                      out(p.back()));
                  });
}

}  // namespace graft::ops
