#pragma once

#include "graft/models/model.h"

namespace graft {

// Pure functions: each gives a new model over the same layers, whose weights are shared; the model given stays as it
// is. Only what lies behind a change is recorded again. Layers are named by path, also inside nested models, which are
// then opened: their layers stand in the new model behind the nested model's name.

/// The model up to the output of the layer, and from there on. Throws GraphError when the second needs more than that
/// tensor, or the layer is called more than once.
std::pair<Model, Model> cut(const Model& model, const std::string& path,
                            std::source_location location = std::source_location::current());
/// The layer's calls made by another one. Throws ShapeError when what follows does not fit.
Model replace(const Model& model, const std::string& path, const Layer& layer,
              std::source_location location = std::source_location::current());
Model insert_after(const Model& model, const std::string& path, const Layer& layer,
                   std::source_location location = std::source_location::current());
Model insert_before(const Model& model, const std::string& path, const Layer& layer,
                    std::source_location location = std::source_location::current());
/// What the layer was given goes on in its place. Throws GraphError unless it takes and gives one tensor.
Model remove(const Model& model, const std::string& path,
             std::source_location location = std::source_location::current());
/// For inputs of another shape (of one sample). Throws ShapeError for weights that do not fit it.
Model with_input_shape(const Model& model, const Shape& shape,
                       std::source_location location = std::source_location::current());
/// Nested models opened: one flat model with the same numbers.
Model flatten(const Model& model, std::source_location location = std::source_location::current());

enum class Weights { fresh, copy, share };
/// A model of its own with the same architecture and names: weights drawn anew, copied, or shared.
/// Throws FormatError for a layer class that is not registered, unless they are shared.
Model clone(const Model& model, Weights weights, std::source_location location = std::source_location::current());

}  // namespace graft
