#include "graft/ops/primitives/elementwise/eltwise.h"

#include <optional>

#include "graft/core/error.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/eltwise.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/elementwise/slope.h"

namespace graft::ops {

namespace {

struct Row {
  Eltwise algorithm;
  const char* name;
  std::optional<dnnl::algorithm> onednn = {};  // none: a loop of Graft
  // Computes the gradient from dst (if alpha >= 0), so that src may be overwritten.
  std::optional<dnnl::algorithm> from_dst = {};
};

const Row& row(Eltwise algorithm) {
  using a = dnnl::algorithm;
  static const Row rows[] = {
      {Eltwise::relu, "relu", a::eltwise_relu, a::eltwise_relu_use_dst_for_bwd},
      {Eltwise::tanh, "tanh", a::eltwise_tanh, a::eltwise_tanh_use_dst_for_bwd},
      {Eltwise::logistic, "logistic", a::eltwise_logistic, a::eltwise_logistic_use_dst_for_bwd},
      {Eltwise::exp, "exp", a::eltwise_exp, a::eltwise_exp_use_dst_for_bwd},
      {Eltwise::log, "log", a::eltwise_log},
      {Eltwise::sqrt, "sqrt", a::eltwise_sqrt, a::eltwise_sqrt_use_dst_for_bwd},
      {Eltwise::abs, "abs", a::eltwise_abs},
      {Eltwise::square, "square", a::eltwise_square},
      {Eltwise::elu, "elu", a::eltwise_elu, a::eltwise_elu_use_dst_for_bwd},
      {Eltwise::soft_relu, "soft_relu", a::eltwise_soft_relu},
      {Eltwise::gelu_erf, "gelu_erf", a::eltwise_gelu_erf},
      {Eltwise::gelu_tanh, "gelu_tanh", a::eltwise_gelu_tanh},
      {Eltwise::swish, "swish", a::eltwise_swish},
      {Eltwise::mish, "mish", a::eltwise_mish},
      {Eltwise::linear, "linear", a::eltwise_linear},
      {Eltwise::clip, "clip", a::eltwise_clip},
      {Eltwise::round, "round", a::eltwise_round},
      {Eltwise::floor, "floor"},
      {Eltwise::sign, "sign"},
      {Eltwise::pow, "pow"},
      {Eltwise::reciprocal, "reciprocal"},
      {Eltwise::rsqrt, "rsqrt"},
      {Eltwise::sin, "sin"},
      {Eltwise::cos, "cos"},
      {Eltwise::erf, "erf"},
      {Eltwise::ceil, "ceil"},
      {Eltwise::trunc, "trunc"},
      {Eltwise::tan, "tan"},
      {Eltwise::arcsin, "arcsin"},
      {Eltwise::arccos, "arccos"},
      {Eltwise::arctan, "arctan"},
      {Eltwise::sinh, "sinh"},
      {Eltwise::cosh, "cosh"},
      {Eltwise::arcsinh, "arcsinh"},
      {Eltwise::arccosh, "arccosh"},
      {Eltwise::arctanh, "arctanh"},
      {Eltwise::expm1, "expm1"},
      {Eltwise::log1p, "log1p"},
      {Eltwise::log2, "log2"},
      {Eltwise::log10, "log10"},
      {Eltwise::exp2, "exp2"},
      {Eltwise::cbrt, "cbrt"},
      {Eltwise::erfc, "erfc"},
      {Eltwise::erfinv, "erfinv"},
      {Eltwise::sinc, "sinc"},
      {Eltwise::sinc_slope, "sinc_slope"},
      {Eltwise::bessel_i0, "bessel_i0"},
      {Eltwise::bessel_i1, "bessel_i1"},
      {Eltwise::isnan, "isnan"},
      {Eltwise::isinf, "isinf"},
      {Eltwise::isfinite, "isfinite"},
      {Eltwise::signbit, "signbit"},
      {Eltwise::logical_not, "logical_not"},
  };
  for (const Row& r : rows)
    if (r.algorithm == algorithm) return r;
  throw GraphError(cat("unknown elementwise function ", static_cast<int>(algorithm)));
}

// oneDNN 3.x has a parameter for soft_relu that 2.6 fixes; passing 1 does no harm there.
float onednn_alpha(const EltwiseArgs& args) { return args.algorithm == Eltwise::soft_relu ? 1.f : args.alpha; }

std::optional<dnnl::algorithm> backward_from_dst(const EltwiseArgs& args) {
  return args.alpha >= 0 ? row(args.algorithm).from_dst : std::nullopt;
}

/// Computes the gradient of a oneDNN function, from dst where that suffices, else from src.
class EltwiseBackward final : public Primitive {
 public:
  EltwiseBackward(EltwiseArgs args, bool from_dst) : args_(args), from_dst_(from_dst) {}
  std::string_view name() const override { return "eltwise_backward"; }
  std::string attributes() const override { return eltwise_text(args_) + (from_dst_ ? " from dst" : ""); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.low_precision = {LowPrecision::following, {0, 1}, {0}}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const auto algorithm = from_dst_ ? *row(args_.algorithm).from_dst : onednn_algorithm(args_.algorithm);
    const Operand data = lowering.operand(self.inputs[1]);
    const Operand diff = lowering.as(self.inputs[0], data.md);
    const float alpha = onednn_alpha(args_);
    const ThreadScope scope(lowering.threads_for(elements(lowering.dims(self.inputs[0])), Lowering::kElementGrain));
    const auto hint = onednn::eltwise_pd(dnnl::prop_kind::forward_training, algorithm, data.md, alpha, args_.beta);
    const auto pd = onednn::eltwise_backward_pd(hint, algorithm, data.md, data.md, alpha, args_.beta);
    Step& step = lowering.primitive(self, pd, dnnl::eltwise_backward(pd),
                                    {{from_dst_ ? DNNL_ARG_DST : DNNL_ARG_SRC, data, false},
                                     {DNNL_ARG_DIFF_DST, diff, false},
                                     {DNNL_ARG_DIFF_SRC, lowering.define(self.outputs[0], data.md), true}});
    step.in_place = {{1, 2}};
  }

