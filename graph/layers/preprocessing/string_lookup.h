#pragma once

#include "graft/graph/layers/preprocessing/base/lookup.h"

namespace graft {

/// Settings of StringLookup, in the order of keras.layers.StringLookup.
struct StringLookupConfig {
  std::optional<int64_t> max_tokens = {};          ///< the most tokens, the special ones counted; none: any number
  int64_t num_oov_indices = 1;                     ///< numbers for unknown strings; 0: an unknown string is an error
  std::optional<std::string> mask_token = {};      ///< becomes 0, or is left out of vectors
  std::optional<std::string> oov_token = "[UNK]";  ///< what `invert` gives for unknown numbers
  std::vector<std::string> vocabulary = {};        ///< empty: adapt() learns it
  std::vector<double> idf_weights = {};            ///< one for each token, in mode "tf_idf"
  bool invert = false;                             ///< from numbers to strings
  LookupMode output_mode = "int";
  bool pad_to_max_tokens = false;  ///< vectors have max_tokens elements
  bool sparse = false;             ///< must be false
  std::string encoding = "utf-8";
  std::string name = {};
  Literal salt = {};  ///< a whole number or two: unknown strings are distributed by SipHash
  void fields(FieldVisitor& field);

  std::optional<int64_t> vocabulary_size = {};  ///< of a vocabulary that a file has elsewhere
};

/// Strings to numbers, by a vocabulary, or back with `invert`. It is computed on the host.
///
/// Input    strings, any shape; with `invert` integers
/// Output   "int": int64 as the input; "one_hot": (..., tokens), which takes the place of a last dimension of 1;
///          "multi_hot", "count", "tf_idf": (N, tokens), float32; with `invert` strings
/// Throws   ConfigError for settings that contradict each other or a vocabulary that holds a string twice; predict
///          DataError for an unknown string where num_oov_indices is 0
/// Source   keras.layers.StringLookup
class StringLookup : public Layer {
 public:
  explicit StringLookup(StringLookupConfig config = {}, source_location location = source_location::current());
  /// Learns the vocabulary: the strings of the data, the most frequent first; each row is a document. Throws
  /// ConfigError where the vocabulary was given, or where the size that it fixes is in use.
  void adapt(const Tensor& data) const;
  void adapt(const std::vector<std::string>& data) const;
  std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;  ///< with the special tokens: Embedding's input_dim
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> string_lookup_classes();

}  // namespace graft
