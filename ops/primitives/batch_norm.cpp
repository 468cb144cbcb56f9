#include "graft/ops/primitives/batch_norm.h"

#include "graft/core/error.h"
#include "graft/ops/lowering.h"

namespace graft::ops {

namespace {

using dnnl::normalization_flags;

// oneDNN's fast implementations are for images: rows and sequences become images of one pixel or one column.
Dims image_dims(const Dims& dims) {
  Dims out = dims;
  while (out.size() < 4) out.push_back(1);
  return out;
}

Operand as_image(Lowering& lowering, Value v) {
  const Dims& dims = lowering.dims(v);
  const Operand x = lowering.as(v, onednn::channels_last(dims));
  return {x.buffer, onednn::channels_last(image_dims(dims))};
}

Operand define_image(Lowering& lowering, Value v) {
  const Dims& dims = lowering.dims(v);
  const Operand y = lowering.define(v, onednn::channels_last(dims));
  return {y.buffer, onednn::channels_last(image_dims(dims))};
}

normalization_flags flags_of(bool scale, bool shift) {
  auto flags = normalization_flags::none;
  if (scale) flags = flags | normalization_flags::use_scale;
  if (shift) flags = flags | normalization_flags::use_shift;
  return flags;
}

std::string text(float epsilon) { return cat("epsilon=", epsilon); }

/// Inputs: src, gamma, beta (either may be empty); outputs: dst, mean, variance.
class BatchNormTraining final : public Primitive {
 public:
  explicit BatchNormTraining(float epsilon) : epsilon_(epsilon) {}
  std::string_view name() const override { return "batch_norm_training"; }
  std::string attributes() const override { return text(epsilon_); }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Value gamma = self.inputs[1], beta = self.inputs[2];
    const ThreadScope scope(lowering.threads_for(elements(lowering.dims(self.inputs[0])), Lowering::kStatisticsGrain));
    const Operand src = as_image(lowering, self.inputs[0]);
    const auto pd =
        onednn::batch_norm_pd(dnnl::prop_kind::forward_training, src.md, epsilon_, flags_of(bool(gamma), bool(beta)));
    const memory::desc channels = onednn::row_major(lowering.dims(self.outputs[1]));
    lowering.primitive(self, pd, dnnl::batch_normalization_forward(pd),
                       {{DNNL_ARG_SRC, src, false},
                        {DNNL_ARG_SCALE, gamma ? lowering.row_major(gamma) : Operand{}, false},
                        {DNNL_ARG_SHIFT, beta ? lowering.row_major(beta) : Operand{}, false},
                        {DNNL_ARG_DST, define_image(lowering, self.outputs[0]), true},
                        {DNNL_ARG_MEAN, lowering.define(self.outputs[1], channels), true},
                        {DNNL_ARG_VARIANCE, lowering.define(self.outputs[2], channels), true}});
  }

 private:
  float epsilon_;
};

/// Inputs: diff_dst, src, gamma, beta, mean, variance; outputs: diff_src, then diff_gamma and diff_beta as there are.
class BatchNormBackward final : public Primitive {
 public:
  explicit BatchNormBackward(float epsilon) : epsilon_(epsilon) {}
  std::string_view name() const override { return "batch_norm_backward"; }
  std::string attributes() const override { return text(epsilon_); }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Value gamma = self.inputs[2], beta = self.inputs[3];
    const ThreadScope scope(lowering.threads_for(elements(lowering.dims(self.inputs[0])), Lowering::kStatisticsGrain));
    const Operand diff_dst = as_image(lowering, self.inputs[0]), src = as_image(lowering, self.inputs[1]);
    const auto flags = flags_of(bool(gamma), bool(beta));
    const auto hint = onednn::batch_norm_pd(dnnl::prop_kind::forward_training, src.md, epsilon_, flags);
    const auto pd = onednn::batch_norm_backward_pd(hint, src.md, src.md, epsilon_, flags);
    const memory::desc channels = onednn::row_major({lowering.dims(self.inputs[1])[1]});
    size_t next = 1;
    const auto diff = [&](Value of) { return of ? lowering.define(self.outputs[next++], channels) : Operand{}; };
    std::vector<Argument> arguments{{DNNL_ARG_DIFF_DST, diff_dst, false},
                                    {DNNL_ARG_SRC, src, false},
                                    {DNNL_ARG_MEAN, lowering.row_major(self.inputs[4]), false},
                                    {DNNL_ARG_VARIANCE, lowering.row_major(self.inputs[5]), false},
                                    {DNNL_ARG_DIFF_SRC, define_image(lowering, self.outputs[0]), true},
                                    {DNNL_ARG_SCALE, gamma ? lowering.row_major(gamma) : Operand{}, false}};
    if (beta && onednn::kBatchNormBackwardTakesShift)
      arguments.push_back({DNNL_ARG_SHIFT, lowering.row_major(beta), false});
    arguments.push_back({DNNL_ARG_DIFF_SCALE, diff(gamma), true});
    arguments.push_back({DNNL_ARG_DIFF_SHIFT, diff(beta), true});
    Step& step = lowering.primitive(self, pd, dnnl::batch_normalization_backward(pd), std::move(arguments));
    step.in_place = {{0, 4}};
  }

 private:
  float epsilon_;
};

