#include <algorithm>
#include <numeric>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/elementwise/bias.h"
#include "graft/ops/primitives/matrix/inner_product.h"
#include "graft/ops/primitives/normalization/batch_norm.h"

namespace graft::ops {

namespace {

// The linear instruction before a BatchNormalization, and the bias that may be added between the two.
struct Linear {
  const Instruction* instruction = nullptr;
  Value bias = {};  // added by a separate instruction behind it
};

Linear find_linear(const ProgramIndex& index, Value src) {
  Linear found;
  const Instruction* p = index.producer(src);
  if (!p || !index.sole_reader(src)) return {};
  if (const auto* bias = primitive_as<Bias>(p); bias && !bias->activation) {
    found.bias = p->inputs[1];
    src = p->inputs[0];
    p = index.producer(src);
    if (!index.sole_reader(src) || !primitive_as<ConvBackwardData>(p)) return {};
  }
  found.instruction = p;
  return found;
}

Dims along(size_t rank, size_t axis, int64_t channels) {
  Dims out(rank, 1);
  out[axis] = channels;
  return out;
}

bool is_norm(const Instruction* i) { return primitive_as<BatchNormInference>(i) != nullptr; }

bool pads(const ConvArgs& args) {
  const auto some = [](int64_t n) { return n != 0; };
  return std::any_of(args.padding_l.begin(), args.padding_l.end(), some) ||
         std::any_of(args.padding_r.begin(), args.padding_r.end(), some);
}

class NormFolder {
 public:
  explicit NormFolder(const Program& program) : program_(program), rewriter_(program), b_(rewriter_.to()) {}

  Program run() {
    return remove_dead_code(
        rewriter_.each([&](const Instruction& i) { return fold_into_previous(i) || fold_into_next(i); }));
  }

 private:
  ScaleShift scale_shift(const Instruction& norm) {
    const Values v = rewriter_(norm.inputs);
    const float epsilon = dynamic_cast<const BatchNormInference&>(*norm.primitive).epsilon;
    return batch_norm_scale_shift(b_, v[1], v[2], v[3], v[4], epsilon);
  }

  // Replaces the weights by W scale, along the output channels, and the bias by bias scale + shift.
  bool fold_into_previous(const Instruction& i) {
    if (!is_norm(&i)) return false;
    const Linear linear = find_linear(rewriter_.index(), i.inputs[0]);
    if (!linear.instruction) return false;
    const Instruction& p = *linear.instruction;
    const auto* conv = primitive_as<Conv>(p);
    const auto* transposed = primitive_as<ConvBackwardData>(p);
    const auto* dense = primitive_as<InnerProduct>(p);
    if (!(conv && !conv->activation && !conv->sums) && !(transposed && transposed->args.groups == 1) &&
        !(dense && !dense->activation))
      return false;

    const auto [scale, shift] = scale_shift(i);
    const Value weights = rewriter_(p.inputs[1]);
    const Dims& dims = b_.dims(weights);
    const size_t channel_axis = conv ? 0 : 1;  // weights are (O, I, ...); (I, O, ...) if transposed; (I, O) if dense
    const Value scaled = b_.mul(weights, b_.reshape(scale, along(dims.size(), channel_axis, b_.dims(scale)[0])));
    const Value old_bias = transposed ? linear.bias : p.inputs[2];
    const Value bias = old_bias ? b_.add(b_.mul(rewriter_(old_bias), scale), shift) : shift;

    b_.set_origin(p);
    const Value x = rewriter_(p.inputs[0]);
    const Dims& dst = program_.dims(i.outputs[0]);
    const Value y = conv    ? b_.conv(x, scaled, bias, conv->args)
                    : dense ? b_.inner_product(x, scaled, bias)
                            : b_.bias(b_.conv_backward_data(x, scaled, dst, transposed->args), bias);
    rewriter_.map(i.outputs[0], y);
    return true;
  }

  // Replaces the weights by W scale, along the input channels, and the bias by bias plus the sum of W shift. A
  // convolution with padding is left alone: its padding would have to be -shift / scale instead of 0.
  bool fold_into_next(const Instruction& i) {
    const auto* conv = primitive_as<Conv>(i);
    const bool dense = primitive_as<InnerProduct>(i) != nullptr;
    if ((!conv && !dense) || (conv && pads(conv->args))) return false;
    const Instruction* norm = rewriter_.index().producer(i.inputs[0]);
    if (!is_norm(norm) || !rewriter_.index().sole_reader(i.inputs[0]) ||
        !is_norm(rewriter_.new_producer(rewriter_(i.inputs[0]))))
      return false;
    const auto [scale, shift] = scale_shift(*norm);
    Values inputs = rewriter_(i.inputs);
    const Dims dims = b_.dims(inputs[1]);
    Dims split = dims;  // (I, O), or (G, O / G, I / G, spatial) for a convolution
    if (conv) {
      split[0] /= conv->args.groups;
      split.insert(split.begin(), conv->args.groups);
    }
    Dims channels(split.size(), 1);  // the input channels alone
    channels[0] = split[0];
    if (conv) channels[2] = split[2];
    std::vector<int> sums{0};
    if (conv) sums.assign(split.size() - 2, 2);
    std::iota(sums.begin(), sums.end(), sums[0]);
    const Value weights = b_.reshape(inputs[1], split), moved = b_.mul(weights, b_.reshape(shift, channels));
    const Value added = b_.reshape(b_.reduce(Reduction::sum, moved, sums), {program_.dims(i.outputs[0])[1]});
    inputs[0] = rewriter_(norm->inputs[0]);
    inputs[1] = b_.reshape(b_.mul(weights, b_.reshape(scale, channels)), dims);
    inputs[2] = inputs[2] ? b_.add(inputs[2], added) : added;
    rewriter_.map(i.outputs[0], b_.append(i.primitive, inputs, {program_.dims(i.outputs[0])})[0]);
    return true;
  }

  const Program& program_;
  Rewriter rewriter_;
  Builder& b_;
};

}  // namespace

Program fold_batch_norm(const Program& program) {
  return ProgramIndex(program).updates() ? program : NormFolder(program).run();
}

}  // namespace graft::ops
