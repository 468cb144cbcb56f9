#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of LeakyReLU, in the order of keras.layers.LeakyReLU.
struct LeakyReLUConfig {
  double negative_slope = 0.3;  ///< slope below 0; Keras 2 calls it alpha
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x above 0, negative_slope x below.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a negative slope
/// Source   keras.layers.LeakyReLU
class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(LeakyReLUConfig config = {}, source_location location = source_location::current());
};

/// Settings of ReLU, in the order of keras.layers.ReLU.
struct ReLUConfig {
  std::optional<double> max_value = {};  ///< largest output; none: unbounded
  double negative_slope = 0;             ///< slope below the threshold
  double threshold = 0;                  ///< x above it passes
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// min(x, max_value) above the threshold, negative_slope (x - threshold) from it on down.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a negative max_value, slope or threshold
/// Source   keras.layers.ReLU
class ReLU : public Layer {
 public:
  explicit ReLU(ReLUConfig config = {}, source_location location = source_location::current());
};

/// Settings of PReLU, in the order of keras.layers.PReLU.
struct PReLUConfig {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  std::vector<int64_t> shared_axes = {};  ///< axes along which one slope serves; 1 is the first after the batch
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x above 0, alpha x below; a slope is learned for each position, except that positions along shared_axes share one.
///
/// Input    (N, ...)
/// Output   as the input
/// Weights  alpha (the input's dimensions after the batch, 1 along shared_axes)
/// Throws   ShapeError for a shared axis out of range or an unknown dimension that is not shared
/// Source   keras.layers.PReLU
class PReLU : public Layer {
 public:
  explicit PReLU(PReLUConfig config = {}, source_location location = source_location::current());
};

/// Settings of ELU, in the order of keras.layers.ELU.
struct ELUConfig {
  double alpha = 1;  ///< the limit far below 0 is -alpha
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x above 0, alpha (e^x - 1) below.
///
/// Input    any shape
/// Output   as the input
/// Source   keras.layers.ELU
class ELU : public Layer {
 public:
  explicit ELU(ELUConfig config = {}, source_location location = source_location::current());
};

/// Settings of Softmax, in the order of keras.layers.Softmax.
struct SoftmaxConfig {
  Literal axis = -1;  ///< along which the outputs sum to 1: an axis, or a list of them
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// e^x divided by its sum along an axis. A mask, not 0 where an element counts, gives 0 for the others.
///
/// Input    any shape; mask: one that broadcasts to it
/// Output   as the input
/// Throws   ConfigError for an axis that is no whole number or list of them; ShapeError for an axis out of range or a
///          mask that does not broadcast
/// Source   keras.layers.Softmax
class Softmax : public Layer {
 public:
  explicit Softmax(SoftmaxConfig config = {}, source_location location = source_location::current());
};

/// Settings of ThresholdedReLU, in the order of keras.layers.ThresholdedReLU (Keras 2).
struct ThresholdedReLUConfig {
  double theta = 1;  ///< x above it passes
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x above theta, 0 elsewhere.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a negative theta
/// Source   keras.layers.ThresholdedReLU (Keras 2)
class ThresholdedReLU : public Layer {
 public:
  explicit ThresholdedReLU(ThresholdedReLUConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> advanced_activation_classes();

}  // namespace graft
