// Layer normalisation: a custom kernel, forward and backward.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/compile/rows.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/bf16.h"
#include "tests/support/error_text.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

Emit over(int axes) {
  return [axes](Builder& b, const Values& in) { return b.layer_norm(in[0], in[1], in[2], axes, 1e-3f); };
}

// Elements of the last `axes` axes of logical dims, channels last.
int64_t features(const Shape& shape, int axes) {
  int64_t n = shape[1];
  for (int k = 1; k < axes; ++k) n *= shape[-k];
  return n;
}

std::vector<Tensor> inputs(const Shape& shape, int axes) {
  const int64_t n = features(shape, axes);
  return {noise(shape, 1), noise({n}, 2), noise({n}, 3)};
}

// What emit gives, and the gradients of sum(that weights) for every input.
std::vector<Tensor> differentiated(const Emit& emit, const std::vector<Tensor>& in, const Tensor& weights,
                                   const ExecutableOptions& options = {}) {
  Builder b(true);
  Values values;
  for (const Tensor& tensor : in) values.push_back(b.input(tensor.shape().dims(), "x"));
  const Value y = emit(b, values);
  std::vector<int> all;
  for (int i = 0; i < static_cast<int>(weights.shape().rank()); ++i) all.push_back(i);
  const Value loss = b.reshape(b.reduce(Reduction::sum, b.mul(y, b.constant(weights)), all), {1});
  Values outputs = gradients(b, loss, values);
  outputs.insert(outputs.begin(), y);
  Context context = Executable(b.finish(outputs), options).context();
  for (size_t i = 0; i < in.size(); ++i) context.input(i).copy_from(in[i]);
  context.run();
  std::vector<Tensor> results;
  for (size_t i = 0; i < context.outputs(); ++i) results.push_back(context.output(i).tensor());
  return results;
}

Tensor rows(const std::vector<float>& values) { return Tensor(Shape{2, 4}, values); }
Tensor row(const std::vector<float>& values) { return Tensor(Shape{4}, values); }

}  // namespace

// y = torch.nn.functional.layer_norm(x, (4,), gamma, beta, 1e-3); y.backward(weights)
TEST_CASE("layer_norm: results and gradients are PyTorch's") {
  const std::vector<Tensor> in{rows({1, 2, 4, 8, 3, -1, 0.5f, 6}), row({1, 2, -1, 0.5f}), row({0, 1, 2, -1})};
  const std::vector<Tensor> expected{
      rows({-1.0256840f, -0.3054160f, 1.9067560f, -0.2074261f, 0.3295937f, -1.3542409f, 2.6121025f, -0.2701853f}),
      rows({1.0718780f, -0.8521835f, -0.5975703f, 0.3778759f, 0.0751714f, 0.1620206f, -0.2472264f, 0.0100344f}),
      row({-0.3664965f, 0.1282955f, 0.8918345f, 6.6310916f}), row({3, -1, 2, 4.5f})};
  const std::vector<Tensor> found = differentiated(over(1), in, rows({1, -2, 3, 0.5f, 2, 1, -1, 4}));
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK_MESSAGE(relative_difference(found[i], expected[i]) <= 2e-6, "result ", i, ": ", found[i]);
}

TEST_CASE("layer_norm: gradients, for rows, sequences and images, over one axis and more") {
  for (const auto& [shape, axes] : {std::pair<Shape, int>{{5, 7}, 1},
                                    {{3, 20}, 1},
                                    {{2, 9, 4}, 1},
                                    {{2, 3, 4}, 2},
                                    {{2, 6, 3, 5}, 1},
                                    {{2, 3, 4, 5}, 2},
                                    {{3, 2, 3, 4}, 3}})
    check_gradients(cat("layer_norm ", shape, " over ", axes), over(axes), inputs(shape, axes), {}, 5e-3);
}

