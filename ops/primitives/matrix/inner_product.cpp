#include "graft/ops/primitives/matrix/inner_product.h"

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/reduce.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/lower/lowering.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/primitives/matrix/own_product.h"

namespace graft::ops {

namespace {

const std::vector<int> kSwap{1, 0};  // Keras's (I, O) is oneDNN's (O, I) with the axes renamed

struct Types {
  memory::data_type src, weights, dst;
};

struct Layouts {
  memory::desc src, weights, bias, dst;
};

// Weights that the Program only reads are packed once, in the layout that the primitive prefers. Weights that it trains
// stay in Keras's order, which gemm can read, so that nothing is packed in each step. In bfloat16 they are packed,
// because they are converted anyway.
Layouts layouts(const Dims& src, const Dims& weights, const Dims& dst, bool bias, bool packed, const Types& type) {
  const memory::desc plain = onednn::permuted(onednn::row_major(weights, type.weights), kSwap);
  return {onednn::row_major(src, type.src), packed ? onednn::any({weights[1], weights[0]}, type.weights) : plain,
          bias ? onednn::row_major({dst[1]}) : memory::desc(), onednn::row_major(dst, type.dst)};
}

dnnl::inner_product_forward::primitive_desc forward_pd(const Layouts& md, dnnl::prop_kind kind,
                                                       const dnnl::primitive_attr& attr) {
  return onednn::make_pd<dnnl::inner_product_forward>(attr, kind, md.src, md.weights, md.bias, md.dst);
}

// Makes the same as a product of matrices, in which the weights are (I, O) and the bias is a row.
dnnl::matmul::primitive_desc matmul_pd(const Layouts& md, const Dims& weights, bool packed,
                                       const dnnl::primitive_attr& attr) {
  const memory::desc w = packed ? onednn::any(weights) : onednn::row_major(weights);
  if (md.bias.get_size() == 0) return onednn::make_pd<dnnl::matmul>(attr, md.src, w, md.dst);
  return onednn::make_pd<dnnl::matmul>(attr, md.src, w, onednn::row_major({1, weights[1]}), md.dst);
}

// Backward primitives are made from this forward primitive; it has one type for all operands.
dnnl::inner_product_forward::primitive_desc hint_pd(const Dims& src, const Dims& weights, const Dims& dst,
                                                    memory::data_type type) {
  return forward_pd(layouts(src, weights, dst, false, true, {type, type, type}), dnnl::prop_kind::forward_training,
                    onednn::user_scratchpad());
}

Operand weights_operand(Lowering& lowering, Value weights, const memory::desc& wanted) {
  const Operand w = lowering.as(weights, onednn::permuted(wanted, kSwap));
  return {w.buffer, wanted};
}

// Whether weights are packed: where that is done once, ahead of the runs, or where they are converted anyway, unless
// tuning chose otherwise.
bool packs(const Lowering& lowering, const Instruction& self, Value weights) {
  const std::string_view way = lowering.way(self);
  if (way == way::packed_weights) return true;
  if (way == way::plain_weights) return false;
  return lowering.ahead(weights) || lowering.type(self.inputs[0]) != memory::data_type::f32;
}

bool computes_float32(const Program& program, const Instruction& self) {
  return program[self.inputs[0]].dtype == DType::f32;
}

/// Whether Graft's product is to be used, whose right matrix is the second input.
bool takes_own_product(const Lowering& lowering, const Instruction& self, const ProductSize& size,
                       const std::optional<EltwiseArgs>& activation = {}) {
  return lowering.way(self).empty() && computes_float32(lowering.program(), self) &&
         prefers_own_product(size, activation, lowering.ahead(self.inputs[1]));
}

double flop(const Dims& src, const Dims& weights) {
  return 2.0 * static_cast<double>(src[0]) * static_cast<double>(elements(weights));
}

class InnerProductBackwardData final : public Primitive, public HasWays {
 public:
  std::string_view name() const override { return "inner_product_backward_data"; }
  Traits traits(const Program&, const Instruction&) const override {
    return {.low_precision = {LowPrecision::always, {0}, {0}}};
  }
  std::vector<std::string_view> ways(const Program& program, const Instruction& self) const override {
    if (!computes_float32(program, self)) return {};
    return {way::plain_weights, way::packed_weights, way::matmul};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &dst = lowering.dims(self.inputs[0]), &weights = lowering.dims(self.inputs[1]),
               &src = lowering.dims(self.outputs[0]);
    if (takes_own_product(lowering, self, {src[0], src[1], dst[1]})) {
      own_product(lowering, self, {factor(lowering, self.inputs[0]), transposed_factor(lowering, self.inputs[1])},
                  lowering.define(self.outputs[0], onednn::row_major(src)));
      return;
    }
    const ThreadScope scope(lowering.threads_for(static_cast<int64_t>(flop(src, weights)), Lowering::kFlopGrain));
    const memory::data_type type = lowering.type(self.inputs[0]);
    const bool packed = packs(lowering, self, self.inputs[1]);
    const Layouts md = layouts(src, weights, dst, false, packed, {lowering.type(self.outputs[0]), type, type});
    if (lowering.way(self) == way::matmul) return realise_as_product(lowering, self, md);
    const auto hint = hint_pd(src, weights, dst, type);
    const auto pd = onednn::make_pd_hint<dnnl::inner_product_backward_data>(hint, onednn::user_scratchpad(), md.src,
                                                                            md.weights, md.dst);
    const Operand w = weights_operand(lowering, self.inputs[1], pd.weights_desc());
    Step& step = lowering.primitive(self, pd, dnnl::inner_product_backward_data(pd),
                                    {{DNNL_ARG_DIFF_DST, lowering.as(self.inputs[0], md.dst), false},
                                     {DNNL_ARG_WEIGHTS, w, false},
                                     {DNNL_ARG_DIFF_SRC, lowering.define(self.outputs[0], md.src), true}});
    step.flop = flop(src, weights);
  }

