#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "graft/core/random.h"
#include "graft/ops/kernels/cast.h"
#include "graft/ops/kernels/copy.h"
#include "graft/ops/program/functions.h"
#include "graft/tools/benchmark/cases/elements.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft;
using namespace graft::test;
using ops::Dims;

namespace {

/// The row that an index names among `count`; -1: none.
int64_t row_of(double index, int64_t count) {
  const auto row = static_cast<int64_t>(index);
  if (row >= count || row < -count) return -1;
  return row < 0 ? row + count : row;
}

/// Calls f(place in the tensor of `count` rows, place in that of `picked` rows) where an index names a row.
template <class F>
void each_picked(const Dims& size, const std::vector<double>& indices, F f) {
  const int64_t count = size[1], picked = size[2], inner = size[3];
  for (int64_t o = 0; o < size[0]; ++o)
    for (int64_t k = 0; k < picked; ++k) {
      const int64_t row = row_of(indices[static_cast<size_t>(k)], count);
      for (int64_t i = 0; row >= 0 && i < inner; ++i)
        f(static_cast<size_t>((o * count + row) * inner + i), static_cast<size_t>((o * picked + k) * inner + i));
    }
}

double binary(ops::Binary f, double x, double y) {
  switch (f) {
    case ops::Binary::add:
      return x + y;
    case ops::Binary::sub:
      return x - y;
    case ops::Binary::mul:
      return x * y;
    case ops::Binary::div:
      return x / y;
    case ops::Binary::min:
      return std::min(x, y);
    case ops::Binary::max:
      return std::max(x, y);
    case ops::Binary::pow:
      return std::pow(x, y);
    case ops::Binary::eq:
      return x == y;
    case ops::Binary::ne:
      return x != y;
    case ops::Binary::lt:
      return x < y;
    case ops::Binary::le:
      return x <= y;
    case ops::Binary::gt:
      return x > y;
    case ops::Binary::ge:
      return x >= y;
    default:
      return 0;  // the cases have no others
  }
}

double function(ops::Eltwise f, double x) {
  switch (f) {
    case ops::Eltwise::floor:
      return std::floor(x);
    case ops::Eltwise::sign:
      return (x > 0) - (x < 0);
    case ops::Eltwise::pow:
      return std::pow(x, 1.5);
    case ops::Eltwise::reciprocal:
      return 1 / x;
    case ops::Eltwise::rsqrt:
      return 1 / std::sqrt(x);
    case ops::Eltwise::sin:
      return std::sin(x);
    case ops::Eltwise::cos:
      return std::cos(x);
    default:
      return std::erf(x);
  }
}

/// A plain loop over (rows, columns): d = f(place in arrays like dst, place in one row).
template <class F>
PlainKernel each_element(F f) {
  return [f](const Dims& size, const Numbers& in, Numbers& out) {
    for (size_t i = 0; i < out[0].size(); ++i) out[0][i] = f(in, i, i % static_cast<size_t>(size[1]));
  };
}

}  // namespace

TEST_CASE("kernels: rows by number, and sums of rows by number") {
  check_kernel("take_along", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    std::ranges::fill(out[0], 0);
    each_picked(size, in[1], [&](size_t table, size_t row) { out[0][row] = in[0][table]; });
  });
  check_kernel("add_along", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    std::ranges::fill(out[0], 0);
    each_picked(size, in[1], [&](size_t table, size_t row) { out[0][table] += in[0][row]; });
  });
}

TEST_CASE("kernels: one-hot rows, and the place of the largest value") {
  check_kernel("one_hot", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    const auto classes = static_cast<size_t>(size[1]);
    for (size_t i = 0; i < out[0].size(); ++i) out[0][i] = in[0][i / classes] == static_cast<double>(i % classes);
  });
  check_kernel("argmax", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    const int64_t n = size[1], inner = size[2];
    for (int64_t o = 0; o < size[0]; ++o)
      for (int64_t i = 0; i < inner; ++i) {
        const auto at = [&](int64_t k) { return in[0][static_cast<size_t>((o * n + k) * inner + i)]; };
        int64_t best = 0;
        for (int64_t k = 1; k < n; ++k)
          if (at(k) > at(best)) best = k;
        out[0][static_cast<size_t>(o * inner + i)] = static_cast<double>(best);
      }
  });
}

TEST_CASE("kernels: sums, products and the order of lines") {
  const auto each_line = [](const Dims& size, auto f) {
    const auto n = static_cast<size_t>(size[1]), inner = static_cast<size_t>(size[2]);
    for (size_t o = 0; o < static_cast<size_t>(size[0]); ++o)
      for (size_t i = 0; i < inner; ++i) f([=](size_t k) { return (o * n + k) * inner + i; }, n);
  };
  check_kernel("scan", 1e-6, [&](const Dims& size, const Numbers& in, Numbers& out) {
    each_line(size, [&](auto place, size_t n) {
      double state = size[3] == 0 ? 0 : 1;
      for (size_t step = 0; step < n; ++step) {
        const size_t k = place(size[4] ? n - 1 - step : step);
        out[0][k] = size[3] == 0 ? state += in[0][k] : state *= in[0][k];
      }
    });
  });
  check_kernel("argsort", 0, [&](const Dims& size, const Numbers& in, Numbers& out) {
    out.resize(1);  // what is in the scratch does not matter
    each_line(size, [&](auto place, size_t n) {
      std::vector<size_t> order(n);
      std::iota(order.begin(), order.end(), size_t{0});
      std::ranges::stable_sort(order, [&](size_t a, size_t b) {
        return size[3] ? in[0][place(a)] > in[0][place(b)] : in[0][place(a)] < in[0][place(b)];
      });
      for (size_t k = 0; k < n; ++k) out[0][place(k)] = static_cast<double>(order[k]);
    });
  });
}

