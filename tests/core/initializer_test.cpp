#include "graft/core/initializer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

struct Moments {
  double mean = 0, deviation = 0, smallest = 0, largest = 0;
};

static Moments statistics(const Initializer& initializer, const Shape& shape) {
  Random random(11);
  const Tensor tensor = initializer(shape, random);
  CHECK(tensor.shape() == shape);
  const auto values = tensor.data<float>();
  Moments s;
  for (const float v : values) s.mean += v / static_cast<double>(values.size());
  for (const float v : values) s.deviation += std::pow(v - s.mean, 2) / static_cast<double>(values.size());
  s.deviation = std::sqrt(s.deviation);
  s.smallest = *std::ranges::min_element(values);
  s.largest = *std::ranges::max_element(values);
  return s;
}

// Of a uniform distribution within +- limit.
static void check_uniform(const Initializer& initializer, const Shape& shape, double limit) {
  const Moments s = statistics(initializer, shape);
  CHECK(std::abs(s.mean) < 0.02 * limit);
  CHECK(s.deviation == doctest::Approx(limit / std::sqrt(3)).epsilon(0.02));
  CHECK(s.smallest >= -limit);
  CHECK(s.largest <= limit);
  CHECK(s.largest > 0.99 * limit);
}

// Of a normal distribution whose deviation after the cut at two deviations is `deviation`.
static void check_truncated(const Initializer& initializer, const Shape& shape, double deviation) {
  const Moments s = statistics(initializer, shape);
  const double limit = 2 * deviation / 0.87962566103423978;
  CHECK(std::abs(s.mean) < 0.02 * deviation);
  CHECK(s.deviation == doctest::Approx(deviation).epsilon(0.02));
  CHECK(s.largest <= limit * 1.000001);
  CHECK(s.largest > 0.98 * limit);
}

TEST_CASE("Keras's fans: the receptive field times the last two dimensions") {
  const Shape kernel{3, 5, 40, 60};  // fan in 600, fan out 900
  check_uniform("glorot_uniform", kernel, std::sqrt(6.0 / 1500));
  check_uniform("he_uniform", kernel, std::sqrt(6.0 / 600));
  check_uniform("lecun_uniform", kernel, std::sqrt(3.0 / 600));
  check_truncated("glorot_normal", kernel, std::sqrt(2.0 / 1500));
  check_truncated("he_normal", kernel, std::sqrt(2.0 / 600));
  check_truncated("lecun_normal", kernel, std::sqrt(1.0 / 600));
}

TEST_CASE("a dense kernel and a vector have fans too") {
  check_uniform("glorot_uniform", {200, 400}, std::sqrt(6.0 / 600));
  check_uniform("glorot_uniform", {30000}, std::sqrt(6.0 / 60000));
}

TEST_CASE("VarianceScaling follows scale, mode and distribution") {
  const Shape kernel{100, 400};
  check_uniform(VarianceScaling(2, "fan_out", "uniform"), kernel, std::sqrt(6.0 / 400));
  check_truncated(VarianceScaling(3, "fan_avg", "truncated_normal"), kernel, std::sqrt(3.0 / 250));
  const Moments s = statistics(VarianceScaling(1, "fan_in", "untruncated_normal"), kernel);
  CHECK(s.deviation == doctest::Approx(0.1).epsilon(0.02));
  CHECK(s.largest > 0.35);  // beyond the cut at two deviations
}

TEST_CASE("the plain distributions take their settings") {
  const Shape shape{200, 200};
  const Moments u = statistics(RandomUniform(2, 4), shape), n = statistics(RandomNormal(3, 0.5), shape),
                t = statistics(TruncatedNormal(-1, 2), shape);
  CHECK(u.mean == doctest::Approx(3).epsilon(0.01));
  CHECK(u.smallest >= 2);
  CHECK(u.largest < 4);
  CHECK(n.mean == doctest::Approx(3).epsilon(0.01));
  CHECK(n.deviation == doctest::Approx(0.5).epsilon(0.02));
  CHECK(t.mean == doctest::Approx(-1).epsilon(0.05));
  CHECK(t.deviation == doctest::Approx(2 * 0.87962566103423978).epsilon(0.02));
  CHECK(t.smallest >= -5);
  check_uniform("random_uniform", shape, 0.05);
  CHECK(statistics("random_normal", shape).deviation == doctest::Approx(0.05).epsilon(0.02));
  CHECK(statistics("truncated_normal", shape).largest <= 0.1 * 1.000001);
}

TEST_CASE("zeros, ones, constants and the identity") {
  Random random(1);
  CHECK(bit_equal(Initializer("zeros")({2, 2}, random), Tensor(Shape{2, 2})));
  CHECK(bit_equal(Initializer("ones")({3}, random), Tensor::full({3}, 1)));
  CHECK(bit_equal(Constant(0.25)({3}, random), Tensor::full({3}, 0.25f)));
  CHECK(bit_equal(Initializer("identity")({2, 3}, random), Tensor(Shape{2, 3}, std::vector<float>{1, 0, 0, 0, 1, 0})));
  CHECK(error_text<ShapeError>([&] { Initializer("identity")({2}, random); }) ==
        "Identity needs a weight of rank 2; received (2,).");
}

