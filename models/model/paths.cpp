#include "graft/models/model/paths.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "graft/graph/replay.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/nested.h"

namespace graft {

// Weights by path, layers by path: names joined with '/' from the outermost model inwards.

namespace {

// The variables of a layer with their names in it, each name once.
class NamedVariables {
 public:
  std::vector<std::pair<std::string, Variable>> run(const Layer& layer) {
    add(layer, "");
    return std::move(found_);
  }

 private:
  // The names of layers inside are left out where there is only one: LSTM has one cell, Bidirectional two layers.
  void add(const Layer& layer, const std::string& prefix) {
    if (const std::optional<Model> model = as_model(layer)) {
      for (const GraphLayer& inner : model->layers()) add(inner, cat(prefix, inner.name(), '/'));
      return;
    }
    for (const Weight& weight : layer.impl().weights)
      add_variable(weight.variable, cat(prefix, weight.variable.name()));
    const std::vector<InnerLayer> all = layer.impl().inner_layers();
    for (const InnerLayer& inner : all)
      add(inner.layer, all.size() == 1 ? prefix : unique(cat(prefix, inner.layer.name()), prefixes_) + '/');
  }

  void add_variable(const Variable& variable, const std::string& name) {
    if (seen_.insert(&variable.state()).second) found_.emplace_back(unique(name, names_), variable);
  }

  static std::string unique(const std::string& name, std::unordered_set<std::string>& taken) {
    std::string free = name;
    for (int number = 1; !taken.insert(free).second; ++number) free = cat(name, '_', number);
    return free;
  }

  std::vector<std::pair<std::string, Variable>> found_;
  std::unordered_set<const VariableState*> seen_;
  std::unordered_set<std::string> names_, prefixes_;
};

}  // namespace

std::vector<std::pair<std::string, Variable>> variables_of(const Layer& layer) { return NamedVariables().run(layer); }

std::vector<std::pair<std::string, Variable>> Model::named_weights() const {
  std::vector<std::pair<std::string, Variable>> found;
  std::unordered_set<const VariableState*> seen;
  for (const GraphLayer& layer : layers())
    for (const auto& [name, variable] : variables_of(layer))
      if (seen.insert(&variable.state()).second) found.emplace_back(cat(layer.name(), '/', name), variable);
  return found;
}

// -- at(path) ---------------------------------------------------------------------------------------------------------

namespace {

// One name of a path: the layer, and the k of "@k" where it is given.
struct PathStep {
  GraphLayer layer;
  std::optional<size_t> call;
};
struct ReadPath {
  std::vector<PathStep> steps;  // the outermost first; all but the last are models
  std::optional<size_t> output;
};

// Removes "@12" from the front and returns 12; nothing when the text does not begin so.
std::optional<size_t> take_number(std::string_view& text, char mark) {
  if (text.empty() || text[0] != mark) return {};
  size_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc()) return {};
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  return number;
}

// A name may contain '/', '@' and ':', so the longest name that fits comes first.
LayerList layers_at_front(const Graph& graph, std::string_view path) {
  LayerList found;
  for (const GraphLayer& layer : graph.layers())
    if (path.starts_with(layer.name())) found.push_back(layer);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.name().size() > b.name().size(); });
  return found;
}

