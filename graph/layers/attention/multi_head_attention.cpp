#include "graft/graph/layers/attention/multi_head_attention.h"

#include "graft/graph/layers/attention/heads.h"

namespace graft {

namespace {

// What both classes have behind their heads.
template <class Config>
void projection_fields(FieldVisitor& field, Config& config) {
  field("kernel_initializer", config.kernel_initializer);
  field("bias_initializer", config.bias_initializer);
  field("kernel_regularizer", config.kernel_regularizer);
  field("bias_regularizer", config.bias_regularizer);
  field("activity_regularizer", config.activity_regularizer);
  field("kernel_constraint", config.kernel_constraint);
  field("bias_constraint", config.bias_constraint);
  field("seed", config.seed);
}

template <class Config>
ProjectionSettings projections_of(const Config& config) {
  return {.use_bias = config.use_bias,
          .kernel_initializer = config.kernel_initializer,
          .bias_initializer = config.bias_initializer,
          .kernel_regularizer = config.kernel_regularizer,
          .bias_regularizer = config.bias_regularizer,
          .activity_regularizer = config.activity_regularizer,
          .kernel_constraint = config.kernel_constraint,
          .bias_constraint = config.bias_constraint};
}

HeadSettings heads_of(const MultiHeadAttentionConfig& config) {
  return {.query_heads = config.num_heads,
          .key_heads = config.num_heads,
          .key_dim = config.key_dim,
          .value_dim = config.value_dim.value_or(config.key_dim),
          .dropout = config.dropout,
          .use_gate = config.use_gate,
          .sliding_window = config.sliding_window,
          .output_shape = config.output_shape.value_or(std::vector<int64_t>()),
          .attention_axes = config.attention_axes.value_or(std::vector<int64_t>())};
}

HeadSettings heads_of(const GroupQueryAttentionConfig& config) {
  return {.query_heads = config.num_query_heads,
          .key_heads = config.num_key_value_heads,
          .key_dim = config.head_dim,
          .value_dim = config.head_dim,
          .dropout = config.dropout,
          .use_gate = config.use_gate,
          .sliding_window = config.sliding_window};
}

template <class Given>
class HeadsImpl : public MultiHeadImpl {
 public:
  explicit HeadsImpl(Given given) : MultiHeadImpl(heads_of(given), projections_of(given)), config(std::move(given)) {
    name = config.name;
    activity_regularizer = config.activity_regularizer;
  }
  void fields(FieldVisitor& field) override { config.fields(field); }
  void check() const override { check_heads(); }
  Given config;
};

class MultiHeadAttentionImpl final : public HeadsImpl<MultiHeadAttentionConfig> {
 public:
  using HeadsImpl::HeadsImpl;
  std::string class_name() const override { return "MultiHeadAttention"; }
  // As Keras's, which clears the masks of query, value and key.
  bool takes_mask(size_t input) const override { return input < 3; }
  void emit_penalties(ops::Builder&, const ops::Values&) const override {}  // Keras penalises the projections alone
};

class GroupQueryAttentionImpl final : public HeadsImpl<GroupQueryAttentionConfig> {
 public:
  using HeadsImpl::HeadsImpl;
  std::string class_name() const override { return "GroupQueryAttention"; }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    if (!inputs.empty()) check_rank(inputs[0], 3, "(N, T, features)");
    return HeadsImpl::infer_call(inputs, arguments);
  }

 protected:
  std::string attribute(const std::string& attribute_name) const override { return '_' + attribute_name; }
};

}  // namespace

void MultiHeadAttentionConfig::fields(FieldVisitor& field) {
  field("num_heads", num_heads);
  field("key_dim", key_dim);
  field("value_dim", value_dim);
  field("dropout", dropout);
  field("use_bias", use_bias);
  field("use_gate", use_gate);
  field("output_shape", output_shape);
  field("attention_axes", attention_axes);
  field("sliding_window", sliding_window);
  projection_fields(field, *this);
}

void GroupQueryAttentionConfig::fields(FieldVisitor& field) {
  field("head_dim", head_dim);
  field("num_query_heads", num_query_heads);
  field("num_key_value_heads", num_key_value_heads);
  field("use_bias", use_bias);
  field("dropout", dropout);
  field("use_gate", use_gate);
  field("sliding_window", sliding_window);
  projection_fields(field, *this);
}

MultiHeadAttention::MultiHeadAttention(MultiHeadAttentionConfig config, source_location location)
    : Layer(make_layer<MultiHeadAttentionImpl>(std::move(config), location)) {}

GroupQueryAttention::GroupQueryAttention(GroupQueryAttentionConfig config, source_location location)
    : Layer(make_layer<GroupQueryAttentionImpl>(std::move(config), location)) {}

std::vector<LayerClass> multi_head_attention_classes() {
  return {layer_class<MultiHeadAttentionImpl>("MultiHeadAttention"),
          layer_class<GroupQueryAttentionImpl>("GroupQueryAttention")};
}

}  // namespace graft
