#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// How Attention scores a query and a key: their product, or the sum of tanh(query + key).
struct ScoreModeWords {
  static constexpr std::array<std::string_view, 2> words{"dot", "concat"};
};
using ScoreMode = Choice<ScoreModeWords>;

/// Settings of Attention, in the order of keras.layers.Attention.
struct AttentionConfig {
  bool use_scale = false;  ///< a learned factor of the scores
  ScoreMode score_mode = "dot";
  double dropout = 0;  ///< of the scores, in training
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Attention by products: softmax(query key^T) value.
///
/// Input    query (N, T, F), value (N, S, G), and perhaps key (N, S, F), else the value; or all of them without N, as
///          in Keras 2: then the samples of a batch attend to each other. Arguments: mask (of the query (N, T), of the
///          value (N, S)), use_causal_mask, return_attention_scores
/// Output   (N, T, G); with return_attention_scores also the scores behind the softmax (N, T, S)
/// Weights  scale () with use_scale, concat_score_weight () with score_mode "concat"
/// Throws   ConfigError for a dropout outside [0, 1); ShapeError unless ranks are 3, or all are 2, and sizes agree
/// Source   keras.layers.Attention
class Attention : public Layer {
 public:
  explicit Attention(AttentionConfig config = {}, source_location location = source_location::current());
};

/// Settings of AdditiveAttention, in the order of keras.layers.AdditiveAttention.
struct AdditiveAttentionConfig {
  bool use_scale = true;  ///< a learned factor of each feature
  double dropout = 0;     ///< of the scores, in training
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Attention by sums: the scores are the sum over features of scale tanh(query + key).
///
/// Input    as Attention; query and key have the same features
/// Output   as Attention
/// Weights  scale (F) with use_scale
/// Throws   as Attention
/// Source   keras.layers.AdditiveAttention
class AdditiveAttention : public Layer {
 public:
  explicit AdditiveAttention(AdditiveAttentionConfig config = {},
                             source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> attention_classes();

}  // namespace graft
