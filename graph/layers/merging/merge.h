#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of the layers that merge: none but the name.
struct MergeConfig {
  std::string name = {};
  void fields(FieldVisitor&) {}
};

// Input    tensors that broadcast: dimensions equal or 1, aligned at the end after the batch, so that (N, C) meets
//          (N, H, W, C) as (N, 1, 1, C)
// Output   the broadcast shape
// Throws   ShapeError naming two shapes that do not broadcast, or for fewer than two inputs
// Source   keras.layers.Add and the other merging layers

/// The sum of its inputs, which broadcast as in Keras.
class Add : public Layer {
 public:
  explicit Add(MergeConfig config = {}, source_location location = source_location::current());
};

/// The first of two inputs minus the second; they broadcast as in Keras.
class Subtract : public Layer {
 public:
  explicit Subtract(MergeConfig config = {}, source_location location = source_location::current());
};

/// The product of its inputs, which broadcast as in Keras.
class Multiply : public Layer {
 public:
  explicit Multiply(MergeConfig config = {}, source_location location = source_location::current());
};

/// The mean of its inputs, which broadcast as in Keras.
class Average : public Layer {
 public:
  explicit Average(MergeConfig config = {}, source_location location = source_location::current());
};

/// The largest of its inputs, element by element; they broadcast as in Keras.
class Maximum : public Layer {
 public:
  explicit Maximum(MergeConfig config = {}, source_location location = source_location::current());
};

/// The smallest of its inputs, element by element; they broadcast as in Keras.
class Minimum : public Layer {
 public:
  explicit Minimum(MergeConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> merge_classes();

}  // namespace graft
