#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of MultiHeadAttention, in the order of keras.layers.MultiHeadAttention.
struct MultiHeadAttentionConfig {
  Required<int64_t> num_heads;
  Required<int64_t> key_dim;              ///< of one head of query and key
  std::optional<int64_t> value_dim = {};  ///< of one head of value; none: key_dim
  double dropout = 0;                     ///< of the scores, in training
  bool use_bias = true;
  std::optional<std::vector<int64_t>> output_shape = {};    ///< of the result's last axes; none: the query's last
  std::optional<std::vector<int64_t>> attention_axes = {};  ///< none: all but the first and the last
  std::optional<int64_t> sliding_window = {};               ///< only keys less than this many steps away
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool use_gate = false;  ///< multiplies what the heads give by a sigmoid of the query
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Attention of several heads: each head attends with products of its own,
///
///     head = softmax(query Wq (key Wk)^T / sqrt(key_dim)) (value Wv),  output = concat(heads) Wo
///
/// Input    query (N, T, F), value (N, S, G), and perhaps key (N, S, H), else the value; more axes before the last are
///          attention axes or a batch. Arguments: query_mask, value_mask, key_mask, attention_mask, use_causal_mask,
///          return_attention_scores
/// Output   (N, T, F), or the last axes output_shape; with return_attention_scores also (N, num_heads, T, S)
/// Weights  query kernel (F, num_heads, key_dim), bias; the same for key, gate, value; output kernel (num_heads,
///          value_dim, F), bias
/// Throws   ConfigError for a size below 1 or a dropout outside [0, 1); ShapeError if ranks differ
/// Source   keras.layers.MultiHeadAttention
class MultiHeadAttention : public Layer {
 public:
  explicit MultiHeadAttention(MultiHeadAttentionConfig config, source_location location = source_location::current());
};

/// Settings of GroupQueryAttention, in the order of keras.layers.GroupQueryAttention.
struct GroupQueryAttentionConfig {
  Required<int64_t> head_dim;             ///< of one head
  Required<int64_t> num_query_heads;      ///< a multiple of num_key_value_heads
  Required<int64_t> num_key_value_heads;  ///< each serves as many query heads
  double dropout = 0;                     ///< of the scores, in training
  bool use_bias = true;
  std::optional<int64_t> sliding_window = {};  ///< only keys less than this many steps away
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  bool use_gate = false;  ///< multiplies what the heads give by a sigmoid of the query
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Attention whose heads share keys and values in groups.
///
/// Input    as MultiHeadAttention, of rank 3
/// Output   (N, T, F); with return_attention_scores also (N, num_query_heads, T, S)
/// Weights  as MultiHeadAttention; key and value have num_key_value_heads heads
/// Throws   ConfigError unless the key and value heads divide the query heads; ShapeError if the rank is not 3
/// Source   keras.layers.GroupQueryAttention
class GroupQueryAttention : public Layer {
 public:
  explicit GroupQueryAttention(GroupQueryAttentionConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> multi_head_attention_classes();

}  // namespace graft
