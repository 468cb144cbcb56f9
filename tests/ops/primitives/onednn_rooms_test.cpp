// The rooms that oneDNN fills: gradients against central differences, over layouts, paddings and odd numbers of
// channels.

#include <doctest/doctest.h>

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/ops/primitives/elementwise/eltwise.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

struct ConvCase {
  Shape src, weights;
  ConvArgs args;
};

const std::vector<ConvCase>& conv_cases() {
  static const std::vector<ConvCase> all{
      {{2, 3, 7, 6}, {4, 3, 3, 3}, {{1, 1}, {0, 0}, {1, 1}, {1, 1}}},
      {{1, 3, 8, 8}, {20, 3, 5, 5}, {{2, 2}, {0, 0}, {1, 1}, {2, 2}}},  // Keras's "same" at stride 2
      {{2, 16, 5, 4}, {1, 16, 1, 1}, {{1, 1}, {0, 0}, {0, 0}, {0, 0}}},
      {{2, 2, 9, 9}, {3, 2, 3, 3}, {{1, 1}, {1, 2}, {2, 0}, {2, 1}}},     // dilated
      {{2, 4, 6, 6}, {6, 2, 3, 3}, {{1, 1}, {0, 0}, {1, 1}, {1, 1}, 2}},  // two groups
      {{2, 5, 6, 6}, {5, 1, 3, 3}, {{2, 2}, {0, 0}, {0, 0}, {1, 1}, 5}},  // depthwise
      {{1, 1, 3, 9}, {2, 1, 2, 4}, {{1, 3}, {0, 0}, {0, 1}, {1, 2}}},
  };
  return all;
}

std::string title(const char* op, const ConvCase& c) {
  return cat(op, ' ', c.src, " with ", c.weights, ' ', c.args.groups, " groups");
}

Dims conv_dims(const ConvCase& c) {
  Builder b;
  return b.dims(b.conv(b.input(c.src.dims(), "src"), b.input(c.weights.dims(), "weights"), {}, c.args));
}

}  // namespace

TEST_CASE("conv: gradients for source, weights and bias") {
  for (const ConvCase& c : conv_cases())
    check_gradients(title("conv", c), [&](Builder& b, const Values& in) { return b.conv(in[0], in[1], in[2], c.args); },
                    {noise(c.src, 1), noise(c.weights, 2), noise({c.weights[0]}, 3)});
}

// With AVX2 alone, oneDNN 2.6 gives another gradient of such weights in some runs.
TEST_CASE("conv: results and gradients are the same in every run, for kernels of 1x1 with strides too") {
  for (const int64_t channels : {1, 3, 4, 7, 8, 12})
    for (const int64_t stride : {1, 2, 3}) {
      const auto executable = [&](int threads) {
        Builder b;
        const int64_t pixels = (16 - 1) / stride + 1;
        const Value x = b.input({8, channels, 16, 16}, "x"), dy = b.input({8, 8, pixels, pixels}, "dy");
        const ConvArgs args{{stride, stride}, {0, 0}, {0, 0}, {0, 0}};
        const Value w = b.constant(noise({8, channels, 1, 1}, 3));
        Values out = b.conv_backward_weights(x, dy, {8, channels, 1, 1}, true, args);
        out.push_back(b.conv_backward_data(dy, w, {8, channels, 16, 16}, args));
        out.push_back(b.conv(x, w, {}, args));
        return Executable(b.finish(out), {.threads = threads});
      };
      Context one = executable(1).context(), two = executable(2).context();
      for (Context* context : {&one, &two})
        for (size_t i = 0; i < 2; ++i) context->input(i).copy_from(noise(context->input(i).shape(), i + 1));
      one.run();
      CAPTURE(channels);
      CAPTURE(stride);
      for (int run = 0; run < 100; ++run) {
        two.run();
        for (size_t i = 0; i < two.outputs(); ++i)
          REQUIRE(relative_difference(two.output(i).tensor(), one.output(i).tensor()) <= 2e-6);
      }
    }
}

