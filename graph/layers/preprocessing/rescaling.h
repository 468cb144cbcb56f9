#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// A number, or one for each channel.
class NumberOrList {
 public:
  NumberOrList(double number) : values_(1, number) {}
  NumberOrList(std::initializer_list<double> list) : values_(list), list_(true) {}
  NumberOrList(std::vector<double> list) : values_(std::move(list)), list_(true) {}
  bool is_list() const { return list_; }
  double number() const { return values_.at(0); }  ///< of one that is no list
  const std::vector<double>& values() const { return values_; }
  void field(FieldVisitor& field, const char* key);

 private:
  friend struct ConfigAccess;
  NumberOrList() : NumberOrList(0) {}
  std::vector<double> values_;
  bool list_ = false;
};

/// Settings of Rescaling, in the order of keras.layers.Rescaling.
struct RescalingConfig {
  NumberOrList scale;       ///< multiplied
  NumberOrList offset = 0;  ///< then added
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x scale + offset. Arithmetic of a tensor with a number is recorded as this layer.
///
/// Input    any shape
/// Output   as the input
/// Throws   ShapeError for lists that do not have one number for each channel
/// Source   keras.layers.Rescaling
class Rescaling : public Layer {
 public:
  explicit Rescaling(RescalingConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> rescaling_classes();

}  // namespace graft