Values BatchNormTraining::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                                   const std::vector<bool>&) const {
  if (diff_dst[1] || diff_dst[2])
    throw GraphError("the statistics that a BatchNormalization takes of its batch have no gradient of their own")
        .who(self.label);
  const Value src = self.inputs[0], gamma = self.inputs[1], beta = self.inputs[2];
  std::vector<Dims> dims{builder.dims(src)};
  for (const Value v : {gamma, beta})
    if (v) dims.push_back(builder.dims(v));
  const Values diff = builder.append(std::make_shared<BatchNormBackward>(epsilon_),
                                     {diff_dst[0], src, gamma, beta, self.outputs[1], self.outputs[2]}, dims);
  return {diff[0], gamma ? diff[1] : Value{}, beta ? diff.back() : Value{}};
}

Dims channel_dims(size_t rank, int64_t channels) {
  Dims out(rank, 1);
  out[1] = channels;
  return out;
}

}  // namespace

std::string BatchNormInference::attributes() const { return text(epsilon); }

// With given statistics it is a scale and a shift per channel, and only that needs gradients (a frozen layer's input).
Values BatchNormInference::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                                    const std::vector<bool>& wanted) const {
  const Value src = self.inputs[0], gamma = self.inputs[1], mean = self.inputs[3], variance = self.inputs[4];
  if (wanted[3] || wanted[4])
    throw GraphError("moving statistics have no gradient: they follow the batches, not the loss").who(self.label);
  const Dims per_channel = channel_dims(b.dims(src).size(), b.dims(src)[1]), channels{b.dims(src)[1]};
  const Value rsqrt = b.eltwise(b.scale(variance, 1, epsilon), Eltwise::rsqrt);
  Values out(5);
  if (wanted[0]) {
    const Value scale = gamma ? b.mul(gamma, rsqrt) : rsqrt;
    out[0] = b.mul(diff_dst[0], b.reshape(scale, per_channel));
  }
  if (wanted[1]) {
    const Value normal = b.mul(b.sub(src, b.reshape(mean, per_channel)), b.reshape(rsqrt, per_channel));
    out[1] = b.reshape(b.sum_to(b.mul(diff_dst[0], normal), per_channel), channels);
  }
  if (wanted[2]) out[2] = b.reshape(b.sum_to(diff_dst[0], per_channel), channels);
  return out;
}

void BatchNormInference::realise(Lowering& lowering, const Instruction& self) const {
  const Value gamma = self.inputs[1], beta = self.inputs[2];
  const ThreadScope scope(lowering.threads_for(elements(lowering.dims(self.inputs[0])), Lowering::kStatisticsGrain));
  const Operand src = as_image(lowering, self.inputs[0]);
  const auto pd = onednn::batch_norm_pd(dnnl::prop_kind::forward_inference, src.md, epsilon,
                                        flags_of(bool(gamma), bool(beta)) | normalization_flags::use_global_stats);
  Step& step = lowering.primitive(self, pd, dnnl::batch_normalization_forward(pd),
                                  {{DNNL_ARG_SRC, src, false},
                                   {DNNL_ARG_MEAN, lowering.row_major(self.inputs[3]), false},
                                   {DNNL_ARG_VARIANCE, lowering.row_major(self.inputs[4]), false},
                                   {DNNL_ARG_DST, define_image(lowering, self.outputs[0]), true},
                                   {DNNL_ARG_SCALE, gamma ? lowering.row_major(gamma) : Operand{}, false},
                                   {DNNL_ARG_SHIFT, beta ? lowering.row_major(beta) : Operand{}, false}});
  step.in_place = {{0, 3}};
}

ScaleShift batch_norm_scale_shift(Builder& b, Value gamma, Value beta, Value mean, Value variance, float epsilon) {
  const Value rsqrt = b.eltwise(b.scale(variance, 1, epsilon), Eltwise::rsqrt);
  const Value scale = gamma ? b.mul(gamma, rsqrt) : rsqrt;
  const Value moved = b.mul(mean, scale);
  return {scale, beta ? b.sub(beta, moved) : b.scale(moved, -1)};
}

static void check_channels(const Builder& builder, Value src, std::initializer_list<Value> operands) {
  const Dims& dims = builder.dims(src);
  if (dims.size() < 2) throw ShapeError(cat("batch_norm: src must have rank 2 or more; received ", to_string(dims)));
  for (const Value v : operands)
    if (v && builder.dims(v) != Dims{dims[1]})
      throw ShapeError(
          cat("batch_norm: an operand must have dims (", dims[1], "); received ", to_string(builder.dims(v))));
}

Builder::BatchNorm Builder::batch_norm_training(Value src, Value gamma, Value beta, float epsilon) {
  check_channels(*this, src, {gamma, beta});
  const Dims channels{dims(src)[1]};
  const Values out =
      append(std::make_shared<BatchNormTraining>(epsilon), {src, gamma, beta}, {dims(src), channels, channels});
  return {out[0], out[1], out[2]};
}

Value Builder::batch_norm_inference(Value src, Value gamma, Value beta, Value mean, Value variance, float epsilon) {
  check_channels(*this, src, {gamma, beta, mean, variance});
  return append(std::make_shared<BatchNormInference>(epsilon), {src, gamma, beta, mean, variance}, {dims(src)})[0];
}

}  // namespace graft::ops
