#include "graft/graph/layers/attention/attention.h"

#include "graft/graph/layers/attention/scores.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

void AttentionConfig::fields(FieldVisitor& field) {
  field("use_scale", use_scale);
  field("score_mode", score_mode);
  field("dropout", dropout);
  field("seed", seed);
}

void AdditiveAttentionConfig::fields(FieldVisitor& field) {
  field("use_scale", use_scale);
  field("dropout", dropout);
  field("seed", seed);
}

namespace {

/// What both layers do but for the scores.
template <class Config>
class ScoredImpl : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;

  size_t input_count() const override { return 0; }
  std::vector<std::string> call_signature() const override {
    return {"inputs", "mask", "training", "return_attention_scores", "use_causal_mask"};
  }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }
  bool passes_masks() const override { return true; }
  void check() const override { check_rate("dropout", this->config.dropout); }
  void check_built(std::span<const Shape> inputs) const override {
    if (!this->weights.empty()) LayerImpl::check_built(inputs);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return infer_call(inputs, {}); }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    const size_t count = arguments.positional(inputs.size());
    if (count < 2 || count > 3)
      throw ShapeError(cat("takes query, value and perhaps key; received ", count, " tensors"));
    if (argument_of(inputs, arguments, "mask"))
      throw ShapeError("mask must have a tensor for each input; received one");
    const Shape &query = inputs[0], &value = inputs[1], &key = inputs[count - 1];
    for (size_t i = 0; i < count; ++i) {
      if (query.rank() != 2) check_rank(inputs[i], 3, "(N, T, features)");
      check_rank(inputs[i], query.rank(), "as many dimensions as the query");
      check_mask(inputs, arguments, "mask", inputs[i], query.rank() - 1, static_cast<int>(i));
    }
    if (query[-1] != key[-1] && query[-1] != Shape::none && key[-1] != Shape::none)
      throw ShapeError(cat("query and key must have the same features; received ", query, " and ", key));
    std::vector<Shape> shapes{query.with(-1, value[-1])};
    if (arguments.return_attention_scores.value_or(false)) shapes.push_back(query.with(-1, key[-2]));
    return shapes;
  }

  Values emit(Builder& b, const Values& inputs, const CallArguments& arguments) const override {
    const size_t count = arguments.positional(inputs.size());
    const bool in_batch = b.dims(inputs[0]).size() == 2;
    const auto sequence = [&](Value x) { return in_batch ? with_axis(b, x) : to_channels_last(b, x); };
    const auto mask = [&](int index) {
      const Value* given = argument_of(inputs, arguments, "mask", index);
      return given && in_batch ? with_axis(b, *given) : given ? *given : Value{};
    };
    const Value query = sequence(inputs[0]), value = sequence(inputs[1]), key = sequence(inputs[count - 1]);
    const Value query_mask = mask(0), value_mask = mask(1);
    const float dropout = is_training(b, arguments) ? static_cast<float>(this->config.dropout) : 0;
    const bool wanted = arguments.return_attention_scores.value_or(false);
    const bool causal = arguments.use_causal_mask.value_or(false);
    Value output, shares;
    if (const Value scaled = product_query(b, query); scaled && !wanted) {
      output = fused(b, scaled, key, value, value_mask, causal, dropout);
    } else {
      const Value kept = masked(b, scores(b, query, key), value_mask, causal);
      shares = b.softmax(kept, 2);
      output = b.matmul(dropout > 0 ? b.dropout(shares, dropout) : shares, value);
    }
    if (query_mask) output = b.where(column(b, query_mask), output, b.reshape(b.scalar(0), {1, 1, 1}));
    const auto result = [&](Value x) { return in_batch ? without_axis(b, x) : to_channels_first(b, x); };
    Values outputs{result(output)};
    if (wanted) outputs.push_back(result(shares));
    return outputs;
  }

 protected:
  /// The scores (N, T, S) of query (N, T, F) and key (N, S, F).
  virtual Value scores(Builder& b, Value query, Value key) const = 0;
  /// The query times what scales the scores, where these are products of it and the key; else empty.
  virtual Value product_query(Builder&, Value) const { return {}; }

  /// The sum over the features of factor tanh(query + key), for each pair of steps; the factor (F) may be empty.
  static Value sum_scores(Builder& b, Value query, Value key, Value factor) {
    const Dims q = b.dims(query), k = b.dims(key);
    const Value sum = b.add(b.reshape(query, {q[0], q[1], 1, q[2]}), b.reshape(key, {k[0], 1, k[1], k[2]}));
    const Value bent = b.eltwise(sum, ops::Eltwise::tanh);
    const Value weighed = factor ? b.mul(bent, b.reshape(factor, {1, 1, 1, q[2]})) : bent;
    return b.reshape(b.reduce(ops::Reduction::sum, weighed, {3}), {q[0], q[1], k[1]});
  }

 private:
  // Where there are no sequences, the samples of the batch are one, as in Keras 2.
  static Value with_axis(Builder& b, Value x) {
    Dims dims = b.dims(x);
    dims.insert(dims.begin(), 1);
    return b.reshape(x, dims);
  }

  static Value without_axis(Builder& b, Value x) {
    const Dims dims = b.dims(x);
    return b.reshape(x, Dims(dims.begin() + 1, dims.end()));
  }

  static Value column(Builder& b, Value mask) {
    const Dims dims = b.dims(mask);
    return b.reshape(mask, {dims[0], dims[1], 1});
  }

  // Hidden keys lose a large number, as in Keras: where all are hidden, all count as if none were.
  static Value masked(Builder& b, Value scores, Value value_mask, bool causal) {
    const Dims dims = b.dims(scores);
    Value mask;
    if (value_mask) mask = b.reshape(value_mask, {dims[0], 1, dims[2]});
    if (causal) {
      const Value own = b.reshape(causal_mask(b, dims[1], dims[2]), {1, dims[1], dims[2]});
      mask = mask ? b.mul(b.binary(ops::Binary::ne, mask, b.scalar(0)), own) : own;
    }
    return mask ? b.where(mask, scores, b.scale(scores, 1, -1e9f)) : scores;
  }

  static Value fused(Builder& b, Value query, Value key, Value value, Value value_mask, bool causal, float dropout) {
    const auto head = [&](Value x) {
      const Dims dims = b.dims(x);
      return b.reshape(x, {dims[0], 1, dims[1], dims[2]});
    };
    Value mask;
    if (value_mask) mask = b.reshape(value_mask, {b.dims(value_mask)[0], 1, 1, b.dims(value_mask)[1]});
    const Value output = b.attention(head(query), head(key), head(value), mask, {.causal = causal, .dropout = dropout});
    const Dims dims = b.dims(output);
    return b.reshape(output, {dims[0], dims[2], dims[3]});
  }
};

