#include "graft/tools/benchmark/onednn_recurrent.h"

namespace graft::bench {

using Md = dnnl::memory::desc;

/// The layouts of a recurrent layer.
struct RecurrentLayouts {
  Md x, state, input, kernel, bias, y;

  explicit RecurrentLayouts(const ops::Dims& size)
      : x(layout({size[2], size[1], 1}, tag::tnc)),
        state(layout({1, 1, size[1], size[3]}, tag::ldnc)),
        input(layout({1, 1, 1, size[0], size[3]}, tag::any)),
        kernel(layout({1, 1, size[3], size[0], size[3]}, tag::any)),
        bias(layout({1, 1, size[0] == 3 ? 4 : size[0], size[3]}, tag::ldgo)),
        y(layout({size[2], size[1], size[3]}, tag::tnc)) {}

 private:
  using tag = dnnl::memory::format_tag;
  static Md layout(const ops::Dims& dims, tag order) { return {dims, dnnl::memory::data_type::f32, order}; }
};

template <class Pd>
static std::vector<std::pair<int, Md>> recurrent_arguments(const Pd& pd, const RecurrentLayouts& md) {
  return {{DNNL_ARG_SRC_LAYER, md.x},
          {DNNL_ARG_SRC_ITER, md.state},
          {DNNL_ARG_WEIGHTS_LAYER, pd.weights_layer_desc()},
          {DNNL_ARG_WEIGHTS_ITER, pd.weights_iter_desc()},
          {DNNL_ARG_BIAS, md.bias},
          {DNNL_ARG_DST_LAYER, md.y},
          {DNNL_ARG_DST_ITER, md.state}};
}

template <class Pd>
static std::vector<std::pair<int, Md>> recurrent_diffs(const Pd& pd, const RecurrentLayouts& md, const Md& workspace) {
  return {{DNNL_ARG_DIFF_SRC_LAYER, md.x},
          {DNNL_ARG_DIFF_SRC_ITER, md.state},
          {DNNL_ARG_DIFF_WEIGHTS_LAYER, pd.diff_weights_layer_desc()},
          {DNNL_ARG_DIFF_WEIGHTS_ITER, pd.diff_weights_iter_desc()},
          {DNNL_ARG_DIFF_BIAS, md.bias},
          {DNNL_ARG_DIFF_DST_LAYER, md.y},
          {DNNL_ARG_DIFF_DST_ITER, md.state},
          {DNNL_ARG_WORKSPACE, workspace}};
}

static void append(std::vector<std::pair<int, Md>>& arguments, const std::vector<std::pair<int, Md>>& others) {
  arguments.insert(arguments.end(), others.begin(), others.end());
}

static constexpr auto kFromLeft = dnnl::rnn_direction::unidirectional_left2right;

static dnnl::lbr_gru_forward::primitive_desc gru_pd(const RecurrentLayouts& md, dnnl::prop_kind kind) {
  return onednn::make_pd<dnnl::lbr_gru_forward>(onednn::user_scratchpad(), kind, kFromLeft, md.x, md.state, md.input,
                                                md.kernel, md.bias, md.y, md.state);
}

static dnnl::lstm_forward::primitive_desc lstm_pd(const RecurrentLayouts& md, dnnl::prop_kind kind) {
  return onednn::make_pd<dnnl::lstm_forward>(onednn::user_scratchpad(), kind, kFromLeft, md.x, md.state, md.state,
                                             md.input, md.kernel, md.bias, md.y, md.state, md.state);
}

Primitive recurrent(const ops::Dims& size) {
  const RecurrentLayouts md(size);
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  if (size[0] == 3) {
    const auto pd = gru_pd(md, kind);
    return Primitive(pd, dnnl::lbr_gru_forward(pd), recurrent_arguments(pd, md));
  }
  const auto pd = lstm_pd(md, kind);
  auto arguments = recurrent_arguments(pd, md);
  append(arguments, {{DNNL_ARG_SRC_ITER_C, md.state}, {DNNL_ARG_DST_ITER_C, md.state}});
  return Primitive(pd, dnnl::lstm_forward(pd), arguments);
}

Primitive recurrent_backward(const ops::Dims& size) {
  const RecurrentLayouts md(size);
  const auto attr = onednn::user_scratchpad();
  constexpr auto training = dnnl::prop_kind::forward_training, kind = dnnl::prop_kind::backward;
  if (size[0] == 3) {
    const auto hint = gru_pd(md, training);
    const auto pd = onednn::make_pd_hint<dnnl::lbr_gru_backward>(hint, attr, kind, kFromLeft, md.x, md.state, md.input,
                                                                 md.kernel, md.bias, md.y, md.state, md.x, md.state,
                                                                 md.input, md.kernel, md.bias, md.y, md.state);
    auto arguments = recurrent_arguments(pd, md);
    append(arguments, recurrent_diffs(pd, md, hint.workspace_desc()));
    return Primitive(pd, dnnl::lbr_gru_backward(pd), arguments);
  }
  const auto hint = lstm_pd(md, training);
  const auto pd = onednn::make_pd_hint<dnnl::lstm_backward>(
      hint, attr, kind, kFromLeft, md.x, md.state, md.state, md.input, md.kernel, md.bias, md.y, md.state, md.state,
      md.x, md.state, md.state, md.input, md.kernel, md.bias, md.y, md.state, md.state);
  auto arguments = recurrent_arguments(pd, md);
  append(arguments, recurrent_diffs(pd, md, hint.workspace_desc()));
  append(arguments, {{DNNL_ARG_SRC_ITER_C, md.state},
                     {DNNL_ARG_DST_ITER_C, md.state},
                     {DNNL_ARG_DIFF_SRC_ITER_C, md.state},
                     {DNNL_ARG_DIFF_DST_ITER_C, md.state}});
  return Primitive(pd, dnnl::lstm_backward(pd), arguments);
}

}  // namespace graft::bench
