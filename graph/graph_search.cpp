#include "graft/graph/graph_search.h"

#include <algorithm>
#include <unordered_set>

#include "graft/graph/layer_impl.h"
#include "graft/graph/tensor_map.h"

namespace graft {

namespace {

// Order and depths are Keras's: a layer is numbered when the search first enters it, and a call is listed when the
// search leaves it.
class GraphSearch {
 public:
  GraphSearch(const SymbolicTensors& inputs, const SymbolicTensors& outputs) : inputs_(inputs), outputs_(outputs) {}

  FoundGraph run() {
    check_tensors();
    for (const SymbolicTensor& output : outputs_) search(output);
    add_unused_inputs();
    find_depths();
    order_layers();
    name_layers();
    return {std::move(nodes_), std::move(index_)};
  }

 private:
  struct Frame {
    SymbolicTensor tensor;
    size_t next_input = 0;
  };
  struct Found {
    int64_t number = 0, depth = 0;
    std::vector<std::shared_ptr<const Node>> calls;
  };

  void check_tensors() {
    if (outputs_.empty()) throw GraphError("a model needs at least one output");
    for (const SymbolicTensors* tensors : {&inputs_, &outputs_})
      for (const SymbolicTensor& tensor : *tensors)
        if (!tensor) throw GraphError("an empty SymbolicTensor cannot be an input or an output of a model");
    for (const SymbolicTensor& input : inputs_)
      if (!ends_.emplace(input, true).second)
        throw GraphError(cat(input.origin(), " is listed twice among the inputs of a model"));
  }

  void search(const SymbolicTensor& output) {
    enter(output);
    while (!stack_.empty()) {
      Frame& top = stack_.back();
      const SymbolicTensors& needed = top.tensor.node()->inputs();
      if (top.next_input < needed.size()) {
        enter(needed[top.next_input++]);
      } else {
        leave(top.tensor.node());
        stack_.pop_back();
      }
    }
  }

  void enter(const SymbolicTensor& tensor) {
    const std::shared_ptr<const Node>& node = tensor.node();
    const bool is_input = node->layer().impl().is_input();
    if (ends_.contains(tensor) && !is_input) return;
    if (!entered_.insert(node.get()).second) return;
    if (is_input && !ends_.contains(tensor)) fail_disconnected(tensor);
    Found& layer = layers_[&node->layer().impl()];
    if (layer.calls.empty() && layer.number == 0) layer.number = ++numbered_;
    stack_.push_back({tensor, 0});
  }

  void leave(const std::shared_ptr<const Node>& node) {
    layers_[&node->layer().impl()].calls.push_back(node);
    nodes_.push_back(node);
  }

  // Keras counts unused inputs as layers too, since a loss may use them.
  void add_unused_inputs() {
    std::vector<std::shared_ptr<const Node>> unused;
    for (const SymbolicTensor& input : inputs_) {
      if (!input.node()->layer().impl().is_input() || !entered_.insert(input.node().get()).second) continue;
      layers_[&input.node()->layer().impl()].calls.push_back(input.node());
      unused.push_back(input.node());
    }
    nodes_.insert(nodes_.begin(), unused.begin(), unused.end());
  }

  // A call is one deeper than the deepest call that uses it; a shared layer has the depth of its deepest call.
  void find_depths() {
    std::unordered_map<const Node*, int64_t> depths;
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
      Found& layer = layers_[&(*node)->layer().impl()];
      const int64_t depth = std::max(depths[node->get()], layer.depth);
      layer.depth = depth;
      for (const SymbolicTensor& input : (*node)->inputs()) {
        int64_t& above = depths[input.node().get()];
        above = std::max(above, depth + 1);
      }
    }
  }

