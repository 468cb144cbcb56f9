#include "graft/ops/primitives/convolution/pool.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/lower/lowering.h"

namespace graft::ops {

namespace {

dnnl::algorithm onednn_pooling(Pooling algorithm) {
  switch (algorithm) {
    case Pooling::max:
      return dnnl::algorithm::pooling_max;
    case Pooling::avg_exclude_padding:
      return dnnl::algorithm::pooling_avg_exclude_padding;
    default:
      return dnnl::algorithm::pooling_avg_include_padding;
  }
}

std::string text(const PoolArgs& args) {
  return cat(pooling_text(args.algorithm), " kernel=", to_string(args.kernel), " strides=", to_string(args.strides),
             " padding=", to_string(args.padding_l), ",", to_string(args.padding_r));
}

onednn::pooling_forward::primitive_desc forward_pd(const Lowering& lowering, const PoolArgs& args, dnnl::prop_kind kind,
                                                   const Dims& src, const Dims& dst, memory::data_type type) {
  return onednn::make_pd<onednn::pooling_forward>(onednn::user_scratchpad(), kind, onednn_pooling(args.algorithm),
                                                  lowering.image(src, type), lowering.image(dst, type), args.strides,
                                                  args.kernel, Dims(args.kernel.size(), 0), args.padding_l,
                                                  args.padding_r);
}

}  // namespace

const char* pooling_text(Pooling algorithm) {
  switch (algorithm) {
    case Pooling::max:
      return "max";
    case Pooling::avg_exclude_padding:
      return "avg_exclude_padding";
    default:
      return "avg_include_padding";
  }
}

std::string PoolForward::attributes() const { return text(args); }

void PoolForward::realise(Lowering& lowering, const Instruction& self) const {
  const bool workspace = self.outputs.size() == 2;
  const Dims &src = lowering.dims(self.inputs[0]), &dst = lowering.dims(self.outputs[0]);
  const ThreadScope scope(lowering.threads_for(elements(src), Lowering::kElementGrain));
  const auto kind = workspace ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  const memory::data_type type = lowering.type(self.inputs[0]);
  const auto pd = forward_pd(lowering, args, kind, src, dst, type);
  const Operand ws = workspace ? lowering.define(self.outputs[1], pd.workspace_desc()) : Operand{};
  lowering.primitive(self, pd, onednn::pooling_forward(pd),
                     {{DNNL_ARG_SRC, lowering.as(self.inputs[0], lowering.image(src, type)), false},
                      {DNNL_ARG_DST, lowering.define(self.outputs[0], lowering.image(dst, type)), true},
                      {DNNL_ARG_WORKSPACE, ws, true}});
}

std::string PoolBackward::attributes() const { return text(args); }

void PoolBackward::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &src = lowering.dims(self.outputs[0]), &dst = lowering.dims(self.inputs[0]);
  const ThreadScope scope(lowering.threads_for(elements(src), Lowering::kElementGrain));
  const memory::data_type type = lowering.type(self.inputs[0]);
  const auto hint = forward_pd(lowering, args, dnnl::prop_kind::forward_training, src, dst, type);
  const auto pd = onednn::make_pd_hint<onednn::pooling_backward>(
      hint, onednn::user_scratchpad(), onednn_pooling(args.algorithm), lowering.image(src, type),
      lowering.image(dst, type), args.strides, args.kernel, Dims(args.kernel.size(), 0), args.padding_l,
      args.padding_r);
  const Operand ws = self.inputs.size() == 2 ? lowering.operand(self.inputs[1]) : Operand{};
  lowering.primitive(self, pd, onednn::pooling_backward(pd),
                     {{DNNL_ARG_DIFF_DST, lowering.as(self.inputs[0], lowering.image(dst, type)), false},
                      {DNNL_ARG_WORKSPACE, ws, false},
                      {DNNL_ARG_DIFF_SRC, lowering.define(self.outputs[0], lowering.image(src, type)), true}});
}

Values PoolForward::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                             const std::vector<bool>&) const {
  if (args.algorithm == Pooling::max && self.outputs.size() == 1)
    throw GraphError("max pooling has a gradient in training Programs only: it needs to remember which pixel won")
        .who(self.label)
        .hint("build the Program with Builder(true)");
  Values inputs{diff_dst[0]};
  if (self.outputs.size() == 2) inputs.push_back(self.outputs[1]);
  return builder.append(std::make_shared<PoolBackward>(args), inputs, {builder.dims(self.inputs[0])});
}

Value Builder::pool(Value src, const PoolArgs& args) {
  const Dims& from = dims(src);
  if (from.size() != args.kernel.size() + 2 || args.strides.size() != args.kernel.size())
    throw ShapeError(cat("pool: src ", to_string(from), " does not fit a kernel of ", to_string(args.kernel)));
  Dims to{from[0], from[1]};
  for (size_t i = 0; i < args.kernel.size(); ++i) {
    const int64_t room = from[i + 2] + args.padding_l[i] + args.padding_r[i] - args.kernel[i];
    if (room < 0)
      throw ShapeError(cat("pool: a window of ", args.kernel[i], " does not fit into ", from[i + 2], " pixels"));
    to.push_back(room / args.strides[i] + 1);
  }
  std::vector<Dims> out{to};
  if (training() && args.algorithm == Pooling::max) out.push_back(to);  // the workspace; its layout is opaque
  return append(std::make_shared<PoolForward>(args), {src}, out)[0];
}

}  // namespace graft::ops
