#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "graft/core/random.h"
#include "graft/ops/kernels/attention/backward.h"
#include "graft/ops/kernels/attention/forward.h"
#include "graft/ops/kernels/base/bf16.h"
#include "graft/tools/benchmark/cases/attention.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft;
using namespace graft::test;
using ops::AttentionShape;
using ops::Dims;
using ops::Heads;

namespace {

double sum(int64_t n, const auto& f) {
  double out = 0;
  for (int64_t i = 0; i < n; ++i) out += f(i);
  return out;
}

/// A query of one head among keys.
struct Query {
  const AttentionShape& of;
  int64_t n, h, q;

  size_t place(const Heads& heads, int64_t r, int64_t i) const {
    const int64_t head = &heads == &of.key || &heads == &of.value ? h / of.group() : h;
    return static_cast<size_t>(heads.at(n, head, r) + i);
  }
  double product(const std::vector<double>& a, const Heads& a_heads, const std::vector<double>& b, const Heads& b_heads,
                 int64_t key, int64_t width) const {
    return sum(width, [&](int64_t i) { return a[place(a_heads, q, i)] * b[place(b_heads, key, i)]; });
  }
  double score(const std::vector<double>& query, const std::vector<double>& key, int64_t k) const {
    return static_cast<double>(of.scale) * product(query, of.query, key, of.key, k, of.depth);
  }
  bool sees(const std::vector<double>& mask, int64_t k) const {
    return (mask.empty() || mask[static_cast<size_t>(q * of.keys + k)] != 0) && (!of.causal || k <= q);
  }
  size_t row() const { return static_cast<size_t>((n * of.heads + h) * of.queries + q); }
};

void for_each_query(const AttentionShape& of, const auto& body) {
  for (int64_t n = 0; n < of.batch; ++n)
    for (int64_t h = 0; h < of.heads; ++h)
      for (int64_t q = 0; q < of.queries; ++q) body(Query{of, n, h, q});
}

}  // namespace

TEST_CASE("kernels: attention is the mean of values, weighted by the shares of keys") {
  check_kernel("attention", 2e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const AttentionShape of = bench::attention_shape(size);
    out.resize(1);
    for_each_query(of, [&](const Query& query) {
      std::vector<double> shares;
      for (int64_t k = 0; k < of.keys; ++k)
        shares.push_back(query.sees(in[3], k) ? std::exp(query.score(in[0], in[1], k)) : 0);
      const double total = sum(of.keys, [&](int64_t k) { return shares[static_cast<size_t>(k)]; });
      for (double& share : shares) share = total > 0 ? share / total : 1 / static_cast<double>(of.keys);
      for (int64_t i = 0; i < of.width; ++i)
        out[0][query.place(of.dst, query.q, i)] = sum(
            of.keys, [&](int64_t k) { return shares[static_cast<size_t>(k)] * in[2][query.place(of.value, k, i)]; });
    });
  });
}

TEST_CASE("kernels: the gradient of attention, from given statistics") {
  check_kernel("attention_gradient", 5e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const AttentionShape of = bench::attention_shape(size);
    const auto &diff = in[0], &query = in[1], &key = in[2], &value = in[3], &dst = in[4], &statistics = in[5];
    out.resize(3);
    for (auto& array : out) std::ranges::fill(array, 0);
    for_each_query(of, [&](const Query& at) {
      const double moment = at.product(dst, of.dst, diff, of.dst, at.q, of.width);
      for (int64_t k = 0; k < of.keys; ++k) {
        if (!at.sees(in[6], k)) continue;
        const double share =
            statistics[2 * at.row() + 1] * std::exp(at.score(query, key, k) - statistics[2 * at.row()]);
        const double slope =
            static_cast<double>(of.scale) * share * (at.product(diff, of.dst, value, of.value, k, of.width) - moment);
        for (int64_t i = 0; i < of.width; ++i)
          out[2][at.place(of.value, k, i)] += share * diff[at.place(of.dst, at.q, i)];
        for (int64_t i = 0; i < of.depth; ++i) {
          out[0][at.place(of.query, at.q, i)] += slope * key[at.place(of.key, k, i)];
          out[1][at.place(of.key, k, i)] += slope * query[at.place(of.query, at.q, i)];
        }
      }
    });
  });
}

namespace {

/// The same numbers as floats and as bfloat16 numbers.
struct Both {
  std::vector<float> wide;
  std::vector<ops::Bf16> narrow;

  Both(int64_t n, uint64_t seed) {
    Random random(seed);
    for (int64_t i = 0; i < n; ++i) {
      const auto bits = static_cast<uint16_t>(std::bit_cast<uint32_t>(random.uniform(-1, 1)) >> 16);
      narrow.push_back({bits});
      wide.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits) << 16));
    }
  }
};

/// The largest distance of bfloat16 numbers from floats.
float farthest(const std::vector<ops::Bf16>& a, const std::vector<float>& b) {
  float out = 0;
  for (size_t i = 0; i < b.size(); ++i)
    out = std::max(out, std::abs(std::bit_cast<float>(static_cast<uint32_t>(a[i].bits) << 16) - b[i]));
  return out;
}

}  // namespace

TEST_CASE("kernels: attention of bfloat16 numbers is that of equal floats, rounded") {
  AttentionShape wide = bench::attention_shape({2, 2, 1, 13, 19, 11, 9, 0, 0}), narrow = wide;
  narrow.query.narrow = narrow.key.narrow = narrow.value.narrow = narrow.dst.narrow = true;
  const auto queries = 2 * 2 * 13 * 11, keys = 2 * 19 * 11, values = 2 * 19 * 9, results = 2 * 2 * 13 * 9;
  const Both q(queries, 1), k(keys, 2), v(values, 3), dst(results, 4), diff(results, 5);
  std::vector<float> statistics(2 * 2 * 13 * 2),
      scratch(static_cast<size_t>(ops::attention_scratch(wide) + ops::attention_backward_scratch(wide)));
  const ops::RandomStream none(0, 0);
  std::vector<float> y(results), dq(queries), dk(keys), dv(values);
  std::vector<ops::Bf16> narrow_y(results), narrow_dq(queries), narrow_dk(keys), narrow_dv(values);
  ops::attention_forward(
      1, wide,
      {q.wide.data(), k.wide.data(), v.wide.data(), nullptr, y.data(), statistics.data(), scratch.data(), none});
  ops::attention_backward(
      1, wide,
      {diff.wide.data(), q.wide.data(), k.wide.data(), v.wide.data(), dst.wide.data(), statistics.data(), nullptr,
       dq.data(), dk.data(), dv.data(), scratch.data(), none, wide.dst, wide.query, wide.key, wide.value});
  ops::attention_forward(1, narrow,
                         {q.narrow.data(), k.narrow.data(), v.narrow.data(), nullptr, narrow_y.data(),
                          statistics.data(), scratch.data(), none});
  ops::attention_backward(1, narrow,
                          {diff.narrow.data(), q.narrow.data(), k.narrow.data(), v.narrow.data(), dst.narrow.data(),
                           statistics.data(), nullptr, narrow_dq.data(), narrow_dk.data(), narrow_dv.data(),
                           scratch.data(), none, narrow.dst, narrow.query, narrow.key, narrow.value});
  CHECK(farthest(narrow_y, y) < 1.f / 256);
  CHECK(farthest(narrow_dq, dq) < 1.f / 256);
  CHECK(farthest(narrow_dk, dk) < 1.f / 256);
  CHECK(farthest(narrow_dv, dv) < 1.f / 128);
}
