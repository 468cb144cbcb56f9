#include "graft/graph/layers/attention/heads.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/graph/layers/attention/scores.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

MultiHeadImpl::MultiHeadImpl(HeadSettings heads, const ProjectionSettings& projections)
    : heads_(std::move(heads)),
      query_(std::make_shared<ProjectionImpl>("query", projections)),
      key_(std::make_shared<ProjectionImpl>("key", projections)),
      value_(std::make_shared<ProjectionImpl>("value", projections)),
      output_(std::make_shared<ProjectionImpl>("attention_output", projections)) {
  if (heads_.use_gate) gate_ = std::make_shared<ProjectionImpl>("gate", projections);
}

// In Keras's order, which is that of their weights.
std::vector<InnerLayer> MultiHeadImpl::inner_layers() const {
  std::vector<InnerLayer> layers{{attribute("query_dense"), Layer(query_)}, {attribute("key_dense"), Layer(key_)}};
  if (gate_) layers.push_back({"_gate_dense", Layer(gate_)});
  layers.push_back({attribute("value_dense"), Layer(value_)});
  layers.push_back({attribute("output_dense"), Layer(output_)});
  return layers;
}

void MultiHeadImpl::check_heads() const {
  check_at_least("the number of heads", heads_.query_heads, 1);
  check_at_least("the number of key and value heads", heads_.key_heads, 1);
  check_at_least("the size of a head", heads_.key_dim, 1);
  check_at_least("value_dim", heads_.value_dim, 1);
  check_rate("dropout", heads_.dropout);
  if (heads_.sliding_window) check_at_least("sliding_window", *heads_.sliding_window, 1);
  if (heads_.key_heads > 0 && heads_.query_heads % heads_.key_heads != 0)
    refuse_setting(cat("num_query_heads must be a multiple of num_key_value_heads; received ", heads_.query_heads,
                       " and ", heads_.key_heads));
}

// -- shapes ----------------------------------------------------------------------------------------------------------

std::vector<int64_t> MultiHeadImpl::axes_of(const Shape& query) const {
  std::vector<int64_t> axes;
  for (const int64_t axis : heads_.attention_axes) axes.push_back(normalized_axis(axis, query.rank()));
  if (axes.empty())
    for (int64_t axis = 1; axis < query.rank() - 1; ++axis) axes.push_back(axis);
  for (const int64_t axis : axes)
    if (axis < 1 || axis > query.rank() - 2)
      throw ShapeError(
          cat("attention_axes must lie between the batch and the last axis; received ", axis, " for ", query));
  return axes;
}

static const Shape& checked(std::span<const Shape> inputs, size_t number, int64_t rank) {
  if (inputs[number].rank() != rank)
    throw ShapeError(cat("query, value and key must have one rank, ", rank, "; received ", inputs[number]));
  known_dim(inputs[number], -1, "features");
  return inputs[number];
}

std::vector<Shape> MultiHeadImpl::infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const {
  const size_t count = arguments.positional(inputs.size());
  if (count < 2 || count > 3) throw ShapeError(cat("takes query, value and perhaps key; received ", count, " tensors"));
  const Shape& query = inputs[0];
  check_min_rank(query, 3, "(N, T, ..., features)");
  for (size_t i = 0; i < count; ++i) checked(inputs, i, query.rank());
  const Shape &value = inputs[1], &key = inputs[count - 1];
  for (int64_t axis = 1; axis < query.rank() - 1; ++axis)
    if (value[axis] != key[axis])
      throw ShapeError(cat("value and key must agree but for the last axis; received ", value, " and ", key));
  check_mask(inputs, arguments, "query_mask", query);
  check_mask(inputs, arguments, "value_mask", value);
  check_mask(inputs, arguments, "key_mask", key);
  std::vector<int64_t> output = query.dims();
  if (!heads_.output_shape.empty()) {
    output.pop_back();
    output.insert(output.end(), heads_.output_shape.begin(), heads_.output_shape.end());
  }
  std::vector<Shape> shapes{Shape(output)};
  if (!arguments.return_attention_scores.value_or(false)) return shapes;
  const std::vector<int64_t> axes = axes_of(query);
  std::vector<int64_t> scores{query[0]};
  for (int64_t axis = 1; axis < query.rank() - 1; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) scores.push_back(query[axis]);
  scores.push_back(heads_.query_heads);
  for (const int64_t axis : axes) scores.push_back(query[axis]);
  for (const int64_t axis : axes) scores.push_back(key[axis]);
  shapes.emplace_back(scores);
  return shapes;
}

void MultiHeadImpl::build(std::span<const Shape> inputs) {
  const Shape &query = inputs[0], &value = inputs[1], &key = inputs[inputs.size() - 1];
  query_->make({query[-1]}, {heads_.query_heads, heads_.key_dim});
  key_->make({key[-1]}, {heads_.key_heads, heads_.key_dim});
  if (gate_) gate_->make({query[-1]}, {heads_.query_heads, heads_.value_dim});
  value_->make({value[-1]}, {heads_.key_heads, heads_.value_dim});
  const std::vector<int64_t> own{query[-1]};
  output_->make({heads_.query_heads, heads_.value_dim}, heads_.output_shape.empty() ? own : heads_.output_shape);
}

// -- emit -------------------------------------------------------------------------------------------------------------

namespace {

// How the axes of (N, ..., F) are ordered for attention: those that are no attention axes go to the batch.
class Arrangement {
 public:
  Arrangement(size_t rank, const std::vector<int64_t>& axes) {
    order_.push_back(0);
    for (size_t axis = 1; axis + 1 < rank; ++axis)
      if (std::ranges::find(axes, static_cast<int64_t>(axis)) == axes.end()) order_.push_back(static_cast<int>(axis));
    batch_ = order_.size();
    for (const int64_t axis : axes) order_.push_back(static_cast<int>(axis));
    order_.push_back(static_cast<int>(rank - 1));
  }

