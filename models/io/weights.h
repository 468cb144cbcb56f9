#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "graft/models/io/architecture/architecture.h"
#include "graft/models/io/manifest.h"

namespace graft::io {

/// Values on their way into variables. Nothing is changed until every value is known to fit.
class WeightAssignment {
 public:
  explicit WeightAssignment(std::string source) : source_(std::move(source)) {}

  /// `name` is the weight's in the file. Throws FormatError when the shapes differ, or when a variable that stands in
  /// the file twice gets two different values.
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

/// The weights of a model as they are written: "conv2d/kernel", each layer's as often as the layer is written.
SavedTensors named_tensors(const std::vector<FileLayer>& layers);

/// Gives named weights to the layers of a file. Throws FormatError: a weight without a variable, a variable without a
/// weight, a shape that does not fit.
void assign_named(const Model& model, const std::vector<FileLayer>& layers, const SavedTensors& tensors,
                  const std::string& source);

/// The same by path, "encoder/conv2d/kernel".
void assign_by_path(const Model& model, const SavedTensors& tensors, const std::string& source);

}  // namespace graft::io
