// The convolution family: the forward convolution, and the gradients for its source and its weights. It is closed: the
// gradients of each are computed by the others, so a transposed convolution is simply conv_backward_data.

#include "graft/ops/primitives/convolution/conv.h"

#include <algorithm>
#include <utility>

#include "graft/core/error.h"
#include "graft/ops/kernels/copy.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/lower/lowering.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

std::string join(const Dims& dims) {
  std::string out;
  for (const int64_t d : dims) out += cat(out.empty() ? "" : "x", d);
  return out;
}

// Along each spatial axis dst is (src + padding - extent) / stride + 1, rounded down.
Dims dst_dims(const char* op, const Dims& src, const Dims& weights, const ConvArgs& args) {
  if (src.size() != weights.size() || src.size() < 3 || args.strides.size() + 2 != src.size() || args.groups < 1 ||
      src[1] != weights[1] * args.groups || weights[0] % args.groups != 0)
    throw ShapeError(cat(op, ": src ", to_string(src), " does not fit weights ", to_string(weights),
                         " (O, I, spatial) with ", args.groups, " groups"));
  Dims out{src[0], weights[0]};
  for (size_t i = 0; i + 2 < src.size(); ++i) {
    const int64_t extent = (weights[i + 2] - 1) * (args.dilates[i] + 1) + 1;
    const int64_t room = src[i + 2] + args.padding_l[i] + args.padding_r[i] - extent;
    if (room < 0)
      throw ShapeError(cat(op, ": a kernel of extent ", extent, " does not fit into ", src[i + 2],
                           " pixels and padding ", args.padding_l[i], "+", args.padding_r[i]));
    out.push_back(room / args.strides[i] + 1);
  }
  return out;
}

// oneDNN wants grouped weights as (G, O / G, I / G, spatial).
Dims grouped(const Dims& weights, int64_t groups) {
  if (groups == 1) return weights;
  Dims out{groups, weights[0] / groups};
  out.insert(out.end(), weights.begin() + 1, weights.end());
  return out;
}

// Describes the same memory with the axis O split into (G, O / G), which is possible for any plain layout.
memory::desc grouped(const memory::desc& plain, int64_t groups) {
  const Dims dims = grouped(onednn::dims(plain), groups);
  Dims strides = onednn::strides(plain);
  strides.insert(strides.begin(), strides[0] * dims[1]);
  return {dims, memory::data_type::f32, strides};
}

struct Layouts {
  memory::desc src, weights, bias, dst;
};

dnnl::convolution_forward::primitive_desc forward_pd(const ConvArgs& args, const Layouts& md, dnnl::prop_kind kind,
                                                     const dnnl::primitive_attr& attr) {
  return onednn::make_pd<dnnl::convolution_forward>(attr, kind, dnnl::algorithm::convolution_direct, md.src, md.weights,
                                                    md.bias, md.dst, args.strides, args.dilates, args.padding_l,
                                                    args.padding_r);
}

// The types of the operands. A bias is always float32.
struct Types {
  memory::data_type src, weights, dst;
};

// Where one image is blocked and the channels of the other do not fill blocks, oneDNN is fast if the other is
// row-major.
Layouts layouts(const Lowering& lowering, const Dims& src, const Dims& weights, const Dims& dst, const ConvArgs& args,
                bool bias, const Types& type) {
  memory::desc from = lowering.image(src, type.src), to = lowering.image(dst, type.dst);
  if (onednn::is_plain(from) && !onednn::is_plain(to)) from = onednn::row_major(src, type.src);
  if (onednn::is_plain(to) && !onednn::is_plain(from)) to = onednn::row_major(dst, type.dst);
  return {from, onednn::any(grouped(weights, args.groups), type.weights),
          bias ? onednn::row_major({dst[1]}) : memory::desc(), to};
}

// Backward primitives are made from this forward primitive; it has one type for all operands.
dnnl::convolution_forward::primitive_desc hint_pd(const Lowering& lowering, const ConvArgs& args, const Dims& src,
                                                  const Dims& weights, const Dims& dst, memory::data_type type) {
  return forward_pd(args, layouts(lowering, src, weights, dst, args, false, {type, type, type}),
                    dnnl::prop_kind::forward_training, onednn::user_scratchpad());
}

