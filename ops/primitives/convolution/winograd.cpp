#include "graft/ops/primitives/convolution/winograd.h"

#include <algorithm>

#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

constexpr size_t kAxes = 2;

// Here src and dst are those of the convolution itself, also when it is transposed.
std::optional<WinogradAxis> axis(const WinogradArgs& args, const Dims& src, const Dims& dst, size_t i) {
  const int64_t kernel = args.kernel[i + 2], stride = args.conv.strides[i], padding = args.conv.padding_l[i];
  return args.transposed ? WinogradAxis::transposed(src[i + 2], dst[i + 2], kernel, stride, padding)
                         : WinogradAxis::forward(src[i + 2], dst[i + 2], kernel, stride, padding);
}

bool fits(const WinogradArgs& args) {
  const auto fills_vectors = [](int64_t channels) { return channels % onednn::block() == 0; };
  return onednn::has_avx2() && args.kernel.size() == 2 + kAxes && args.conv.groups == 1 &&
         args.conv.dilates == Dims{0, 0} && fills_vectors(args.kernel[0]) && fills_vectors(args.kernel[1]);
}

// The strides of weights (O, I, KH, KW): rows, columns, then the channels of what the kernel reads and of what it
// writes.
WinogradStrides strides_of(const memory::desc& weights, bool transposed) {
  const Dims strides = onednn::strides(weights);
  return {strides[2], strides[3], strides[transposed ? 0 : 1], strides[transposed ? 1 : 0]};
}

std::string text(const WinogradArgs& args) {
  return conv_text(args.conv) +
         cat(" kernel=", args.kernel[2], 'x', args.kernel[3], args.transposed ? " transposed" : "");
}

}  // namespace

std::optional<WinogradConv> winograd_conv(const WinogradArgs& args, const Dims& from, const Dims& to) {
  if (!fits(args)) return {};
  const Dims &src = args.transposed ? to : from, &dst = args.transposed ? from : to;
  const auto rows = axis(args, src, dst, 0), columns = axis(args, src, dst, 1);
  if (!rows || !columns) return {};
  return WinogradConv(from[0], *rows, *columns, from[1], to[1], onednn::block());
}

std::optional<WinogradGradient> winograd_gradient(const ConvDims& dims, const ConvArgs& args) {
  const WinogradArgs settings{args, dims.weights};
  if (!fits(settings)) return {};
  const auto rows = axis(settings, dims.src, dims.dst, 0), columns = axis(settings, dims.src, dims.dst, 1);
  if (!rows || !columns) return {};
  return WinogradGradient(dims.src[0], *rows, *columns, dims.src[1], dims.dst[1], onednn::block());
}

bool winograd_activation(const EltwiseArgs& function) {
  return function.algorithm == Eltwise::relu || function.algorithm == Eltwise::clip;
}

std::string WinogradWeights::attributes() const { return text(args); }
std::string WinogradForward::attributes() const {
  return text(args) + (activation ? " post=" + eltwise_text(*activation) : "");
}
std::string WinogradBackwardWeights::attributes() const { return text(args); }

// -- realisation ------------------------------------------------------------------------------------------------------

// The layout of the weights at the points depends on channels and phases, not on the size of images.
static WinogradConv of_any_size(const WinogradArgs& args) {
  const Dims src{1, args.kernel[1], 1, 1}, dst{1, args.kernel[0], 1, 1};
  return *winograd_conv(args, args.transposed ? dst : src, args.transposed ? src : dst);
}

void WinogradWeights::realise(Lowering& lowering, const Instruction& self) const {
  const Operand from = lowering.plain(self.inputs[0]);
  lowering.kernel(
      self, "winograd_weights", {from},
      {lowering.define(self.outputs[0], onednn::row_major(lowering.dims(self.outputs[0])))},
      [conv = of_any_size(args), strides = strides_of(from.md, args.transposed)](
          const Run& run, std::span<void* const> p) { conv.weights(run.threads, in(p[0]), strides, out(p[1])); });
}

void WinogradForward::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &src = lowering.dims(self.inputs[0]), &dst = lowering.dims(self.outputs[0]);
  const WinogradConv conv = *winograd_conv(args, src, dst);
  const bool has_bias = bool(self.inputs[2]), has_summand = bool(self.inputs[3]);
  const int threads = lowering.threads_for(2 * conv.products(), Lowering::kFlopGrain);
  std::vector<Operand> sources{lowering.as(self.inputs[0], onednn::channels_last(src)),
                               lowering.row_major(self.inputs[1])};
  if (has_bias) sources.push_back(lowering.row_major(self.inputs[2]));
  if (has_summand) sources.push_back(lowering.as(self.inputs[3], onednn::channels_last(dst)));
  const Operand to = lowering.define(self.outputs[0], onednn::channels_last(dst)),
                scratch = lowering.scratch(onednn::row_major({threads * conv.scratch_floats()}));
  const size_t end = sources.size();
  Step& step = lowering.kernel(self, "winograd", sources, {to, scratch},
                               [conv, f = kernel_activation(activation), threads, has_bias, has_summand, end](
                                   const Run& run, std::span<void* const> p) {
                                 conv.run(std::min(threads, run.threads), f,
                                          {.src = in(p[0]),
                                           .weights = in(p[1]),
                                           .bias = has_bias ? in(p[2]) : nullptr,
                                           .summand = has_summand ? in(p[end - 1]) : nullptr,
                                           .dst = out(p[end]),
                                           .scratch = out(p[end + 1])});
                               });
  if (has_summand) step.in_place = {{end - 1, end}};
  for (const std::string& part : {std::string(has_bias ? "bias" : ""), std::string(has_summand ? "sum" : ""),
                                  activation ? eltwise_text(*activation) : std::string()})
    if (!part.empty()) step.fused += (step.fused.empty() ? "" : ", ") + part;
  step.flop = 2 * static_cast<double>(conv.products());
}

// The gradient has the layout of Keras's weights, (KH, KW, I, O).
void WinogradBackwardWeights::realise(Lowering& lowering, const Instruction& self) const {
  const ConvDims dims{lowering.dims(self.inputs[0]), args.kernel, lowering.dims(self.inputs[1])};
  const WinogradGradient gradient = *winograd_gradient(dims, args.conv);
  const int threads = lowering.threads_for(2 * gradient.products(), Lowering::kFlopGrain);
  Step& step = lowering.kernel(self, "winograd",
                               {lowering.as(self.inputs[0], onednn::channels_last(dims.src)),
                                lowering.as(self.inputs[1], onednn::channels_last(dims.dst))},
                               {lowering.define(self.outputs[0], onednn::channels_last_weights(args.kernel)),
                                lowering.scratch(onednn::row_major({gradient.scratch_floats(threads)}))},
                               [gradient, threads](const Run& run, std::span<void* const> p) {
                                 gradient.run(run.threads, threads, in(p[0]), in(p[1]), out(p[2]), out(p[3]));
                               });
  step.flop = 2 * static_cast<double>(gradient.products());
}

}  // namespace graft::ops
