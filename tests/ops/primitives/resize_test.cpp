// Images of another size, and adaptive poolings: values against dense matrices of weights, computed as in Keras's
// image.resize for NumPy, and gradients against central differences.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

double kernel(Interpolation interpolation, double x) {
  const double pi = std::numbers::pi;
  const double radius = interpolation == Interpolation::lanczos3 ? 3 : 5;
  if (interpolation == Interpolation::linear) return std::max(0., 1 - x);
  if (interpolation == Interpolation::cubic) {
    if (x >= 2) return 0;
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : ((1.5 * x - 2.5) * x) * x + 1;
  }
  if (x > radius) return 0;
  return x > 1e-3 ? radius * std::sin(pi * x) * std::sin(pi * x / radius) / (pi * pi * x * x) : 1;
}

/// The weights of the n pixels of an axis in pixel i of `to`.
std::vector<double> weights(int64_t n, int64_t to, int64_t i, Interpolation interpolation, bool antialias) {
  const double step = static_cast<double>(n) / static_cast<double>(to);
  double at = (static_cast<double>(i) + 0.5) * step - 0.5;
  const double width = antialias ? std::max(1., step) : 1;
  if (interpolation == Interpolation::cubic && !antialias)  // TensorFlow's table of the kernel
    at = std::floor(at) + std::nearbyint((at - std::floor(at)) * 1024) / 1024;
  std::vector<double> out(static_cast<size_t>(n));
  double sum = 0;
  for (size_t k = 0; k < out.size(); ++k) {
    const auto pixel = static_cast<int64_t>(k);
    if (interpolation == Interpolation::nearest)
      out[k] = pixel == (2 * i + 1) * n / (2 * to);
    else if (interpolation == Interpolation::area)
      out[k] = pixel >= i * n / to && pixel < ((i + 1) * n + to - 1) / to;
    else
      out[k] = kernel(interpolation, std::abs(at - static_cast<double>(pixel)) / width);
    sum += out[k];
  }
  for (double& w : out) w /= sum;
  return out;
}

// The tensor with another size along one axis.
Tensor resized(const Tensor& x, int axis, int64_t to, Interpolation interpolation, bool antialias) {
  const int64_t n = x.shape()[axis];
  int64_t inner = 1;
  for (int k = axis + 1; k < static_cast<int>(x.shape().rank()); ++k) inner *= x.shape()[k];
  Tensor out(x.shape().with(axis, to));
  for (int64_t o = 0; o < x.elements() / (n * inner); ++o)
    for (int64_t i = 0; i < to; ++i) {
      const std::vector<double> w = weights(n, to, i, interpolation, antialias);
      for (int64_t c = 0; c < inner; ++c) {
        double sum = 0;
        for (int64_t k = 0; k < n; ++k)
          sum += w[static_cast<size_t>(k)] *
                 static_cast<double>(x.data<float>()[static_cast<size_t>((o * n + k) * inner + c)]);
        out.data<float>()[static_cast<size_t>((o * to + i) * inner + c)] = static_cast<float>(sum);
      }
    }
  return out;
}

Tensor resized(Tensor x, const Dims& to, Interpolation interpolation, bool antialias) {
  for (size_t i = 0; i < to.size(); ++i) x = resized(x, static_cast<int>(i) + 2, to[i], interpolation, antialias);
  return x;
}

Emit resize_to(const Dims& to, Interpolation interpolation, bool antialias) {
  return [=](Builder& b, const Values& in) { return b.resize(in[0], to, interpolation, antialias); };
}

const std::vector<std::pair<Shape, Dims>>& sizes() {
  static const std::vector<std::pair<Shape, Dims>> all{
      {{2, 3, 5}, {8}},        {{1, 20, 9}, {4}},      {{2, 3, 5, 6}, {7, 4}},       {{1, 1, 13, 3}, {4, 9}},
      {{2, 17, 4, 4}, {8, 8}}, {{2, 3, 1, 6}, {5, 1}}, {{2, 3, 4, 3, 5}, {2, 6, 7}}, {{1, 18, 2, 2, 3}, {4, 4, 6}},
  };
  return all;
}