// The largest distance of the products of columns (or rows, the fewer) from gain^2 times the identity.
static double distance_from_orthogonal(const Tensor& q, double gain) {
  const int64_t columns = q.shape()[-1], rows = q.elements() / columns;
  const auto values = q.data<float>();
  const bool tall = rows >= columns;
  const int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  const auto at = [&](int64_t vector, int64_t i) {
    return static_cast<double>(values[static_cast<size_t>(tall ? i * columns + vector : vector * columns + i)]);
  };
  double distance = 0;
  for (int64_t a = 0; a < count; ++a)
    for (int64_t b = 0; b < count; ++b) {
      double product = 0;
      for (int64_t i = 0; i < length; ++i) product += at(a, i) * at(b, i);
      distance = std::max(distance, std::abs(product - (a == b ? gain * gain : 0)));
    }
  return distance;
}

TEST_CASE("orthogonal weights are orthogonal, tall, wide and of higher rank") {
  Random random(3);
  CHECK(distance_from_orthogonal(Initializer("orthogonal")({40, 40}, random), 1) < 1e-6);
  CHECK(distance_from_orthogonal(Orthogonal(2)({60, 20}, random), 2) < 1e-6);
  CHECK(distance_from_orthogonal(Orthogonal()({20, 60}, random), 1) < 1e-6);
  CHECK(distance_from_orthogonal(Orthogonal()({3, 3, 4, 16}, random), 1) < 1e-6);
  CHECK(error_text<ShapeError>([&] { Orthogonal()({4}, random); }) ==
        "Orthogonal needs a weight of rank 2 or more; received (4,).");
}

TEST_CASE("orthogonal weights favour no sign: with R's diagonal positive they are uniform") {
  double trace = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    const Tensor q = Orthogonal()({5, 5}, random);
    for (size_t i = 0; i < 5; ++i) trace += q.data<float>()[i * 6];
  }
  CHECK(std::abs(trace / 400) < 0.2);  // the trace has mean 0 and variance 1
}

TEST_CASE("names are those of Keras, its classes and TF.js") {
  CHECK(Initializer("glorot_uniform") == Initializer("GlorotUniform"));
  CHECK(Initializer("leCunNormal") == Initializer("lecun_normal"));
  CHECK(Initializer("normal") == RandomNormal());
  CHECK(Initializer("uniform") == RandomUniform());
  CHECK(Initializer("variance_scaling") == VarianceScaling(1, "fan_in", "truncated_normal"));
  CHECK(Initializer("orthogonal") == Orthogonal());
  CHECK(error_text<ConfigError>([] { Initializer("glorot"); }) ==
        "there is no initializer \"glorot\"; known are zeros, ones, constant, random_uniform, random_normal, "
        "truncated_normal, glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, "
        "variance_scaling, orthogonal, identity, stft.");
}

TEST_CASE("settings out of range are refused") {
  CHECK(error_text<ConfigError>([] { VarianceScaling(0, "fan_in", "uniform"); }) ==
        "VarianceScaling: scale must be above 0; received 0.");
  CHECK(error_text<ConfigError>([] { VarianceScaling(1, "fan", "uniform"); }) ==
        "VarianceScaling: mode must be fan_in, fan_out or fan_avg; received \"fan\".");
  CHECK(error_text<ConfigError>([] { VarianceScaling(1, "fan_in", "gamma"); }) ==
        "VarianceScaling: distribution must be uniform, truncated_normal or untruncated_normal; received \"gamma\".");
  CHECK(error_text<ConfigError>([] { RandomUniform(1, 0); }) ==
        "RandomUniform: minval must not exceed maxval; received 1 and 0.");
  CHECK(error_text<ConfigError>([] { RandomNormal(0, -1); }) == "RandomNormal: stddev must be 0 or more; received -1.");
  CHECK(error_text<ConfigError>([] { TruncatedNormal(0, -1); }) ==
        "TruncatedNormal: stddev must be 0 or more; received -1.");
}

TEST_CASE("an initializer draws from the generator it is given") {
  Random first(1), again(1), other(2);
  const Initializer he = "he_normal";
  const Tensor a = he({4, 4}, first);
  CHECK(bit_equal(a, he({4, 4}, again)));
  CHECK_FALSE(bit_equal(a, he({4, 4}, other)));
  CHECK_FALSE(bit_equal(a, he({4, 4}, first)));
}

TEST_CASE("weights with a dimension of 0 hold nothing") {
  Random random(1);
  for (const char* name : {"glorot_uniform", "he_normal", "orthogonal", "zeros"})
    CHECK(Initializer(name)({0, 4}, random).elements() == 0);
}
