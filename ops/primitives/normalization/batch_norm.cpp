#include "graft/ops/primitives/normalization/batch_norm.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/norm/batch_norm.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

using dnnl::normalization_flags;

// Training runs in Graft's loops. They can apply the activation too, and oneDNN's threads spin at a barrier, which
// costs tens of milliseconds when another process wants a core.

// oneDNN's fast implementations are for images, so rows and sequences become images of one pixel or one column.
Dims image_dims(const Dims& dims) {
  Dims out = dims;
  while (out.size() < 4) out.push_back(1);
  return out;
}

Operand as_image(Lowering& lowering, Value v) {
  const Dims& dims = lowering.dims(v);
  const memory::data_type type = lowering.type(v);
  return {lowering.as(v, onednn::channels_last(dims, type)).buffer, onednn::channels_last(image_dims(dims), type)};
}

Operand define_image(Lowering& lowering, Value v) {
  const Dims& dims = lowering.dims(v);
  const memory::data_type type = lowering.type(v);
  return {lowering.define(v, onednn::channels_last(dims, type)).buffer, onednn::channels_last(image_dims(dims), type)};
}

normalization_flags flags_of(bool scale, bool shift) {
  auto flags = normalization_flags::none;
  if (scale) flags = flags | normalization_flags::use_scale;
  if (shift) flags = flags | normalization_flags::use_shift;
  return flags;
}

std::string text(float epsilon) { return cat("epsilon=", epsilon); }

std::string text(float epsilon, const std::optional<EltwiseArgs>& activation) {
  return text(epsilon) + (activation ? " post=" + eltwise_text(*activation) : "");
}

NormShape norm_shape(const Dims& dims) { return {elements(dims) / dims[1], dims[1]}; }

// The value as a matrix whose rows are pixels and whose columns are channels.
Operand as_rows(Lowering& lowering, Value v, memory::data_type type) {
  return lowering.as(v, onednn::channels_last(lowering.dims(v), type));
}

void erase_absent(std::vector<Operand>& operands) {
  std::erase_if(operands, [](const Operand& o) { return !o; });
}

/// Takes the addresses of a kernel's operands, one after the other; gives null for those that are absent.
class Addresses {
 public:
  explicit Addresses(std::span<void* const> operands) : next_(operands.data()) {}
  void* take() { return *next_++; }
  float* take_floats(bool there = true) { return there ? static_cast<float*>(*next_++) : nullptr; }

 private:
  void* const* next_;
};

Operand channels_or_none(Lowering& lowering, Value v) { return v ? lowering.row_major(v) : Operand{}; }

Operand floats(Lowering& lowering, int64_t count) { return lowering.scratch(onednn::row_major({count})); }

Dims channel_dims(size_t rank, int64_t channels) {
  Dims out(rank, 1);
  out[1] = channels;
  return out;
}

}  // namespace

// -- training ---------------------------------------------------------------------------------------------------------

bool norm_can_fuse(const EltwiseArgs& f) {
  return (f.algorithm == Eltwise::relu && f.alpha >= 0) || f.algorithm == Eltwise::clip;
}

std::string BatchNormTraining::attributes() const { return text(epsilon, activation); }
std::string BatchNormBackward::attributes() const { return text(epsilon, activation); }

Values BatchNormTraining::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                                   const std::vector<bool>& wanted) const {
  if (activation) return Primitive::gradient(builder, self, diff_dst, wanted);  // fusing comes after gradients
  if (diff_dst[1] || diff_dst[2])
    throw GraphError("the statistics that a BatchNormalization takes of its batch have no gradient of their own")
        .who(self.label);
  const Value src = self.inputs[0], gamma = self.inputs[1], beta = self.inputs[2];
  std::vector<Dims> dims{builder.dims(src)};
  for (const Value v : {gamma, beta})
    if (v) dims.push_back(builder.dims(v));
  const Values diff = builder.append(std::make_shared<BatchNormBackward>(epsilon),
                                     {diff_dst[0], src, gamma, beta, self.outputs[1], self.outputs[2]}, dims);
  return {diff[0], gamma ? diff[1] : Value{}, beta ? diff.back() : Value{}};
}

