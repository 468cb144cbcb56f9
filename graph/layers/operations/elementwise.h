#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

// The layers that graph/layers/operations/math.h records. Names and settings are those of keras.ops.

/// A function of one tensor, element by element: "Exp", "Log", "Sqrt", "Square", "Absolute", "Sin", "Cos", "Sign",
/// "Floor", "Round", "Rsqrt", "Reciprocal", "Erf", "StopGradient".
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for another name
Layer unary_op(const std::string& class_name, source_location location);

/// Settings of a function of two tensors of which one may be a number.
struct BinaryOpConfig {
  std::optional<double> x1 = {};  ///< the left operand, if it is a number
  std::optional<double> x2 = {};  ///< the right one
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// "Divide", "Power", "Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"; comparisons give 1 or 0 and
/// have no gradient.
///
/// Input    tensors of equal rank that broadcast, or one tensor; rank 0 fits any
/// Output   the broadcast shape
/// Throws   ConfigError for another name or two numbers; ShapeError for shapes that do not broadcast
Layer binary_op(const std::string& class_name, BinaryOpConfig config, source_location location);

/// Settings of Clip: keras.ops.clip.
struct ClipConfig {
  std::optional<double> x_min = {};  ///< none: unbounded below
  std::optional<double> x_max = {};  ///< none: unbounded above
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// min(max(x, x_min), x_max).
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError if x_min is above x_max
Layer clip_op(ClipConfig config, source_location location);

/// Settings of Where: keras.ops.where.
struct WhereConfig {
  std::optional<double> x1 = {};  ///< the value where the condition holds, if it is a number
  std::optional<double> x2 = {};  ///< the value where it does not
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x1 where the condition is not 0, x2 elsewhere.
///
/// Input    the condition, then those of x1 and x2 that are tensors; equal ranks, broadcasting
/// Output   the broadcast shape
/// Throws   ShapeError for shapes that do not broadcast
Layer where_op(WhereConfig config, source_location location);

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> elementwise_classes();

}  // namespace graft
