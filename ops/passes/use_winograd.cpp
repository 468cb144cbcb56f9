#include <algorithm>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/convolution/winograd.h"
#include "graft/ops/primitives/elementwise/bias.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

// The costs were measured on two threads, with a product in oneDNN's direct convolution as unit. kProduct is that of a
// product at the points, and kPoint of a float that is brought to the points or back. kWeight is that of a weight
// that is brought there in every run, and kLargerWeight of each weight by which weights that do not change grow at the
// points. kSum and kLargeSum are those of a float of the gradient's sums, where the sums fit in a cache and where not.
constexpr double kProduct = 1.05, kPoint = 10, kWeight = 65, kLargerWeight = 8, kSum = 35, kLargeSum = 65;
constexpr int64_t kCachedSums = 1 << 21;
constexpr double kWorth = 0.95;  // the share of the direct convolution's cost below which Winograd's is taken

// The cost of the direct convolution, which multiplies `rows` rows of kernels for each image. Images of few columns
// cost more, because oneDNN is slow on vectors of few pixels.
double direct_cost(const ConvDims& dims, int64_t rows) {
  const auto pixels = static_cast<double>(dims.dst[3]);
  return (1 + 3 / (pixels * pixels)) * pixels *
         static_cast<double>(dims.src[0] * rows * elements(dims.weights) / dims.weights[2]);
}

// The number of rows of kernels that oneDNN multiplies for an image: it leaves out those that are on padding.
int64_t kernel_rows(const ConvArgs& args, const ConvDims& dims) {
  int64_t count = 0;
  for (int64_t o = 0; o < dims.dst[2]; ++o)
    for (int64_t k = 0; k < dims.weights[2]; ++k) {
      const int64_t pixel = o * args.strides[0] + k - args.padding_l[0];
      count += pixel >= 0 && pixel < dims.src[2];
    }
  return count;
}

// For a gradient of weights oneDNN multiplies the rows on padding too, and each product costs more.
double direct_gradient_cost(const ConvDims& dims) { return 1.15 * direct_cost(dims, dims.dst[2] * dims.weights[2]); }

double gradient_cost(const WinogradGradient& gradient, const Dims& weights) {
  return kProduct * static_cast<double>(gradient.products()) + kPoint * static_cast<double>(gradient.point_floats()) +
         (elements(weights) > kCachedSums ? kLargeSum : kSum) * static_cast<double>(gradient.sum_floats());
}

class WinogradUser {
 public:
  explicit WinogradUser(const Program& program)
      : program_(program), rewriter_(program), index_(rewriter_.index()), b_(rewriter_.to()) {}

  Program run() {
    return remove_dead_code(rewriter_.each(
        [&](const Instruction& i) { return forward(i) || backward_data(i) || biased(i) || backward_weights(i); }));
  }

 private:
  bool worth(const WinogradArgs& args, Value from, Value weights, Value to) const {
    const auto conv = winograd_conv(args, program_.dims(from), program_.dims(to));
    if (!conv) return false;
    const ConvDims dims{program_.dims(args.transposed ? to : from), args.kernel,
                        program_.dims(args.transposed ? from : to)};
    const auto more = static_cast<double>(conv->weights_floats() - elements(args.kernel));
    const double weights_cost =
        index_.ahead_of_runs(weights) ? kLargerWeight * more : kWeight * static_cast<double>(conv->weights_floats());
    return kProduct * static_cast<double>(conv->products()) + kPoint * static_cast<double>(conv->point_floats()) +
               weights_cost <
           kWorth * direct_cost(dims, kernel_rows(args.conv, dims));
  }