 private:
  // Computes diff_src as diff_dst (N, O) times the transposed weights.
  static void realise_as_product(Lowering& lowering, const Instruction& self, const Layouts& md) {
    const Operand w = lowering.row_major(self.inputs[1]);
    const auto transposed = onednn::permuted(w.md, kSwap);
    const auto pd = onednn::make_pd<dnnl::matmul>(onednn::user_scratchpad(), md.dst, transposed, md.src);
    Step& step = lowering.primitive(self, pd, dnnl::matmul(pd),
                                    {{DNNL_ARG_SRC, lowering.as(self.inputs[0], md.dst), false},
                                     {DNNL_ARG_WEIGHTS, {w.buffer, transposed}, false},
                                     {DNNL_ARG_DST, lowering.define(self.outputs[0], md.src), true}});
    step.flop = flop(onednn::dims(md.src), onednn::dims(w.md));
  }
};

class InnerProductBackwardWeights final : public Primitive {
 public:
  std::string_view name() const override { return "inner_product_backward_weights"; }
  Traits traits(const Program&, const Instruction&) const override {
    return {.low_precision = {LowPrecision::always, {0, 1}, {}}};
  }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &src = lowering.dims(self.inputs[0]), &dst = lowering.dims(self.inputs[1]),
               &weights = lowering.dims(self.outputs[0]);
    const bool bias = self.outputs.size() == 2;
    if (takes_own_product(lowering, self, {weights[0], weights[1], src[0]})) return realise_as_product(lowering, self);
    const ThreadScope scope(lowering.threads_for(static_cast<int64_t>(flop(src, weights)), Lowering::kFlopGrain));
    const memory::data_type type = lowering.type(self.inputs[0]);
    const Layouts md = layouts(src, weights, dst, bias, false, {type, memory::data_type::f32, type});
    const Operand x = lowering.as(self.inputs[0], md.src), dy = lowering.as(self.inputs[1], md.dst);
    const auto hint = hint_pd(src, weights, dst, type);
    const auto pd = onednn::make_pd_hint<dnnl::inner_product_backward_weights>(hint, onednn::user_scratchpad(), md.src,
                                                                               md.weights, md.bias, md.dst);
    const Operand dw = lowering.define(self.outputs[0], onednn::row_major(weights));
    const Operand db = bias ? lowering.define(self.outputs[1], md.bias) : Operand{};
    Step& step = lowering.primitive(self, pd, dnnl::inner_product_backward_weights(pd),
                                    {{DNNL_ARG_SRC, x, false},
                                     {DNNL_ARG_DIFF_DST, dy, false},
                                     {DNNL_ARG_DIFF_WEIGHTS, {dw.buffer, md.weights}, true},
                                     {DNNL_ARG_DIFF_BIAS, db, true}});
    step.fused = bias ? "bias" : "";
    step.flop = flop(src, weights);
  }

 private:
  // Computes the gradient as src^T (I, N) times diff_dst (N, O), and that of the bias as sums of its columns.
  static void realise_as_product(Lowering& lowering, const Instruction& self) {
    own_product(lowering, self, {transposed_factor(lowering, self.inputs[0]), factor(lowering, self.inputs[1])},
                lowering.define(self.outputs[0], onednn::row_major(lowering.dims(self.outputs[0]))));
    if (self.outputs.size() == 2) sum_columns(lowering, self, lowering.row_major(self.inputs[1]));
  }

  static void sum_columns(Lowering& lowering, const Instruction& self, const Operand& rows) {
    const Dims dims = onednn::dims(rows.md);
    const Reducer sums(Reduction::sum, loop_nest({dims[1]}, {{1}, {1}}), loop_nest({dims[0]}, {{dims[1]}}), 1);
    const Operand partials = lowering.scratch(onednn::row_major({2 * std::max<int64_t>(sums.partials(), 1)}));
    Step& step =
        lowering.kernel(self, "sum", {rows}, {lowering.define(self.outputs[1], onednn::row_major({dims[1]})), partials},
                        [sums](const Run& run, std::span<void* const> p) {
                          sums.run(run.threads, in(p[0]), out(p[1]), static_cast<double*>(p[2]));
                        });
    step.arguments.back().id = DNNL_ARG_SCRATCHPAD;  // doubles, so GRAFT_CHECK must skip them
  }
};

}  // namespace

