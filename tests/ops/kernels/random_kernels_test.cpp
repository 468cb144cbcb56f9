#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

struct Moments {
  double mean, variance, skew, kurtosis, neighbours;
};

Moments moments(const Tensor& x) {
  const auto values = x.data<float>();
  const auto n = static_cast<double>(values.size());
  double mean = 0, second = 0, third = 0, fourth = 0, neighbours = 0;
  for (const float v : values) mean += static_cast<double>(v) / n;
  for (size_t i = 0; i < values.size(); ++i) {
    const double d = static_cast<double>(values[i]) - mean,
                 next = static_cast<double>(values[(i + 1) % values.size()]) - mean;
    second += d * d / n;
    third += d * d * d / n;
    fourth += d * d * d * d / n;
    neighbours += d * next / n;
  }
  return {mean, second, third / std::pow(second, 1.5), fourth / (second * second), neighbours / second};
}

constexpr int64_t kMany = 1 << 20;  // standard errors are about 0.001

const Emit kUniform = [](Builder& b, const Values&) { return b.random_uniform({kMany}, -1, 3); };
const Emit kNormal = [](Builder& b, const Values&) { return b.random_normal({kMany}, 2, 3); };

Emit dropout(float rate, const Dims& noise = {}) {
  return [rate, noise](Builder& b, const Values& v) { return b.dropout(v[0], rate, noise); };
}

double share_of_zeros(const Tensor& x) {
  double zeros = 0;
  for (const float v : x.data<float>()) zeros += v == 0;
  return zeros / static_cast<double>(x.elements());
}

}  // namespace

TEST_CASE("random: uniform numbers fill [low, high) evenly and independently") {
  const Tensor x = compute(kUniform, {});
  const Moments m = moments(x);
  CHECK(std::abs(m.mean - 1) < 0.006);
  CHECK(std::abs(m.variance - 16.0 / 12) < 0.01);
  CHECK(std::abs(m.neighbours) < 0.005);
  std::vector<int> bins(64);
  int outside = 0;
  for (const float v : x.data<float>()) {
    const bool inside = v >= -1 && v < 3;
    inside ? ++bins[static_cast<size_t>((v + 1) * 16)] : ++outside;
  }
  CHECK(outside == 0);
  double chi_squared = 0;
  for (const int count : bins) chi_squared += std::pow(count - kMany / 64.0, 2) / (kMany / 64.0);
  CHECK(chi_squared < 110);  // 63 degrees of freedom: above in 1 of 5000 streams
}

TEST_CASE("random: normal numbers have the moments and the tails of a normal distribution") {
  const Tensor x = compute(kNormal, {});
  const Moments m = moments(x);
  CHECK(std::abs(m.mean - 2) < 0.015);
  CHECK(std::abs(m.variance - 9) < 0.06);
  CHECK(std::abs(m.skew) < 0.015);
  CHECK(std::abs(m.kurtosis - 3) < 0.03);
  CHECK(std::abs(m.neighbours) < 0.005);
  double beyond_three = 0;
  for (const float v : x.data<float>()) beyond_three += std::abs(v - 2) > 9;
  CHECK(beyond_three / kMany == doctest::Approx(0.0027).epsilon(0.1));
}

TEST_CASE(
    "random: a seed repeats its numbers for any number of threads; another run, seed or instruction gives others") {
  for (const Emit& emit : {kUniform, kNormal})
    CHECK(bit_equal(compute(emit, {}, Lie::row_major, 1), compute(emit, {}, Lie::row_major, 2)));
  Builder b;
  const Executable exe(b.finish({b.random_uniform({1000}, 0, 1), b.random_uniform({1000}, 0, 1)}));
  const auto run = [&](Context& context) {
    context.run();
    return context.output(0).tensor();
  };
  Context first = exe.context(), same = exe.context(), other = exe.context();
  first.set_seed(1);
  same.set_seed(1);
  other.set_seed(2);
  const Tensor x = run(first);
  CHECK(bit_equal(run(same), x));
  for (const Tensor& different : {run(first), run(other), first.output(1).tensor()}) {
    double correlation = 0;
    for (size_t i = 0; i < 1000; ++i)
      correlation += static_cast<double>((x.data<float>()[i] - 0.5f) * (different.data<float>()[i] - 0.5f)) * 12 / 1000;
    CHECK(std::abs(correlation) < 0.15);
  }
}

TEST_CASE("dropout: kept elements are divided by their share, the same in every layout") {
  for (const Shape& shape : {Shape{8, 20, 64, 65}, {1000, 100}, {200000}})
    for (const float rate : {0.1f, 0.5f, 0.9f}) {
      const Tensor x = Tensor::full(shape, 3);
      const Tensor y = compute(dropout(rate), {x});
      CHECK(share_of_zeros(y) == doctest::Approx(static_cast<double>(rate)).epsilon(0.03));
      int others = 0;
      for (const float v : y.data<float>()) others += v != 0 && std::abs(v - 3 / (1 - rate)) > 1e-4f;
      CHECK(others == 0);
      CHECK(bit_equal(compute(dropout(rate), {x}, Lie::channels_last, 1), y));
    }
}

TEST_CASE("dropout: the gradient draws the mask of the value again") {
  check_gradients("dropout", dropout(0.5f), {noise({2, 3, 4, 5})});
  check_gradients("spatial dropout", dropout(0.5f, {2, 3, 1, 1}), {noise({2, 3, 4, 5})});
}

TEST_CASE("dropout: noise of smaller dims is repeated") {
  const Tensor y = compute(dropout(0.5f, {40, 20, 1, 1}), {Tensor::full({40, 20, 3, 3}, 1)});
  CHECK(share_of_zeros(y) == doctest::Approx(0.5).epsilon(0.15));
  int different = 0;
  for (size_t i = 0; i < y.data<float>().size(); ++i) different += y.data<float>()[i] != y.data<float>()[i / 9 * 9];
  CHECK(different == 0);
}

TEST_CASE("dropout: rates 0 and 1 are exact, rates outside [0, 1] are refused") {
  Builder b;
  const Value x = b.input({3}, "x");
  CHECK(b.dropout(x, 0) == x);
  CHECK(bit_equal(compute(dropout(1), {Tensor::full({100}, 2)}), Tensor({100})));
  CHECK_THROWS_WITH_AS(b.dropout(x, 1.5f), "dropout: rate must be in [0, 1]; received 1.5.", ConfigError);
  CHECK_THROWS_WITH_AS(b.random_uniform({2}, 1, 1), "random_uniform: low must be below high; received 1 and 1.",
                       ConfigError);
  CHECK_THROWS_WITH_AS(b.random_normal({2}, 0, -1), "random_normal: deviation must be 0 or more; received -1.",
                       ConfigError);
}