TEST_CASE("conv_backward_data, the transposed convolution: gradients for its operands") {
  for (const ConvCase& c : conv_cases())
    check_gradients(
        title("conv_backward_data", c),
        [&](Builder& b, const Values& in) { return b.conv_backward_data(in[0], in[1], c.src.dims(), c.args); },
        {noise(Shape(conv_dims(c)), 1), noise(c.weights, 2)});
}

TEST_CASE("conv_backward_data: <conv(x), y> is <x, conv_backward_data(y)>") {
  const auto dot = [](const Tensor& a, const Tensor& b) {
    double sum = 0;
    for (size_t i = 0; i < a.data<float>().size(); ++i)
      sum += static_cast<double>(a.data<float>()[i]) * b.data<float>()[i];
    return sum;
  };
  for (const ConvCase& c : conv_cases()) {
    CAPTURE(title("conv", c));
    const Tensor x = noise(c.src, 4), w = noise(c.weights, 5), y = noise(Shape(conv_dims(c)), 6);
    const Tensor forward =
        compute([&](Builder& b, const Values& in) { return b.conv(in[0], in[1], {}, c.args); }, {x, w});
    const Tensor backward = compute(
        [&](Builder& b, const Values& in) { return b.conv_backward_data(in[0], in[1], c.src.dims(), c.args); }, {y, w});
    CHECK(dot(forward, y) == doctest::Approx(dot(x, backward)).epsilon(1e-4));
  }
}

TEST_CASE("inner_product: gradients for source, weights and bias") {
  for (const auto& [n, in_units, out_units] : {std::array<int64_t, 3>{1, 7, 3}, {5, 16, 20}, {3, 1, 1}})
    check_gradients(cat("inner_product ", n, ' ', in_units, ' ', out_units),
                    [](Builder& b, const Values& in) { return b.inner_product(in[0], in[1], in[2]); },
                    {noise({n, in_units}, 1), noise({in_units, out_units}, 2), noise({out_units}, 3)});
}

TEST_CASE("batch_norm_training: gradients, with and without scale and shift, for images, sequences and rows") {
  for (const Shape& shape : {Shape{4, 3, 5, 2}, {2, 20, 3, 3}, {6, 5}, {3, 4, 7}}) {
    const Shape channels{shape[1]};
    check_gradients(
        cat("batch_norm ", shape),
        [](Builder& b, const Values& in) { return b.batch_norm_training(in[0], in[1], in[2], 1e-3f).dst; },
        {noise(shape, 1), noise(channels, 2), noise(channels, 3)}, {}, 5e-3);
    check_gradients(
        cat("batch_norm without settings ", shape),
        [](Builder& b, const Values& in) { return b.batch_norm_training(in[0], {}, {}, 1e-3f).dst; }, {noise(shape, 1)},
        {}, 5e-3);
  }
}

// dst and the gradients of a weighted sum of it for source, gamma and beta, on numbers of a fixed seed.
static std::vector<Tensor> normalised(const Shape& shape, const EltwiseArgs& f) {
  Builder b(true);
  const Shape channels{shape[1]};
  const Values in{b.input(shape.dims(), "x"), b.input(channels.dims(), "gamma"), b.input(channels.dims(), "beta")};
  const Value y = b.eltwise(b.batch_norm_training(in[0], in[1], in[2], 1e-3f).dst, f);
  const Value loss = b.reduce(Reduction::sum, b.mul(y, b.constant(noise(shape, 4))), {0, 1, 2, 3});
  Values outputs = gradients(b, b.reshape(loss, {1}), in);
  outputs.push_back(y);
  Context context = Executable(b.finish(outputs)).context();
  context.input(0).copy_from(noise(shape, 1));
  context.input(1).copy_from(noise(channels, 2));
  context.input(2).copy_from(noise(channels, 3));
  context.run();
  std::vector<Tensor> out;
  for (size_t i = 0; i < context.outputs(); ++i) out.push_back(context.output(i).tensor());
  return out;
}

