#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

template <class F>
Tensor loop(const Tensor& x, const Tensor& per_channel, F f) {
  Tensor out(x.shape());
  const auto channels = static_cast<size_t>(x.shape()[1]);
  const size_t pixels = x.data<float>().size() / channels / static_cast<size_t>(x.shape()[0]);
  for (size_t i = 0; i < x.data<float>().size(); ++i)
    out.data<float>()[i] = f(x.data<float>()[i], per_channel.data<float>()[i / pixels % channels]);
  return out;
}

const Emit kBias = [](Builder& b, const Values& v) { return b.bias(v[0], v[1]); };

struct Activation {
  std::string text;
  EltwiseArgs args;
  double (*f)(double);
};

const Activation kActivations[] = {
    {"relu", {Eltwise::relu}, [](double x) { return x > 0 ? x : 0; }},
    {"relu alpha=0.2", {Eltwise::relu, 0.2f}, [](double x) { return x > 0 ? x : static_cast<double>(0.2f) * x; }},
    {"clip alpha=-0.5 beta=1.5",
     {Eltwise::clip, -0.5f, 1.5f},
     [](double x) { return std::min(std::max(x, -0.5), 1.5); }},
    {"logistic", {Eltwise::logistic}, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"tanh", {Eltwise::tanh}, [](double x) { return std::tanh(x); }},
    {"elu alpha=0.7",
     {Eltwise::elu, 0.7f},
     [](double x) { return x > 0 ? x : static_cast<double>(0.7f) * std::expm1(x); }},
    {"swish alpha=1", {Eltwise::swish, 1}, [](double x) { return x / (1 + std::exp(-x)); }},
};

}  // namespace

TEST_CASE("bias: adds one number a channel, for any number of channels") {
  for (const Shape& shape :
       {Shape{1, 1, 5, 5}, {2, 3, 16, 16}, {2, 20, 3, 5}, {32, 3, 64, 64}, {8, 64, 28, 28}, {4, 7}, {2, 5, 9}}) {
    const Tensor x = noise(shape, 1), bias = noise({shape[1]}, 2);
    check_values(cat("bias ", shape), kBias, {x, bias}, loop(x, bias, [](float a, float b) { return a + b; }), 0);
    if (shape.elements() < 5000) check_gradients(cat("bias ", shape), kBias, {x, bias});
  }
}

TEST_CASE("bias: an elementwise function behind it becomes part of it, with the same values") {
  for (const Activation& f : kActivations) {
    Builder b;
    const Value x = b.input({2, 8, 8, 3}, "x"), bias = b.input({3}, "bias");
    const Value y = b.eltwise(b.bias(b.transpose(x, {0, 3, 1, 2}), bias), f.args);
    const Executable exe(b.finish({y}));
    CHECK(exe.steps()[0].fused == f.text);
    Tensor values = noise({2, 3, 40, 40}, 1), per_channel({3}, std::vector<float>{-0.5f, 0, 3});
    for (size_t i = 0; i < 40; ++i) values.data<float>()[i] = static_cast<float>(i * i) * (i % 2 ? 0.1f : -0.1f);
    const auto emit = [&f](Builder& builder, const Values& v) {
      return builder.eltwise(builder.bias(v[0], v[1]), f.args);
    };
    const Tensor expected = loop(
        values, per_channel, [&f](float a, float c) { return static_cast<float>(f.f(static_cast<double>(a + c))); });
    check_values(f.text, emit, {values, per_channel}, expected, 3e-7);
    check_gradients(f.text, emit, {spaced({2, 3, 4, 4}), Tensor({3}, std::vector<float>{-0.501f, 0.011f, 0.3f})}, {},
                    4e-3);
  }
}

TEST_CASE("bias: near 0 and far from it tanh, logistic and elu keep their relative precision") {
  Tensor x({1, 1, 1, 2000});
  for (size_t i = 0; i < 2000; ++i) {
    const double size = std::pow(10.0, -6 + 8 * static_cast<double>(i / 2) / 1000);
    x.data<float>()[i] = static_cast<float>(i % 2 ? size : -size);
  }
  const Tensor none({1});
  for (const Activation& f : kActivations) {
    const Tensor y =
        compute([&f](Builder& b, const Values& v) { return b.eltwise(b.bias(v[0], v[1]), f.args); }, {x, none});
    for (size_t i = 0; i < 2000; ++i) {
      const double exact = f.f(static_cast<double>(x.data<float>()[i]));
      if (std::abs(exact) < 1e-35) continue;  // as good as 0
      INFO(f.text, " of ", x.data<float>()[i]);
      CHECK(std::abs(static_cast<double>(y.data<float>()[i]) - exact) <= 1e-6 * std::abs(exact));
    }
  }
}

TEST_CASE("bias: errors name wrong dims") {
  Builder b;
  const Value x = b.input({2, 3, 4, 4}, "x"), bias = b.input({4}, "bias");
  CHECK_THROWS_WITH_AS(b.bias(x, bias), "bias: must have dims (C), C the channels of (2,3,4,4); received (4).",
                       ShapeError);
}

TEST_CASE("prelu: negative elements are multiplied by a broadcast slope") {
  const Tensor x = spaced({2, 3, 4, 5});
  const Emit prelu = [](Builder& b, const Values& v) { return b.prelu(v[0], v[1]); };
  const Tensor slope({1, 3, 1, 1}, std::vector<float>{0.1f, -0.5f, 2});
  const Tensor by_channel({3}, std::vector<float>{0.1f, -0.5f, 2});
  check_values("prelu", prelu, {x, slope}, loop(x, by_channel, [](float a, float s) { return a > 0 ? a : s * a; }), 0);
  for (const Shape& shape : {Shape{1, 3, 1, 1}, {1, 3, 4, 5}, {1, 1, 1, 1}, {1}})
    check_gradients(cat("prelu ", shape), prelu, {x, spaced(shape, 1, 0.3)});
  Builder b;
  const Value small = b.input({1, 3, 1, 1}, "x"), large = b.input({1, 3, 4, 5}, "slope");
  CHECK_THROWS_WITH_AS(b.prelu(small, large), "prelu: the slope must broadcast to (1,3,1,1); received (1,3,4,5).",
                       ShapeError);
}
