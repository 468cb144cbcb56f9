#include "graft/models/io/weights.h"

#include <unordered_map>

#include "graft/graph/layer_impl.h"

#include "graft/models/model/paths.h"

namespace graft::io {

void WeightAssignment::add(const std::string& name, const Variable& variable, const Tensor& value) {
  if (variable.shape() != value.shape())
    throw FormatError(
        source_, cat("the weight \"", name, "\" has shape ", value.shape(), ", the model's has ", variable.shape()));
  const auto [known, fresh] = pairs_.emplace(&variable.state(), Pair{variable, value});
  if (!fresh && !bit_equal(known->second.value, value))
    throw FormatError(source_, cat("the weight \"", name, "\" is shared, but has two different values in the file"));
}

void WeightAssignment::apply(const Model& model) const {
  constexpr size_t kListed = 8;
  std::string missing;
  size_t count = 0;
  for (const auto& [path, variable] : model.named_weights()) {
    if (pairs_.contains(&variable.state())) continue;
    if (++count <= kListed) missing += cat(missing.empty() ? "" : ", ", path);
  }
  if (count > 0)
    throw FormatError(source_, cat(count, count == 1 ? " weight" : " weights", " of the model ",
                                   count == 1 ? "is" : "are", " missing: ", missing, count > kListed ? ", ..." : ""));
  Variables variables;
  std::vector<Tensor> values;
  for (const auto& [state, pair] : pairs_) {
    variables.push_back(pair.variable);
    values.push_back(pair.value);
  }
  assign(variables, values);
}

SavedTensors named_tensors(const std::vector<FileLayer>& layers) {
  std::vector<std::string> names;
  Variables variables;
  for (const FileLayer& entry : layers)
    for (const auto& [name, variable] : variables_of(entry.layer)) {
      names.push_back(cat(entry.name, '/', name));
      variables.push_back(variable);
    }
  const std::vector<Tensor> values = values_of(variables);
  SavedTensors tensors;
  for (size_t i = 0; i < names.size(); ++i) tensors.push_back({names[i], values[i]});
  return tensors;
}

void assign_named(const Model& model, const std::vector<FileLayer>& layers, const SavedTensors& tensors,
                  const std::string& source) {
  std::unordered_map<std::string, Variable> variables;
  for (const FileLayer& entry : layers)
    for (const auto& [name, variable] : variables_of(entry.layer)) {
      variables.emplace(cat(entry.path, '/', name), variable);
      const auto [known, fresh] = variables.emplace(cat(entry.name, '/', name), variable);
      if (!fresh && known->second != variable && entry.name != entry.path) known->second = Variable();  // ambiguous
    }
  WeightAssignment assignment(source);
  for (const SavedTensor& tensor : tensors) {
    const auto found = variables.find(tensor.name);
    if (found == variables.end())
      throw FormatError(source, cat("the weight \"", tensor.name, "\" belongs to no layer of the model"));
    if (!found->second)
      throw FormatError(source, cat("the weight \"", tensor.name, "\" belongs to layers of several nested models"));
    assignment.add(tensor.name, found->second, tensor.tensor);
  }
  assignment.apply(model);
}

void assign_by_path(const Model& model, const SavedTensors& tensors, const std::string& source) {
  std::unordered_map<std::string, Variable> variables;
  for (const auto& [path, variable] : model.named_weights()) variables.emplace(path, variable);
  WeightAssignment assignment(source);
  for (const SavedTensor& tensor : tensors) {
    const auto found = variables.find(tensor.name);
    if (found == variables.end())
      throw FormatError(source, cat("the weight \"", tensor.name, "\" belongs to no layer of the model"));
    assignment.add(tensor.name, found->second, tensor.tensor);
  }
  assignment.apply(model);
}

}  // namespace graft::io