TEST_CASE("batch_norm_training: fused functions give the same results as oneDNN's after it") {
  for (const Shape& shape : {Shape{4, 3, 5, 3}, {2, 16, 4, 4}, {2, 20, 9, 7}, {3, 70, 3, 2}, {2, 96, 31, 17}})
    for (const EltwiseArgs& f :
         {EltwiseArgs{Eltwise::relu, 0, 0}, {Eltwise::relu, 0.2f, 0}, {Eltwise::clip, -0.4f, 0.9f}}) {
      const std::vector<Tensor> fused = normalised(shape, f);
      const env::Scoped apart("GRAFT_DISABLE_PASSES", "fuse_norm");
      const std::vector<Tensor> behind = normalised(shape, f);
      for (size_t i = 0; i < fused.size(); ++i)
        CHECK_MESSAGE(relative_difference(fused[i], behind[i]) <= 2e-6, shape, ' ', eltwise_text(f), ", result ", i);
    }
}

TEST_CASE("batch_norm_training: a mean far from 0 costs no digits, whatever the number of channels and rows") {
  for (const auto& [rows, channels] :
       {std::array<int64_t, 2>{1000, 3}, {33, 16}, {5000, 24}, {77, 2049}, {1, 5}, {40000, 1}}) {
    Tensor x = noise({rows, channels}, 3);
    for (float& v : x.data<float>()) v += 1000;
    const auto statistics = [&](bool mean) {
      return compute(
          [&](Builder& b, const Values& in) {
            const Builder::BatchNorm norm = b.batch_norm_training(in[0], {}, {}, 1e-3f);
            return mean ? norm.mean : norm.variance;
          },
          {x});
    };
    const Tensor mean = statistics(true), variance = statistics(false);
    for (int64_t c = 0; c < channels; c += 7) {
      double sum = 0, square = 0;
      for (int64_t r = 0; r < rows; ++r) sum += x.data<float>()[static_cast<size_t>(r * channels + c)];
      for (int64_t r = 0; r < rows; ++r) {
        const double d = x.data<float>()[static_cast<size_t>(r * channels + c)] - sum / static_cast<double>(rows);
        square += d * d;
      }
      const double n = static_cast<double>(rows);
      CHECK(mean.data<float>()[static_cast<size_t>(c)] == doctest::Approx(sum / n).epsilon(1e-7));
      CHECK(variance.data<float>()[static_cast<size_t>(c)] == doctest::Approx(square / n).epsilon(1e-5));
    }
  }
}

TEST_CASE("batch_norm_training: the same bits for any number of threads") {
  const std::vector<Tensor> inputs{noise({4, 20, 60, 61}, 1), noise({20}, 2), noise({20}, 3)};
  const Emit emit = [](Builder& b, const Values& in) { return b.batch_norm_training(in[0], in[1], in[2], 1e-3f).dst; };
  const Tensor one = compute(emit, inputs, Lie::channels_last, 1), three = compute(emit, inputs, Lie::channels_last, 3);
  CHECK(relative_difference(one, three) == 0);
}

TEST_CASE("batch_norm_training: the statistics are the population's") {
  const Tensor x(Shape{4, 1}, std::vector<float>{1, 3, 5, 7});
  const auto mean =
      compute([](Builder& b, const Values& in) { return b.batch_norm_training(in[0], {}, {}, 1e-3f).mean; }, {x});
  const auto variance =
      compute([](Builder& b, const Values& in) { return b.batch_norm_training(in[0], {}, {}, 1e-3f).variance; }, {x});
  CHECK(mean.data<float>()[0] == doctest::Approx(4));
  CHECK(variance.data<float>()[0] == doctest::Approx(5));
}

TEST_CASE("batch_norm_inference: gradients for source, scale and shift; given statistics have none") {
  Tensor variance = noise({3}, 5);
  for (float& v : variance.data<float>()) v = 0.5f + v * v;
  check_gradients(
      "batch_norm_inference",
      [](Builder& b, const Values& in) { return b.batch_norm_inference(in[0], in[1], in[2], in[3], in[4], 1e-3f); },
      {noise({4, 3, 5, 2}, 1), noise({3}, 2), noise({3}, 3), noise({3}, 4), variance}, {3, 4});
}

