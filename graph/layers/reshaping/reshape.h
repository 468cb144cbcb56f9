#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Reshape, in the order of keras.layers.Reshape.
struct ReshapeConfig {
  Shape target_shape;  ///< of one sample; one dimension may be -1, which is inferred
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives each sample other dimensions; its values stay in row-major order.
///
/// Input    (N, ...)
/// Output   (N, target_shape...)
/// Throws   ConfigError for two -1; ShapeError if the number of values differs
/// Source   keras.layers.Reshape
class Reshape : public Layer {
 public:
  explicit Reshape(ReshapeConfig config, source_location location = source_location::current());
};

/// Settings of Flatten, in the order of keras.layers.Flatten.
struct FlattenConfig {
  DataFormat data_format = "channels_last";  ///< "channels_first": the second axis becomes the last one before
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Makes one row of every sample.
///
/// Input    (N, ...)
/// Output   (N, product of the other dimensions)
/// Throws   ShapeError for rank 0
/// Source   keras.layers.Flatten
class Flatten : public Layer {
 public:
  explicit Flatten(FlattenConfig config = {}, source_location location = source_location::current());
};

/// Settings of Permute, in the order of keras.layers.Permute.
struct PermuteConfig {
  std::vector<int64_t> dims;  ///< a permutation of 1, 2, ...: which input axis each output axis is
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Exchanges axes: output axis i is input axis dims[i - 1]; the batch stays first.
///
/// Input    (N, ...)
/// Output   (N, the input's dimensions in the order of dims)
/// Throws   ConfigError if dims is no permutation of 1, 2, ...; ShapeError if the rank is not one more
/// Source   keras.layers.Permute
class Permute : public Layer {
 public:
  explicit Permute(PermuteConfig config, source_location location = source_location::current());
};

/// Settings of RepeatVector, in the order of keras.layers.RepeatVector.
struct RepeatVectorConfig {
  Required<int64_t> n;  ///< how often a row is repeated
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Repeats every row n times.
///
/// Input    (N, C)
/// Output   (N, n, C)
/// Throws   ConfigError if n is below 1; ShapeError if the rank is not 2
/// Source   keras.layers.RepeatVector
class RepeatVector : public Layer {
 public:
  explicit RepeatVector(RepeatVectorConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> reshape_classes();

}  // namespace graft
