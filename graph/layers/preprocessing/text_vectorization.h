#pragma once

#include "graft/graph/layers/preprocessing/base/lookup.h"

namespace graft {

/// Settings of TextVectorization, in the order of keras.layers.TextVectorization.
struct TextVectorizationConfig {
  std::optional<int64_t> max_tokens = {};  ///< the most tokens, the special ones counted; none: any number
  /// "lower_and_strip_punctuation", "lower", "strip_punctuation", or None
  std::optional<std::string> standardize = "lower_and_strip_punctuation";
  std::optional<std::string> split = "whitespace";     ///< "whitespace", "character", or None: a text is one token
  Literal ngrams = {};                                 ///< n: of 1 to n tokens; a list: of these numbers of tokens
  LookupMode output_mode = "int";                      ///< all but "one_hot"
  std::optional<int64_t> output_sequence_length = {};  ///< of "int": the rows are cut or padded with 0 to this length
  bool pad_to_max_tokens = false;                      ///< vectors have max_tokens elements
  std::vector<std::string> vocabulary = {};            ///< empty: adapt() learns it
  std::vector<double> idf_weights = {};                ///< one for each token, in mode "tf_idf"
  bool sparse = false, ragged = false;                 ///< must be false
  std::string encoding = "utf-8";
  std::string name = {};
  void fields(FieldVisitor& field);

  std::optional<int64_t> vocabulary_size = {};  ///< of a vocabulary that a file has elsewhere
};

/// Texts to numbers of their words. It is computed on the host. Without output_sequence_length rows are as long as the
/// longest text of the batch, or in fit and evaluate of all data.
///
/// Input    strings (N) or (N, 1); with `split` None also (N, T)
/// Output   "int": (N, T), int64, 0 behind the end, 1 for unknown words; else (N, tokens), float32
/// Throws   ConfigError for settings that contradict each other; ShapeError for several texts in a row
/// Source   keras.layers.TextVectorization
class TextVectorization : public Layer {
 public:
  explicit TextVectorization(TextVectorizationConfig config = {},
                             source_location location = source_location::current());
  /// Learns the vocabulary: the tokens of the texts, the most frequent first. Throws ConfigError where the vocabulary
  /// was given, or where the size that it fixes is in use.
  void adapt(const Tensor& texts) const;
  void adapt(const std::vector<std::string>& texts) const;
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;  ///< with the special tokens: Embedding's input_dim
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> text_vectorization_classes();

}  // namespace graft