TEST_CASE("pool: gradients of every kind, with windows that overlap, leave pixels out or reach into the padding") {
  const std::vector<PoolArgs> settings{
      {Pooling::max, {2, 2}, {2, 2}, {0, 0}, {0, 0}},
      {Pooling::max, {3, 3}, {2, 2}, {0, 1}, {1, 1}},
      {Pooling::avg_exclude_padding, {3, 2}, {2, 1}, {1, 0}, {1, 1}},
      {Pooling::avg_include_padding, {3, 2}, {2, 1}, {1, 0}, {1, 1}},
      {Pooling::avg_exclude_padding, {7, 6}, {7, 6}, {0, 0}, {0, 0}},
  };
  for (const PoolArgs& args : settings)
    for (const Shape& shape : {Shape{2, 3, 7, 6}, {1, 20, 7, 6}})
      check_gradients(cat("pool ", static_cast<int>(args.algorithm), ' ', shape),
                      [&](Builder& b, const Values& in) { return b.pool(in[0], args); }, {spaced(shape)});
}

TEST_CASE("pool: max has no gradient where nothing remembers the winners") {
  Builder b(false);
  const Value x = b.input({1, 1, 2, 2}, "x");
  const Value loss = b.reshape(b.pool(x, {Pooling::max, {2, 2}, {2, 2}, {0, 0}, {0, 0}}), {1});
  CHECK_THROWS_WITH_AS(gradients(b, loss, std::vector<Value>{x}),
                       "max pooling has a gradient in training Programs only: it needs to remember which pixel won.\n"
                       "  Hint: build the Program with Builder(true).",
                       GraphError);
}

TEST_CASE("eltwise: gradients of every function") {
  struct Row {
    EltwiseArgs args;
    double centre;
  };
  const std::vector<Row> rows{{{Eltwise::relu}, 0},
                              {{Eltwise::relu, 0.2f}, 0},
                              {{Eltwise::tanh}, 0},
                              {{Eltwise::logistic}, 0},
                              {{Eltwise::exp}, 0},
                              {{Eltwise::log}, 3},
                              {{Eltwise::sqrt}, 3},
                              {{Eltwise::abs}, 0},
                              {{Eltwise::square}, 0},
                              {{Eltwise::elu, 0.7f}, 0},
                              {{Eltwise::soft_relu}, 0},
                              {{Eltwise::gelu_erf}, 0},
                              {{Eltwise::gelu_tanh}, 0},
                              {{Eltwise::swish, 1}, 0},
                              {{Eltwise::mish}, 0},
                              {{Eltwise::linear, -2, 3}, 0},
                              {{Eltwise::clip, -0.55f, 0.65f}, 0},
                              {{Eltwise::pow, 2.5f}, 3},
                              {{Eltwise::reciprocal}, 3},
                              {{Eltwise::rsqrt}, 3},
                              {{Eltwise::sin}, 0},
                              {{Eltwise::cos}, 0},
                              {{Eltwise::erf}, 0}};
  for (const Row& row : rows)
    check_gradients(cat("eltwise ", static_cast<int>(row.args.algorithm), ' ', row.args.alpha),
                    [&](Builder& b, const Values& in) { return b.eltwise(in[0], row.args); },
                    {spaced({2, 3, 4, 5}, 2, row.centre)});
}

TEST_CASE("eltwise: step functions have no slope and pass no gradient") {
  for (const Eltwise step : {Eltwise::round, Eltwise::floor, Eltwise::sign}) {
    Builder b(true);
    const Value x = b.input({4}, "x");
    const Value loss = b.reduce(Reduction::sum, b.eltwise(x, step), {0});
    CHECK_FALSE(bool(gradients(b, loss, std::vector<Value>{x})[0]));
  }
}