void BatchNormTraining::realise(Lowering& lowering, const Instruction& self) const {
  const Dims& dims = lowering.dims(self.inputs[0]);
  const NormShape shape = norm_shape(dims);
  const memory::data_type type = lowering.type(self.outputs[0]);
  const memory::desc channels = onednn::row_major({dims[1]});
  const bool has_gamma(self.inputs[1]), has_beta(self.inputs[2]), narrow = type == memory::data_type::bf16;
  std::vector<Operand> sources{as_rows(lowering, self.inputs[0], type), channels_or_none(lowering, self.inputs[1]),
                               channels_or_none(lowering, self.inputs[2])};
  erase_absent(sources);
  const std::vector<Operand> destinations{
      lowering.define(self.outputs[0], onednn::channels_last(dims, type)), lowering.define(self.outputs[1], channels),
      lowering.define(self.outputs[2], channels), floats(lowering, shape.partials()), floats(lowering, 2 * dims[1])};
  Step& step = lowering.kernel(
      self, "batch_norm", sources, destinations,
      [=, epsilon = epsilon, act = kernel_activation(activation)](const Run& run, std::span<void* const> operands) {
        Addresses at(operands);
        NormForward to;
        to.src = at.take();
        to.gamma = at.take_floats(has_gamma);
        to.beta = at.take_floats(has_beta);
        to.dst = at.take();
        to.mean = at.take_floats();
        to.variance = at.take_floats();
        to.partials = at.take_floats();
        to.vectors = at.take_floats();
        norm_forward(run.threads, shape, narrow, epsilon, act, to);
      });
  if (activation) step.fused = eltwise_text(*activation);
}

void BatchNormBackward::realise(Lowering& lowering, const Instruction& self) const {
  const Dims& dims = lowering.dims(self.inputs[1]);
  const NormShape shape = norm_shape(dims);
  const memory::data_type type = lowering.type(self.outputs[0]);
  const memory::desc channels = onednn::row_major({dims[1]});
  const Value gamma = self.inputs[2], beta = self.inputs[3];
  const bool has_gamma(gamma), has_beta(beta), narrow = type == memory::data_type::bf16;
  std::vector<Operand> sources;
  for (size_t k = 0; k < 2; ++k) sources.push_back(as_rows(lowering, self.inputs[k], type));
  for (size_t k = 2; k < 6; ++k) sources.push_back(channels_or_none(lowering, self.inputs[k]));
  erase_absent(sources);
  std::vector<Operand> destinations{lowering.define(self.outputs[0], onednn::channels_last(dims, type))};
  for (size_t k = 1; k < self.outputs.size(); ++k) destinations.push_back(lowering.define(self.outputs[k], channels));
  destinations.push_back(floats(lowering, shape.partials()));
  destinations.push_back(floats(lowering, 4 * dims[1]));
  const size_t first_written = sources.size();
  Step& step = lowering.kernel(
      self, "batch_norm", sources, destinations,
      [=, epsilon = epsilon, act = kernel_activation(activation)](const Run& run, std::span<void* const> operands) {
        Addresses at(operands);
        NormBackward to;
        to.diff_dst = at.take();
        to.src = at.take();
        to.gamma = at.take_floats(has_gamma);
        to.beta = at.take_floats(has_beta);
        to.mean = at.take_floats();
        to.variance = at.take_floats();
        to.diff_src = at.take();
        to.diff_gamma = at.take_floats(has_gamma);
        to.diff_beta = at.take_floats(has_beta);
        to.partials = at.take_floats();
        to.vectors = at.take_floats();
        norm_backward(run.threads, shape, narrow, epsilon, act, to);
      });
  step.in_place = {{0, first_written}};
  if (activation) step.fused = eltwise_text(*activation);
}

// -- given statistics -------------------------------------------------------------------------------------------------

std::string BatchNormInference::attributes() const { return text(epsilon); }

// With given statistics it is a scale and a shift per channel, so the gradients are those of a scale and a shift. A
// frozen layer needs them for its input.
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
