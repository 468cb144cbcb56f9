#include "graft/models/surgery/surgery.h"

#include "graft/graph/layers/core/input.h"
#include "graft/models/model/additions.h"
#include "graft/models/surgery/recorder.h"
#include "graft/models/surgery/replay.h"

namespace graft {

namespace {

/// Returns the operation's result; adds the model and the user's line to errors.
template <class Operation>
auto on(const Model& model, source_location location, const Operation& operation) {
  try {
    const auto made = operation();
    warn_of_additions(model, "the changed model");
    return made;
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), '"')).at(location, "Model changed");
    throw;
  }
}

Model with_outputs(const Model& model, const SymbolicTensors& outputs, source_location location) {
  return Model(model.inputs(), outputs, {.name = model.impl().name}, location);
}

Model changed(const Model& model, const std::string& path, const Recorder::Change& change, source_location location) {
  return on(model, location, [&] {
    const FoundCalls found = find_calls(model, path);
    if (found.layer.impl().is_input()) throw GraphError(cat("\"", path, "\" is an input, not a layer to change"));
    if (found.output) throw GraphError(cat("\"", path, "\" is one output of a layer, not a layer to change"));
    return with_outputs(model, Recorder(location).at(found.calls, change).run(model.graph(), model.inputs()), location);
  });
}

void check_seam(const Taps& taps, const SymbolicTensors& seam) {
  for (const SymbolicTensor& tensor : seam)
    if (!tensor.node()->layer().impl().is_input()) return;
  throw GraphError(taps.empty() ? "a cut needs at least one tensor"
                                : cat(listed(taps), " is an input, not a layer to change"));
}

}  // namespace

std::pair<Model, Model> cut(const Model& model, const Taps& taps, source_location location) {
  return on(model, location, [&] {
    const Part back =
        part_between(model, taps, {}, cat("a cut at ", listed(taps), " does not separate the model"), location);
    check_seam(taps, back.from);
    return std::pair(Model(model.inputs(), back.from, {}, location), Model(back.from, back.to, {}, location));
  });
}

Model replace(const Model& model, const std::string& path, const Layer& layer, source_location location) {
  return changed(
      model, path,
      [&](const Node&, const SymbolicTensors& inputs, const Recorder::Record& record) { return record(layer, inputs); },
      location);
}

// Throws when a call outside uses a tensor inside the block: it would go on using the old call.
static void check_unused_elsewhere(const Graph& block, const Graph& rest) {
  for (const auto& node : rest.nodes())
    if (!node->layer().impl().is_input() && block.contains(*node))
      throw GraphError(cat("the block holds ", named(block, *node), ", which is also used outside of it"))
          .hint(cat("end the block there too: ..., {..., \"", rest.name_of(*node), "\"}, ..."));
}

Model replace(const Model& model, const Taps& from, const Taps& to, const Layer& layer, source_location location) {
  return on(model, location, [&] {
    const Part block = part_between(
        model, from, to, cat("the block from ", listed(from), " to ", listed(to), " takes other inputs too"), location);
    const auto rest = Graph::make(together(model.inputs(), block.to), block.outputs);
    check_unused_elsewhere(*block.graph, *rest);
    const SymbolicTensors made = layer.call(block.from, {}, {}, location);
    if (made.size() != block.to.size())
      throw GraphError(
          cat("the block gives ", block.to.size(), " (", listed(to), "); ", layer.who(), " gives ", made.size()));
    return with_outputs(model, Recorder(location).run(*rest, together(model.inputs(), made)), location);
  });
}

Model insert_after(const Model& model, const std::string& path, const Layer& layer, source_location location) {
  return changed(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record& record) {
        return record(layer, record(call.layer(), inputs));
      },
      location);
}

Model insert_before(const Model& model, const std::string& path, const Layer& layer, source_location location) {
  return changed(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record& record) {
        return record(call.layer(), record(layer, inputs));
      },
      location);
}

Model remove(const Model& model, const std::string& path, source_location location) {
  return changed(
      model, path,
      [&](const Node& call, const SymbolicTensors& inputs, const Recorder::Record&) {
        if (inputs.size() != 1 || call.output_shapes().size() != 1)
          throw GraphError(cat(call.layer().who(), " takes ", inputs.size(), " tensors and gives ",
                               call.output_shapes().size(), "; only a layer of one each can be left out"));
        return inputs;
      },
      location);
}

// -- on other inputs --------------------------------------------------------------------------------------------------

static SymbolicTensor input_like(const SymbolicTensor& input, const Shape& shape, const std::string& prefix,
                                 source_location location) {
  const std::string& name = input.node()->layer().impl().name;
  InputConfig config{.shape = shape, .dtype = input.dtype(), .name = name.empty() ? name : join_path(prefix, name)};
  if (const Shape& own = input.shape(); own.rank() > 0 && own[0] != Shape::none) config.batch_size = own[0];
  return Input(config, location);
}

static SymbolicTensors inputs_like(const Model& model, const std::string& prefix, source_location location) {
  SymbolicTensors inputs;
  for (const SymbolicTensor& input : model.inputs())
    inputs.push_back(input_like(input, input.shape().without_batch(), prefix, location));
  return inputs;
}

Model with_input_shape(const Model& model, const Shape& shape, source_location location) {
  return with_input_shape(model, InputShapes{shape}, location);
}

Model with_input_shape(const Model& model, const InputShapes& shapes, source_location location) {
  return on(model, location, [&] {
    if (shapes.size() != model.inputs().size())
      throw GraphError(cat("has ", model.inputs().size(), " inputs; received ", shapes.size(),
                           shapes.size() == 1 ? " shape" : " shapes"));
    SymbolicTensors inputs;
    for (size_t i = 0; i < shapes.size(); ++i) inputs.push_back(input_like(model.inputs()[i], shapes[i], {}, location));
    return Model(inputs, Recorder(location).run(model.graph(), inputs), {.name = model.impl().name}, location);
  });
}

Model rename(const Model& model, const std::string& prefix, source_location location) {
  const SymbolicTensors inputs = inputs_like(model, prefix, location);
  return Model(inputs, replay(model, inputs, {.scope = prefix}, location), {.name = model.impl().name}, location);
}

Model flatten(const Model& model, source_location location) {
  return on(model, location, [&] {
    return with_outputs(model, Recorder(location).open_all().run(model.graph(), model.inputs()), location);
  });
}

}  // namespace graft
