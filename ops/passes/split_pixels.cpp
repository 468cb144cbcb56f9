#include <map>
#include <optional>

#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/elementwise/bias.h"
#include "graft/ops/primitives/elementwise/eltwise.h"

namespace graft::ops {

namespace {

constexpr int64_t kFewChannels = 4;  // oneDNN computes 16 even where there are fewer

// One spatial axis. Pixel y = s q + a of a transposed convolution is the sum over d of x[q - d] w[s d + a + p]. For
// each a < s this is a convolution of stride 1 with `taps` weights, some of which are 0 because they are outside of w.
struct Axis {
  int64_t stride = 0, taps = 0, zeros_before = 0, zeros_after = 0, padding_l = 0, padding_r = 0;

  Axis() = default;
  Axis(int64_t kernel, int64_t s, int64_t p, int64_t from, int64_t to) : stride(s) {
    const int64_t least = -((s - 1 + p) / s), most = (kernel - 1 - p) / s;  // of d
    taps = most - least + 1;
    zeros_before = -(s * least + p);
    zeros_after = s * taps - zeros_before - kernel;
    padding_l = most;
    padding_r = to / s - from - padding_l + taps - 1;
  }
  bool fits(int64_t to) const {
    return to % stride == 0 && taps > 0 && zeros_before >= 0 && zeros_after >= 0 && padding_l >= 0 && padding_r >= 0;
  }
};

// A transposed convolution, the bias that is added behind it, and the function behind that.
struct PixelChain {
  const ConvBackwardData* conv = nullptr;
  Value bias = {};
  std::optional<EltwiseArgs> function = {};
  Value end = {};
  Axis rows = {}, columns = {};
};

class Splitter {
 public:
  explicit Splitter(const Program& program) : program_(program), rewriter_(program), b_(rewriter_.to()) {}

  Program run() {
    for (const Instruction& i : program_.instructions) {
      rewriter_.copy(i);
      if (const PixelChain chain = find(i); chain.conv) ends_[chain.end.id] = {&i, chain};
      for (const Value v : i.outputs)
        if (const auto end = ends_.find(v.id); end != ends_.end()) {
          b_.set_label(end->second.first->label);
          rewriter_.map(v, split(*end->second.first, end->second.second));
        }
    }
    return remove_dead_code(rewriter_.finish());
  }

 private:
  PixelChain find(const Instruction& i) const {
    const auto* conv = primitive_as<ConvBackwardData>(i);
    if (!conv) return {};
    const Dims& to = program_.dims(i.outputs[0]);
    if (to.size() != 4 || to[1] > kFewChannels || conv->args.groups != 1) return {};
    const ConvArgs& args = conv->args;
    if (args.strides[0] < 2 || args.strides[0] != args.strides[1] || args.dilates != Dims{0, 0}) return {};
    const Dims &from = program_.dims(i.inputs[0]), &weights = program_.dims(i.inputs[1]);
    PixelChain chain{.conv = conv, .end = i.outputs[0]};
    chain.rows = Axis(weights[2], args.strides[0], args.padding_l[0], from[2], to[2]);
    chain.columns = Axis(weights[3], args.strides[1], args.padding_l[1], from[3], to[3]);
    if (!chain.rows.fits(to[2]) || !chain.columns.fits(to[3])) return {};
    const Instruction* next = rewriter_.index().sole_reader(chain.end);
    if (const auto* bias = primitive_as<Bias>(next); bias && !bias->activation) {
      chain.bias = next->inputs[1];
      chain.end = next->outputs[0];
      next = rewriter_.index().sole_reader(chain.end);
    }
    if (const auto* f = primitive_as<EltwiseForward>(next); f && has_onednn_algorithm(f->args.algorithm)) {
      chain.function = f->args;
      chain.end = next->outputs[0];
    }
    return chain;
  }

  // Turns weights (O, C, k, l) into (a b C, O, taps, taps). The taps are in descending order of d.
  Value split_weights(Value w, const PixelChain& c) {
    const Dims dims = b_.dims(w);
    const int64_t s = c.rows.stride;
    w = b_.pad(w, {0, 0, c.rows.zeros_before, c.columns.zeros_before},
               {0, 0, c.rows.zeros_after, c.columns.zeros_after});
    w = reversed(reversed(b_.reshape(w, {dims[0], dims[1], c.rows.taps, s, c.columns.taps, s}), 2), 4);
    w = b_.transpose(w, {3, 5, 1, 0, 2, 4});
    return b_.reshape(w, {s * s * dims[1], dims[0], c.rows.taps, c.columns.taps});
  }

  Value reversed(Value x, size_t axis) {
    Dims begin(b_.dims(x).size(), 0), sizes = b_.dims(x);
    Values parts;
    begin[axis] = sizes[axis];
    sizes[axis] = 1;
    while (begin[axis]-- > 0) parts.push_back(b_.slice(x, begin, sizes));
    return b_.concat(parts, static_cast<int>(axis));
  }

  Value split(const Instruction& i, const PixelChain& c) {
    const Dims from = program_.dims(i.inputs[0]), to = program_.dims(i.outputs[0]);
    const int64_t s = c.rows.stride;
    const Value weights = split_weights(rewriter_(i.inputs[1]), c);
    const Value bias = c.bias ? b_.concat(Values(static_cast<size_t>(s * s), rewriter_(c.bias)), 0) : Value{};
    const ConvArgs args{
        {1, 1}, {0, 0}, {c.rows.padding_l, c.columns.padding_l}, {c.rows.padding_r, c.columns.padding_r}};
    const Dims dims{to[0], s * s * to[1], to[2] / s, to[3] / s};
    Value y = b_.append(std::make_shared<Conv>(args, c.function), {rewriter_(i.inputs[0]), weights, bias}, {dims})[0];
    y = b_.reshape(b_.transpose(y, {0, 2, 3, 1}), {to[0], to[2] / s, to[3] / s, s, s, to[1]});
    y = b_.reshape(b_.transpose(y, {0, 1, 3, 2, 4, 5}), {to[0], to[2], to[3], to[1]});
    return b_.transpose(y, {0, 3, 1, 2});
  }

  const Program& program_;
  Rewriter rewriter_;
  Builder& b_;
  std::map<int32_t, std::pair<const Instruction*, PixelChain>> ends_;  // by the id of the value that a chain ends with
};

}  // namespace

Program split_pixels(const Program& program) { return Splitter(program).run(); }

}  // namespace graft::ops
