// This file has the softmax along an axis, and its logarithm. They run in Graft's loops, because oneDNN runs its
// reference where the axis is not the innermost in memory.

#include "graft/ops/primitives/reduction/softmax.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/softmax.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

// A layout with the axis innermost, and the other axes in the order of the dims.
memory::desc axis_innermost(const memory::desc& md, int axis) {
  const Dims dims = onednn::dims(md);
  std::vector<int> to_last, back(dims.size());
  for (int i = 0; i < static_cast<int>(dims.size()); ++i)
    if (i != axis) to_last.push_back(i);
  to_last.push_back(axis);
  for (size_t i = 0; i < to_last.size(); ++i) back[static_cast<size_t>(to_last[i])] = static_cast<int>(i);
  Dims moved;
  for (const int i : to_last) moved.push_back(dims[static_cast<size_t>(i)]);
  return onednn::permuted(onednn::row_major(moved), back);
}

SoftmaxRows rows_of(const memory::desc& md, int axis, bool log) {
  const int64_t n = onednn::dims(md)[static_cast<size_t>(axis)];
  return {padded_elements(md) / n, n, log};
}

std::string text(int axis, bool log) { return cat("axis=", axis, log ? " log" : ""); }

/// Inputs: diff_dst, dst.
class SoftmaxBackward final : public Primitive {
 public:
  SoftmaxBackward(int axis, bool log) : axis_(axis), log_(log) {}
  SoftmaxArgs args() const { return {axis_, log_}; }
  std::string_view name() const override { return "softmax_backward"; }
  std::string attributes() const override { return text(axis_, log_); }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const memory::desc md = rows_layout(lowering, self.inputs[1], axis_);
    const Operand dy = lowering.as(self.inputs[0], md), y = lowering.as(self.inputs[1], md);
    Step& step = lowering.kernel(self, "softmax_backward", {dy, y}, {lowering.define(self.outputs[0], md)},
                                 [rows = rows_of(md, axis_, log_)](const Run& run, std::span<void* const> p) {
                                   softmax_gradient_rows(run.threads, rows, in(p[0]), in(p[1]), out(p[2]));
                                 });
    step.in_place = {{0, 2}, {1, 2}};
  }

 private:
  int axis_;
  bool log_;
};

class Softmax final : public Primitive, public HasWays {
 public:
  Softmax(int axis, bool log) : axis_(axis), log_(log) {}
  SoftmaxArgs args() const { return {axis_, log_}; }
  std::string_view name() const override { return "softmax"; }
  std::string attributes() const override { return text(axis_, log_); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.row_inputs = axis_ == 0 ? std::vector<size_t>{} : std::vector<size_t>{0}};
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<SoftmaxBackward>(axis_, log_), {diff_dst[0], self.outputs[0]},
                    {b.dims(self.inputs[0])});
  }

  std::vector<std::string_view> ways(const Program&, const Instruction&) const override { return {way::softmax}; }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const memory::desc md = rows_layout(lowering, self.inputs[0], axis_);
    if (lowering.way(self) == way::softmax) return realise_by_onednn(lowering, self, md);
    Step& step = lowering.kernel(self, log_ ? "log_softmax" : "softmax", {lowering.as(self.inputs[0], md)},
                                 {lowering.define(self.outputs[0], md)},
                                 [rows = rows_of(md, axis_, log_)](const Run& run, std::span<void* const> p) {
                                   softmax_rows(run.threads, rows, in(p[0]), out(p[1]));
                                 });
    step.in_place = {{0, 1}};
  }

 private:
  void realise_by_onednn(Lowering& lowering, const Instruction& self, const memory::desc& md) const {
    const ThreadScope scope(lowering.threads_for(padded_elements(md), Lowering::kElementGrain));
    const auto algorithm = log_ ? dnnl::algorithm::softmax_log : dnnl::algorithm::softmax_accurate;
    const auto pd = onednn::make_pd<onednn::softmax_forward>(
        onednn::user_scratchpad(), dnnl::prop_kind::forward_inference, algorithm, md, md, axis_);
    lowering.primitive(self, pd, onednn::softmax_forward(pd),
                       {{DNNL_ARG_SRC, lowering.as(self.inputs[0], md), false},
                        {DNNL_ARG_DST, lowering.define(self.outputs[0], md), true}});
  }

  int axis_;
  bool log_;
};

}  // namespace

std::optional<SoftmaxArgs> softmax_args(const Instruction& instruction) {
  const auto* softmax = primitive_as<Softmax>(instruction);
  return softmax ? std::optional(softmax->args()) : std::nullopt;
}

std::optional<SoftmaxArgs> softmax_backward_args(const Instruction& instruction) {
  const auto* softmax = primitive_as<SoftmaxBackward>(instruction);
  return softmax ? std::optional(softmax->args()) : std::nullopt;
}

memory::desc rows_layout(Lowering& lowering, Value v, int axis) {
  const memory::desc md = lowering.operand(v).md;
  const auto k = static_cast<size_t>(axis);
  const bool contiguous = onednn::is_dense(md) && (onednn::strides(md)[k] == 1 || onednn::dims(md)[k] == 1);
  return contiguous ? md : axis_innermost(md, axis);
}

Value Builder::softmax(Value x, int axis, bool log) {
  const Dims& from = dims(x);
  if (axis < 0 || axis >= static_cast<int>(from.size()))
    throw ShapeError(cat("softmax: there is no axis ", axis, " in ", to_string(from)));
  return append(std::make_shared<Softmax>(axis, log), {x}, {from})[0];
}

}  // namespace graft::ops
