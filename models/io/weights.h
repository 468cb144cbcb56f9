#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "graft/models/io/architecture/file_layer.h"
#include "graft/models/io/manifest.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Collects values for variables. No variable changes until every value is known to fit.
class WeightAssignment {
 public:
  explicit WeightAssignment(std::string source) : source_(std::move(source)) {}

  /// `name` is the weight's in the file. Throws FormatError when the shapes differ, or when a variable that is in the
  /// file twice gets two different values.
  void add(const std::string& name, const Variable& variable, const Tensor& value);
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

/// The weights of a model by layer, "conv2d/kernel", those of each layer as often as the layer is written.
SavedTensors named_tensors(const std::vector<FileLayer>& layers);

/// Gives weights to the layers of a file by name, "conv2d/kernel", or by path. Throws FormatError: a weight without a
/// variable, a variable without a weight, a shape that does not fit.
void assign_named(const Model& model, const std::vector<FileLayer>& layers, const SavedTensors& tensors,
                  const std::string& source);

/// The same by path, "encoder/conv2d/kernel".
void assign_by_path(const Model& model, const SavedTensors& tensors, const std::string& source);

}  // namespace graft::io
