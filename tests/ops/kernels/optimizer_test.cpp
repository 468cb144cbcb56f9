#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "graft/ops/kernels/optimizer.h"
#include "graft/tools/benchmark/cases/elements.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft;
using namespace graft::test;
using ops::Dims;

namespace {

constexpr double kRate = bench::kOptimizerRate;

/// One weight: `slots` in the order of the rule's table, `s` its settings.
using Formula = double (*)(double w, double g, std::span<double*> slots, std::span<const float> s);

double sgd(double w, double g, std::span<double*>, std::span<const float>) { return w - kRate * g; }

double momentum(double w, double g, std::span<double*> slots, std::span<const float> s) {
  *slots[0] = s[0] * *slots[0] - kRate * g;
  return w + *slots[0];
}

double nesterov(double w, double g, std::span<double*> slots, std::span<const float> s) {
  *slots[0] = s[0] * *slots[0] - kRate * g;
  return w + s[0] * *slots[0] - kRate * g;
}

// With a momentum, which is the second slot then, and centered, where the average is the last one.
double rmsprop(double w, double g, std::span<double*> slots, std::span<const float> s) {
  const double rho = s[0];
  const bool has_momentum = s[1] != 0, centered = slots.size() == (has_momentum ? 3u : 2u);
  double& velocity = *slots[0];
  velocity = rho * velocity + (1 - rho) * g * g;
  double variance = velocity;
  if (centered) {
    double& average = *slots.back();
    average = rho * average + (1 - rho) * g;
    variance -= average * average;
  }
  const double step = kRate * g / std::sqrt(variance + static_cast<double>(s[2]));
  if (!has_momentum) return w - step;
  *slots[1] = s[1] * *slots[1] + step;
  return w - *slots[1];
}

double adam(double w, double g, std::span<double*> slots, std::span<const float> s) {
  *slots[0] += (g - *slots[0]) * (1 - static_cast<double>(s[0]));
  *slots[1] += (g * g - *slots[1]) * (1 - static_cast<double>(s[1]));
  if (slots.size() == 3) *slots[2] = std::max(*slots[1], *slots[2]);
  return w - kRate * *slots[0] / (std::sqrt(*slots.back()) + static_cast<double>(s[2]));
}

double adamax(double w, double g, std::span<double*> slots, std::span<const float> s) {
  *slots[0] += (g - *slots[0]) * (1 - static_cast<double>(s[0]));
  *slots[1] = std::max(std::abs(g), s[1] * *slots[1]);
  return w - kRate * *slots[0] / (*slots[1] + static_cast<double>(s[2]));
}

double adagrad(double w, double g, std::span<double*> slots, std::span<const float> s) {
  *slots[0] += g * g;
  return w - kRate * g / std::sqrt(*slots[0] + static_cast<double>(s[0]));
}

double adadelta(double w, double g, std::span<double*> slots, std::span<const float> s) {
  const double rho = s[0], epsilon = s[1];
  *slots[0] = rho * *slots[0] + (1 - rho) * g * g;
  const double delta = g * std::sqrt(*slots[1] + epsilon) / std::sqrt(*slots[0] + epsilon);
  *slots[1] = rho * *slots[1] + (1 - rho) * delta * delta;
  return w - kRate * delta;
}

double lion(double w, double g, std::span<double*> slots, std::span<const float> s) {
  const double direction = s[0] * *slots[0] + (1 - s[0]) * g;
  *slots[0] = s[1] * *slots[0] + (1 - s[1]) * g;
  return w - kRate * ((direction > 0) - (direction < 0));
}

void check_rule(std::string_view rule, Formula formula) {
  check_kernel(rule, 2e-6, [formula](const Dims& size, const Numbers& in, Numbers& out) {
    const std::vector<float>& settings = bench::optimizer_cases()[static_cast<size_t>(size[1])].settings;
    for (size_t i = 0; i < out[0].size(); ++i) {
      std::vector<double*> slots;
      for (size_t k = 1; k < out.size(); ++k) slots.push_back(&out[k][i]);
      const double kept = size[2] != 0 ? 1 - static_cast<double>(bench::kOptimizerDecay) : 1;
      out[0][i] = formula(out[0][i] * kept, in[0][i], slots, settings);
    }
  });
}

}  // namespace

TEST_CASE("kernels: a step of each optimizer") {
  check_rule("sgd", sgd);
  check_rule("momentum", momentum);
  check_rule("nesterov", nesterov);
  check_rule("rmsprop", rmsprop);
  check_rule("adam", adam);
  check_rule("adamax", adamax);
  check_rule("adagrad", adagrad);
  check_rule("adadelta", adadelta);
  check_rule("lion", lion);
}

TEST_CASE("kernels: a moving average") {
  for (const int64_t n : {1, 7, 8, 9, 17}) {
    std::vector<float> moving(static_cast<size_t>(n)), batch(static_cast<size_t>(n));
    for (size_t i = 0; i < moving.size(); ++i) {
      moving[i] = static_cast<float>(i);
      batch[i] = 2 - static_cast<float>(i);
    }
    ops::moving_average(moving.data(), batch.data(), n, 0.75f);
    for (size_t i = 0; i < moving.size(); ++i) CHECK(moving[i] == doctest::Approx(0.5 * static_cast<double>(i) + 0.5));
  }
}
