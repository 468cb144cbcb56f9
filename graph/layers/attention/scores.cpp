#include "graft/graph/layers/attention/scores.h"

#include <cstdlib>

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

template <class Keeps>
static Value constant_mask(Builder& b, int64_t steps, int64_t keys, const Keeps& keeps) {
  std::vector<float> values;
  for (int64_t i = 0; i < steps; ++i)
    for (int64_t j = 0; j < keys; ++j) values.push_back(keeps(i, j) ? 1.f : 0.f);
  return b.constant(Tensor(Shape{steps, keys}, std::move(values)));
}

Value causal_mask(Builder& b, int64_t steps, int64_t keys) {
  return constant_mask(b, steps, keys, [](int64_t i, int64_t j) { return i >= j; });
}

Value window_mask(Builder& b, int64_t steps, int64_t keys, int64_t window) {
  return constant_mask(b, steps, keys, [&](int64_t i, int64_t j) { return std::abs(i - j) < window; });
}

namespace {

// All masks as one, which broadcasts to (rows, heads, steps, keys); empty where there is none.
class Combined {
 public:
  Combined(Builder& builder, const ScoreShape& shape) : b(builder), shape_(shape) {}

  Value of(const ScoreMask& mask) {
    if (mask.query) add(per_row(mask.query, {shape_.steps, 1}));
    if (mask.value) add(per_row(mask.value, {1, shape_.keys}));
    if (mask.key) add(per_row(mask.key, {1, shape_.keys}));
    if (mask.sliding_window)
      add(b.reshape(window_mask(b, shape_.steps, shape_.keys, *mask.sliding_window),
                    {1, 1, shape_.steps, shape_.keys}));
    if (mask.attention) add(attention(mask.attention));
    return all_;
  }

 private:
  void add(Value mask) { all_ = all_ ? b.mul(b.binary(ops::Binary::ne, all_, b.scalar(0)), mask) : mask; }

  Value per_row(Value mask, const Dims& last) {
    const Value flat = to_channels_last(b, mask);
    return spread(b.reshape(flat, {shape_.samples, 1, 1, ops::elements(b.dims(flat)) / shape_.samples}), last);
  }

  // (N, T, S), or with an axis of heads; Keras puts the missing axes before those of the scores.
  Value attention(Value mask) {
    const Value flat = to_channels_last(b, mask);
    const int64_t heads = ops::elements(b.dims(flat)) / (b.dims(flat)[0] * shape_.steps * shape_.keys);
    const Value four = b.reshape(flat, {b.dims(flat)[0], heads, shape_.steps, shape_.keys});
    return b.dims(flat)[0] == 1 ? four : repeated(four);
  }

  Value spread(Value mask, const Dims& last) {
    return repeated(b.reshape(mask, {shape_.samples, 1, last[0], last[1]}));
  }

  // The mask of a sample for each of its rows.
  Value repeated(Value mask) {
    const int64_t times = shape_.rows / shape_.samples;
    return times == 1 ? mask : b.repeat(mask, times, 0);
  }

  Builder& b;
  const ScoreShape shape_;
  Value all_;
};

}  // namespace

// Keys and values of grouped heads, once for each head of the query.
static Value for_heads(Builder& b, Value x, int64_t heads) {
  const int64_t times = heads / b.dims(x)[1];
  return times == 1 ? x : b.repeat(x, times, 1);
}

// softmax where hidden keys get nothing: of equal large negative scores it would give them all the same.
static Value masked_softmax(Builder& b, Value scores, Value mask) {
  if (!mask) return b.softmax(scores, 3);
  const Value keep = b.broadcast_to(mask, b.dims(scores));
  const Value hidden = b.where(keep, scores, b.reshape(b.scalar(-1e9f), {1, 1, 1, 1}));
  return b.where(keep, b.softmax(hidden, 3), b.reshape(b.scalar(0), {1, 1, 1, 1}));
}

AttentionResult emit_attention(Builder& b, Value query, Value key, Value value, const ScoreMask& mask,
                               const ScoreShape& shape, const AttentionOptions& options) {
  Value all = Combined(b, shape).of(mask);
  if (!options.scores)
    return {b.attention(query, key, value, all,
                        {.scale = options.scale,
                         .causal = options.causal,
                         .dropout = options.dropout,
                         .zero_masked = options.zero_masked})};
  if (options.causal) {
    const Value causal = b.reshape(causal_mask(b, shape.steps, shape.keys), {1, 1, shape.steps, shape.keys});
    all = all ? b.mul(all, causal) : causal;
  }
  const int64_t heads = b.dims(query)[1];
  const Value scores = b.matmul(b.scale(query, options.scale), for_heads(b, key, heads), false, true);
  const Value shares = masked_softmax(b, scores, all);
  const Value kept = options.dropout > 0 ? b.dropout(shares, options.dropout) : shares;
  return {b.matmul(kept, for_heads(b, value, heads)), shares};
}

}  // namespace graft