class AttentionImpl final : public ScoredImpl<AttentionConfig> {
 public:
  using ScoredImpl::ScoredImpl;
  std::string class_name() const override { return "Attention"; }

  void build(std::span<const Shape>) override {
    if (config.use_scale) scale_ = add_weight("scale", {}, "ones");
    if (config.score_mode == "concat") concat_ = add_weight("concat_score_weight", {}, "ones");
  }

 protected:
  Value product_query(Builder& b, Value query) const override {
    if (config.score_mode == "concat") return {};
    return config.use_scale ? b.mul(query, single(b, scale_)) : query;
  }

  Value scores(Builder& b, Value query, Value key) const override {
    if (config.score_mode == "dot") return b.matmul(product_query(b, query), key, false, true);
    const Value factor = config.use_scale ? single(b, scale_) : Value{};
    const auto scaled = [&](Value x) { return factor ? b.mul(x, factor) : x; };
    return b.mul(sum_scores(b, scaled(query), scaled(key), {}), single(b, concat_));
  }

 private:
  static Value single(Builder& b, const Variable& variable) { return b.reshape(b.variable(variable), {1, 1, 1}); }

  Variable scale_, concat_;
};

class AdditiveAttentionImpl final : public ScoredImpl<AdditiveAttentionConfig> {
 public:
  using ScoredImpl::ScoredImpl;
  std::string class_name() const override { return "AdditiveAttention"; }

  void build(std::span<const Shape> inputs) override {
    if (config.use_scale) scale_ = add_weight("scale", {known_dim(inputs[0], -1, "features")}, "glorot_uniform");
  }

 protected:
  Value scores(Builder& b, Value query, Value key) const override {
    return sum_scores(b, query, key, config.use_scale ? b.variable(scale_) : Value{});
  }

 private:
  Variable scale_;
};

}  // namespace

Attention::Attention(AttentionConfig config, source_location location)
    : Layer(make_layer<AttentionImpl>(std::move(config), location)) {}

AdditiveAttention::AdditiveAttention(AdditiveAttentionConfig config, source_location location)
    : Layer(make_layer<AdditiveAttentionImpl>(std::move(config), location)) {}

std::vector<LayerClass> attention_classes() {
  return {layer_class<AttentionImpl>("Attention"), layer_class<AdditiveAttentionImpl>("AdditiveAttention")};
}

}  // namespace graft
