#pragma once

#include "graft/models/model/model.h"

namespace graft {

/// One shape for each input of a model. Not a vector, which `{64}` would convert to as well as to a Shape.
class InputShapes : public std::vector<Shape> {
 public:
  InputShapes(std::initializer_list<Shape> shapes) : vector(shapes) {}
  InputShapes(std::vector<Shape> shapes) : vector(std::move(shapes)) {}
};

// Pure functions: each gives a new model over the same layers, whose weights are shared; the model given stays as it
// is. Only what lies behind a change is recorded again. Layers and tensors are named by path, as Model::at takes it,
// also inside nested models, which are then opened: their layers stand in the new model behind the nested model's name.
// Shapes behind a change are inferred again; one ShapeError lists every layer that cannot follow. Paths that are not
// known throw GraphError listing near names.

/// The model up to these tensors, and from there on: cut(model, "conv3"), cut(model, {"left", "right"}), whose second
/// model takes them in this order. An input of the model may be among them.
/// Throws GraphError when the second needs more than these tensors, naming the way that goes around them.
std::pair<Model, Model> cut(const Model& model, const Taps& taps,
                            std::source_location location = std::source_location::current());
/// The layer's calls, or with "dense@1" that one, made by another layer or a model.
/// Throws GraphError when it gives another number of tensors.
Model replace(const Model& model, const std::string& path, const Layer& layer,
              std::source_location location = std::source_location::current());
/// What lies between these tensors made by one layer or model, called on the first, whose outputs then stand for the
/// second: replace(resnet, "pool1_pool", "conv2_block3_out", block).
/// Throws GraphError when the part takes more than `from`, or more of it than `to` is used elsewhere, naming what.
Model replace(const Model& model, const Taps& from, const Taps& to, const Layer& layer,
              std::source_location location = std::source_location::current());
Model insert_after(const Model& model, const std::string& path, const Layer& layer,
                   std::source_location location = std::source_location::current());
Model insert_before(const Model& model, const std::string& path, const Layer& layer,
                    std::source_location location = std::source_location::current());
/// What the layer was given goes on in its place. Throws GraphError unless it takes and gives one tensor.
Model remove(const Model& model, const std::string& path,
             std::source_location location = std::source_location::current());
/// For inputs of another shape (of one sample); of several inputs, each has its own, in their order:
/// with_input_shape(model, {Shape{64, 64, 3}, Shape{10}}).
Model with_input_shape(const Model& model, const Shape& shape,
                       std::source_location location = std::source_location::current());
Model with_input_shape(const Model& model, const InputShapes& shapes,
                       std::source_location location = std::source_location::current());
/// The names of all layers and inputs behind a prefix: "conv1" becomes "left/conv1".
Model rename(const Model& model, const std::string& prefix,
             std::source_location location = std::source_location::current());
/// Nested models opened: one flat model with the same numbers.
Model flatten(const Model& model, std::source_location location = std::source_location::current());

enum class Weights { fresh, copy, share };
/// A model of its own with the same architecture and names: weights drawn anew, copied, or shared.
/// Throws FormatError for a layer class that is not registered, unless they are shared.
Model clone(const Model& model, Weights weights, std::source_location location = std::source_location::current());

}  // namespace graft