// A gradient of weights is always float32.
dnnl::convolution_backward_weights::primitive_desc backward_weights_pd(const Lowering& lowering, const ConvArgs& args,
                                                                       const Dims& src, const Dims& weights,
                                                                       const Dims& dst, bool bias,
                                                                       memory::data_type type) {
  const Layouts md = layouts(lowering, src, weights, dst, args, bias, {type, memory::data_type::f32, type});
  return onednn::make_pd_hint<dnnl::convolution_backward_weights>(
      hint_pd(lowering, args, src, weights, dst, type), onednn::user_scratchpad(), dnnl::algorithm::convolution_direct,
      md.src, md.weights, md.bias, md.dst, args.strides, args.dilates, args.padding_l, args.padding_r);
}

Operand weights_operand(Lowering& lowering, Value weights, const memory::desc& wanted, int64_t groups) {
  if (groups == 1) return lowering.as(weights, wanted);
  const Operand plain = lowering.plain(weights);
  const Operand split{plain.buffer, grouped(plain.md, groups)};
  return onednn::same_layout(split.md, wanted) ? split : lowering.reorder(split, wanted);
}

double flop(const Dims& dst, const Dims& weights) {
  return 2.0 * static_cast<double>(elements(dst)) * static_cast<double>(elements(weights)) /
         static_cast<double>(weights[0]);
}

}  // namespace

std::string conv_text(const ConvArgs& args) {
  std::string out = cat("strides=", join(args.strides), " padding=", join(args.padding_l), ',', join(args.padding_r));
  for (const int64_t d : args.dilates)
    if (d) return out + cat(" dilates=", join(args.dilates), " groups=", args.groups);
  return args.groups == 1 ? out : out + cat(" groups=", args.groups);
}

std::string Conv::attributes() const {
  std::string post = sums ? "sum" : "";
  if (activation) post += (sums ? ", " : "") + eltwise_text(*activation);
  return conv_text(args) + (post.empty() ? "" : " post=" + post);
}
std::string ConvBackwardData::attributes() const { return conv_text(args); }
std::string ConvBackwardWeights::attributes() const { return conv_text(args); }

std::shared_ptr<const Primitive> Conv::fused_with(const EltwiseArgs& act) const {
  if (activation || !has_onednn_algorithm(act.algorithm)) return nullptr;
  return std::make_shared<Conv>(args, act, sums);
}

// -- gradients --------------------------------------------------------------------------------------------------------

Values Conv::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                      const std::vector<bool>& wanted) const {
  const Value src = self.inputs[0], weights = self.inputs[1];
  Values out(3);
  if (wanted[0]) out[0] = builder.conv_backward_data(diff_dst[0], weights, builder.dims(src), args);
  if (wanted[1] || wanted[2]) {
    const Values diff = builder.conv_backward_weights(src, diff_dst[0], builder.dims(weights), wanted[2], args);
    out[1] = diff[0];
    if (wanted[2]) out[2] = diff[1];
  }
  return out;
}

Values ConvBackwardData::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff,
                                  const std::vector<bool>& wanted) const {
  const Value diff_dst = self.inputs[0], weights = self.inputs[1];
  Values out(2);
  if (wanted[0]) out[0] = builder.conv(diff[0], weights, {}, args);
  if (wanted[1]) out[1] = builder.conv_backward_weights(diff[0], diff_dst, builder.dims(weights), false, args)[0];
  return out;
}

// -- realisation ------------------------------------------------------------------------------------------------------

bool last_reader(const Program& program, const ProgramIndex& index, Value v, size_t at) {
  const int32_t producer = program[v].producer;
  if (producer < 0 || !index.traits(static_cast<size_t>(producer)).owns_results || index.is_output(v)) return false;
  const std::span<const size_t> readers = index.readers(v);
  const auto harmless = [&](size_t k) { return k == at || (k < at && index.traits(k).owns_results); };
  return std::count(readers.begin(), readers.end(), at) == 1 && std::all_of(readers.begin(), readers.end(), harmless);
}

// Where the sum is stored: in the summand's memory if nothing else needs that, else in a copy of it.
static Operand sum_into(Lowering& lowering, const Instruction& self, const memory::desc& md) {
  const Value summand = self.inputs[3];
  const Operand at = lowering.as(summand, md);
  const Program& program = lowering.program();
  const auto index = static_cast<size_t>(program[self.outputs[0]].producer);
  const bool temporary = lowering.buffers()[static_cast<size_t>(at.buffer)].kind == BufferKind::temporary;
  const Operand dst =
      temporary && last_reader(program, lowering.index(), summand, index) ? at : lowering.reorder(at, md);
  lowering.alias(self.outputs[0], dst, md);
  return dst;
}

