#pragma once

#include "graft/graph/layers/core/quantization.h"

namespace graft {

/// Settings of Embedding, in the order of keras.layers.Embedding.
struct EmbeddingConfig {
  Required<int64_t> input_dim;   ///< how many numbers have a vector: 0 to input_dim - 1
  Required<int64_t> output_dim;  ///< the size of a vector
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;                 ///< 0 marks steps that later layers leave out
  std::optional<int64_t> lora_rank = {};  ///< a low-rank update is trained in the table's place
  std::optional<double> lora_alpha = {};  ///< the update is times lora_alpha / lora_rank; by default 1
  QuantizationConfig quantization_config = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The vector of each whole number, a row of a table. Numbers out of range give zeros.
///
/// Input    any shape, whole numbers
/// Output   (input..., output_dim)
/// Weights  embeddings (input_dim, output_dim); lora_embeddings_a (input_dim, rank), lora_embeddings_b (rank,
///          output_dim); of a quantized one (int8, int4) the table in bytes, its scales and zero points
/// Throws   ConfigError for sizes below 1
/// Source   keras.layers.Embedding
class Embedding : public Layer {
 public:
  explicit Embedding(EmbeddingConfig config, source_location location = source_location::current());
};

/// Settings of ReversibleEmbedding, in the order of keras.layers.ReversibleEmbedding.
struct ReversibleEmbeddingConfig {
  Required<int64_t> input_dim;   ///< how many numbers have a vector: 0 to input_dim - 1
  Required<int64_t> output_dim;  ///< the size of a vector
  bool tie_weights = true;       ///< the way back uses the same table, else one of its own
  Initializer embeddings_initializer = "uniform";
  Regularizer embeddings_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;                     ///< 0 marks steps that later layers leave out
  Literal reverse_dtype = {};                 ///< the type of the way back, "float32"; None: the layer's
  std::optional<double> logit_soft_cap = {};  ///< results of the way back are c tanh(y / c)
  std::optional<int64_t> lora_rank = {};
  std::optional<double> lora_alpha = {};
  QuantizationConfig quantization_config = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// An Embedding that also goes back: called with `.reverse = true`, it multiplies vectors by the transposed table,
/// which gives a score for each number.
///
/// Input    whole numbers of any shape; with reverse (..., output_dim)
/// Output   (input..., output_dim); with reverse (..., input_dim)
/// Weights  as Embedding; reverse_embeddings (output_dim, input_dim) unless weights are tied
/// Throws   ConfigError for sizes below 1; ShapeError for vectors of another size
/// Source   keras.layers.ReversibleEmbedding
class ReversibleEmbedding : public Layer {
 public:
  explicit ReversibleEmbedding(ReversibleEmbeddingConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> embedding_classes();

}  // namespace graft