TEST_CASE("layer_norm: a mean far from 0 costs no digits, whatever the length of a row") {
  for (const int64_t n : {1, 3, 8, 100, 1025, 40000})
    for (const float centre : {0.f, 1000.f, -3e4f}) {
      Tensor x = noise({5, n}, 3);
      for (float& v : x.data<float>()) v += centre;
      Tensor expected({5, n});
      for (size_t r = 0; r < 5; ++r) {
        const std::span<const float> from = x.data<float>().subspan(r * static_cast<size_t>(n), static_cast<size_t>(n));
        double mean = 0, variance = 0;
        for (const float v : from) mean += v / static_cast<double>(n);
        for (const float v : from) variance += (v - mean) * (v - mean) / static_cast<double>(n);
        for (size_t i = 0; i < from.size(); ++i)
          expected.data<float>()[r * from.size() + i] =
              static_cast<float>((from[i] - mean) / std::sqrt(variance + 1e-3));
      }
      // A mean is a float: it is off by half of its last digit.
      const double rounding = std::abs(static_cast<double>(centre)) * 6e-8;
      check_values(cat(n, " around ", centre), over(1), {x, Tensor::full({n}, 1), Tensor({n})}, expected,
                   2e-6 + rounding);
    }
}

TEST_CASE("layer_norm: the same bits for any number of threads, and for a row at any place") {
  for (const auto& [shape, axes] :
       {std::pair<Shape, int>{{3000, 100}, 1}, {{4, 20, 60, 61}, 1}, {{21, 16, 8, 33}, 3}}) {
    const std::vector<Tensor> in = inputs(shape, axes);
    const std::vector<Tensor> one = differentiated(over(axes), in, noise(shape, 4), {.threads = 1}),
                              two = differentiated(over(axes), in, noise(shape, 4), {.threads = 2});
    for (size_t i = 0; i < one.size(); ++i) CHECK_MESSAGE(bit_equal(one[i], two[i]), shape, ", result ", i);
  }
  const Tensor x = noise({1, 13}, 1);
  Tensor repeated({7, 13});
  for (size_t i = 0; i < 7 * 13; ++i) repeated.data<float>()[i] = x.data<float>()[i % 13];
  const Tensor y = compute(over(1), {repeated, noise({13}, 2), noise({13}, 3)});
  for (size_t i = 0; i < 7 * 13; ++i) CHECK(y.data<float>()[i] == y.data<float>()[i % 13]);
}

TEST_CASE("layer_norm: in bf16 results and gradients are float32's within the rounding of operands" * needs_bf16()) {
  const Emit between_products = [](Builder& b, const Values& in) {
    const Value x = b.inner_product(in[0], in[3], {});
    return b.inner_product(b.layer_norm(x, in[1], in[2], 1, 1e-3f), in[3], {});
  };
  for (const Shape& shape : {Shape{6, 37}, {64, 512}}) {
    std::vector<Tensor> in = inputs(shape, 1);
    Tensor identity({shape[1], shape[1]});
    for (int64_t i = 0; i < shape[1]; ++i) identity.data<float>()[static_cast<size_t>(i * shape[1] + i)] = 1;
    in.push_back(identity);
    const std::vector<Tensor> exact = differentiated(between_products, in, noise(shape, 4)),
                              narrow = differentiated(between_products, in, noise(shape, 4), {.precision = "bf16"});
    for (size_t i = 0; i < exact.size(); ++i) {
      CHECK_MESSAGE(relative_difference(narrow[i], exact[i]) < 1. / 64, shape, ", result ", i);
      CHECK(!bit_equal(narrow[i], exact[i]));
    }
  }
}

TEST_CASE("layer_norm: rows of a batch stay apart") {
  Builder b;
  const Value x = b.input({6, 8, 3, 3}, "x");
  const Value y = b.layer_norm(x, b.constant(noise({72}, 1)), b.constant(noise({72}, 2)), 3, 1e-3f);
  CHECK(independent_rows(b.finish({y})) == 6);
}

TEST_CASE("layer_norm: operands that do not fit are refused") {
  Builder b;
  const Value x = b.input({2, 3, 4, 5}, "x"), c = b.input({3}, "c");
  const auto message = [&](int axes) { return error_text<ShapeError>([&] { b.layer_norm(x, c, c, axes, 1e-3f); }); };
  CHECK(message(2) == "layer_norm: gamma and beta must have dims (15); received (3).");
  CHECK(message(0) == "layer_norm: axes must be from 1 to 3 for (2,3,4,5); received 0.");
  CHECK(message(4) == "layer_norm: axes must be from 1 to 3 for (2,3,4,5); received 4.");
}
