#include "graft/ops/primitives/normalization/layer_norm.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/norm/layer_norm.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

// The layouts of the operands: rows of features one after the other, and one number for each row in the same order.
struct FeatureRows {
  memory::desc features, single, settings;
  NormShape shape;
  bool narrow;

  FeatureRows(Lowering& lowering, Value src, Value gamma, Value mean)
      : features(onednn::channels_last(lowering.dims(src), lowering.type(src))),
        single(onednn::channels_last(lowering.dims(mean))),
        settings(onednn::row_major(lowering.dims(gamma))),
        shape{elements(lowering.dims(mean)), elements(lowering.dims(gamma))},
        narrow(is_narrow(features)) {}
};

// The axis that is the k-th from the end, channels last.
size_t axis_from_end(size_t rank, int k) { return k == 0 ? 1 : rank - static_cast<size_t>(k); }

}  // namespace

std::string LayerNorm::attributes() const { return cat("axes=", axes, " epsilon=", epsilon); }

Values LayerNorm::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                           const std::vector<bool>&) const {
  const Value src = self.inputs[0], gamma = self.inputs[1], mean = self.outputs[1], rsqrt = self.outputs[2];
  return b.append(std::make_shared<LayerNormBackward>(), {diff_dst[0], src, gamma, mean, rsqrt},
                  {b.dims(src), b.dims(gamma), b.dims(gamma)});
}

void LayerNorm::realise(Lowering& lowering, const Instruction& self) const {
  const Value src = self.inputs[0], gamma = self.inputs[1], beta = self.inputs[2];
  const FeatureRows rows(lowering, src, gamma, self.outputs[1]);
  Step& step = lowering.kernel(
      self, "layer_norm",
      {lowering.as(src, rows.features), lowering.as(gamma, rows.settings), lowering.as(beta, rows.settings)},
      {lowering.define(self.outputs[0], rows.features), lowering.define(self.outputs[1], rows.single),
       lowering.define(self.outputs[2], rows.single)},
      [shape = rows.shape, narrow = rows.narrow, epsilon = epsilon](const Run& run, std::span<void* const> p) {
        layer_norm_forward(run.threads, shape, narrow, epsilon, {p[0], in(p[1]), in(p[2]), p[3], out(p[4]), out(p[5])});
      });
  step.in_place = {{0, 3}};
}

void LayerNormBackward::realise(Lowering& lowering, const Instruction& self) const {
  const Value src = self.inputs[1], gamma = self.inputs[2], mean = self.inputs[3], rsqrt = self.inputs[4];
  const FeatureRows rows(lowering, src, gamma, mean);
  Step& step = lowering.kernel(
      self, "layer_norm",
      {lowering.as(self.inputs[0], rows.features), lowering.as(src, rows.features), lowering.as(gamma, rows.settings),
       lowering.as(mean, rows.single), lowering.as(rsqrt, rows.single)},
      {lowering.define(self.outputs[0], rows.features), lowering.define(self.outputs[1], rows.settings),
       lowering.define(self.outputs[2], rows.settings), lowering.scratch(onednn::row_major({rows.shape.partials()}))},
      [shape = rows.shape, narrow = rows.narrow](const Run& run, std::span<void* const> p) {
        layer_norm_backward(run.threads, shape, narrow,
                            {p[0], p[1], in(p[2]), in(p[3]), in(p[4]), p[5], out(p[6]), out(p[7]), out(p[8])});
      });
  step.in_place = {{0, 5}};
}

Value Builder::layer_norm(Value src, Value gamma, Value beta, int axes, float epsilon) {
  const Dims& from = dims(src);
  if (axes < 1 || axes >= static_cast<int>(from.size()))
    throw ShapeError(
        cat("layer_norm: axes must be from 1 to ", from.size() - 1, " for ", to_string(from), "; received ", axes));
  Dims single = from;
  for (int k = 0; k < axes; ++k) single[axis_from_end(from.size(), k)] = 1;
  const Dims features{elements(from) / elements(single)};
  for (const Value v : {gamma, beta})
    if (dims(v) != features)
      throw ShapeError(
          cat("layer_norm: gamma and beta must have dims ", to_string(features), "; received ", to_string(dims(v))));
  return append(std::make_shared<LayerNorm>(axes, epsilon), {src, gamma, beta}, {from, single, single})[0];
}

}  // namespace graft::ops
