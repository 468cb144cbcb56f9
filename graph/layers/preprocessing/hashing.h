#pragma once

#include "graft/graph/layers/preprocessing/base/categories.h"

namespace graft {

/// The words of output_mode of Hashing and Discretization.
struct HashingModeWords {
  static constexpr std::array<std::string_view, 4> words{"int", "one_hot", "multi_hot", "count"};
};
/// The words of output_mode of HashedCrossing.
struct CrossingModeWords {
  static constexpr std::array<std::string_view, 2> words{"int", "one_hot"};
};

/// Settings of Hashing, in the order of keras.layers.Hashing.
struct HashingConfig {
  Required<int64_t> num_bins;
  Literal mask_value = {};  ///< a string or an integer that takes bin 0 alone
  Literal salt = {};        ///< a whole number or two: the hash is SipHash then, else FarmHash
  Choice<HashingModeWords> output_mode = "int";
  bool sparse = false;  ///< must be false
  std::string name = {};
  void fields(FieldVisitor& field);

  std::string dtype = "int64";  ///< of mode "int": or "int32"
};

/// Strings, or the decimal digits of integers, to the numbers of bins, by a hash. It is computed on the host.
///
/// Input    strings or integers, any shape
/// Output   "int": as the input; "one_hot": (..., bins), which takes the place of a last dimension of 1; "multi_hot",
///          "count": (N, bins), float32
/// Throws   ConfigError for num_bins below 1 or a salt that is no key
/// Source   keras.layers.Hashing
class Hashing : public Layer {
 public:
  explicit Hashing(HashingConfig config, source_location location = source_location::current());
};

/// Settings of HashedCrossing, in the order of keras.layers.HashedCrossing.
struct HashedCrossingConfig {
  Required<int64_t> num_bins;
  Choice<CrossingModeWords> output_mode = "int";
  bool sparse = false;  ///< must be false
  std::string name = {};
  void fields(FieldVisitor& field);

  std::string dtype = "int64";  ///< of mode "int": or "int32"
};

/// One bin for the values of several features, by a hash of all of them. It is computed on the host.
///
/// Input    two or more tensors of strings or integers, (N) or (N, 1), all of one shape
/// Output   "int": as the inputs; "one_hot": (N, bins), float32
/// Throws   ConfigError for num_bins below 1; ShapeError for other shapes or fewer than two inputs
/// Source   keras.layers.HashedCrossing
class HashedCrossing : public Layer {
 public:
  explicit HashedCrossing(HashedCrossingConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> hashing_classes();

}  // namespace graft
