#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "graft/models/model/model.h"

namespace graft {

/// What a Sequential is made of: a layer, or Input(...) as the first.
class SequentialItem {
 public:
  SequentialItem(const Layer& layer) : layer_(layer) {}
  SequentialItem(const SymbolicTensor& input) : input_(input) {}
  const Layer& layer() const& { return layer_; }
  Layer layer() && { return std::move(layer_); }
  const SymbolicTensor& input() const& { return input_; }
  SymbolicTensor input() && { return std::move(input_); }

 private:
  Layer layer_;
  SymbolicTensor input_;
};

/// A stack of layers: Sequential({Input({...}), Conv2D({...}), Flatten(), Dense({...})}). It is a Model in every other
/// way, and saved with class_name "Sequential". Throws GraphError unless it begins with an Input or a model, and for a
/// layer that takes or gives several tensors; ShapeError as the layers do. Source: keras.Sequential.
class Sequential : public Model {
 public:
  explicit Sequential(std::initializer_list<SequentialItem> items, ModelConfig config = {},
                      source_location location = source_location::current());
  explicit Sequential(const std::vector<Layer>& layers, ModelConfig config = {},
                      source_location location = source_location::current());
};

}  // namespace graft
