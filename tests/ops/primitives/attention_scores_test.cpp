// Attention whose scores are a result is made of elementary instructions: none of them may be a reference
// implementation, in training too, whatever axes of the mask are broadcast. It equals the attention of one kernel.

#include <doctest/doctest.h>

#include "graft/ops/program/builder.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

constexpr int64_t kBatch = 2, kHeads = 4, kQueries = 9, kKeys = 12, kWidth = 16;

// A projection (N, T, heads * width) as heads, which stay side by side in memory.
Value heads(Builder& b, Value x, int64_t count) {
  const Dims& dims = b.dims(x);
  return b.transpose(b.reshape(x, {dims[0], dims[1], count, dims[2] / count}), {0, 2, 1, 3});
}

Value joined(Builder& b, Value x) {
  const Dims& dims = b.dims(x);
  return b.reshape(b.transpose(x, {0, 2, 1, 3}), {dims[0], dims[2], dims[1] * dims[3]});
}

Value shares(Builder& b, Value query, Value key, Value mask) {
  const Value scores = b.scale(b.matmul(query, key, false, true), 0.25f);
  if (!mask) return b.softmax(scores, 3);
  const Value seen = b.binary(Binary::gt, mask, b.scalar(0.5f));
  const Value masked = b.softmax(b.where(seen, scores, b.scalar(-1e9f)), 3);
  return b.where(seen, masked, b.scalar(0));
}

// The result, with the shares behind it as further columns.
Value elementary(Builder& b, const Values& in) {
  const Value p = shares(b, heads(b, in[0], kHeads), heads(b, in[1], kHeads), in.size() > 3 ? in[3] : Value{});
  return b.concat({joined(b, b.matmul(p, heads(b, in[2], kHeads))), joined(b, p)}, 2);
}

Value fused(Builder& b, const Values& in) {
  const Value query = heads(b, in[0], kHeads), key = heads(b, in[1], kHeads), value = heads(b, in[2], kHeads);
  const Value mask = in.size() > 3 ? in[3] : Value{};
  return joined(b, b.attention(query, key, value, mask, {.scale = 0.25f, .zero_masked = true}));
}

// Keys and values of fewer heads, each repeated for a group of query heads.
Value grouped(Builder& b, const Values& in) {
  const Value query = b.reshape(heads(b, in[0], kHeads), {kBatch, kHeads / 2, 2, kQueries, kWidth});
  const auto repeated = [&](Value x) { return b.reshape(heads(b, x, 2), {kBatch, 2, 1, kKeys, kWidth}); };
  const Value p = b.softmax(b.scale(b.matmul(query, repeated(in[1]), false, true), 0.25f), 4);
  return joined(b, b.reshape(b.matmul(p, repeated(in[2])), {kBatch, kHeads, kQueries, kWidth}));
}

std::vector<Tensor> inputs(int64_t heads_kv, const Shape& mask = {}) {
  std::vector<Tensor> out{noise({kBatch, kQueries, kHeads * kWidth}, 1), noise({kBatch, kKeys, heads_kv * kWidth}, 2),
                          noise({kBatch, kKeys, heads_kv * kWidth}, 3)};
  if (mask.rank() == 0) return out;
  out.push_back(noise(mask, 4));
  for (float& x : out.back().data<float>()) x = x > -0.5f ? 1.f : 0.f;
  return out;
}

}  // namespace

TEST_CASE("attention with scores: elementary instructions, for masks that broadcast along any axes") {
  for (const Shape& mask :
       {Shape{}, Shape{kBatch, kHeads, kQueries, kKeys}, Shape{1, 1, kQueries, kKeys}, Shape{kBatch, 1, 1, kKeys},
        Shape{kBatch, 1, kQueries, kKeys}, Shape{1, kHeads, kQueries, 1}}) {
    const std::vector<Tensor> in = inputs(kHeads, mask);
    const std::vector<size_t> fixed = mask.rank() == 0 ? std::vector<size_t>{} : std::vector<size_t>{3};
    check_gradients(cat("attention with scores, mask ", mask), elementary, in, fixed, 5e-3);
    const auto dst = [](Builder& b, const Values& v) {
      return b.slice(elementary(b, v), {0, 0, 0}, {kBatch, kQueries, kHeads * kWidth});
    };
    check_values(cat("attention, mask ", mask), fused, in, compute(dst, in), 2e-6);
  }
}

TEST_CASE("attention with scores: grouped heads as products that broadcast") {
  const std::vector<Tensor> in = inputs(2);
  check_gradients("grouped attention with scores", grouped, in, {}, 5e-3);
  const auto one_kernel = [](Builder& b, const Values& v) {
    return joined(b, b.attention(heads(b, v[0], kHeads), heads(b, v[1], 2), heads(b, v[2], 2), {}, {.scale = 0.25f}));
  };
  check_values("grouped attention", one_kernel, in, compute(grouped, in), 2e-6);
}
