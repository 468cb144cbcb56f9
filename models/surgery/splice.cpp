#include "graft/models/surgery/splice.h"

#include <unordered_map>

#include "graft/graph/layer_impl.h"
#include "graft/graph/replay.h"
#include "graft/models/model/additions.h"
#include "graft/models/surgery/recorder.h"

namespace graft {

static std::string who(const Model& model) { return cat("Model \"", model.name(), '"'); }

// -- names ------------------------------------------------------------------------------------------------------------

// Whether a layer of b, with `scope` before its name, would have the name of another layer of a.
static bool clashes(const std::unordered_map<std::string, Layer>& taken, const Model& b, const std::string& scope) {
  for (const GraphLayer& layer : b.layers().drop_input()) {
    if (layer.impl().name.empty()) continue;
    const auto other = taken.find(join_path(scope, layer.name()));
    if (other != taken.end() && !(other->second == layer)) return true;
  }
  return false;
}

static std::string free_scope(const Model& a, const Model& b) {
  std::unordered_map<std::string, Layer> taken;
  for (const GraphLayer& layer : a.layers()) taken.emplace(layer.name(), layer);
  if (!clashes(taken, b, {})) return {};
  std::string scope = b.name();
  for (int number = 1; clashes(taken, b, scope); ++number) scope = cat(b.name(), "_", number);
  return scope;
}

// -- joining ----------------------------------------------------------------------------------------------------------

// The path of a tensor, "lstm@1:2"; '@' and ':' appear only where its layer has several calls or outputs.
static std::string path_of(const Graph& graph, const SymbolicTensor& tensor) {
  const Node& node = *tensor.node();
  return cat(graph.label_of(node), node.output_shapes().size() == 1 ? "" : cat(":", tensor.index()));
}

static std::string listed(const Model& model, const SymbolicTensors& tensors) {
  std::string text;
  for (const SymbolicTensor& tensor : tensors)
    text += cat(text.empty() ? "\"" : ", \"", path_of(model.graph(), tensor), "\" ", tensor.shape());
  return text;
}

static size_t find_named(const Model& model, const SymbolicTensors& tensors, const std::string& name,
                         const char* what) {
  for (size_t i = 0; i < tensors.size(); ++i)
    if (path_of(model.graph(), tensors[i]) == name) return i;
  throw GraphError(cat(who(model), " has no ", what, " \"", name, "\"; it has ", listed(model, tensors)));
}

namespace {

struct Joint {
  SymbolicTensors into;  // for each input of b, the output of a that it takes
  SymbolicTensors left;  // outputs of a that no input of b takes
};

}  // namespace

static Joint join_by_order(const Model& a, const Model& b) {
  if (a.outputs().size() == b.inputs().size()) return {a.outputs(), {}};
  throw ShapeError(cat(who(a), " gives ", a.outputs().size(), " (", listed(a, a.outputs()), "), ", who(b), " takes ",
                       b.inputs().size(), " (", listed(b, b.inputs()),
                       "); joined by order, both must have the same number"))
      .hint("{.map = {{\"an output\", \"an input\"}}} joins them by name.");
}

static Joint join_by_name(const Model& a, const Model& b, const SpliceOptions& options) {
  Joint joint{SymbolicTensors(b.inputs().size()), {}};
  std::vector<bool> used(a.outputs().size());
  for (const auto& [output, input] : options.map) {
    const size_t from = find_named(a, a.outputs(), output, "output"), to = find_named(b, b.inputs(), input, "input");
    if (joint.into[to]) throw GraphError(cat("input \"", input, "\" of ", who(b), " is named twice"));
    joint.into[to] = a.outputs()[from];
    used[from] = true;
  }
  for (size_t i = 0; i < joint.into.size(); ++i)
    if (!joint.into[i])
      throw GraphError(cat("input ", listed(b, b.inputs()[i]), " of ", who(b), " gets no tensor; ", who(a), " gives ",
                           listed(a, a.outputs())))
          .hint("name each input once in .map; replay(b, tensors) takes Inputs of your own too.");
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i]) joint.left.push_back(a.outputs()[i]);
  return joint;
}

Model splice(const Model& a, const Model& b, SpliceOptions options, source_location location) {
  try {
    const Joint joint = options.map.empty() ? join_by_order(a, b) : join_by_name(a, b, options);
    const SymbolicTensors joined =
        replay_graph(b.graph(), joint.into, free_scope(a, b), location, {cat(" of ", who(a)), who(b)});
    for (const Model& model : {a, b}) warn_of_additions(model, "the spliced model");
    return Model(a.inputs(), together(joined, joint.left), {.name = options.name}, location);
  } catch (Error& error) {
    error.who("splice").at(location, "Models spliced");
    throw;
  }
}

}  // namespace graft