// Whether the Program computes the gradient of the weights that self reads: looks for a conv_backward_weights whose
// input `operand` is the first input of self.
static bool trained_here(const Program& program, const Instruction& self, const ConvArgs& args, size_t operand) {
  return args.groups == 1 &&
         std::any_of(program.instructions.begin(), program.instructions.end(), [&](const Instruction& i) {
           return primitive_as<ConvBackwardWeights>(i) && i.inputs[operand] == self.inputs[0] &&
                  program.dims(i.outputs[0]) == program.dims(self.inputs[1]);
         });
}

// The forward pass of a convolution that the Program trains can read its weights in the layout of their gradient. That
// saves a reorder in each step, but the layout may be slower.
std::vector<std::string_view> Conv::ways(const Program& program, const Instruction& self) const {
  if (program[self.inputs[0]].dtype != DType::f32 || !trained_here(program, self, args, 0)) return {};
  return {way::weights_of_gradient};
}

std::vector<std::string_view> ConvBackwardData::ways(const Program& program, const Instruction& self) const {
  if (args.groups != 1 || program[self.inputs[0]].dtype != DType::f32) return {};
  return {way::deconvolution};
}

// The layout in which conv_backward_weights writes the gradient.
static memory::desc gradient_layout(const Lowering& lowering, const ConvArgs& args, const Dims& src,
                                    const Dims& weights, const Dims& dst, memory::data_type type) {
  return backward_weights_pd(lowering, args, src, weights, dst, false, type).diff_weights_desc();
}

// A convolution in bfloat16 converts its weights in each step, in whatever layout they are. So they get the layout of
// their gradient, which then needs no reorder.
static void lay_out_weights(Lowering& lowering, const Instruction& self, const ConvArgs& args, const Dims& src,
                            const Dims& dst, size_t operand) {
  const Value weights = self.inputs[1];
  const memory::data_type type = lowering.type(self.inputs[0]);
  if (type != memory::data_type::bf16 || !trained_here(lowering.program(), self, args, operand)) return;
  lowering.lay_out(weights, gradient_layout(lowering, args, src, lowering.dims(weights), dst, type),
                   "as its gradient comes");
}

void Conv::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &src = lowering.dims(self.inputs[0]), &weights = lowering.dims(self.inputs[1]),
             &dst = lowering.dims(self.outputs[0]);
  const Value bias = self.inputs[2];
  const memory::data_type type = lowering.type(self.inputs[0]);
  Layouts md = layouts(lowering, src, weights, dst, args, bool(bias), {type, type, lowering.type(self.outputs[0])});
  if (lowering.way(self) == way::weights_of_gradient)
    md.weights = gradient_layout(lowering, args, src, weights, dst, type);
  lay_out_weights(lowering, self, args, src, dst, 0);
  dnnl::primitive_attr attr = onednn::user_scratchpad();
  dnnl::post_ops post;
  if (sums) post.append_sum(1.f);
  if (activation)
    onednn::append_eltwise(post, onednn_algorithm(activation->algorithm),
                           activation->algorithm == Eltwise::soft_relu ? 1.f : activation->alpha, activation->beta);
  attr.set_post_ops(post);
  const auto pd = forward_pd(args, md, dnnl::prop_kind::forward_inference, attr);
  const Operand w = weights_operand(lowering, self.inputs[1], pd.weights_desc(), args.groups);
  const Operand x = lowering.as(self.inputs[0], md.src);
  const Operand b = bias ? lowering.row_major(bias) : Operand{};
  const Operand y = sums ? sum_into(lowering, self, md.dst) : lowering.define(self.outputs[0], md.dst);
  Step& step = lowering.primitive(self, pd, dnnl::convolution_forward(pd),
                                  {{DNNL_ARG_SRC, x, false},
                                   {DNNL_ARG_WEIGHTS, w, false},
                                   {DNNL_ARG_BIAS, b, false},
                                   {DNNL_ARG_SRC_1, sums ? y : Operand{}, false},  // oneDNN ignores it, as it is dst
                                   {DNNL_ARG_DST, y, true}});
  step.fused = bias ? "bias" : "";
  if (sums) step.fused += step.fused.empty() ? "sum" : ", sum";
  if (activation) step.fused += (step.fused.empty() ? "" : ", ") + eltwise_text(*activation);
  step.flop = flop(dst, weights);
}

