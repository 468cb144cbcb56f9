// A custom primitive: the code of docs/adding_an_op.md.
#include <graft/graft.h>
#include <graft/ops/kernels/base/isa.h>
#include <graft/ops/lower/elementwise.h>
#include <graft/ops/program/gradients.h>

#include <algorithm>
#include <cmath>
#include <iostream>

using namespace graft;
using namespace graft::ops;

// 1 the kernel: loops over pointers, counts and strides
GRAFT_KERNEL static void soft_shrink_block(const Block& block, float threshold) {
  for (int64_t r = 0; r < block.rows; ++r) {
    float* dst = block.data[0] + r * block.row_strides[0];
    const float* src = block.data[1] + r * block.row_strides[1];
    for (int64_t c = 0; c < block.columns; ++c) {
      const float x = src[c * block.column_strides[1]];
      const float above = x > threshold ? x - threshold : 0;
      dst[c] = x < -threshold ? x + threshold : above;
    }
  }
}

// 2 the primitive: traits, gradient, realisation
class SoftShrink final : public Primitive {
 public:
  explicit SoftShrink(float threshold) : threshold_(threshold) {}
  std::string_view name() const override { return "soft_shrink"; }
  std::string attributes() const override { return cat("threshold=", threshold_); }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .cheap = true, .row_inputs = {0}};
  }

  // 1 where the result is not 0, and 0 elsewhere
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {b.mul(diff_dst[0], b.binary(Binary::ne, self.outputs[0], b.scalar(0)))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    elementwise(lowering, self, "soft_shrink", true,
                [threshold = threshold_](const Block& block) { soft_shrink_block(block, threshold); });
  }

 private:
  float threshold_;
};

// 3 the function of the Builder: checks, and the dims of the result
static Value soft_shrink(Builder& b, Value x, float threshold) {
  if (threshold < 0)
    throw ConfigError(cat("soft_shrink: the threshold must be 0 or more; received ", threshold))
        .hint("The function moves values towards 0 by the threshold.");
  return b.append(std::make_shared<SoftShrink>(threshold), {x}, {b.dims(x)})[0];
}

int main() {
  // 4 a Program with the gradient of the mean of the squares
  Builder b;
  const Value x = b.input({2, 3}, "x");
  const Value y = soft_shrink(b, x, 0.5f);
  const Value loss = b.reduce(Reduction::mean, b.eltwise(y, Eltwise::square), {0, 1});
  const Values dx = gradients(b, loss, std::vector<Value>{x});
  const Program program = b.finish({y, loss, dx[0]});
  std::cout << program.text();

  // 5 its values and its gradient, against the definition and central differences
  const Executable executable(program);
  std::cout << executable.report();
  Context context = executable.context();
  const std::vector<float> values{-2, -0.4f, 0.1f, 0.7f, 1, 3};
  const auto loss_at = [&](const std::vector<float>& at) {
    context.input(0).copy_from(at);
    context.run();
    return context.output(1).data<float>()[0];
  };
  loss_at(values);
  const Tensor shrunk = context.output(0).tensor(), gradient = context.output(2).tensor();
  std::cout << shrunk << '\n' << gradient << '\n';
  bool right = true;
  for (size_t i = 0; i < values.size(); ++i) {
    const float expected = std::copysign(std::max(std::abs(values[i]) - 0.5f, 0.f), values[i]);
    right = right && std::abs(shrunk.data<float>()[i] - expected) < 1e-6f;
    std::vector<float> above = values, below = values;
    above[i] += 0.05f;
    below[i] -= 0.05f;
    const float difference = (loss_at(above) - loss_at(below)) / 0.1f;
    right = right && std::abs(gradient.data<float>()[i] - difference) < 1e-3f;
  }
  return right ? 0 : 1;
}
