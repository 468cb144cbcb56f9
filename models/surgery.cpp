#include "graft/models/surgery.h"

#include <functional>

#include "graft/graph/graph_index.h"
#include "graft/graph/layers/input.h"
#include "graft/models/model_impl.h"

namespace graft {

namespace {

/// Records a model anew, call by call. Where a call's inputs are those it had, the call itself is kept.
class Recorder {
 public:
  /// Records a call like the one in question, with its arguments and scope; of the same layer, or of another.
  using Record = std::function<SymbolicTensors(const Layer& layer, const SymbolicTensors& inputs)>;
  /// What stands in the place of a call of the layer at `path`: its inputs are of the new model already.
  using Change = std::function<SymbolicTensors(const Node& call, const SymbolicTensors& inputs, const Record& record)>;

  /// Nested models on the way to `path` are opened; all of them when it is empty.
  Recorder(std::string path, Change change, std::source_location location)
      : path_(std::move(path)), change_(std::move(change)), location_(location) {}

  SymbolicTensors run(const Graph& graph, const SymbolicTensors& inputs, const std::string& scope = {},
                      CallArguments arguments = {}) {
    TensorMap<SymbolicTensor> known;
    for (size_t i = 0; i < inputs.size(); ++i) known.emplace(graph.inputs()[i], inputs[i]);
    for (const auto& node : graph.nodes()) {
      if (node->layer().impl().is_input()) continue;
      const SymbolicTensors made = record(graph, node, lookup(known, node->inputs()), scope, arguments);
      for (size_t i = 0; i < made.size(); ++i) known.emplace(SymbolicTensor(node, static_cast<int>(i)), made[i]);
    }
    return lookup(known, graph.outputs());
  }

 private:
  static SymbolicTensors lookup(const TensorMap<SymbolicTensor>& known, const SymbolicTensors& tensors) {
    SymbolicTensors found;
    for (const SymbolicTensor& tensor : tensors) found.push_back(known.at(tensor));
    return found;
  }

  static std::string join(const std::string& outer, const std::string& inner) {
    return outer.empty() || inner.empty() ? outer + inner : cat(outer, "/", inner);
  }

  SymbolicTensors record(const Graph& graph, const std::shared_ptr<const Node>& node, const SymbolicTensors& inputs,
                         const std::string& scope, CallArguments arguments) {
    if (node->arguments().training) arguments.training = node->arguments().training;
    const std::string path = join(scope, graph.name_of(*node));
    const std::optional<Model> inner = as_model(node->layer());
    if (inner && (path_.empty() || path_.starts_with(path + "/"))) return run(inner->graph(), inputs, path, arguments);
    const Record make = [&](const Layer& layer, const SymbolicTensors& given) {
      if (layer == node->layer() && scope.empty() && given == node->inputs()) return outputs_of(node);
      return layer.call(given, arguments, join(scope, node->scope()), location_);
    };
    return path == path_ ? change_(*node, inputs, make) : make(node->layer(), inputs);
  }

  static SymbolicTensors outputs_of(const std::shared_ptr<const Node>& node) {
    SymbolicTensors tensors;
    for (size_t i = 0; i < node->output_shapes().size(); ++i) tensors.emplace_back(node, static_cast<int>(i));
    return tensors;
  }

  std::string path_;
  Change change_;
  std::source_location location_;
};

[[noreturn]] void refuse(const Model& model, const std::string& rule, std::source_location location) {
  GraphError error(rule);
  error.who(cat("Model \"", model.name(), '"')).at(location, "Model changed");
  throw error;
}

SymbolicTensors changed_outputs(const Model& model, const std::string& path, const Recorder::Change& change,
                                std::source_location location) {
  if (model.at(path).impl().is_input())
    refuse(model, cat("\"", path, "\" is an input, not a layer to change"), location);
  return Recorder(path, change, location).run(model.graph(), model.inputs());
}

Model changed(const Model& model, const std::string& path, const Recorder::Change& change,
              std::source_location location) {
  return Model(model.inputs(), changed_outputs(model, path, change, location), {.name = model.impl().name}, location);
}

Model on_inputs_of(const Model& model, const std::optional<Shape>& shape, std::source_location location) {
  SymbolicTensors inputs;
  for (const SymbolicTensor& input : model.inputs())
    inputs.push_back(Input({.shape = shape.value_or(input.shape().without_batch()),
                            .dtype = to_string(input.dtype()),
                            .name = input.node()->layer().impl().name},
                           location));
  return Model(inputs, replay(model, inputs, {}, location), {.name = model.impl().name}, location);
}

}  // namespace

std::pair<Model, Model> cut(const Model& model, const std::string& path, std::source_location location) {
  SymbolicTensors seam;
  const SymbolicTensors outputs = changed_outputs(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record& record) {
        const SymbolicTensors made = record(call.layer(), inputs);
        if (!seam.empty() || made.size() != 1)
          refuse(model, cat(call.layer().who(), " gives more than one tensor, so it does not say where to cut"),
                 location);
        return seam = made;
      },
      location);
  return {Model(model.inputs(), seam, {}, location), Model(seam, outputs, {}, location)};
}

Model replace(const Model& model, const std::string& path, const Layer& layer, std::source_location location) {
  return changed(
      model, path,
      [&](const Node&, const SymbolicTensors& inputs, const Recorder::Record& record) { return record(layer, inputs); },
      location);
}

Model insert_after(const Model& model, const std::string& path, const Layer& layer, std::source_location location) {
  return changed(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record& record) {
        return record(layer, record(call.layer(), inputs));
      },
      location);
}

Model insert_before(const Model& model, const std::string& path, const Layer& layer, std::source_location location) {
  return changed(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record& record) {
        return record(call.layer(), record(layer, inputs));
      },
      location);
}

Model remove(const Model& model, const std::string& path, std::source_location location) {
  return changed(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record&) {
        if (inputs.size() != 1 || call.output_shapes().size() != 1)
          refuse(model,
                 cat(call.layer().who(), " takes ", inputs.size(), " tensors and gives ", call.output_shapes().size(),
                     "; only a layer of one each can be left out"),
                 location);
        return inputs;
      },
      location);
}

Model with_input_shape(const Model& model, const Shape& shape, std::source_location location) {
  if (model.inputs().size() != 1)
    refuse(model, cat("has ", model.inputs().size(), " inputs, so one shape does not say which is meant"), location);
  return on_inputs_of(model, shape, location);
}

Model flatten(const Model& model, std::source_location location) {
  const SymbolicTensors outputs = Recorder({}, {}, location).run(model.graph(), model.inputs());
  return Model(model.inputs(), outputs, {.name = model.impl().name}, location);
}

Model clone(const Model& model, Weights weights, std::source_location location) {
  if (weights == Weights::share) return on_inputs_of(model, std::nullopt, location);
  const Model made = model_from_json(model.to_json());
  if (weights == Weights::copy) made.set_weights(model.get_weights());
  return made;
}

}  // namespace graft
