#include "graft/tools/benchmark/onednn.h"

#include <algorithm>

namespace graft::bench {

using Md = dnnl::memory::desc;

dnnl::memory filled(const Md& md) {
  const dnnl::memory memory(md, onednn::engine());
  std::fill_n(static_cast<float*>(memory.get_data_handle()), md.get_size() / sizeof(float), 0.5f);
  return memory;
}

std::unordered_map<int, dnnl::memory> Primitive::memories(const std::vector<std::pair<int, Md>>& arguments) {
  std::unordered_map<int, dnnl::memory> out;
  for (const auto& [id, md] : arguments) out.emplace(id, filled(md));
  return out;
}

void Primitive::run() {
  primitive_.execute(stream_, arguments_);
  stream_.wait();
}

void Chain::run() {
  for (Primitive& primitive : primitives_) primitive.run();
}

std::string Chain::implementations() const {
  std::vector<std::string> names;
  for (const Primitive& p : primitives_)
    if (std::ranges::find(names, p.implementation()) == names.end()) names.push_back(p.implementation());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : " + ") + name;
  return out;
}

Primitive batch_norm(const ops::Dims& dims) {
  const auto flags = dnnl::normalization_flags::none;
  const auto pd = onednn::batch_norm_pd(dnnl::prop_kind::forward_training, onednn::channels_last(dims), 1e-3f, flags);
  const Md statistics = onednn::row_major({dims[1]});
  return Primitive(pd, dnnl::batch_normalization_forward(pd),
                   {{DNNL_ARG_SRC, onednn::channels_last(dims)},
                    {DNNL_ARG_DST, onednn::channels_last(dims)},
                    {DNNL_ARG_MEAN, statistics},
                    {DNNL_ARG_VARIANCE, statistics}});
}

static const auto kScaleAndShift = dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;

static dnnl::layer_normalization_forward::primitive_desc layer_norm_pd(const ops::Dims& dims) {
  const Md rows = onednn::row_major(dims), single = onednn::row_major({dims[0]});
  const auto attr = onednn::user_scratchpad();
  constexpr auto kind = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
  return onednn::make_pd<dnnl::layer_normalization_forward>(attr, kind, rows, rows, single, 1e-3f, kScaleAndShift);
#else
  return onednn::make_pd<dnnl::layer_normalization_forward>(attr, kind, rows, single, 1e-3f, kScaleAndShift);
#endif
}

Primitive layer_norm_forward(const ops::Dims& dims) {
  const Md rows = onednn::row_major(dims), settings = onednn::row_major({dims[1]});
  const auto pd = layer_norm_pd(dims);
  return Primitive(pd, dnnl::layer_normalization_forward(pd),
                   {{DNNL_ARG_SRC, rows},
                    {DNNL_ARG_SCALE, settings},
                    {DNNL_ARG_SHIFT, settings},
                    {DNNL_ARG_DST, rows},
                    {DNNL_ARG_MEAN, pd.mean_desc()},
                    {DNNL_ARG_VARIANCE, pd.variance_desc()}});
}

Primitive layer_norm_backward(const ops::Dims& dims) {
  const Md rows = onednn::row_major(dims), settings = onednn::row_major({dims[1]});
  const auto forward = layer_norm_pd(dims);
  const Md single = forward.mean_desc();
  const auto attr = onednn::user_scratchpad();
  constexpr auto kind = dnnl::prop_kind::backward;
#if DNNL_VERSION_MAJOR >= 3
  const auto pd = onednn::make_pd_hint<dnnl::layer_normalization_backward>(forward, attr, kind, rows, rows, rows,
                                                                           single, 1e-3f, kScaleAndShift);
#else
  const auto pd = onednn::make_pd_hint<dnnl::layer_normalization_backward>(forward, attr, kind, rows, rows, single,
                                                                           1e-3f, kScaleAndShift);
#endif
  std::vector<std::pair<int, Md>> arguments{{DNNL_ARG_DIFF_DST, rows},       {DNNL_ARG_SRC, rows},
                                            {DNNL_ARG_SCALE, settings},      {DNNL_ARG_MEAN, single},
                                            {DNNL_ARG_VARIANCE, single},     {DNNL_ARG_DIFF_SRC, rows},
                                            {DNNL_ARG_DIFF_SCALE, settings}, {DNNL_ARG_DIFF_SHIFT, settings}};
  if (onednn::kBatchNormBackwardTakesShift) arguments.push_back({DNNL_ARG_SHIFT, settings});
  return Primitive(pd, dnnl::layer_normalization_backward(pd), arguments);
}