// The means or the largest of the windows of an adaptive pooling.
Tensor pooled(const Tensor& x, const Dims& to) {
  Tensor out = x.clone();
  for (size_t a = 0; a < to.size(); ++a) {
    const Tensor from = out;
    const int axis = static_cast<int>(a) + 2;
    const int64_t n = from.shape()[axis];
    int64_t inner = 1;
    for (int k = axis + 1; k < static_cast<int>(from.shape().rank()); ++k) inner *= from.shape()[k];
    out = Tensor(from.shape().with(axis, to[a]));
    for (int64_t i = 0; i < out.elements(); ++i) {
      const int64_t window = i / inner % to[a], start = i / inner / to[a] * n * inner + i % inner;
      float top = -1e9f;
      for (int64_t k = window * n / to[a]; k < ((window + 1) * n + to[a] - 1) / to[a]; ++k)
        top = std::max(top, from.data<float>()[static_cast<size_t>(start + k * inner)]);
      out.data<float>()[static_cast<size_t>(i)] = top;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("resize: values of every interpolation, in one to three dimensions, larger and smaller") {
  for (const auto& [shape, to] : sizes())
    for (const Interpolation how : {Interpolation::nearest, Interpolation::linear, Interpolation::cubic,
                                    Interpolation::lanczos3, Interpolation::lanczos5, Interpolation::area})
      for (const bool antialias : {false, true}) {
        const Tensor x = noise(shape, 3);
        check_values(cat("resize ", shape, " to ", to_string(to), ' ', static_cast<int>(how), antialias),
                     resize_to(to, how, antialias), {x}, resized(x, to, how, antialias), 2e-6);
      }
}

TEST_CASE("resize: gradients of every interpolation") {
  for (const auto& [shape, to] : sizes())
    for (const Interpolation how : {Interpolation::nearest, Interpolation::linear, Interpolation::cubic,
                                    Interpolation::lanczos3, Interpolation::lanczos5, Interpolation::area})
      check_gradients(cat("resize ", shape, " to ", to_string(to), ' ', static_cast<int>(how)),
                      resize_to(to, how, how == Interpolation::cubic), {noise(shape, 4)});
}

// keras.ops.image.resize(x, (3, 5), interpolation, antialias) of Keras 3.15 on TensorFlow.
TEST_CASE("resize: results are Keras's") {
  const Tensor x(Shape{1, 1, 4, 3}, {1, 5, 2, 8, 3, 3, 0, 6, 4, 7, 7, 1});
  const auto check = [&](Interpolation how, bool antialias, const std::vector<float>& expected) {
    check_values(cat("interpolation ", static_cast<int>(how)), resize_to({3, 5}, how, antialias), {x},
                 Tensor(Shape{1, 1, 3, 5}, expected), 2e-6);
  };
  check(Interpolation::linear, true,
        {3.1000001f, 3.6200004f, 4.4f, 3.1399999f, 2.3f, 4, 4.2f, 4.5f, 3.8999996f, 3.5f, 4.9000006f, 5.62f, 6.7f,
         3.8199992f, 1.8999999f});
  check(Interpolation::cubic, true,
        {3.1011181f, 3.6857643f, 4.3340964f, 2.9933224f, 2.0281072f, 3.9702342f, 4.1720757f, 4.3943968f, 3.9227836f,
         3.5839298f, 4.652952f, 5.7826934f, 6.9244843f, 3.6910739f, 1.4117688f});
  check(Interpolation::cubic, false,
        {1.6708014f, 3.0062931f, 4.7389426f, 3.1566937f, 1.9040067f, 3.976398f, 4.1349692f, 4.3125f, 3.9615602f,
         3.7075167f, 6.0529389f, 6.6460481f, 6.9188752f, 3.3439293f, 0.9328061f});
  check(Interpolation::lanczos3, false,
        {1.7900268f, 3.2355586f, 4.6558118f, 3.1796851f, 1.7124006f, 3.9922805f, 4.0234723f, 4.0714283f, 4.0787573f,
         4.0690904f, 5.5473413f, 6.804564f, 6.996047f, 3.3497748f, 0.7474632f});
  check(Interpolation::lanczos5, true,
        {3.648921f, 4.2703071f, 4.2051425f, 2.7553823f, 1.7983022f, 3.9388804f, 4.1575842f, 4.2797408f, 3.9845881f,
         3.72755f, 3.4961915f, 5.8733745f, 7.1641059f, 3.9010444f, 1.0868113f});
}

TEST_CASE("resize: the weights of a pixel add up to 1 at the borders too") {
  const Tensor x = Tensor::full(Shape{1, 1, 5}, 3);
  for (const Interpolation how : {Interpolation::cubic, Interpolation::lanczos3, Interpolation::lanczos5})
    for (const bool antialias : {false, true})
      for (const int64_t to : {1, 3, 11})
        check_values("constant", resize_to({to}, how, antialias), {x}, Tensor::full(Shape{1, 1, to}, 3), 1e-6);
}

TEST_CASE("resize: refuses sizes that do not fit") {
  Builder b;
  const Value x = b.input({2, 3, 4, 5}, "x");
  CHECK_THROWS_WITH_AS(
      b.resize(x, {2}, Interpolation::linear),
      "resize: needs a size of 1 or more for each spatial axis of src (N, C, spatial); received (2) for (2,3,4,5).",
      ShapeError);
  CHECK_THROWS_AS(b.resize(x, {2, 0}, Interpolation::linear), ShapeError);
  CHECK_THROWS_WITH_AS(
      b.adaptive_pool(x, Pooling::max, {1, 2, 3}),
      "adaptive_pool: needs a size of 1 or more for each spatial axis of src (N, C, spatial); received (1,2,3) for "
      "(2,3,4,5).",
      ShapeError);
}

TEST_CASE("adaptive_pool: values and gradients, for windows that divide the image, overlap, or are single pixels") {
  for (const auto& [shape, to] : sizes()) {
    const Tensor x = spaced(shape);
    const auto emit = [wanted = to](Pooling algorithm) {
      return [wanted, algorithm](Builder& b, const Values& in) { return b.adaptive_pool(in[0], algorithm, wanted); };
    };
    check_values(cat("adaptive max ", shape), emit(Pooling::max), {x}, pooled(x, to), 0);
    check_values(cat("adaptive mean ", shape), emit(Pooling::avg_include_padding), {x},
                 resized(x, to, Interpolation::area, false), 1e-6);
    check_gradients(cat("adaptive max ", shape), emit(Pooling::max), {x});
    check_gradients(cat("adaptive mean ", shape), emit(Pooling::avg_include_padding), {x});
  }
}
