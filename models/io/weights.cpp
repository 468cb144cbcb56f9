#include "graft/models/io/weights.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/weight_names.h"
#include "graft/models/model/nested.h"
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

void WeightAssignment::keep(const Layer& layer, const std::string& name, const Tensor& value) {
  std::vector<Weight>& weights = layer.impl().weights;
  for (const Weight& weight : weights)
    if (weight.variable.name() == name) return add(name, weight.variable, value);
  weights.push_back({Variable(name, value)});
  add(name, weights.back().variable, value);
}

static void add_loose(const Model& model, const std::string& path, std::vector<std::pair<std::string, Layer>>& found) {
  for (const GraphLayer& layer : model.layers()) {
    const std::string here = join_path(path, layer.name());
    if (const std::optional<Model> inner = as_model(layer)) add_loose(*inner, here, found);
    if (!takes_any_weights(layer.impl())) continue;
    layer.impl().keeps_file_weights = true;
    found.emplace_back(here, layer);
  }
}

std::vector<std::pair<std::string, Layer>> loose_layers(const Model& model) {
  std::vector<std::pair<std::string, Layer>> found;
  add_loose(model, {}, found);
  return found;
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

namespace {

// The variables that the names of a file mean.
class VariablesByName {
 public:
  void add(const std::string& name, const Variable& variable) { variables_.emplace(name, variable); }

  void add_layer(const FileLayer& entry) {
    for (const auto& [name, variable] : variables_of(entry.layer)) {
      variables_.emplace(cat(entry.path, '/', name), variable);
      const auto [known, fresh] = variables_.emplace(cat(entry.name, '/', name), variable);
      if (!fresh && known->second != variable && entry.name != entry.path) known->second = Variable();  // ambiguous
    }
  }

  // A layer, the names of whose weights begin with `prefix`, and may be others than its own.
  void add_layer(const std::string& prefix, const Layer& layer) { layers_.emplace(prefix, layer); }

  void assign(const SavedTensors& tensors, WeightAssignment& assignment, const std::string& source) {
    std::map<std::string, SavedTensors> others;  // by layer
    for (const SavedTensor& tensor : tensors) {
      const auto found = variables_.find(tensor.name);
      if (found == variables_.end())
        others[layer_of(tensor.name, source)].push_back(tensor);
      else if (!found->second)
        throw FormatError(source, cat("the weight \"", tensor.name, "\" belongs to layers of several nested models"));
      else
        assignment.add(tensor.name, found->second, tensor.tensor);
    }
    for (const auto& [prefix, own] : others) assign_others(prefix, own, assignment, source);
  }

 private:
  // The longest path of a layer that the name begins with.
  std::string layer_of(const std::string& name, const std::string& source) const {
    for (size_t end = name.rfind('/'); end != std::string::npos && end > 0; end = name.rfind('/', end - 1))
      if (layers_.contains(name.substr(0, end))) return name.substr(0, end);
    throw FormatError(source, cat("the weight \"", name, "\" belongs to no layer of the model"));
  }

  void assign_others(const std::string& prefix, const SavedTensors& tensors, WeightAssignment& assignment,
                     const std::string& source) const {
    const Layer& layer = layers_.at(prefix);
    std::vector<std::string> names;
    for (const SavedTensor& tensor : tensors) names.push_back(tensor.name.substr(prefix.size() + 1));
    if (takes_any_weights(layer.impl())) {
      for (size_t i = 0; i < names.size(); ++i) assignment.keep(layer, names[i], tensors[i].tensor);
      return;
    }
    const std::vector<Variable> variables = variables_named(layer, names);
    if (variables.size() != names.size())
      throw FormatError(source, cat("the weight \"", tensors[0].name, "\" belongs to no layer of the model"));
    for (size_t i = 0; i < names.size(); ++i) assignment.add(tensors[i].name, variables[i], tensors[i].tensor);
  }

  // By the paths of Keras 3, or by the names of Keras 2 where all weights of the layer have such names.
  static std::vector<Variable> variables_named(const Layer& layer, const std::vector<std::string>& names) {
    std::map<std::string, Variable> by_path;
    for (const auto& [path, variable] : keras3_variables(layer)) by_path.emplace(path, variable);
    std::vector<Variable> found;
    if (std::ranges::all_of(names, [&](const std::string& name) { return by_path.contains(name); })) {
      for (const std::string& name : names) found.push_back(by_path.at(name));
      return found;
    }
    std::vector<NamedVariable> variables;
    collect(layer, layer.name(), variables);
    if (variables.size() != names.size()) return {};
    for (const NamedVariable* variable : matched(variables, names, false)) found.push_back(variable->variable);
    return found;
  }

  std::unordered_map<std::string, Variable> variables_;
  std::map<std::string, Layer> layers_;
};

}  // namespace

void assign_named(const Model& model, const std::vector<FileLayer>& layers, const SavedTensors& tensors,
                  const std::string& source) {
  VariablesByName variables;
  for (const FileLayer& entry : layers) {
    variables.add_layer(entry);
    variables.add_layer(entry.name, entry.layer);
    variables.add_layer(entry.path, entry.layer);
  }
  loose_layers(model);
  WeightAssignment assignment(source);
  variables.assign(tensors, assignment, source);
  assignment.apply(model);
}

void assign_by_path(const Model& model, const SavedTensors& tensors, const std::string& source) {
  VariablesByName variables;
  for (const auto& [path, variable] : model.named_weights()) variables.add(path, variable);
  for (const auto& [path, layer] : loose_layers(model)) variables.add_layer(path, layer);
  WeightAssignment assignment(source);
  variables.assign(tensors, assignment, source);
  assignment.apply(model);
}

}  // namespace graft::io
