#include "graft/core/onednn.h"
#include "graft/ops/lower/conv_speed.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/rewriter.h"
#include "graft/ops/primitives/convolution/conv.h"
#include "graft/ops/primitives/convolution/im2col.h"

namespace graft::ops {

namespace {

// The fewest windows: with fewer rows a product reads its weights no faster than a convolution. The matrix of windows
// is written and read once, so there may be at most kLargest windows for each output channel, which keeps the matrix
// within kLargest times the size of the weights.
constexpr int64_t kFewestWindows = 16, kLargest = 4;

// Of a matrix of windows of sequences, floats.
constexpr int64_t kLargestOfSequences = 16 << 20;

class Multiplier {
 public:
  Multiplier(const Program& program, bool all) : program_(program), all_(all), rewriter_(program), b_(rewriter_.to()) {}

  Program run() {
    for (const Instruction& i : program_.instructions) {
      b_.set_origin(i);
      if (const auto* weights = primitive_as<ConvBackwardWeights>(i); weights && worth_weights(i, weights->args))
        backward_weights(i, weights->args);
      else if (const auto* data = primitive_as<ConvBackwardData>(i); data && worth_data(i, data->args))
        backward_data(i, data->args);
      else
        rewriter_.copy(i);
    }
    return rewriter_.finish();
  }

 private:
  static bool fits(const ConvDims& dims, const ConvArgs& args) {
    if (dims.src.size() != 4 || args.groups != 1) return false;
    const int64_t windows = dims.dst[0] * dims.dst[2] * dims.dst[3];
    return windows >= kFewestWindows && windows <= kLargest * dims.weights[0];
  }

  bool worth_weights(const Instruction& i, const ConvArgs& args) const {
    const ConvDims dims{program_.dims(i.inputs[0]), program_.dims(i.outputs[0]), program_.dims(i.inputs[1])};
    return is_slow_sequence(dims, args) ||
           (fits(dims, args) && (all_ || conv_speed(ConvKind::backward_weights, dims, args) != Speed::direct));
  }

  // Without AVX-512, oneDNN takes more than twice as long for the weights of a convolution along sequences as for its
  // results.
  static bool is_slow_sequence(const ConvDims& dims, const ConvArgs& args) {
    if (onednn::has_avx512() || dims.src.size() != 4 || args.groups != 1 || dims.src[2] != 1) return false;
    const int64_t windows = dims.dst[0] * dims.dst[3], size = dims.weights[1] * dims.weights[3];
    return dims.weights[3] > 1 && windows >= kFewestWindows && windows * size <= kLargestOfSequences;
  }

  // Without AVX-512, oneDNN's loops along the rows of a kernel are slow where most of a row is on padding.
  bool worth_data(const Instruction& i, const ConvArgs& args) const {
    const ConvDims dims{program_.dims(i.outputs[0]), program_.dims(i.inputs[1]), program_.dims(i.inputs[0])};
    if (!fits(dims, args)) return false;
    const bool on_padding = 2 * dims.dst[3] < dims.weights[3] && dims.weights[3] > dims.src[3];
    return all_ || (on_padding && !onednn::has_avx512()) ||
           conv_speed(ConvKind::backward_data, dims, args) == Speed::by_gemm;
  }

  Value pixels_as_rows(Value image) {
    const Dims dims = b_.dims(image);
    return b_.reshape(b_.transpose(image, {0, 2, 3, 1}), {dims[0] * dims[2] * dims[3], dims[1]});
  }

  void backward_weights(const Instruction& i, const ConvArgs& args) {
    const Value src = rewriter_(i.inputs[0]), diff = pixels_as_rows(rewriter_(i.inputs[1]));
    const Dims w = program_.dims(i.outputs[0]);
    const auto windows = std::make_shared<Im2Col>(args, Dims{w[2], w[3]});
    const Value matrix = b_.append(windows, {src}, {{b_.dims(diff)[0], w[2] * w[3] * w[1]}})[0];
    const Value product = b_.reshape(b_.matmul(matrix, diff, true, false), {w[2], w[3], w[1], w[0]});
    rewriter_.map(i.outputs[0], b_.transpose(product, {3, 2, 0, 1}));
    if (i.outputs.size() == 2) rewriter_.map(i.outputs[1], b_.reshape(b_.reduce(Reduction::sum, diff, {0}), {w[0]}));
  }

  void backward_data(const Instruction& i, const ConvArgs& args) {
    const Value diff = pixels_as_rows(rewriter_(i.inputs[0]));
    const Dims w = program_.dims(i.inputs[1]);
    const Value weights = b_.reshape(b_.transpose(rewriter_(i.inputs[1]), {2, 3, 1, 0}), {w[2] * w[3] * w[1], w[0]});
    const Value matrix = b_.matmul(diff, weights, false, true);
    const auto sum = std::make_shared<Col2Im>(args, Dims{w[2], w[3]});
    rewriter_.map(i.outputs[0], b_.append(sum, {matrix}, {program_.dims(i.outputs[0])})[0]);
  }

  const Program& program_;
  const bool all_;
  Rewriter rewriter_;
  Builder& b_;
};

}  // namespace

Program multiply_windows(const Program& program) { return Multiplier(program, false).run(); }
Program multiply_all_windows(const Program& program) { return Multiplier(program, true).run(); }

}  // namespace graft::ops
