#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "graft/graph/graph_index.h"
#include "graft/models/model_impl.h"

namespace graft {

// Weights by path, layers by path: names joined with '/' from the outermost model inwards.

static void add_weights(const Layer& layer, const std::string& path, std::unordered_set<const VariableState*>& seen,
                        std::vector<std::pair<std::string, Variable>>& found) {
  for (const Weight& weight : layer.impl().weights)
    if (seen.insert(&weight.variable.state()).second)
      found.emplace_back(cat(path, "/", weight.variable.name()), weight.variable);
  if (const std::optional<Model> model = as_model(layer)) {
    for (const GraphLayer& inner : model->layers()) add_weights(inner, cat(path, "/", inner.name()), seen, found);
    return;
  }
  for (const Layer& inner : layer.impl().sublayers()) add_weights(inner, cat(path, "/", inner.name()), seen, found);
}

std::vector<std::pair<std::string, Variable>> Model::named_weights() const {
  std::vector<std::pair<std::string, Variable>> found;
  std::unordered_set<const VariableState*> seen;
  for (const GraphLayer& layer : layers()) add_weights(layer, layer.name(), seen, found);
  return found;
}

// -- at(path) ---------------------------------------------------------------------------------------------------------

namespace {

// The layers along a path, the outermost first; all but the last are models.
using LayerPath = std::vector<GraphLayer>;

bool find_layer(const Graph& graph, const std::string& path, LayerPath& found) {
  const LayerList layers = graph.layers();
  for (const GraphLayer& layer : layers)
    if (layer.name() == path) {
      found.push_back(layer);
      return true;
    }
  for (const GraphLayer& layer : layers) {  // a name may hold a '/' of its own: the scope of a replay
    const std::optional<Model> inner = as_model(layer);
    if (!inner || !path.starts_with(layer.name() + "/")) continue;
    found.push_back(layer);
    if (find_layer(inner->graph(), path.substr(layer.name().size() + 1), found)) return true;
    found.pop_back();
  }
  return false;
}

void list_paths(const Graph& graph, const std::string& prefix, std::vector<std::string>& paths) {
  for (const GraphLayer& layer : graph.layers()) {
    paths.push_back(prefix + layer.name());
    if (const std::optional<Model> inner = as_model(layer))
      list_paths(inner->graph(), cat(prefix, layer.name(), "/"), paths);
  }
}

// Letters to change, add or drop to make b of a.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

[[noreturn]] void fail_unknown(const Model& model, const std::string& path) {
  constexpr size_t kCompared = 2000, kShown = 5;  // of a huge model the nearest are not looked for
  std::vector<std::string> paths;
  list_paths(model.graph(), {}, paths);
  if (paths.size() <= kCompared) {
    std::vector<std::pair<size_t, std::string>> near;
    for (const std::string& known : paths) near.emplace_back(edit_distance(path, known), known);
    std::stable_sort(near.begin(), near.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
    std::transform(near.begin(), near.end(), paths.begin(), [](const auto& entry) { return entry.second; });
  }
  std::string shown;
  for (size_t i = 0; i < std::min(kShown, paths.size()); ++i) shown += cat(i == 0 ? "" : ", ", paths[i]);
  GraphError error(cat("there is no layer \"", path, "\"; the nearest are ", shown));
  error.who(cat("Model \"", model.name(), '"'));
  throw error;
}

[[noreturn]] void fail_input(const Model& model, const std::string& path) {
  GraphError error(cat("\"", path, "\" is an input of a nested model: it stands for what that model is called on"));
  error.who(cat("Model \"", model.name(), '"')).hint(cat("at(\"", path.substr(0, path.rfind('/')), "\").input()"));
  throw error;
}

// Every tensor inside a call of a model, recorded on that call's inputs; once, so that all who read inside share it.
const TensorMap<SymbolicTensor>& opened(ModelImpl& owner, const std::shared_ptr<const Node>& call,
                                        const std::string& scope) {
  const auto known = owner.opened.find(call);
  if (known != owner.opened.end()) return known->second;
  const Graph& graph = *as_model(call->layer())->model_impl().graph;
  SymbolicTensors inner;
  for (const auto& node : graph.nodes())
    for (size_t i = 0; i < node->output_shapes().size(); ++i)
      if (!node->layer().impl().is_input()) inner.emplace_back(node, static_cast<int>(i));
  const SymbolicTensors outer =
      replay_graph(*Graph::make(graph.inputs(), inner), call->inputs(), scope, call->location());
  TensorMap<SymbolicTensor> map;
  for (size_t i = 0; i < inner.size(); ++i) map.emplace(inner[i], outer[i]);
  return owner.opened.emplace(call, std::move(map)).first->second;
}

// The calls of the last layer of a path, on the outermost model's tensors.
SymbolicTensors outer_tensors(ModelImpl& owner, const LayerPath& path) {
  std::vector<std::shared_ptr<const Node>> calls = path[0].nodes();
  std::string scope = path[0].name();
  for (size_t depth = 1; depth < path.size(); ++depth) {
    std::vector<std::shared_ptr<const Node>> inner;
    for (const auto& call : calls) {
      const TensorMap<SymbolicTensor>& map = opened(owner, call, scope);
      for (const auto& node : path[depth].nodes()) inner.push_back(map.at(SymbolicTensor(node, 0)).node());
    }
    calls = inner;
    scope += cat("/", path[depth].name());
  }
  SymbolicTensors tensors;
  for (const auto& call : calls)
    for (size_t i = 0; i < call->output_shapes().size(); ++i) tensors.emplace_back(call, static_cast<int>(i));
  return tensors;
}

}  // namespace

GraphLayer Model::at(const std::string& path) const {
  LayerPath layers;
  if (!find_layer(graph(), path, layers)) fail_unknown(*this, path);
  if (layers.size() == 1) return layers[0];
  if (layers.back().impl().is_input()) fail_input(*this, path);
  const std::lock_guard lock(model_impl().mutex);
  const auto part = Graph::make(inputs(), outer_tensors(model_impl(), layers));
  const LayerList all = part->layers();
  for (size_t i = 0; i < all.size(); ++i)
    if (all[static_cast<int64_t>(i)] == layers.back()) return GraphLayer(layers.back(), path, part, i);
  throw GraphError(cat("layer \"", path, "\" is not called"));
}

}  // namespace graft