  // (N, ..., F) as (rows, steps, F); `dims` become those before the merge.
  Value merge(Builder& b, Value x, Dims& dims) const {
    const Value ordered = b.transpose(x, order_);
    dims = b.dims(ordered);
    const Value merged = b.reshape(ordered, {rows(dims), steps(dims), dims.back()});
    return merged;
  }
  // The opposite, for results whose last axes are `last` instead of F.
  Value split(Builder& b, Value merged, const Dims& dims, const std::vector<int64_t>& last) const {
    Dims open(dims.begin(), dims.end() - 1);
    open.insert(open.end(), last.begin(), last.end());
    std::vector<int> back(open.size());
    std::iota(back.begin(), back.end(), 0);
    for (size_t i = 0; i + 1 < order_.size(); ++i) back[static_cast<size_t>(order_[i])] = static_cast<int>(i);
    return b.transpose(b.reshape(merged, open), back);
  }

  int64_t rows(const Dims& dims) const { return part(dims, 0, batch_); }
  int64_t steps(const Dims& dims) const { return part(dims, batch_, dims.size() - 1); }
  Dims batch_dims(const Dims& dims) const { return {dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(batch_)}; }
  Dims step_dims(const Dims& dims) const {
    return {dims.begin() + static_cast<std::ptrdiff_t>(batch_), dims.end() - 1};
  }

 private:
  static int64_t part(const Dims& dims, size_t begin, size_t end) {
    int64_t count = 1;
    for (size_t i = begin; i < end; ++i) count *= dims[i];
    return count;
  }

  std::vector<int> order_;  // axis of the input that each axis of the arranged value is
  size_t batch_;            // how many of them are rows
};

// (rows, steps, heads * size) as (rows, heads, steps, size), which is only another view.
Value heads_first(Builder& b, Value rows, int64_t batch, int64_t steps, int64_t heads, int64_t size) {
  return b.transpose(b.reshape(rows, {batch, steps, heads, size}), {0, 2, 1, 3});
}

}  // namespace

Values MultiHeadImpl::emit(Builder& b, const Values& inputs, const CallArguments& arguments) const {
  const size_t count = arguments.positional(inputs.size());
  const Value query = to_channels_last(b, inputs[0]), value = to_channels_last(b, inputs[1]);
  const Value key = to_channels_last(b, inputs[count - 1]);
  const Arrangement arrangement(b.dims(query).size(), axes_of(Shape(b.dims(query))));
  Dims query_dims, value_dims, key_dims;
  const auto rows_of = [&](Value x, Dims& dims) {
    const Value merged = arrangement.merge(b, x, dims);
    const Dims three = b.dims(merged);
    return b.reshape(merged, {three[0] * three[1], three[2]});
  };
  const Value query_rows = rows_of(query, query_dims), key_rows = rows_of(key, key_dims);
  const Value value_rows = rows_of(value, value_dims);
  const int64_t batch = arrangement.rows(query_dims), batch_rows = b.dims(query)[0];
  const int64_t steps = arrangement.steps(query_dims), keys = arrangement.steps(key_dims);
  const Value q =
      heads_first(b, query_->project(b, query_rows, batch_rows), batch, steps, heads_.query_heads, heads_.key_dim);
  const Value k = heads_first(b, key_->project(b, key_rows, batch_rows), batch, keys, heads_.key_heads, heads_.key_dim);
  const Value v =
      heads_first(b, value_->project(b, value_rows, batch_rows), batch, keys, heads_.key_heads, heads_.value_dim);

  const ScoreMask mask{.query = argument_value(inputs, arguments, "query_mask"),
                       .value = argument_value(inputs, arguments, "value_mask"),
                       .key = argument_value(inputs, arguments, "key_mask"),
                       .attention = argument_value(inputs, arguments, "attention_mask"),
                       .sliding_window = heads_.sliding_window};
  const bool scores_wanted = arguments.return_attention_scores.value_or(false);
  const bool fused = !scores_wanted && heads_.dropout == 0 && arrangement.batch_dims(query_dims).size() == 1 &&
                     arrangement.step_dims(query_dims).size() == 1;
  const ScoreShape shape{batch, batch_rows, steps, keys};
  const AttentionResult result =
      emit_attention(b, q, k, v, mask, shape,
                     {.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(heads_.key_dim))),
                      .causal = arguments.use_causal_mask.value_or(false),
                      .dropout = is_training(b, arguments) ? static_cast<float>(heads_.dropout) : 0,
                      .scores = scores_wanted,
                      .zero_masked = !fused});

  const Value merged =
      b.reshape(b.transpose(result.output, {0, 2, 1, 3}), {batch * steps, heads_.query_heads * heads_.value_dim});
  const Value gated = gate_ ? b.mul(merged, gate_->gate(b, query_rows, batch_rows)) : merged;
  std::vector<int64_t> last = heads_.output_shape;
  if (last.empty()) last.push_back(b.dims(query).back());
  Values outputs{to_channels_first(b, arrangement.split(b, output_->project(b, gated, batch_rows), query_dims, last))};
  if (!scores_wanted) return outputs;
  Dims scores = arrangement.batch_dims(query_dims);
  scores.push_back(heads_.query_heads);
  for (const Dims& part : {arrangement.step_dims(query_dims), arrangement.step_dims(key_dims)})
    scores.insert(scores.end(), part.begin(), part.end());
  outputs.push_back(to_channels_first(b, b.reshape(result.scores, scores)));
  return outputs;
}

}  // namespace graft
