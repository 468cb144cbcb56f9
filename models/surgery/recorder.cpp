#include "graft/models/surgery/recorder.h"

#include <algorithm>

#include "graft/graph/layer_impl.h"
#include "graft/graph/walk.h"
#include "graft/models/model/nested.h"

namespace graft {

static SymbolicTensors outputs_of(const std::shared_ptr<const Node>& node) {
  SymbolicTensors tensors;
  for (size_t i = 0; i < node->output_shapes().size(); ++i) tensors.emplace_back(node, static_cast<int>(i));
  return tensors;
}

Recorder& Recorder::at(std::vector<CallPath> places, Change change) {
  places_ = std::move(places);
  change_ = std::move(change);
  return *this;
}

Recorder& Recorder::open_all() {
  open_all_ = true;
  return *this;
}

bool Recorder::is_place(const CallPath& call) const {
  return std::find(places_.begin(), places_.end(), call) != places_.end();
}

bool Recorder::opens(const CallPath& call) const {
  return open_all_ || std::any_of(places_.begin(), places_.end(), [&](const CallPath& place) {
           return place.size() > call.size() && std::equal(call.begin(), call.end(), place.begin());
         });
}

SymbolicTensors Recorder::run(const Graph& graph, const SymbolicTensors& inputs) {
  const SymbolicTensors outputs = record_all(graph, inputs, {});
  misfits_.raise();
  return outputs;
}

SymbolicTensors Recorder::record_all(const Graph& graph, const SymbolicTensors& inputs, const Surroundings& around) {
  return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const SymbolicTensors& given) {
    return record(graph, node, given, around);
  });
}

static void check_number(const SymbolicTensors& made, const Graph& graph, const Node& node) {
  const size_t wanted = node.output_shapes().size();
  if (made.size() != wanted)
    throw GraphError(cat(named(graph, node), " gives ", wanted, wanted == 1 ? " tensor" : " tensors",
                         "; its replacement gives ", made.size()));
}

SymbolicTensors Recorder::record(const Graph& graph, const std::shared_ptr<const Node>& node,
                                 const SymbolicTensors& inputs, const Surroundings& around) {
  Surroundings here = around;
  here.calls.push_back(node);
  const bool place = is_place(here.calls);
  SymbolicTensors made;
  if (const auto inner = as_model(node->layer()); inner && opens(here.calls)) {
    here.scope = join_path(around.scope, graph.name_of(*node));
    if (node->arguments().training) here.arguments.training = node->arguments().training;
    const auto end = inputs.begin() + static_cast<std::ptrdiff_t>(node->arguments().positional(inputs.size()));
    made = record_all(inner->graph(), {inputs.begin(), end}, here);
  } else if (place && change_) {
    made = change_(*node, inputs, [&](const Layer& layer, const SymbolicTensors& given) {
      return call_like(node, layer, given, around);
    });
    check_number(made, graph, *node);
  } else {
    made = call_like(node, node->layer(), inputs, around);
  }
  if (place) made_[here.calls] = made;
  return made;
}

// A layer in the place of another takes of the arguments of the call those that it has.
static void drop_others(const LayerImpl& layer, SymbolicTensors& inputs, CallArguments& arguments) {
  const auto tensors = inputs.begin() + static_cast<std::ptrdiff_t>(arguments.positional(inputs.size()));
  SymbolicTensors kept(inputs.begin(), tensors);
  std::vector<TensorArgument> named;
  for (size_t i = 0; i < arguments.tensors.size(); ++i)
    if (takes_argument(layer, arguments.tensors[i].name)) {
      kept.push_back(tensors[static_cast<std::ptrdiff_t>(i)]);
      named.push_back(arguments.tensors[i]);
    }
  inputs = std::move(kept);
  arguments.tensors = std::move(named);
  for (const char* flag : {"use_causal_mask", "return_attention_scores", "reverse"})
    if (!takes_argument(layer, flag)) arguments.flag(flag)->reset();
}

