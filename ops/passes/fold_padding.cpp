#include "graft/ops/lower/conv_speed.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/convolution/pool.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/primitives/movement/move.h"

namespace graft::ops {

namespace {

bool spatial_only(const Dims& before, const Dims& after) {
  return before.size() > 2 && before[0] == 0 && before[1] == 0 && after[0] == 0 && after[1] == 0;
}

template <class Args>  // of a convolution or a pooling
Args wider(Args args, const Dims& before, const Dims& after) {
  for (size_t k = 0; k < args.strides.size(); ++k) {
    args.padding_l[k] += before[k + 2];
    args.padding_r[k] += after[k + 2];
  }
  return args;
}

bool never_negative(const EltwiseArgs& args) {
  return (args.algorithm == Eltwise::relu && args.alpha == 0) || (args.algorithm == Eltwise::clip && args.alpha >= 0);
}

class PaddingFolder {
 public:
  explicit PaddingFolder(const Program& program)
      : program_(program), rewriter_(program), index_(rewriter_.index()), b_(rewriter_.to()) {}

  Program run() {
    return remove_dead_code(rewriter_.each([&](const Instruction& i) {
      return into_conv(i) || into_pool(i) || into_weights_gradient(i) || slice_of_transposed(i);
    }));
  }

 private:
  struct Padding {
    Value inside = {};  // the value that was padded
    PadArgs args;
  };
  Padding padding_of(Value v) const {
    const Instruction* p = index_.producer(v);
    const auto args = p ? pad_args(*p->primitive) : std::nullopt;
    if (!args || args->value != 0 || !spatial_only(args->before, args->after)) return {};
    return {p->inputs[0], *args};
  }

  // Whether the convolution is as fast with the wider padding `wide` as it is now.
  static bool as_fast(ConvKind kind, const ConvDims& now, const ConvArgs& args, const ConvDims& then,
                      const ConvArgs& wide) {
    for (size_t k = 0; k < args.strides.size(); ++k) {
      const int64_t extent = (now.weights[k + 2] - 1) * (args.dilates[k] + 1) + 1;
      if (wide.padding_l[k] >= extent || wide.padding_r[k] >= extent)
        return false;  // some outputs would read nothing but padding
    }
    return conv_speed(kind, then, wide) >= conv_speed(kind, now, args);
  }

  bool into_conv(const Instruction& i) {
    const auto* conv = primitive_as<Conv>(i);
    const Padding pad = conv ? padding_of(i.inputs[0]) : Padding{};
    if (!pad.inside) return false;
    const ConvArgs args = wider(conv->args, pad.args.before, pad.args.after);
    const Dims &weights = program_.dims(i.inputs[1]), &dst = program_.dims(i.outputs[0]);
    if (!as_fast(ConvKind::forward, {program_.dims(i.inputs[0]), weights, dst}, conv->args,
                 {program_.dims(pad.inside), weights, dst}, args))
      return false;
    Values inputs = rewriter_(i.inputs);
    inputs[0] = rewriter_(pad.inside);
    replace(i, std::make_shared<Conv>(args, conv->activation, conv->sums), inputs);
    return true;
  }

  // oneDNN's padding never wins a maximum, so it equals zeros where no pixel is negative. A pooling that records the
  // winners is left alone, because a zero in the padding may be one of them.
  bool into_pool(const Instruction& i) {
    const auto* pool = primitive_as<PoolForward>(i);
    const Padding pad = pool && i.outputs.size() == 1 ? padding_of(i.inputs[0]) : Padding{};
    if (!pad.inside) return false;
    PoolArgs args = wider(pool->args, pad.args.before, pad.args.after);
    for (size_t k = 0; k < args.kernel.size(); ++k)
      if (args.padding_l[k] >= args.kernel[k] || args.padding_r[k] >= args.kernel[k]) return false;
    if (args.algorithm == Pooling::max) {
      const Instruction* before = index_.producer(pad.inside);
      const auto* function = primitive_as<EltwiseForward>(before);
      if (!function || !never_negative(function->args)) return false;
    } else {
      const Dims none(args.kernel.size(), 0);
      const bool counts = args.algorithm == Pooling::avg_include_padding;
      if (!counts && (pool->args.padding_l != none || pool->args.padding_r != none)) return false;
      args.algorithm = Pooling::avg_include_padding;
    }
    replace(i, std::make_shared<PoolForward>(args), {rewriter_(pad.inside)});
    return true;
  }

  bool into_weights_gradient(const Instruction& i) {
    const auto* conv = primitive_as<ConvBackwardWeights>(i);
    const Padding pad = conv ? padding_of(i.inputs[0]) : Padding{};
    if (!pad.inside) return false;
    const ConvArgs args = wider(conv->args, pad.args.before, pad.args.after);
    const Dims &weights = program_.dims(i.outputs[0]), &dst = program_.dims(i.inputs[1]);
    if (!as_fast(ConvKind::backward_weights, {program_.dims(i.inputs[0]), weights, dst}, conv->args,
                 {program_.dims(pad.inside), weights, dst}, args))
      return false;
    replace(i, std::make_shared<ConvBackwardWeights>(args), {rewriter_(pad.inside), rewriter_(i.inputs[1])});
    return true;
  }

  // A slice behind a transposed convolution is a cropping, or the gradient of a pad. With wider padding the convolution
  // computes only the pixels that stay.
  bool slice_of_transposed(const Instruction& i) {
    const auto begin = slice_begin(*i.primitive);
    const Instruction* p = begin ? index_.producer(i.inputs[0]) : nullptr;
    const auto* conv = primitive_as<ConvBackwardData>(p);
    if (!conv || !index_.sole_reader(i.inputs[0])) return false;
    const Dims &whole = program_.dims(i.inputs[0]), &part = program_.dims(i.outputs[0]);
    Dims after = whole;
    for (size_t k = 0; k < after.size(); ++k) after[k] -= (*begin)[k] + part[k];
    if (!spatial_only(*begin, after)) return false;
    const ConvArgs args = wider(conv->args, *begin, after);
    const Dims &weights = program_.dims(p->inputs[1]), &dst = program_.dims(p->inputs[0]);
    if (!as_fast(ConvKind::backward_data, {whole, weights, dst}, conv->args, {part, weights, dst}, args)) return false;
    b_.set_origin(*p);
    rewriter_.map(i.outputs[0], b_.conv_backward_data(rewriter_(p->inputs[0]), rewriter_(p->inputs[1]), part, args));
    return true;
  }

  void replace(const Instruction& old, std::shared_ptr<const Primitive> primitive, Values inputs) {
    std::vector<Dims> dims;
    for (const Value v : old.outputs) dims.push_back(program_.dims(v));
    const Values now = b_.append(std::move(primitive), std::move(inputs), dims);
    for (size_t k = 0; k < now.size(); ++k) rewriter_.map(old.outputs[k], now[k]);
  }

  const Program& program_;
  Rewriter rewriter_;
  const ProgramIndex& index_;
  Builder& b_;
};

}  // namespace

Program fold_padding(const Program& program) { return PaddingFolder(program).run(); }

}  // namespace graft::ops