// oneDNN's deconvolution has the two channel axes of its weights in the opposite order.
static void realise_as_deconvolution(Lowering& lowering, const Instruction& self, const ConvArgs& args,
                                     const Layouts& md) {
  const std::vector<int> swap{1, 0, 2, 3, 4};
  const std::vector<int> axes(swap.begin(), swap.begin() + static_cast<std::ptrdiff_t>(onednn::dims(md.src).size()));
  Dims weights = onednn::dims(md.weights);
  std::swap(weights[0], weights[1]);
  const auto pd = onednn::make_pd<dnnl::deconvolution_forward>(
      onednn::user_scratchpad(), dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct, md.dst,
      onednn::any(weights, memory::data_type::f32), md.src, args.strides, args.dilates, args.padding_l, args.padding_r);
  const Operand w = lowering.as(self.inputs[1], onednn::permuted(pd.weights_desc(), axes));
  Step& step = lowering.primitive(self, pd, dnnl::deconvolution_forward(pd),
                                  {{DNNL_ARG_SRC, lowering.as(self.inputs[0], md.dst), false},
                                   {DNNL_ARG_WEIGHTS, {w.buffer, pd.weights_desc()}, false},
                                   {DNNL_ARG_DST, lowering.define(self.outputs[0], md.src), true}});
  step.flop = flop(onednn::dims(md.dst), onednn::dims(md.weights));
}

void ConvBackwardData::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &dst = lowering.dims(self.inputs[0]), &weights = lowering.dims(self.inputs[1]),
             &src = lowering.dims(self.outputs[0]);
  const memory::data_type type = lowering.type(self.inputs[0]);
  const Layouts md = layouts(lowering, src, weights, dst, args, false, {lowering.type(self.outputs[0]), type, type});
  if (lowering.way(self) == way::deconvolution) return realise_as_deconvolution(lowering, self, args, md);
  lay_out_weights(lowering, self, args, src, dst, 1);
  const auto hint = hint_pd(lowering, args, src, weights, dst, type);
  const auto pd = onednn::make_pd_hint<dnnl::convolution_backward_data>(
      hint, onednn::user_scratchpad(), dnnl::algorithm::convolution_direct, md.src, md.weights, md.dst, args.strides,
      args.dilates, args.padding_l, args.padding_r);
  const Operand w = weights_operand(lowering, self.inputs[1], pd.weights_desc(), args.groups);
  const Operand x = lowering.as(self.inputs[0], md.dst);
  Step& step = lowering.primitive(self, pd, dnnl::convolution_backward_data(pd),
                                  {{DNNL_ARG_DIFF_DST, x, false},
                                   {DNNL_ARG_WEIGHTS, w, false},
                                   {DNNL_ARG_DIFF_SRC, lowering.define(self.outputs[0], md.src), true}});
  step.flop = flop(dst, weights);
}

// oneDNN 2.6's code for kernels of 1x1 with strides moves whole vectors of channels. With AVX2 only, and fewer channels
// than that, it overwrites the memory behind an image, and the gradient is wrong. No other implementation can be
// chosen, because next_impl finds none where the descriptor comes from oneDNN's cache.
static bool skips_pixels_of_few_channels(const ConvArgs& args, const Dims& weights) {
  const auto one = [](int64_t d) { return d == 1; };
  const auto none = [](const Dims& padding) {
    return std::all_of(padding.begin(), padding.end(), [](int64_t d) { return d == 0; });
  };
  const bool pointwise =
      std::all_of(weights.begin() + 2, weights.end(), one) && none(args.padding_l) && none(args.padding_r);
  return pointwise && !std::all_of(args.strides.begin(), args.strides.end(), one) && weights[1] < onednn::block();
}