Primitive softmax(const ops::Dims& dims) {
  const Md md = onednn::row_major(dims);
  const auto pd = onednn::make_pd<onednn::softmax_forward>(
      onednn::user_scratchpad(), dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, md, md, 1);
  return Primitive(pd, onednn::softmax_forward(pd), {{DNNL_ARG_SRC, md}, {DNNL_ARG_DST, md}});
}

static Primitive product(const Md& src, const Md& weights, const Md& dst) {
  const auto pd = onednn::make_pd<dnnl::matmul>(onednn::user_scratchpad(), src, weights, dst);
  return Primitive(pd, dnnl::matmul(pd), {{DNNL_ARG_SRC, src}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, dst}});
}

Primitive product(const ops::Dims& size) {
  const auto matrix = [](int64_t rows, int64_t columns, bool transposed) {
    return transposed ? onednn::permuted(onednn::row_major({columns, rows}), {1, 0})
                      : onednn::row_major({rows, columns});
  };
  return product(matrix(size[0], size[2], size[3] != 0), matrix(size[2], size[1], size[4] != 0),
                 onednn::row_major({size[0], size[1]}));
}

static Primitive softmax_backward(const ops::Dims& dims) {
  const Md md = onednn::row_major(dims);
  const auto forward = onednn::make_pd<onednn::softmax_forward>(
      onednn::user_scratchpad(), dnnl::prop_kind::forward_training, dnnl::algorithm::softmax_accurate, md, md, 1);
  const auto pd = onednn::make_pd_hint<onednn::softmax_backward>(forward, onednn::user_scratchpad(),
                                                                 dnnl::algorithm::softmax_accurate, md, md, md, 1);
  return Primitive(pd, onednn::softmax_backward(pd),
                   {{DNNL_ARG_DIFF_DST, md}, {DNNL_ARG_DST, md}, {DNNL_ARG_DIFF_SRC, md}});
}

namespace {

/// The operands of attention, and the matrix of scores of each head.
struct AttentionLayouts {
  Md query, key, value, dst, scores;
  ops::Dims rows;

  explicit AttentionLayouts(const ops::Dims& size)
      : query(heads({size[0], size[1], size[3], size[5]})),
        key(heads({size[0], size[1], size[4], size[5]})),
        value(heads({size[0], size[1], size[4], size[6]})),
        dst(heads({size[0], size[1], size[3], size[6]})),
        scores(onednn::row_major({size[0], size[1], size[3], size[4]})),
        rows{size[0] * size[1] * size[3], size[4]} {}

  static Md heads(const ops::Dims& dims) {
    return onednn::permuted(onednn::row_major({dims[0], dims[2], dims[1], dims[3]}), {0, 2, 1, 3});
  }
};

Md transposed(const Md& md) { return onednn::permuted(md, {0, 1, 3, 2}); }

}  // namespace

Chain attention(const ops::Dims& size) {
  const AttentionLayouts of(size);
  return {product(of.query, transposed(of.key), of.scores), softmax(of.rows), product(of.scores, of.value, of.dst)};
}

Chain attention_backward(const ops::Dims& size) {
  const AttentionLayouts of(size);
  return {product(transposed(of.scores), of.dst, of.value), product(of.dst, transposed(of.value), of.scores),
          softmax_backward(of.rows), product(of.scores, of.key, of.query),
          product(transposed(of.scores), of.query, of.key)};
}

Primitive sums(const ops::Dims& dims, const ops::Dims& to) {
  const Md src = onednn::row_major(dims), dst = onednn::row_major(to);
  const auto pd =
      onednn::make_pd<dnnl::reduction>(onednn::user_scratchpad(), dnnl::algorithm::reduction_sum, src, dst, 0.f, 0.f);
  return Primitive(pd, dnnl::reduction(pd), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}});
}

Primitive added_bias(const ops::Dims& dims) {
  const Md md = onednn::channels_last(dims), bias = onednn::channels_last({1, dims[1], 1, 1});
  const auto pd = onednn::make_pd<dnnl::binary>(onednn::user_scratchpad(), dnnl::algorithm::binary_add, md, bias, md);
  return Primitive(pd, dnnl::binary(pd), {{DNNL_ARG_SRC_0, md}, {DNNL_ARG_SRC_1, bias}, {DNNL_ARG_DST, md}});
}

