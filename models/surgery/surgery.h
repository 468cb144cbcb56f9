#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graft/core/source_location.h"
#include "graft/models/model/model.h"

namespace graft {

/// One shape for each input of a model. It is not a vector, since `{64}` would convert to that as well as to a Shape.
class InputShapes : public std::vector<Shape> {
 public:
  InputShapes(std::initializer_list<Shape> shapes) : vector(shapes) {}
  InputShapes(std::vector<Shape> shapes) : vector(std::move(shapes)) {}
};

// Pure functions: each gives a new model over the same layers, whose weights are shared; the model given stays as it
// is. Only the calls behind a change are recorded again. Layers and tensors are named by path, as Model::at takes it,
// also inside nested models. These are then opened: their layers are in the new model with the nested model's name
// before their own. Shapes behind a change are inferred again; one ShapeError lists every layer that cannot follow.
// Unknown paths throw GraphError listing near names. What add_loss and add_metric gave a model stays behind, with one
// line of warning.

/// The model up to these tensors, and the model from there on: cut(model, "conv3"), cut(model, {"left", "right"}). The
/// second model takes the tensors in this order. An input of the model may be among them.
/// Throws GraphError when the second needs more than these tensors, naming the path that bypasses them.
std::pair<Model, Model> cut(const Model& model, const Taps& taps,
                            source_location location = source_location::current());
/// Calls another layer or model in the place of a layer: at all its calls, or with "dense@1" at that one.
/// Throws GraphError when it gives another number of tensors.
Model replace(const Model& model, const std::string& path, const Layer& layer,
              source_location location = source_location::current());
/// Calls one layer or model in the place of all calls between these tensors. It is called on those of `from`, and its
/// outputs stand for those of `to`: replace(resnet, "pool1_pool", "conv2_block3_out", block).
/// Throws GraphError when the part takes more than `from`, or when more of it than `to` is used elsewhere, naming it.
Model replace(const Model& model, const Taps& from, const Taps& to, const Layer& layer,
              source_location location = source_location::current());
/// Calls another layer on the outputs of a layer, and gives its outputs to all that used those.
/// Throws GraphError when it gives another number of tensors.
Model insert_after(const Model& model, const std::string& path, const Layer& layer,
                   source_location location = source_location::current());
/// Calls another layer on the inputs of a layer, which is then called on its outputs.
Model insert_before(const Model& model, const std::string& path, const Layer& layer,
                    source_location location = source_location::current());
/// Leaves a layer out: its input takes the place of its output. Throws GraphError unless it takes and gives one tensor.
Model remove(const Model& model, const std::string& path, source_location location = source_location::current());
/// The model for inputs of another shape (of one sample, without the batch). With several inputs, each has its own, in
/// their order: with_input_shape(model, {Shape{64, 64, 3}, Shape{10}}). Throws GraphError for another number of shapes.
Model with_input_shape(const Model& model, const Shape& shape, source_location location = source_location::current());
Model with_input_shape(const Model& model, const InputShapes& shapes,
                       source_location location = source_location::current());
/// Puts a prefix before the names of all layers and inputs: "conv1" becomes "left/conv1".
Model rename(const Model& model, const std::string& prefix, source_location location = source_location::current());
/// Opens all nested models: one flat model with the same numbers.
Model flatten(const Model& model, source_location location = source_location::current());

}  // namespace graft
