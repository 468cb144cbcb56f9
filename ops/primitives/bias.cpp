// Adds a bias per channel, perhaps with a rectifier: what stands behind a transposed convolution, whose own bias and
// post-ops are slow in oneDNN 2.6.

#include <optional>

#include "graft/core/error.h"
#include "graft/ops/kernels/strided.h"
#include "graft/ops/primitives/eltwise.h"

namespace graft::ops {

namespace {

GRAFT_KERNEL void bias_rows(const float* x, const float* b, float* y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) y[r * channels + c] = x[r * channels + c] + b[c];
}

GRAFT_KERNEL void bias_relu_rows(const float* x, const float* b, float* y, int64_t rows, int64_t channels, float alpha) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) {
      const float v = x[r * channels + c] + b[c];
      y[r * channels + c] = v > 0 ? v : alpha * v;
    }
}

class Bias final : public Primitive {
 public:
  explicit Bias(std::optional<EltwiseArgs> relu = {}) : relu_(relu) {}
  std::string_view name() const override { return "bias"; }
  std::string attributes() const override { return relu_ ? "post=" + eltwise_text(*relu_) : ""; }

  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs& act) const override {
    return !relu_ && act.algorithm == Eltwise::relu ? std::make_shared<Bias>(act) : nullptr;
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    if (!wanted[1]) return {diff_dst[0], {}};
    Dims channels(b.dims(self.inputs[0]).size(), 1);
    channels[1] = b.dims(self.inputs[1])[0];
    return {diff_dst[0], b.reshape(b.sum_to(diff_dst[0], channels), b.dims(self.inputs[1]))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    const memory::desc md = onednn::channels_last(dims);
    const Operand x = lowering.as(self.inputs[0], md), b = lowering.row_major(self.inputs[1]);
    const int64_t channels = dims[1], rows = elements(dims) / channels;
    Step& step = lowering.kernel(
        self, "bias", {x, b}, {lowering.define(self.outputs[0], md)},
        [relu = relu_, rows, channels](const Run& run, std::span<void* const> p) {
          parallel_for(run.threads, rows, std::max<int64_t>(kGrain / channels, 1), [&](int64_t begin, int64_t end) {
            const float* src = in(p[0]) + begin * channels;
            float* dst = out(p[2]) + begin * channels;
            if (relu) bias_relu_rows(src, in(p[1]), dst, end - begin, channels, relu->alpha);
            else bias_rows(src, in(p[1]), dst, end - begin, channels);
          });
        });
    step.in_place = {{0, 2}};
    if (relu_) step.fused = eltwise_text(*relu_);
  }

 private:
  std::optional<EltwiseArgs> relu_;
};

}  // namespace

Value Builder::bias(Value x, Value bias) {
  if (dims(x).size() < 2 || dims(bias) != Dims{dims(x)[1]})
    throw ShapeError(cat("bias: dims (", dims(x).size() < 2 ? 0 : dims(x)[1], ") expected beside ", to_string(dims(x)),
                         "; received ", to_string(dims(bias))));
  return append(std::make_shared<Bias>(), {x, bias}, {dims(x)})[0];
}

}  // namespace graft::ops