TEST_CASE("kernels: functions of one operand and of several, which may be broadcast") {
  check_kernel("eltwise", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    for (size_t i = 0; i < out[0].size(); ++i) out[0][i] = function(static_cast<ops::Eltwise>(size[1]), in[0][i]);
  });
  check_kernel("binary", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const auto rows = static_cast<size_t>(size[0]), columns = static_cast<size_t>(size[1]);
    for (size_t r = 0; r < rows; ++r)
      for (size_t c = 0; c < columns; ++c) {
        const std::array<size_t, 4> places{r * columns + c, c, r, c * rows + r};
        out[0][r * columns + c] = binary(static_cast<ops::Binary>(size[3]), in[0][r * columns + c],
                                         in[1][places[static_cast<size_t>(size[2])]]);
      }
  });
  check_kernel("copy", 0, each_element([](const Numbers& in, size_t, size_t column) { return in[0][column]; }));
  check_kernel("where", 0, each_element([](const Numbers& in, size_t i, size_t column) {
                 return in[0][i] != 0 ? in[1][i] : in[2][column];
               }));
  check_kernel("prelu", 1e-7, each_element([](const Numbers& in, size_t i, size_t column) {
                 return in[0][i] > 0 ? in[0][i] : in[1][column] * in[0][i];
               }));
  check_kernel("prelu_backward", 1e-7, each_element([](const Numbers& in, size_t i, size_t column) {
                 return in[1][i] > 0 ? in[0][i] : in[2][column] * in[0][i];
               }));
}

namespace {

uint32_t mixed(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x21f0aaad;
  x = (x ^ (x >> 15)) * 0x735a2d97;
  return x ^ (x >> 15);
}

/// Number i of the stream of the cases, from [0, 1).
double drawn(size_t i) {
  const uint64_t key = Random::hash(bench::kRandomSeed, bench::kRandomSalt);
  const uint32_t bits =
      mixed(mixed(static_cast<uint32_t>(i) ^ static_cast<uint32_t>(key)) + static_cast<uint32_t>(key >> 32));
  return (bits >> 8) * 0x1p-24;
}

double normal(size_t i) {
  const double radius = std::sqrt(-2 * std::log(drawn(2 * i) + 0x1p-25));
  return radius * std::cos(2 * std::numbers::pi * drawn(2 * i + 1));
}

}  // namespace

TEST_CASE("kernels: number i of a stream depends on the stream and on i alone") {
  check_kernel("random", 2e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    for (size_t i = 0; i < out[0].size(); ++i)
      out[0][i] = size[1] == 0   ? -1 + 4 * drawn(i)
                  : size[1] == 1 ? 2 + 3 * normal(i)
                                 : (drawn(i) < 0.25 ? 0 : in[0][i] / 0.75);
  });
}

TEST_CASE("kernels: bfloat16 rounds to nearest, ties to even, and converts back to the same floats") {
  for (const int64_t n : {1, 7, 8, 9, 17, 70'001}) {
    CAPTURE(n);
    const auto count = static_cast<size_t>(n);
    std::vector<float> from(count), back(count);
    std::vector<ops::Bf16> narrow(count);
    for (size_t i = 0; i < count; ++i) from[i] = 1 + static_cast<float>(i % 1024) / 512;  // ties among them
    for (const int threads : {1, 3}) {
      ops::narrow_floats(threads, from.data(), narrow.data(), n);
      ops::widen_floats(threads, narrow.data(), back.data(), n);
      double farthest = 0;
      for (size_t i = 0; i < count; ++i) {
        const double unit = from[i] < 2 ? 0x1p-7 : 0x1p-6;
        const double nearest = std::nearbyint(from[i] / unit) * unit;  // ties to even
        farthest = std::max(farthest, std::abs(back[i] - nearest));
      }
      CHECK(farthest == 0);
    }
  }
}

TEST_CASE("kernels: memory is filled with floats or with bfloat16 numbers") {
  for (const size_t n : {1, 7, 8, 9, 17, 70'001}) {
    std::vector<float> floats(n + 1, 5);
    ops::fill(2, false, floats.data(), static_cast<int64_t>(n), 0.25f);
    CHECK(std::ranges::count(floats, 0.25f) == static_cast<std::ptrdiff_t>(n));
    CHECK(floats.back() == 5);
    std::vector<ops::Bf16> narrow(n + 1, {7});
    ops::fill(2, true, narrow.data(), static_cast<int64_t>(n), 0.25f);
    CHECK(std::ranges::count(narrow, 0x3e80, &ops::Bf16::bits) == static_cast<std::ptrdiff_t>(n));
    CHECK(narrow.back().bits == 7);
  }
}
