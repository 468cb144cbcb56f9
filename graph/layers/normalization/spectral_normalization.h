#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of SpectralNormalization, in the order of keras.layers.SpectralNormalization.
struct SpectralNormalizationConfig {
  Required<Layer> layer;         ///< a layer that has a kernel or embeddings
  int64_t power_iterations = 1;  ///< steps towards the largest singular value, at every call in training
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Applies a layer whose kernel is divided by its largest singular value at every call in training; in inference, the
/// kernel is used as it is.
///
/// Input    that of the layer
/// Output   that of the layer
/// Weights  the layer's kernel; vector_u (1, the kernel's last dimension), the singular vector of the last step; those
///          of the layer
/// Throws   ConfigError for power_iterations below 1; GraphError for a layer without kernel and embeddings
/// Source   keras.layers.SpectralNormalization
class SpectralNormalization : public Layer {
 public:
  explicit SpectralNormalization(SpectralNormalizationConfig config,
                                 source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> spectral_normalization_classes();

}  // namespace graft
