#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graft/tools/benchmark/cases/rows.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft;
using namespace graft::test;
using ops::Dims;

namespace {

size_t at(int64_t row, int64_t n, int64_t i) { return static_cast<size_t>(row * n + i); }

struct Moments {
  double mean = 0, variance = 0;
};

/// Of `count` numbers that are `step` apart.
Moments moments(const std::vector<double>& x, int64_t first, int64_t step, int64_t count) {
  Moments out;
  const auto n = static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) out.mean += x[static_cast<size_t>(first + i * step)] / n;
  for (int64_t i = 0; i < count; ++i) {
    const double d = x[static_cast<size_t>(first + i * step)] - out.mean;
    out.variance += d * d / n;
  }
  return out;
}

double rsqrt(double variance) { return 1 / std::sqrt(variance + static_cast<double>(bench::kNormEpsilon)); }

}  // namespace

TEST_CASE("kernels: batch normalisation takes the statistics of each channel") {
  check_kernel("batch_norm", 2e-5, [](const Dims& size, const Numbers& in, Numbers& out) {
    out.resize(3);
    const int64_t channels = size[1], rows = ops::elements(size) / channels;
    for (int64_t c = 0; c < channels; ++c) {
      const auto k = static_cast<size_t>(c);
      const Moments of = moments(in[0], c, channels, rows);
      const double gamma = in[1].empty() ? 1 : in[1][k], beta = in[2].empty() ? 0 : in[2][k];
      out[1][k] = of.mean;
      out[2][k] = of.variance;
      for (int64_t r = 0; r < rows; ++r)
        out[0][at(r, channels, c)] = (in[0][at(r, channels, c)] - of.mean) * rsqrt(of.variance) * gamma + beta;
    }
  });
}

TEST_CASE("kernels: layer normalisation takes the statistics of each row") {
  check_kernel("layer_norm", 2e-5, [](const Dims& size, const Numbers& in, Numbers& out) {
    for (int64_t r = 0; r < size[0]; ++r) {
      const Moments of = moments(in[0], r * size[1], 1, size[1]);
      out[1][static_cast<size_t>(r)] = of.mean;
      out[2][static_cast<size_t>(r)] = rsqrt(of.variance);
      for (int64_t i = 0; i < size[1]; ++i)
        out[0][at(r, size[1], i)] =
            (in[0][at(r, size[1], i)] - of.mean) * rsqrt(of.variance) * in[1][static_cast<size_t>(i)] +
            in[2][static_cast<size_t>(i)];
    }
  });
}

TEST_CASE("kernels: the gradient of layer normalisation, from given statistics") {
  check_kernel("layer_norm_gradient", 2e-5, [](const Dims& size, const Numbers& in, Numbers& out) {
    out.resize(3);
    const int64_t n = size[1];
    const auto &g = in[0], &x = in[1], &gamma = in[2];
    for (size_t k = 1; k < 3; ++k) std::ranges::fill(out[k], 0);
    for (int64_t r = 0; r < size[0]; ++r) {
      const double mean = in[3][static_cast<size_t>(r)], s = in[4][static_cast<size_t>(r)];
      double sum = 0, product = 0;
      for (int64_t i = 0; i < n; ++i) {
        const double diff = g[at(r, n, i)], normal = (x[at(r, n, i)] - mean) * s, d = diff * gamma[at(0, n, i)];
        out[1][at(0, n, i)] += diff * normal;
        out[2][at(0, n, i)] += diff;
        sum += d;
        product += d * normal;
      }
      const auto count = static_cast<double>(n);
      for (int64_t i = 0; i < n; ++i) {
        const double normal = (x[at(r, n, i)] - mean) * s;
        out[0][at(r, n, i)] = s * (g[at(r, n, i)] * gamma[at(0, n, i)] - sum / count - normal * product / count);
      }
    }
  });
}

