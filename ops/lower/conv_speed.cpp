#include "graft/ops/lower/conv_speed.h"

#include "graft/core/onednn.h"

namespace graft::ops {

static std::string implementation(ConvKind kind, const ConvDims& dims, const ConvArgs& args) {
  Dims split = dims.weights;  // (G, O / G, I, spatial)
  if (args.groups != 1) {
    split[0] /= args.groups;
    split.insert(split.begin(), args.groups);
  }
  const auto src = onednn::channels_last(dims.src), weights = onednn::any(split), dst = onednn::channels_last(dims.dst),
             none = dnnl::memory::desc();
  const auto direct = dnnl::algorithm::convolution_direct;
  const bool inference = kind == ConvKind::forward || kind == ConvKind::forward_sum;
  dnnl::primitive_attr attr = onednn::user_scratchpad();
  if (kind == ConvKind::forward_sum) {
    dnnl::post_ops ops;
    ops.append_sum(1.f);
    attr.set_post_ops(ops);
  }
  const auto forward = onednn::make_pd<dnnl::convolution_forward>(
      attr, inference ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training, direct, src, weights,
      none, dst, args.strides, args.dilates, args.padding_l, args.padding_r);
  if (inference) return forward.impl_info_str();
  if (kind == ConvKind::backward_data)
    return onednn::make_pd_hint<dnnl::convolution_backward_data>(forward, attr, direct, src, weights, dst, args.strides,
                                                                 args.dilates, args.padding_l, args.padding_r)
        .impl_info_str();
  return onednn::make_pd_hint<dnnl::convolution_backward_weights>(
             forward, attr, direct, src, weights, none, dst, args.strides, args.dilates, args.padding_l, args.padding_r)
      .impl_info_str();
}

Speed conv_speed(ConvKind kind, const ConvDims& dims, const ConvArgs& args) {
  try {
    const std::string name = implementation(kind, dims, args);
    if (onednn::is_reference(name)) return Speed::reference;
    return name.find("gemm:") != std::string::npos ? Speed::by_gemm : Speed::direct;
  } catch (const dnnl::error&) {  // oneDNN has no implementation at all
    return Speed::reference;
  }
}

}  // namespace graft::ops
