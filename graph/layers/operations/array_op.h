#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

// Layers that graph/layers/operations/math.h records: moves and products of tensors. Names and settings are those of
// keras.ops; axes count the batch as 0.

/// Settings of Slice: keras.ops.slice.
struct SliceConfig {
  std::vector<int64_t> start_indices;  ///< the first index along every axis
  Shape shape;                         ///< how many; None: all that follow
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// A block of a tensor. Throws ShapeError unless the block is within the input.
Layer slice_op(SliceConfig config, source_location location);

/// Settings of Transpose: keras.ops.transpose.
struct TransposeConfig {
  std::optional<std::vector<int64_t>> axes = {};  ///< which input axis each output axis is; none: in reverse
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// Puts the axes in another order. Throws ShapeError unless axes is a permutation of the input's.
Layer transpose_op(TransposeConfig config, source_location location);

/// Settings of ExpandDims and Squeeze: keras.ops.expand_dims, keras.ops.squeeze.
struct AxisConfig {
  Required<int64_t> axis;  ///< of the dimension 1 that comes or goes; negative counts from the end
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// Adds a dimension of 1. Throws ShapeError for an axis out of range.
Layer expand_dims_op(AxisConfig config, source_location location);
/// Removes a dimension of 1. Throws ShapeError if its size is another.
Layer squeeze_op(AxisConfig config, source_location location);

/// Settings of Take: keras.ops.take.
struct TakeConfig {
  Required<int64_t> axis;  ///< the axis along which rows are taken; negative counts from the end
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// Of x (a..., n, b...) and indices (m...) of whole numbers: (a..., m..., b...), the rows of those numbers along the
/// axis. Negative numbers count from the end, one out of range gives zeros; the indices have no gradient.
/// Throws ShapeError for an axis out of range or indices of rank 0.
Layer take_op(TakeConfig config, source_location location);

/// Settings of Argmax: keras.ops.argmax.
struct ArgmaxConfig {
  int64_t axis = -1;
  bool keepdims = false;  ///< keeps the axis, as 1
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// The index of the largest value along an axis, as float; no gradient. Throws ShapeError for an axis out of range.
Layer argmax_op(ArgmaxConfig config, source_location location);

/// Settings of OneHot: keras.ops.one_hot.
struct OneHotConfig {
  Required<int64_t> num_classes;
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// (...) of whole numbers to (..., num_classes) with 1 at the number's place; a number out of range gives zeros.
Layer one_hot_op(OneHotConfig config, source_location location);

/// Settings of LogSoftmax: keras.ops.log_softmax.
struct LogSoftmaxConfig {
  int64_t axis = -1;
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// The logarithm of softmax, exact where softmax is 0. Throws ShapeError for an axis out of range.
Layer log_softmax_op(LogSoftmaxConfig config, source_location location);

/// Settings of RandomNormal: fresh numbers shaped like the input.
struct RandomNormalConfig {
  double mean = 0, stddev = 1;
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// Normal noise in the shape of the input, in training and in inference, drawn anew in every run; no gradient.
/// Throws ConfigError for a negative deviation.
Layer random_normal_op(RandomNormalConfig config, source_location location);

/// Settings of Matmul: keras.ops.matmul, none but the name.
struct MatmulConfig {
  std::string name = {};
  void fields(FieldVisitor&) {}
};
/// The matrix product over the last two axes; the axes before them broadcast, rank 1 is a row on the left and a column
/// on the right. Throws ShapeError unless the inner dimensions are equal.
Layer matmul_op(MatmulConfig config, source_location location);

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> array_op_classes();

}  // namespace graft