std::string InnerProduct::attributes() const { return activation ? "post=" + eltwise_text(*activation) : ""; }

std::vector<std::string_view> InnerProduct::ways(const Program& program, const Instruction& self) const {
  if (!computes_float32(program, self)) return {};
  return {way::plain_weights, way::packed_weights, way::matmul};
}

std::shared_ptr<const Primitive> InnerProduct::fused_with(const EltwiseArgs& act) const {
  if (activation || !has_onednn_algorithm(act.algorithm)) return nullptr;
  return std::make_shared<InnerProduct>(act);
}

Values InnerProduct::gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                              const std::vector<bool>& wanted) const {
  const Value src = self.inputs[0], weights = self.inputs[1], dy = diff_dst[0];
  Values out(3);
  if (wanted[0])
    out[0] = builder.append(std::make_shared<InnerProductBackwardData>(), {dy, weights}, {builder.dims(src)})[0];
  if (wanted[1] || wanted[2]) {
    std::vector<Dims> dims{builder.dims(weights)};
    if (wanted[2]) dims.push_back({builder.dims(weights)[1]});
    const Values diff = builder.append(std::make_shared<InnerProductBackwardWeights>(), {src, dy}, dims);
    out[1] = diff[0];
    if (wanted[2]) out[2] = diff[1];
  }
  return out;
}

// The activation is that of the InnerProduct.
static Step& realise_by_onednn(Lowering& lowering, const Instruction& self,
                               const std::optional<EltwiseArgs>& activation) {
  const Dims &src = lowering.dims(self.inputs[0]), &weights = lowering.dims(self.inputs[1]),
             &dst = lowering.dims(self.outputs[0]);
  const Value bias = self.inputs[2];
  const ThreadScope scope(lowering.threads_for(static_cast<int64_t>(flop(src, weights)), Lowering::kFlopGrain));
  const memory::data_type type = lowering.type(self.inputs[0]);
  const bool packed = packs(lowering, self, self.inputs[1]);
  const Layouts md = layouts(src, weights, dst, bool(bias), packed, {type, type, lowering.type(self.outputs[0])});
  dnnl::primitive_attr attr = onednn::user_scratchpad();
  if (activation) attr.set_post_ops(eltwise_post_op(*activation));
  const auto arguments = [&](const Operand& w) -> std::vector<Argument> {
    return {{DNNL_ARG_SRC, lowering.as(self.inputs[0], md.src), false},
            {DNNL_ARG_WEIGHTS, w, false},
            {DNNL_ARG_BIAS, bias ? lowering.row_major(bias) : Operand{}, false},
            {DNNL_ARG_DST, lowering.define(self.outputs[0], md.dst), true}};
  };
  if (lowering.way(self) == way::matmul) {
    const auto pd = matmul_pd(md, weights, packed, attr);
    return lowering.primitive(self, pd, dnnl::matmul(pd), arguments(lowering.as(self.inputs[1], pd.weights_desc())));
  }
  const auto pd = forward_pd(md, dnnl::prop_kind::forward_inference, attr);
  const Operand w = weights_operand(lowering, self.inputs[1], pd.weights_desc());
  return lowering.primitive(self, pd, dnnl::inner_product_forward(pd), arguments(w));
}

void InnerProduct::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &src = lowering.dims(self.inputs[0]), &weights = lowering.dims(self.inputs[1]);
  const Value bias = self.inputs[2];
  const auto by_graft = [&]() -> Step& {
    return own_product(lowering, self,
                       {factor(lowering, self.inputs[0]), factor(lowering, self.inputs[1]),
                        bias ? lowering.row_major(bias) : Operand{}, activation},
                       lowering.define(self.outputs[0], onednn::row_major(lowering.dims(self.outputs[0]))));
  };
  Step& step = takes_own_product(lowering, self, {src[0], weights[1], src[1]}, activation)
                   ? by_graft()
                   : realise_by_onednn(lowering, self, activation);
  step.fused = bias ? "bias" : "";
  if (activation) step.fused += (bias ? ", " : "") + eltwise_text(*activation);
  step.flop = flop(src, weights);
}

Value Builder::inner_product(Value src, Value weights, Value bias) {
  const Dims &x = dims(src), &w = dims(weights);
  if (x.size() != 2 || w.size() != 2 || x[1] != w[0])
    throw ShapeError(
        cat("inner_product: src ", to_string(x), " (N, I) does not fit weights ", to_string(w), " (I, O)"));
  if (bias && dims(bias) != Dims{w[1]})
    throw ShapeError(cat("inner_product: bias must have dims (", w[1], "); received ", to_string(dims(bias))));
  return append(std::make_shared<InnerProduct>(), {src, weights, bias}, {{x[0], w[1]}})[0];
}

}  // namespace graft::ops