  void order_layers() {
    std::vector<const LayerImpl*> order;
    std::unordered_set<const LayerImpl*> seen;
    for (const auto& node : nodes_)
      if (seen.insert(&node->layer().impl()).second) order.push_back(&node->layer().impl());
    std::stable_sort(order.begin(), order.end(), [&](const LayerImpl* a, const LayerImpl* b) {
      const Found &x = layers_[a], &y = layers_[b];
      return x.depth != y.depth ? x.depth > y.depth : x.number < y.number;
    });
    for (const LayerImpl* layer : order) {
      const auto& calls = layers_[layer].calls;
      for (size_t call = 0; call < calls.size(); ++call)
        index_.places.emplace(calls[call].get(), GraphIndex::Place{index_.layers.size(), call});
      index_.layers.push_back({calls[0]->layer(), {}, calls});
    }
  }

  static std::string scoped(const GraphIndex::Entry& entry) {
    const std::string& scope = entry.calls[0]->scope();
    return scope.empty() ? entry.layer.name() : cat(scope, "/", entry.layer.name());
  }

  void name_layers() {
    std::unordered_map<std::string, size_t> taken;
    for (size_t i = 0; i < index_.layers.size(); ++i) {
      GraphIndex::Entry& entry = index_.layers[i];
      if (entry.layer.impl().name.empty()) continue;
      entry.name = scoped(entry);
      const auto [other, fresh] = taken.emplace(entry.name, i);
      if (!fresh) fail_duplicate(index_.layers[other->second], entry);
    }
    std::unordered_map<std::string, int64_t> next;
    for (GraphIndex::Entry& entry : index_.layers) {
      if (!entry.name.empty()) continue;
      const std::string base = scoped(entry);
      do {
        const int64_t number = next[base]++;
        entry.name = number == 0 ? base : cat(base, "_", number);
      } while (!taken.emplace(entry.name, 0).second);
    }
  }

  [[noreturn]] void fail_disconnected(const SymbolicTensor& missing) const {
    std::string inputs, reached;
    for (const SymbolicTensor& input : inputs_) inputs += cat(inputs.empty() ? "" : ", ", input.origin());
    const size_t shown = 6, count = nodes_.size();
    for (size_t i = count > shown ? count - shown : 0; i < count; ++i)
      reached += cat(reached.empty() ? "" : ", ", nodes_[i]->layer().who());
    const Node& user = stack_.empty() ? *missing.node() : *stack_.back().tensor.node();
    const SymbolicTensor& output = stack_.empty() ? missing : stack_.front().tensor;
    throw GraphError(cat("the model is disconnected: its output from ", output.origin(), " needs ", missing.origin(),
                         " ", missing.shape(), ", which is not among its inputs (", inputs.empty() ? "none" : inputs,
                         "); reached before it: ", reached.empty() ? "nothing" : reached))
        .hint(cat("add ", missing.origin(), " to the inputs, or record that part on one of them."))
        .at(user.location(), cat(user.layer().who(), stack_.empty() ? " made" : " called"));
  }

  [[noreturn]] static void fail_duplicate(const GraphIndex::Entry& a, const GraphIndex::Entry& b) {
    throw GraphError(cat("two layers are named \"", b.name, "\": ", a.layer.who(), " called at ",
                         place_name(a.calls[0]->location()), " and ", b.layer.who(), " called at ",
                         place_name(b.calls[0]->location()), "; names must be unique within a model"))
        .hint("replay(model, tensors, {.scope = \"left\"}) puts a scope before the names of one part.")
        .at(b.calls[0]->location());
  }

  const SymbolicTensors &inputs_, &outputs_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  GraphIndex index_;
  TensorMap<bool> ends_;  // the inputs, at which the search ends
  std::vector<Frame> stack_;
  std::unordered_set<const Node*> entered_;
  std::unordered_map<const LayerImpl*, Found> layers_;
  int64_t numbered_ = 0;
};

}  // namespace

FoundGraph search_graph(const SymbolicTensors& inputs, const SymbolicTensors& outputs) {
  return GraphSearch(inputs, outputs).run();
}

}  // namespace graft