  Value emit(const WinogradArgs& args, Value from, Value weights, Value bias, Value summand, Value to,
             const std::optional<EltwiseArgs>& activation) {
    const WinogradConv conv = *winograd_conv(args, program_.dims(from), program_.dims(to));
    const Value at_points =
        b_.append(std::make_shared<WinogradWeights>(args), {rewriter_(weights)}, {{conv.weights_floats()}})[0];
    const bool inside = activation && winograd_activation(*activation);
    const Value y =
        b_.append(std::make_shared<WinogradForward>(args, inside ? activation : std::nullopt),
                  {rewriter_(from), at_points, rewriter_(bias), rewriter_(summand)}, {program_.dims(to)})[0];
    return activation && !inside ? b_.eltwise(y, *activation) : y;
  }

  bool forward(const Instruction& i) {
    const auto* conv = primitive_as<Conv>(i);
    if (!conv) return false;
    const WinogradArgs args{conv->args, program_.dims(i.inputs[1])};
    if (!worth(args, i.inputs[0], i.inputs[1], i.outputs[0])) return false;
    rewriter_.map(i.outputs[0], emit(args, i.inputs[0], i.inputs[1], i.inputs[2], conv->sums ? i.inputs[3] : Value{},
                                     i.outputs[0], conv->activation));
    return true;
  }

  bool worth_transposed(const Instruction& i, const ConvBackwardData& conv) const {
    return worth({conv.args, program_.dims(i.inputs[1]), true}, i.inputs[0], i.inputs[1], i.outputs[0]);
  }

  // The bias behind a transposed convolution that can become part of the convolution; null where there is none.
  const Bias* bias_of(Value convolved) const {
    const auto* bias = primitive_as<Bias>(index_.sole_reader(convolved));
    return bias && (!bias->activation || winograd_activation(*bias->activation)) ? bias : nullptr;
  }

  bool backward_data(const Instruction& i) {
    const auto* conv = primitive_as<ConvBackwardData>(i);
    if (!conv || bias_of(i.outputs[0]) || !worth_transposed(i, *conv)) return false;
    rewriter_.map(i.outputs[0], emit({conv->args, program_.dims(i.inputs[1]), true}, i.inputs[0], i.inputs[1], {}, {},
                                     i.outputs[0], {}));
    return true;
  }

  bool biased(const Instruction& i) {
    const Instruction* p = index_.producer(i.inputs.empty() ? Value{} : i.inputs[0]);
    const auto* conv = primitive_as<ConvBackwardData>(p);
    const Bias* bias = conv ? bias_of(p->outputs[0]) : nullptr;
    if (!bias || bias != i.primitive.get() || !worth_transposed(*p, *conv)) return false;
    b_.set_origin(*p);
    rewriter_.map(i.outputs[0], emit({conv->args, program_.dims(p->inputs[1]), true}, p->inputs[0], p->inputs[1],
                                     i.inputs[1], {}, i.outputs[0], bias->activation));
    return true;
  }

  bool backward_weights(const Instruction& i) {
    const auto* conv = primitive_as<ConvBackwardWeights>(i);
    if (!conv) return false;
    const ConvDims dims{program_.dims(i.inputs[0]), program_.dims(i.outputs[0]), program_.dims(i.inputs[1])};
    const auto gradient = winograd_gradient(dims, conv->args);
    if (!gradient) return false;
    if (gradient_cost(*gradient, dims.weights) >= kWorth * direct_gradient_cost(dims)) return false;
    const Value diff = rewriter_(i.inputs[1]);
    rewriter_.map(i.outputs[0],
                  b_.append(std::make_shared<WinogradBackwardWeights>(WinogradArgs{conv->args, dims.weights}),
                            {rewriter_(i.inputs[0]), diff}, {dims.weights})[0]);
    if (i.outputs.size() == 2)
      rewriter_.map(i.outputs[1], b_.reshape(b_.reduce(Reduction::sum, diff, {0, 2, 3}), {dims.weights[0]}));
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
  const ProgramIndex& index_;
  Builder& b_;
};

}  // namespace

Program use_winograd(const Program& program) { return WinogradUser(program).run(); }

}  // namespace graft::ops