bool read_path(const Graph& graph, std::string_view path, ReadPath& read) {
  for (const GraphLayer& layer : layers_at_front(graph, path)) {
    std::string_view rest = path.substr(layer.name().size());
    read.steps.push_back({layer, take_number(rest, '@')});
    read.output = take_number(rest, ':');
    if (rest.empty()) return true;
    const std::optional<Model> inner = as_model(layer);
    if (inner && !read.output && rest[0] == '/' && read_path(inner->graph(), rest.substr(1), read)) return true;
    read.steps.pop_back();
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

// The number of letters to change, add or drop that turns a into b.
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
  constexpr size_t kCompared = 2000, kShown = 5;  // in a larger model the search for near names would take too long
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
  throw GraphError(cat("there is no layer \"", path, "\"; the nearest are ", shown));
}

[[noreturn]] void fail_input(const std::string& path) {
  throw GraphError(cat("\"", path, "\" is an input of a nested model: it stands for what that model is called on"))
      .hint(cat("at(\"", path.substr(0, path.rfind('/')), "\").input()"));
}

GraphLayer at_calls(const FoundCalls& found, const std::string& path) {
  GraphLayer::Calls nodes;
  for (const CallPath& call : found.calls) nodes.push_back(call.back());
  return {found.layer, path, std::make_shared<const GraphLayer::Calls>(std::move(nodes)), found.output};
}

// Every call of the layer within every call of the model around it, or with "@k" the k-th of these.
std::vector<CallPath> calls_of(const std::string& path, const std::vector<PathStep>& steps) {
  std::vector<CallPath> calls(1);
  for (const PathStep& step : steps) {
    std::vector<CallPath> deeper;
    for (const CallPath& outer : calls)
      for (const auto& node : step.layer.nodes()) {
        deeper.push_back(outer);
        deeper.back().push_back(node);
      }
    calls = std::move(deeper);
    if (!step.call) continue;
    at_calls({step.layer, calls, {}}, path).inputs(*step.call);  // throws for a call that is not there
    calls = {calls[*step.call]};
  }
  return calls;
}

// Every tensor inside a call of a model, recorded on that call's inputs. They are recorded once and then shared.
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

// The call as it is recorded on the outermost model's tensors.
std::shared_ptr<const Node> outer_call(ModelImpl& owner, const CallPath& path) {
  const Graph* graph = owner.graph.get();
  std::shared_ptr<const Node> call = path[0];
  std::string scope = graph->name_of(*call);
  for (size_t depth = 1; depth < path.size(); ++depth) {
    graph = as_model(call->layer())->model_impl().graph.get();
    call = opened(owner, call, scope).at(SymbolicTensor(path[depth], 0)).node();
    scope += cat("/", graph->name_of(*path[depth]));
  }
  return call;
}

// The call of a tensor that at() gave or that is in the graph; empty for any other.
CallPath path_to(const ModelImpl& owner, const SymbolicTensor& tensor) {
  if (owner.graph->contains(*tensor.node())) return {tensor.node()};
  for (const auto& [call, map] : owner.opened)
    for (const auto& [inner, outer] : map)
      if (outer.node() == tensor.node()) {
        CallPath path = path_to(owner, SymbolicTensor(call, 0));
        path.push_back(inner.node());
        return path;
      }
  return {};
}

}  // namespace

std::string named(const Graph& graph, const Node& node) {
  const std::string kind = node.layer().impl().is_input() ? "Input" : node.layer().class_name();
  return cat(kind, " \"", graph.name_of(node), '"');
}

std::string listed(const Taps& taps) {
  std::string text;
  for (const Tap& tap : taps)
    text += cat(text.empty() ? "" : ", ", tap.path().empty() ? tap.tensor().origin() : cat('"', tap.path(), '"'));
  return text;
}

FoundCalls find_calls(const Model& model, const std::string& path) {
  ReadPath read;
  if (!read_path(model.graph(), path, read)) fail_unknown(model, path);
  const GraphLayer& layer = read.steps.back().layer;
  if (read.steps.size() > 1 && layer.impl().is_input()) fail_input(path);
  FoundCalls found{layer, calls_of(path, read.steps), read.output};
  const size_t outputs = found.calls[0].back()->output_shapes().size();
  if (read.output && *read.output >= outputs)
    throw GraphError(cat("\"", path, "\": ", layer.who(), " gives ", outputs, outputs == 1 ? " tensor" : " tensors",
                         ", counted from 0; received output ", *read.output));
  return found;
}

FoundTensor find_tensor(const Model& model, const Tap& tap) {
  if (!tap.path().empty()) {
    const FoundCalls found = find_calls(model, tap.path());
    const SymbolicTensor tensor = at_calls(found, tap.path()).output();  // throws when there are several
    return {found.calls[0], tensor};
  }
  if (!tap.tensor()) throw GraphError("an empty SymbolicTensor, or an empty path, is no tensor of a model");
  const std::lock_guard lock(model.model_impl().mutex);
  const CallPath call = path_to(model.model_impl(), tap.tensor());
  return {call, call.empty() ? tap.tensor() : SymbolicTensor(call.back(), tap.tensor().index())};
}

GraphLayer Model::at(const std::string& path) const {
  try {
    const FoundCalls found = find_calls(*this, path);
    const std::lock_guard lock(model_impl().mutex);
    GraphLayer::Calls calls;
    for (const CallPath& call : found.calls) calls.push_back(outer_call(model_impl(), call));
    return {found.layer, path, std::make_shared<const GraphLayer::Calls>(std::move(calls)), found.output};
  } catch (Error& error) {
    error.who(cat("Model \"", name(), '"'));
    throw;
  }
}

}  // namespace graft
