#pragma once

#include "graft/graph/layers/preprocessing/base/lookup.h"

namespace graft {

/// How unknown integers are shared by several numbers: by a remainder or by a hash.
struct OovMethodWords {
  static constexpr std::array<std::string_view, 2> words{"floormod", "farmhash"};
  static constexpr std::string_view name = "oov_method";
};

/// Settings of IntegerLookup, in the order of keras.layers.IntegerLookup.
struct IntegerLookupConfig {
  std::optional<int64_t> max_tokens = {};  ///< the most tokens, the special ones counted; none: any number
  int64_t num_oov_indices = 1;             ///< numbers for unknown integers; 0: an unknown integer is an error
  std::optional<int64_t> mask_token = {};  ///< becomes 0, or is left out of vectors
  std::optional<int64_t> oov_token = -1;   ///< what `invert` gives for unknown numbers
  std::vector<int64_t> vocabulary = {};    ///< empty: adapt() learns it
  std::string vocabulary_dtype = "int64";  ///< must be "int64"
  std::vector<double> idf_weights = {};    ///< one for each token, in mode "tf_idf"
  bool invert = false;                     ///< from numbers of the vocabulary to its integers
  LookupMode output_mode = "int";
  bool sparse = false;                             ///< must be false
  bool pad_to_max_tokens = false;                  ///< vectors have max_tokens elements
  Choice<OovMethodWords> oov_method = "floormod";  ///< how several numbers are shared by unknown integers
  Literal salt = {};                               ///< with "farmhash": a whole number or two; the hash is SipHash then
  std::string name = {};
  void fields(FieldVisitor& field);

  std::optional<int64_t> vocabulary_size = {};  ///< of a vocabulary that a file has elsewhere
};

/// Integers to numbers, by a vocabulary, or back with `invert`. It is computed on the host, and in the Program where
/// its input is computed there and the vocabulary is small enough to be exact.
///
/// Input    integers, any shape
/// Output   "int": int64 as the input; "one_hot": (..., tokens), which takes the place of a last dimension of 1;
///          "multi_hot", "count", "tf_idf": (N, tokens), float32
/// Throws   ConfigError for settings that contradict each other or a vocabulary that holds an integer twice; predict
///          DataError for an unknown integer where num_oov_indices is 0
/// Source   keras.layers.IntegerLookup
class IntegerLookup : public Layer {
 public:
  explicit IntegerLookup(IntegerLookupConfig config = {}, source_location location = source_location::current());
  /// Learns the vocabulary: the integers of the data, the most frequent first; each row is a document. Throws
  /// ConfigError where the vocabulary was given, or where the size that it fixes is in use.
  void adapt(const Tensor& data) const;
  std::vector<int64_t> get_vocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const;  ///< with the special tokens: Embedding's input_dim
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> integer_lookup_classes();

}  // namespace graft