Primitive up_sampling_backward(const ops::Dims& small, const ops::Dims& large, dnnl::algorithm algorithm) {
  const Md src = onednn::channels_last(small), dst = onednn::channels_last(large);
  const auto attr = onednn::user_scratchpad();
  const auto hint =
      onednn::make_pd<dnnl::resampling_forward>(attr, dnnl::prop_kind::forward_training, algorithm, src, dst);
  const auto pd = onednn::make_pd_hint<dnnl::resampling_backward>(hint, attr, algorithm, src, dst);
  return Primitive(pd, dnnl::resampling_backward(pd), {{DNNL_ARG_DIFF_DST, dst}, {DNNL_ARG_DIFF_SRC, src}});
}

Chain largest_of_windows(const ops::Dims& size, bool with_gradient) {
  const auto windows = [&](int64_t pixels) { return (pixels + 2 * size[6] - size[4]) / size[5] + 1; };
  const Md src = onednn::channels_last({size[0], size[1], size[2], size[3]}),
           dst = onednn::channels_last({size[0], size[1], windows(size[2]), windows(size[3])});
  const ops::Dims kernel{size[4], size[4]}, strides{size[5], size[5]}, padding{size[6], size[6]}, none{0, 0};
  constexpr auto kLargest = dnnl::algorithm::pooling_max;
  const auto kind = with_gradient ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  const auto pd = onednn::make_pd<onednn::pooling_forward>(onednn::user_scratchpad(), kind, kLargest, src, dst, strides,
                                                           kernel, none, padding, padding);
  if (!with_gradient) return Primitive(pd, onednn::pooling_forward(pd), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}});
  const auto back = onednn::make_pd_hint<onednn::pooling_backward>(pd, onednn::user_scratchpad(), kLargest, src, dst,
                                                                   strides, kernel, none, padding, padding);
  const Md winners = pd.workspace_desc();
  return {Primitive(pd, onednn::pooling_forward(pd),
                    {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}, {DNNL_ARG_WORKSPACE, winners}}),
          Primitive(back, onednn::pooling_backward(back),
                    {{DNNL_ARG_DIFF_DST, dst}, {DNNL_ARG_WORKSPACE, winners}, {DNNL_ARG_DIFF_SRC, src}})};
}

Primitive joined(const ops::Dims& dims) {
  const Md part = onednn::channels_last(dims), whole = onednn::channels_last({dims[0], 2 * dims[1], dims[2], dims[3]});
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::concat::primitive_desc pd(onednn::engine(), whole, 1, {part, part}, onednn::user_scratchpad());
#else
  const dnnl::concat::primitive_desc pd(whole, 1, {part, part}, onednn::engine(), onednn::user_scratchpad());
#endif
  return Primitive(pd, dnnl::concat(pd),
                   {{DNNL_ARG_MULTIPLE_SRC, part}, {DNNL_ARG_MULTIPLE_SRC + 1, part}, {DNNL_ARG_DST, whole}});
}

// dst = a x + b y
static Primitive weighted_sum(float a, const dnnl::memory& x, float b, const dnnl::memory& y, const dnnl::memory& dst) {
  const Md md = dst.get_desc();
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::sum::primitive_desc pd(onednn::engine(), {a, b}, {md, md}, onednn::user_scratchpad());
#else
  const dnnl::sum::primitive_desc pd({a, b}, {md, md}, onednn::engine(), onednn::user_scratchpad());
#endif
  return Primitive(pd, dnnl::sum(pd),
                   {{DNNL_ARG_MULTIPLE_SRC, x}, {DNNL_ARG_MULTIPLE_SRC + 1, y}, {DNNL_ARG_DST, dst}});
}

static Primitive function(dnnl::algorithm algorithm, float alpha, float beta, const dnnl::memory& x,
                          const dnnl::memory& dst) {
  const auto pd = onednn::eltwise_pd(dnnl::prop_kind::forward_inference, algorithm, dst.get_desc(), alpha, beta);
  return Primitive(pd, dnnl::eltwise_forward(pd), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, dst}});
}

static Primitive quotient(const dnnl::memory& a, const dnnl::memory& b, const dnnl::memory& dst) {
  const Md md = dst.get_desc();
  const auto pd = onednn::make_pd<dnnl::binary>(onednn::user_scratchpad(), dnnl::algorithm::binary_div, md, md, md);
  return Primitive(pd, dnnl::binary(pd), {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, b}, {DNNL_ARG_DST, dst}});
}

