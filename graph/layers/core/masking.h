#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Masking, in the order of keras.layers.Masking.
struct MaskingConfig {
  double mask_value = 0;
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Marks the steps of which every element is mask_value: their values become 0, and later layers leave them out.
///
/// Input    (N, ..., C)
/// Output   as the input, with a mask (N, ...)
/// Throws   ShapeError if the rank is below 2
/// Source   keras.layers.Masking
class Masking : public Layer {
 public:
  explicit Masking(MaskingConfig config = {}, source_location location = source_location::current());
};

/// Settings of Identity, in the order of keras.layers.Identity.
struct IdentityConfig {
  std::string name = {};
  void fields(FieldVisitor&) {}
};

/// Gives its input as it is.
///
/// Input    any shape
/// Output   the same
/// Source   keras.layers.Identity
class Identity : public Layer {
 public:
  explicit Identity(IdentityConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> masking_classes();

}  // namespace graft
