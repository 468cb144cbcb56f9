// Programs in bfloat16: the places of the casts, and that kernels see the same numbers for every type in memory.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/core/onednn.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/passes/set_precision.h"
#include "tests/support/bf16.h"
#include "tests/support/check_pass.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

// Whole numbers from -8 to 8: bfloat16 holds them, their sums and most of their products exactly.
Tensor whole_numbers(const Shape& shape, uint64_t seed) {
  Tensor out = noise(shape, seed);
  for (float& v : out.data<float>()) v = std::clamp(std::round(3 * v), -8.f, 8.f);
  return out;
}

// A 1x1 convolution that changes no value, so that the next values are bfloat16.
Value through_product(Builder& b, Value x) {
  const int64_t channels = b.dims(x)[1];
  Tensor identity(Shape{channels, channels, 1, 1});
  for (int64_t c = 0; c < channels; ++c) identity.data<float>()[static_cast<size_t>(c * channels + c)] = 1;
  return b.conv(x, b.constant(identity), {}, {{1, 1}, {0, 0}, {0, 0}, {0, 0}});
}

Tensor run(const Emit& emit, const std::vector<Tensor>& inputs, const ExecutableOptions& options) {
  Builder b(true);
  Values values;
  for (const Tensor& input : inputs) values.push_back(b.input(input.shape().dims(), "x"));
  const Executable executable(b.finish({emit(b, values)}), options);
  Context context = executable.context();
  for (size_t i = 0; i < inputs.size(); ++i) context.input(i).copy_from(inputs[i]);
  context.run();
  return context.output(0).tensor();
}

void check_exact(const std::string& title, const Emit& emit, const std::vector<Tensor>& inputs) {
  const Tensor expected = run(emit, inputs, {});
  for (const int threads : {1, 2}) {
    const Tensor narrow = run(emit, inputs, {.threads = threads, .precision = "bf16"});
    CHECK_MESSAGE(relative_difference(narrow, expected) == 0, title, ", ", inputs[0].shape(), ", ", threads,
                  " threads");
  }
}

}  // namespace

TEST_CASE("set_precision: products and the values computed from them are bfloat16; sums of a loss are not") {
  Builder b(true);
  const Value x = b.input({2, 3, 8, 8}, "image"), target = b.input({2, 16, 8, 8}, "target");
  const Value w = weight(b, "w", {16, 3, 3, 3}), s = weight(b, "s", {16});
  Value y = named(b, "bias", b.bias(named(b, "conv", b.conv(x, w, {}, kSame)), s));
  y = named(b, "tanh", b.eltwise(y, Eltwise::tanh));
  y = named(b, "square", b.eltwise(named(b, "error", b.sub(y, target)), Eltwise::square));
  const Program p = b.finish({named(b, "loss", b.reduce(Reduction::mean, y, {0, 1, 2, 3}))});
  check_golden("set_precision", "products and what follows them; sums of a loss do not", p, set_precision(p, "bf16"));
  CHECK(set_precision(p, "float32").text() == p.text());
}

TEST_CASE("set_precision: a product that only float32 instructions read is stored in float32") {
  Builder b;
  const Value x = b.input({4, 8}, "x");
  const Value logits = named(b, "dense", b.inner_product(x, weight(b, "w", {8, 5}), {}));
  const Program p = b.finish({named(b, "softmax", b.softmax(logits, 1))});
  check_golden("set_precision", "a product that only float32 instructions read", p, set_precision(p, "bf16"));
}

TEST_CASE("set_precision: the mean of each image follows what it is given, as poolings do; other means are float32's") {
  Builder b;
  const Value x = b.input({2, 3, 4, 4}, "image");
  const Value y = named(b, "conv", b.conv(x, weight(b, "w", {8, 3, 1, 1}), {}, kValid));
  const Value each = named(b, "mean", b.reduce(Reduction::mean, y, {2, 3}));
  const Value flat = named(b, "flat", b.reshape(each, {2, 8}));
  const Value dense = named(b, "dense", b.inner_product(flat, weight(b, "v", {8, 5}), {}));
  const Program p = b.finish({dense, named(b, "other_mean", b.reduce(Reduction::mean, y, {1}))});
  check_golden("set_precision", "the mean of each image, and another mean", p, set_precision(p, "bf16"));
}