TEST_CASE("kernels: softmax, its logarithm and their gradients") {
  check_kernel("softmax", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const int64_t n = size[1];
    for (int64_t r = 0; r < size[0]; ++r) {
      double total = 0;
      for (int64_t i = 0; i < n; ++i) total += std::exp(in[0][at(r, n, i)]);
      for (int64_t i = 0; i < n; ++i) {
        const double log = in[0][at(r, n, i)] - std::log(total);
        out[0][at(r, n, i)] = size[2] != 0 ? log : std::exp(log);
      }
    }
  });
  check_kernel("softmax_gradient", 2e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const int64_t n = size[1];
    for (int64_t r = 0; r < size[0]; ++r) {
      double total = 0;
      for (int64_t i = 0; i < n; ++i) total += in[0][at(r, n, i)] * (size[2] != 0 ? 1 : in[1][at(r, n, i)]);
      for (int64_t i = 0; i < n; ++i) {
        const double dy = in[0][at(r, n, i)], y = in[1][at(r, n, i)];
        out[0][at(r, n, i)] = size[2] != 0 ? dy - std::exp(y) * total : y * (dy - total);
      }
    }
  });
}

namespace {

/// One row of a cross-entropy: the targets as a share of each class, and the shares that are predicted.
struct ClassRow {
  std::vector<double> target, values, shares;
  double total = 0;  // of the values, or of their exponentials

  ClassRow(const Dims& size, const Numbers& in, int64_t r) {
    const int64_t n = size[1];
    const bool logits = size[2] != 0, sparse = size[3] != 0;
    for (int64_t i = 0; i < n; ++i) {
      const double x = in[1][at(r, n, i)];
      target.push_back(sparse ? in[0][static_cast<size_t>(r)] == static_cast<double>(i) : in[0][at(r, n, i)]);
      values.push_back(x);
      total += logits ? std::exp(x) : x;
    }
    for (const double x : values) shares.push_back((logits ? std::exp(x) : x) / total);
  }
};

}  // namespace

TEST_CASE("kernels: cross-entropy of logits and of shares, with shares and with numbers as targets") {
  check_kernel("cross_entropy", 5e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    for (int64_t r = 0; r < size[0]; ++r) {
      const ClassRow row(size, in, r);
      double loss = 0;
      for (size_t i = 0; i < row.shares.size(); ++i) loss -= row.target[i] * std::log(row.shares[i]);
      out[0][static_cast<size_t>(r)] = loss;
    }
  });
}

TEST_CASE("kernels: the gradient of cross-entropy, also through a softmax") {
  check_kernel("cross_entropy_gradient", 1e-5, [](const Dims& size, const Numbers& in, Numbers& out) {
    const int64_t n = size[1];
    const bool logits = size[2] != 0, through_softmax = size[4] != 0;
    for (int64_t r = 0; r < size[0]; ++r) {
      const ClassRow row(size, in, r);
      const double own = in[2][static_cast<size_t>(r)];
      double targets = 0;
      for (const double t : row.target) targets += t;
      for (int64_t i = 0; i < n; ++i) {
        const auto k = static_cast<size_t>(i);
        double diff = row.shares[k] * targets - row.target[k];  // for logits
        if (!logits) diff = (targets - row.target[k] / row.shares[k]) / row.total;
        out[0][at(r, n, i)] = own * diff;
      }
      if (!through_softmax) continue;
      // A softmax's own gradient is p (dp - sum(dp p)), whatever the sum of p is.
      double moment = 0;
      for (int64_t i = 0; i < n; ++i) moment += out[0][at(r, n, i)] * row.values[static_cast<size_t>(i)];
      for (int64_t i = 0; i < n; ++i)
        out[0][at(r, n, i)] = row.values[static_cast<size_t>(i)] * (out[0][at(r, n, i)] - moment);
    }
  });
}

TEST_CASE("kernels: sums, means and extremes along an axis") {
  const auto reduced = [](double start, auto f, bool mean) {
    return [=](const Dims& size, const Numbers& in, Numbers& out) {
      out.resize(1);
      const int64_t length = size[1], inner = size[2];
      for (int64_t o = 0; o < size[0]; ++o)
        for (int64_t i = 0; i < inner; ++i) {
          double total = start;
          for (int64_t k = 0; k < length; ++k) total = f(total, in[0][at(o * length + k, inner, i)]);
          out[0][at(o, inner, i)] = mean ? total / static_cast<double>(length) : total;
        }
    };
  };
  const auto add = [](double a, double b) { return a + b; };
  check_kernel("sum", 2e-6, reduced(0, add, false));
  check_kernel("mean", 1e-6, reduced(0, add, true));
  check_kernel("max", 0, reduced(-2, [](double a, double b) { return std::max(a, b); }, false));
  check_kernel("min", 0, reduced(2, [](double a, double b) { return std::min(a, b); }, false));
}
