#pragma once

#include "graft/graph/layers/preprocessing/base/categories.h"
#include "graft/graph/layers/preprocessing/hashing.h"

namespace graft {

/// Settings of Discretization, in the order of keras.layers.Discretization.
struct DiscretizationConfig {
  std::vector<double> bin_boundaries = {};  ///< ascending; a value on a boundary belongs to the bin above it
  std::optional<int64_t> num_bins = {};     ///< instead of boundaries: adapt() finds them
  double epsilon = 0.01;                    ///< the error of the quantiles that adapt() finds
  Choice<HashingModeWords> output_mode = "int";
  bool sparse = false;  ///< must be false
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Numbers to the numbers of the bins that they are in.
///
/// Input    numbers, any shape
/// Output   "int": int32 as the input; "one_hot": (..., bins), which takes the place of a last dimension of 1;
///          "multi_hot", "count": (N, bins), float32
/// Throws   ConfigError without boundaries or num_bins, or where boundaries do not ascend
/// Source   keras.layers.Discretization
class Discretization : public Layer {
 public:
  explicit Discretization(DiscretizationConfig config, source_location location = source_location::current());
  /// Finds the boundaries between num_bins bins that hold equally many of the data. Throws ConfigError where the
  /// boundaries were given.
  void adapt(const Tensor& data) const;
  std::vector<double> bin_boundaries() const;
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> discretization_classes();

}  // namespace graft
