#pragma once

#include "graft/graph/layers/preprocessing/base/categories.h"

namespace graft {

/// The words of its output_mode.
struct CategoryModeWords {
  static constexpr std::array<std::string_view, 3> words{"multi_hot", "one_hot", "count"};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 1> other_words{{{"binary", "multi_hot"}}};
};

/// Settings of CategoryEncoding, in the order of keras.layers.CategoryEncoding.
struct CategoryEncodingConfig {
  Required<int64_t> num_tokens;  ///< categories are 0 ... num_tokens - 1
  Choice<CategoryModeWords> output_mode = "multi_hot";
  bool sparse = false;  ///< must be false
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Numbers of categories as vectors. The call takes `count_weights`, by which "count" multiplies each number.
///
/// Input    integers, any shape; count_weights has the same
/// Output   "one_hot": (..., num_tokens), which takes the place of a last dimension of 1; "multi_hot", "count":
///          (N, num_tokens), of all numbers of a sample
/// Throws   ConfigError for num_tokens below 1; ShapeError for count_weights of another shape or mode
/// Source   keras.layers.CategoryEncoding
class CategoryEncoding : public Layer {
 public:
  explicit CategoryEncoding(CategoryEncodingConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> category_encoding_classes();

}  // namespace graft