 private:
  EltwiseArgs args_;
  bool from_dst_;
};

}  // namespace

bool is_eltwise_backward(const Instruction& instruction) {
  return primitive_as<EltwiseBackward>(instruction) != nullptr;
}

std::string eltwise_text(const EltwiseArgs& args) {
  std::string out = row(args.algorithm).name;
  if (args.alpha != 0) out += cat(" alpha=", args.alpha);
  if (args.beta != 0) out += cat(" beta=", args.beta);
  return out;
}

KernelActivation kernel_activation(const std::optional<EltwiseArgs>& function) {
  if (!function) return {};
  if (function->algorithm == Eltwise::relu) return {KernelActivation::relu, function->alpha, 0};
  return {KernelActivation::clip, function->alpha, function->beta};
}

bool has_onednn_algorithm(Eltwise algorithm) { return row(algorithm).onednn.has_value(); }

dnnl::algorithm onednn_algorithm(Eltwise algorithm) {
  if (!has_onednn_algorithm(algorithm)) throw GraphError(cat("oneDNN has no ", row(algorithm).name));
  return *row(algorithm).onednn;
}

dnnl::post_ops eltwise_post_op(const EltwiseArgs& args) {
  dnnl::post_ops ops;
  onednn::append_eltwise(ops, onednn_algorithm(args.algorithm), onednn_alpha(args), args.beta);
  return ops;
}

std::string EltwiseForward::attributes() const { return eltwise_text(args); }

Values EltwiseForward::gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                                const std::vector<bool>&) const {
  const Value x = self.inputs[0], y = self.outputs[0], dy = diff_dst[0];
  if (is_flat(args.algorithm)) return {Value{}};
  if (const Value slope = slope_of(b, args, x, y)) return {b.mul(dy, slope)};
  if (args.algorithm == Eltwise::linear) return {b.scale(dy, args.alpha)};
  const bool from_dst = backward_from_dst(args).has_value();
  return b.append(std::make_shared<EltwiseBackward>(args, from_dst), {dy, from_dst ? y : x}, {b.dims(x)});
}

Traits EltwiseForward::traits(const Program&, const Instruction&) const {
  const bool own = !has_onednn_algorithm(args.algorithm);
  return {.owns_results = true,
          .same_for_any_threads = true,
          .cheap = true,
          .row_inputs = {0},
          .low_precision = own ? LowPrecision{} : LowPrecision{LowPrecision::following, {0}, {0}}};
}

void EltwiseForward::realise(Lowering& lowering, const Instruction& self) const {
  if (!has_onednn_algorithm(args.algorithm)) {
    const Operand src = lowering.plain(self.inputs[0]);
    const Operand dense = onednn::is_dense(src.md) ? src : lowering.row_major(self.inputs[0]);
    const int64_t n = elements(lowering.dims(self.inputs[0]));
    Step& step = lowering.kernel(self, "eltwise", {dense}, {lowering.define(self.outputs[0], dense.md)},
                                 [args = args, n](const Run& run, std::span<void* const> p) {
                                   eltwise_floats(run.threads, args, in(p[0]), out(p[1]), n);
                                 });
    step.in_place = {{0, 1}};
    return;
  }
  const Operand src = lowering.operand(self.inputs[0]);
  const ThreadScope scope(lowering.threads_for(elements(lowering.dims(self.inputs[0])), Lowering::kElementGrain));
  const auto pd = onednn::eltwise_pd(dnnl::prop_kind::forward_training, onednn_algorithm(args.algorithm), src.md,
                                     onednn_alpha(args), args.beta);
  Step& step =
      lowering.primitive(self, pd, dnnl::eltwise_forward(pd),
                         {{DNNL_ARG_SRC, src, false}, {DNNL_ARG_DST, lowering.define(self.outputs[0], src.md), true}});
  step.in_place = {{0, 1}};
}

Value Builder::eltwise(Value x, EltwiseArgs args) {
  return append(std::make_shared<EltwiseForward>(args), {x}, {dims(x)})[0];
}

}  // namespace graft::ops
