#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "graft/models/io/architecture/file_layer.h"
#include "graft/models/io/manifest.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Collects values for variables. No variable changes before every value is known to fit.
class WeightAssignment {
 public:
  explicit WeightAssignment(std::string source) : source_(std::move(source)) {}

  /// `name` is the name of the weight in the file. Throws FormatError when the shapes differ, or when the file has two
  /// different values for one variable.
  void add(const std::string& name, const Variable& variable, const Tensor& value);
  /// The same for a weight of a layer that takes any (takes_any_weights), by its name in the layer: "kernel", "vars/0".
  void keep(const Layer& layer, const std::string& name, const Tensor& value);
  /// Throws FormatError listing the variables of the model that got no value, then assigns them all.
  void apply(const Model& model) const;

 private:
  std::string source_;
  struct Pair {
    Variable variable;
    Tensor value;
  };
  std::unordered_map<const VariableState*, Pair> pairs_;
};

/// The layers of a model that take any weights, with their paths, in nested models too. From then on a layer without
/// weights among them is one that has none in the file.
std::vector<std::pair<std::string, Layer>> loose_layers(const Model& model);

/// Returns the weights by layer, "conv2d/kernel"; a layer that is written several times has its weights each time.
SavedTensors named_tensors(const std::vector<FileLayer>& layers);

/// Assigns weights to the layers of a file by name, "conv2d/kernel", or by path; those of a layer that has other names
/// for as many weights by the names that other programs use. Throws FormatError for a weight without a variable, a
/// variable without a weight, and a shape that does not fit.
void assign_named(const Model& model, const std::vector<FileLayer>& layers, const SavedTensors& tensors,
                  const std::string& source);

/// Does the same by path, "encoder/conv2d/kernel".
void assign_by_path(const Model& model, const SavedTensors& tensors, const std::string& source);

}  // namespace graft::io