TEST_CASE("bf16: custom kernels give their float32 results, for lengths that do not fill a vector" * needs_bf16()) {
  for (const Shape& shape : {Shape{2, 3, 5, 4}, {1, 16, 6, 6}, {3, 20, 7, 3}, {2, 1, 9, 1}, {1, 37, 33, 17}}) {
    const Tensor x = whole_numbers(shape, 1), y = whole_numbers(shape, 2);
    const Tensor s = whole_numbers({shape[1]}, 3), per_channel = whole_numbers({1, shape[1], 1, 1}, 4),
                 per_row = whole_numbers({shape[0], 1, shape[2], 1}, 5);
    check_exact("bias", [](Builder& b, const Values& in) { return b.bias(through_product(b, in[0]), in[1]); }, {x, s});
    check_exact(
        "add", [](Builder& b, const Values& in) { return b.add(through_product(b, in[0]), through_product(b, in[1])); },
        {x, y});
    for (const Tensor& repeated : {per_channel, per_row})
      check_exact(cat("mul by ", repeated.shape()),
                  [](Builder& b, const Values& in) { return b.mul(through_product(b, in[0]), in[1]); }, {x, repeated});
    check_exact("concat",
                [](Builder& b, const Values& in) {
                  return b.concat({through_product(b, in[0]), through_product(b, in[1])}, 1);
                },
                {x, y});
    check_exact(
        "pad",
        [](Builder& b, const Values& in) { return b.pad(through_product(b, in[0]), {0, 0, 1, 2}, {0, 0, 2, 0}, 3); },
        {x});
    check_exact("slice",
                [&](Builder& b, const Values& in) {
                  return b.slice(through_product(b, in[0]), {0, 0, 1, 0}, {shape[0], shape[1], shape[2] - 2, shape[3]});
                },
                {x});
    check_exact("transpose and reshape",
                [&](Builder& b, const Values& in) {
                  return b.reshape(b.transpose(through_product(b, in[0]), {0, 2, 3, 1}), {shape.elements()});
                },
                {x});
    check_exact("max pool",
                [](Builder& b, const Values& in) {
                  return b.pool(through_product(b, in[0]), {Pooling::max, {2, 1}, {1, 1}, {0, 0}, {0, 0}});
                },
                {x});
  }
}

TEST_CASE("bf16: a mean of whole numbers over 16 or 64 pixels is exact" * needs_bf16()) {
  for (const Shape& shape : {Shape{3, 20, 4, 4}, {1, 16, 8, 8}, {2, 1, 2, 8}})
    check_exact(
        "mean of pixels",
        [](Builder& b, const Values& in) { return b.reduce(Reduction::mean, through_product(b, in[0]), {2, 3}); },
        {whole_numbers(shape, 1)});
}

TEST_CASE("bf16: a normalisation over a batch is float32's within the rounding of its dst" * needs_bf16()) {
  for (const Shape& shape : {Shape{4, 3, 5, 4}, {2, 16, 8, 8}, {8, 20, 7, 3}, {2, 64, 40, 40}}) {
    const auto emit = [](Builder& b, const Values& in) {
      const Value normal = b.batch_norm_training(through_product(b, in[0]), in[1], in[2], 1e-3f).dst;
      return b.eltwise(normal, Eltwise::relu, 0.2f);
    };
    const std::vector<Tensor> inputs{whole_numbers(shape, 1), noise({shape[1]}, 2), noise({shape[1]}, 3)};
    const Tensor exact = run(emit, inputs, {}), narrow = run(emit, inputs, {.precision = "bf16"});
    CHECK_MESSAGE(relative_difference(narrow, exact) < 1. / 256, shape);
  }
}

TEST_CASE("bf16: an unknown precision is an error") {
  CHECK_THROWS_WITH_AS(Precision::parse("fp16"), "precision must be \"float32\" or \"bf16\"; received \"fp16\".",
                       ConfigError);
  CHECK(Precision::parse("float32") == Precision("float32"));
}

TEST_CASE("bf16: Keras's name for it is accepted too") {
  CHECK(Precision("bfloat16") == Precision("bf16"));
  CHECK(Precision::parse("BFloat16") == Precision("bf16"));
}
