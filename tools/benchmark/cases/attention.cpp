#include "graft/tools/benchmark/cases/attention.h"

#include "graft/ops/kernels/attention/backward.h"
#include "graft/ops/kernels/attention/forward.h"

namespace graft::bench {

namespace {

using ops::AttentionShape;
using ops::Dims;
using ops::Heads;
using Sources = std::span<const float* const>;
using Destinations = std::span<float* const>;

constexpr int64_t kSlots = 3;  // as many threads as the tests take

Heads side_by_side(int64_t heads, int64_t rows, int64_t width) { return {heads * rows * width, width, heads * width}; }

struct Floats {
  int64_t query, key, value, dst, rows;

  explicit Floats(const AttentionShape& of)
      : query(of.batch * of.heads * of.queries * of.depth),
        key(of.batch * of.heads_kv * of.keys * of.depth),
        value(of.batch * of.heads_kv * of.keys * of.width),
        dst(of.batch * of.heads * of.queries * of.width),
        rows(of.batch * of.heads * of.queries) {}
};

// One mask for all images and heads, (queries, keys).
KernelSource mask_of(const Dims& size) { return {size[8] * size[3] * size[4], KernelSource::whole, 1}; }

/// Sources: query, key, value, mask; destinations: dst, statistics, scratch.
KernelCase attention(const Dims& size, const std::string& title = {}) {
  const AttentionShape shape = attention_shape(size);
  const Floats floats(shape);
  const auto run = [shape, masked = size[8] != 0](int threads, Sources in, Destinations out) {
    ops::attention_forward(
        threads, shape,
        {in[0], in[1], in[2], masked ? in[3] : nullptr, out[0], out[1], out[2], ops::RandomStream(0, 0)});
  };
  return {"attention",
          size,
          {{floats.query}, {floats.key}, {floats.value}, mask_of(size)},
          {floats.dst, 2 * floats.rows, ops::attention_scratch(shape)},
          run,
          title};
}

/// Sources: diff_dst, query, key, value, dst, statistics, mask; destinations: diff_query, diff_key, diff_value,
/// scratch.
KernelCase attention_gradient(const Dims& size, const std::string& title = {}) {
  const AttentionShape shape = attention_shape(size);
  const Floats floats(shape);
  const auto run = [shape, masked = size[8] != 0](int threads, Sources in, Destinations out) {
    ops::attention_backward(threads, shape,
                            {in[0], in[1], in[2], in[3], in[4], in[5], masked ? in[6] : nullptr, out[0], out[1], out[2],
                             out[3], ops::RandomStream(0, 0), shape.dst, shape.query, shape.key, shape.value});
  };
  return {"attention_gradient",
          size,
          {{floats.dst},
           {floats.query},
           {floats.key},
           {floats.value},
           {floats.dst},
           {2 * floats.rows, KernelSource::positive},
           mask_of(size)},
          {floats.query, floats.key, floats.value, ops::attention_backward_scratch(shape)},
          run,
          title};
}

}  // namespace

AttentionShape attention_shape(const Dims& size) {
  AttentionShape of{.batch = size[0],
                    .heads = size[1],
                    .heads_kv = size[2],
                    .queries = size[3],
                    .keys = size[4],
                    .depth = size[5],
                    .width = size[6],
                    .scale = 0.25f,
                    .causal = size[7] != 0};
  of.query = side_by_side(of.heads, of.queries, of.depth);
  of.key = side_by_side(of.heads_kv, of.keys, of.depth);
  of.value = side_by_side(of.heads_kv, of.keys, of.width);
  of.dst = side_by_side(of.heads, of.queries, of.width);
  of.mask = {0, 0, of.keys, 1};
  of.slots = kSlots;
  return of;
}

void add_attention(KernelCases& all) {
  const auto both = [&](const Dims& size, const std::string& title = {}) {
    all.push_back(attention(size, title));
    all.push_back(attention_gradient(size, title.empty() ? title : "gradient of it"));
  };
  for (const int64_t n : kOddSizes)
    for (const int64_t causal : {0, 1})
      for (const int64_t masked : {0, 1}) {
        both({2, 2, 1, n, 2 * n + 1, 3, n, causal, masked});
        both({1, 2, 2, 5 * n, n, n, 33, causal, masked});
      }
  both({1, 2, 2, 260, 300, 24, 40, 0, 1});
  both({1, 1, 1, 420, 420, 20, 20, 1, 0});
  both({8, 8, 8, 128, 128, 32, 32, 0, 0}, "attention, 8x8 heads of 128x32");
  both({1, 8, 8, 512, 512, 32, 32, 0, 0}, "attention, 1x8 heads of 512x32");
  both({1, 8, 8, 512, 512, 32, 32, 1, 0}, "causal attention, 1x8 heads of 512x32");
  both({1, 2, 2, 512, 512, 64, 64, 0, 0}, "attention, 1x2 heads of 512x64");
}

}  // namespace graft::bench