// Copies the pixels that a kernel of 1x1 reads next to each other, and sets its strides to 1.
static Operand read_pixels(Lowering& lowering, const Instruction& self, const Dims& dst, ConvArgs& args) {
  const Dims& image = lowering.dims(self.inputs[0]);
  const memory::data_type type = lowering.type(self.inputs[0]);
  const Operand from = lowering.as(self.inputs[0], onednn::channels_last(image, type));
  Dims read = dst, steps(dst.size(), 1);
  read[1] = image[1];
  for (size_t i = 0; i < args.strides.size(); ++i) steps[i + 2] = std::exchange(args.strides[i], 1);
  const Operand to = lowering.scratch(onednn::channels_last(read, type));
  const Dims begin(dst.size(), 0);
  lowering.kernel(self, "pixels", {from}, {to},
                  [copy = BoxCopy(read, box_side(to.md, begin), box_side(from.md, begin, steps))](
                      const Run& run, std::span<void* const> p) { copy(run.threads, p[1], p[0]); });
  return to;
}

void ConvBackwardWeights::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &dst = lowering.dims(self.inputs[1]), &weights = lowering.dims(self.outputs[0]);
  const bool bias = self.outputs.size() == 2;
  const memory::data_type type = lowering.type(self.inputs[0]);
  ConvArgs settings = args;
  Operand pixels;
  if (skips_pixels_of_few_channels(args, weights)) pixels = read_pixels(lowering, self, dst, settings);
  const Dims src = pixels ? onednn::dims(pixels.md) : lowering.dims(self.inputs[0]);
  const auto pd = backward_weights_pd(lowering, settings, src, weights, dst, bias, type);
  const Operand x = pixels ? pixels : lowering.as(self.inputs[0], pd.src_desc());
  const Operand dy = lowering.as(self.inputs[1], pd.diff_dst_desc());
  const Operand dw = args.groups == 1 ? lowering.define(self.outputs[0], pd.diff_weights_desc())
                                      : lowering.scratch(pd.diff_weights_desc());
  const Operand db = bias ? lowering.define(self.outputs[1], pd.diff_bias_desc()) : Operand{};
  Step& step = lowering.primitive(self, pd, dnnl::convolution_backward_weights(pd),
                                  {{DNNL_ARG_SRC, x, false},
                                   {DNNL_ARG_DIFF_DST, dy, false},
                                   {DNNL_ARG_DIFF_WEIGHTS, dw, true},
                                   {DNNL_ARG_DIFF_BIAS, db, true}});
  step.fused = bias ? "bias" : "";
  step.flop = flop(dst, weights);
  if (args.groups != 1) {
    const memory::desc md = onednn::channels_last_weights(weights);
    const std::string why =
        cat("weights of groups are laid out as Keras orders them; their gradient comes as ", typed_layout(dw.md));
    lowering.alias(self.outputs[0], lowering.reorder(dw, grouped(md, args.groups), why), md);
  }
}

// -- Builder ----------------------------------------------------------------------------------------------------------

Value Builder::conv(Value src, Value weights, Value bias, const ConvArgs& args) {
  const Dims dst = dst_dims("conv", dims(src), dims(weights), args);
  if (bias && dims(bias) != Dims{dst[1]})
    throw ShapeError(cat("conv: bias must have dims (", dst[1], "); received ", to_string(dims(bias))));
  return append(std::make_shared<Conv>(args), {src, weights, bias}, {dst})[0];
}

Value Builder::conv_backward_data(Value diff_dst, Value weights, const Dims& src_dims, const ConvArgs& args) {
  if (dst_dims("conv_backward_data", src_dims, dims(weights), args) != dims(diff_dst))
    throw ShapeError(cat("conv_backward_data: a src of ", to_string(src_dims), " does not come from diff_dst ",
                         to_string(dims(diff_dst)), " and weights ", to_string(dims(weights))));
  return append(std::make_shared<ConvBackwardData>(args), {diff_dst, weights}, {src_dims})[0];
}

Values Builder::conv_backward_weights(Value src, Value diff_dst, const Dims& weights_dims, bool with_bias,
                                      const ConvArgs& args) {
  if (dst_dims("conv_backward_weights", dims(src), weights_dims, args) != dims(diff_dst))
    throw ShapeError(cat("conv_backward_weights: src ", to_string(dims(src)), " and weights ", to_string(weights_dims),
                         " do not give diff_dst ", to_string(dims(diff_dst))));
  std::vector<Dims> out{weights_dims};
  if (with_bias) out.push_back({dims(diff_dst)[1]});
  return append(std::make_shared<ConvBackwardWeights>(args), {src, diff_dst}, out);
}

}  // namespace graft::ops