SymbolicTensors Recorder::call_like(const std::shared_ptr<const Node>& node, const Layer& layer,
                                    const SymbolicTensors& given, const Surroundings& around) {
  const bool same = layer == node->layer();
  if (same && around.calls.empty() && given == node->inputs()) return outputs_of(node);
  SymbolicTensors inputs = given;
  CallArguments arguments = node->arguments();
  if (!same) drop_others(layer.impl(), inputs, arguments);
  if (!arguments.training) arguments.training = around.arguments.training;
  try {
    return layer.call(inputs, arguments, join_path(around.scope, node->scope()), location_);
  } catch (const ShapeError& error) {
    if (!same) throw;  // the new layer itself does not fit, so nothing is gathered
    misfits_.add(error);
    return outputs_of(node);
  }
}

Opened open_at(const Model& model, const Taps& taps, source_location location) {
  std::vector<FoundTensor> found;
  std::vector<CallPath> calls;
  for (const Tap& tap : taps) {
    found.push_back(find_tensor(model, tap));
    const FoundTensor& last = found.back();
    if (!last.call.empty() && !last.call.back()->layer().impl().is_input()) calls.push_back(last.call);
  }
  Recorder recorder(location);
  Opened opened{recorder.at(calls).run(model.graph(), model.inputs()), {}};
  for (const FoundTensor& tensor : found) {
    const bool kept = std::find(calls.begin(), calls.end(), tensor.call) == calls.end();
    opened.tensors.push_back(kept ? tensor.tensor
                                  : recorder.made(tensor.call)[static_cast<size_t>(tensor.tensor.index())]);
  }
  return opened;
}

// -- the part between tensors -----------------------------------------------------------------------------------------

// The shortest path from an Input to `to` that passes none of `from`, in the direction of the data; empty when there
// is none.
static std::vector<const Node*> way_around(const SymbolicTensors& from, const SymbolicTensors& to) {
  TensorMap<bool> stops;
  for (const SymbolicTensor& tensor : from) stops.emplace(tensor, true);
  std::unordered_map<const Node*, const Node*> users;  // the next call on the path to `to`
  std::vector<const Node*> waiting;
  const auto visit = [&](const SymbolicTensor& tensor, const Node* user) {
    if (!stops.contains(tensor) && users.emplace(tensor.node().get(), user).second)
      waiting.push_back(tensor.node().get());
  };
  for (const SymbolicTensor& tensor : to) visit(tensor, nullptr);
  for (size_t i = 0; i < waiting.size(); ++i) {  // breadth first finds the shortest path
    if (waiting[i]->layer().impl().is_input()) {
      std::vector<const Node*> way;
      for (const Node* node = waiting[i]; node; node = users.at(node)) way.push_back(node);
      return way;
    }
    for (const SymbolicTensor& input : waiting[i]->inputs()) visit(input, waiting[i]);
  }
  return {};
}

static std::string shown(const Graph& graph, const std::vector<const Node*>& way) {
  constexpr size_t kFirst = 4, kLast = 2;
  std::string text = named(graph, *way[0]);
  for (size_t i = 1; i < way.size(); ++i) {
    const bool skipped = i >= kFirst && i + kLast < way.size();
    if (!skipped) text += cat(" -> ", named(graph, *way[i]));
    if (skipped && i == kFirst) text += " -> ...";
  }
  return text;
}

[[noreturn]] static void fail_around(const Graph& whole, const std::vector<const Node*>& way, const std::string& rule) {
  const Node& near = *way[std::min<size_t>(1, way.size() - 1)];
  throw GraphError(cat(rule, ": it is bypassed by ", shown(whole, way)))
      .hint(cat("name a tensor on that path too, such as \"", whole.name_of(near), "\"."));
}

SymbolicTensors together(SymbolicTensors a, const SymbolicTensors& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Part part_between(const Model& model, const Taps& from, const Taps& to, const std::string& rule,
                  source_location location) {
  Taps ends = from;
  ends.insert(ends.end(), to.begin(), to.end());
  const auto [outputs, tensors] = open_at(model, ends, location);
  const auto middle = tensors.begin() + std::ssize(from);
  Part part{{tensors.begin(), middle}, {middle, tensors.end()}, outputs, nullptr};
  if (from.empty()) part.from = model.inputs();
  if (to.empty()) part.to = outputs;
  const std::vector<const Node*> way = way_around(part.from, part.to);
  if (!way.empty()) fail_around(*Graph::make(model.inputs(), together(outputs, tensors)), way, rule);
  part.graph = Graph::make(part.from, part.to);
  return part;
}

}  // namespace graft