Chain step_down(const ops::Dims& dims) {
  const dnnl::memory weights = filled(onednn::row_major(dims)), gradient = filled(onednn::row_major(dims));
  return weighted_sum(1, weights, -0.01f, gradient, weights);
}

Chain adam_chain(const ops::Dims& dims) {
  const Md md = onednn::row_major(dims);
  const dnnl::memory w = filled(md), g = filled(md), m = filled(md), v = filled(md), t = filled(md);
  return {weighted_sum(0.9f, m, 0.1f, g, m),
          function(dnnl::algorithm::eltwise_square, 0, 0, g, t),
          weighted_sum(0.999f, v, 0.001f, t, v),
          function(dnnl::algorithm::eltwise_sqrt, 0, 0, v, t),
          function(dnnl::algorithm::eltwise_linear, 1, 1e-7f, t, t),
          quotient(m, t, t),
          weighted_sum(1, w, -0.001f, t, w)};
}

Primitive moved_inside(const ops::Dims& inner, const ops::Dims& outer, bool into) {
  const Md small = onednn::channels_last(inner), large = onednn::channels_last(outer);
  const Md inside = large.submemory_desc(inner, {0, 0, 1, 1});
  const Md &from = into ? small : inside, &to = into ? inside : small;
  const dnnl::reorder::primitive_desc pd(onednn::engine(), from, onednn::engine(), to, onednn::user_scratchpad());
  return Primitive(pd, dnnl::reorder(pd), {{DNNL_ARG_FROM, into ? small : large}, {DNNL_ARG_TO, into ? large : small}});
}

static dnnl::convolution_forward::primitive_desc convolution_pd(const Convolution& c, dnnl::prop_kind kind) {
  return onednn::make_pd<dnnl::convolution_forward>(onednn::user_scratchpad(), kind,
                                                    dnnl::algorithm::convolution_direct, onednn::channels_last(c.src),
                                                    onednn::any(c.weights), Md(), onednn::channels_last(c.dst),
                                                    c.args.strides, c.args.dilates, c.args.padding_l, c.args.padding_r);
}

Primitive convolution(const Convolution& c) {
  const auto pd = convolution_pd(c, dnnl::prop_kind::forward_inference);
  return Primitive(pd, dnnl::convolution_forward(pd),
                   {{DNNL_ARG_SRC, onednn::channels_last(c.src)},
                    {DNNL_ARG_WEIGHTS, pd.weights_desc()},
                    {DNNL_ARG_DST, onednn::channels_last(c.dst)}});
}

Primitive convolution_backward_weights(const Convolution& c) {
  const auto pd = onednn::make_pd_hint<dnnl::convolution_backward_weights>(
      convolution_pd(c, dnnl::prop_kind::forward_training), onednn::user_scratchpad(),
      dnnl::algorithm::convolution_direct, onednn::channels_last(c.src), onednn::any(c.weights), Md(),
      onednn::channels_last(c.dst), c.args.strides, c.args.dilates, c.args.padding_l, c.args.padding_r);
  return Primitive(pd, dnnl::convolution_backward_weights(pd),
                   {{DNNL_ARG_SRC, onednn::channels_last(c.src)},
                    {DNNL_ARG_DIFF_DST, onednn::channels_last(c.dst)},
                    {DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc()}});
}

Primitive convolution_backward_data(const Convolution& c) {
  const auto pd = onednn::make_pd_hint<dnnl::convolution_backward_data>(
      convolution_pd(c, dnnl::prop_kind::forward_training), onednn::user_scratchpad(),
      dnnl::algorithm::convolution_direct, onednn::channels_last(c.src), onednn::any(c.weights),
      onednn::channels_last(c.dst), c.args.strides, c.args.dilates, c.args.padding_l, c.args.padding_r);
  return Primitive(pd, dnnl::convolution_backward_data(pd),
                   {{DNNL_ARG_DIFF_DST, onednn::channels_last(c.dst)},
                    {DNNL_ARG_WEIGHTS, pd.weights_desc()},
                    {DNNL_ARG_DIFF_SRC, onednn::channels_last(c.src)}});
}

Primitive upsampling(const ops::Dims& dims, const ops::Dims& to, dnnl::algorithm algorithm) {
  const Md src = onednn::channels_last(dims), dst = onednn::channels_last(to);
  const auto pd = onednn::make_pd<dnnl::resampling_forward>(onednn::user_scratchpad(),
                                                            dnnl::prop_kind::forward_inference, algorithm, src, dst);
  return Primitive(pd, dnnl::resampling_forward(pd), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}});
}

}  // namespace graft::bench
