#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "graft/graph/node.h"
#include "graft/models/io/base/literal_json.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// The calls of each layer, in the order in which TF.js and Keras record them: they go over the layers round after
/// round, record each call whose inputs they have by then, and number the calls of a shared layer in that order. With
/// any other order, the calls of a layer at two depths would get each other's inputs.
class CallOrder {
 public:
  CallOrder(const Graph& graph, const LayerList& layers);

  const std::vector<std::shared_ptr<const Node>>& calls(size_t layer) const { return calls_[layer]; }
  size_t layer(const Node& node) const { return places_.at(&node).layer; }
  size_t number(const Node& node) const { return places_.at(&node).number; }

 private:
  struct Place {
    size_t layer = 0, round = 0, number = 0;
  };

  void find_round(const Node& node);

  std::vector<std::vector<std::shared_ptr<const Node>>> calls_;
  std::unordered_map<const Node*, Place> places_;
};

/// Whether every layer is called once, one after the other, as the class Sequential requires.
bool is_chain(const Model& model);

/// The arguments of a call that are no inputs, as an object; `ref` writes a tensor.
template <class Ref>
Json call_arguments(const Node& node, const Ref& ref) {
  CallArguments arguments = node.arguments();
  Json written = Json::object();
  if (arguments.training) written["training"] = *arguments.training;
  for (const char* name : {"use_causal_mask", "return_attention_scores", "reverse"})
    if (const auto flag = *arguments.flag(name)) written[name] = *flag;
  for (const auto& [name, value] : arguments.others) written[name] = write_literal(value);
  const size_t first = arguments.positional(node.inputs().size());
  for (size_t i = 0; i < arguments.tensors.size(); ++i) {
    const auto& [name, index] = arguments.tensors[i];
    if (index < 0)
      written[name] = ref(node.inputs()[first + i]);
    else
      written[name][static_cast<size_t>(index)] = ref(node.inputs()[first + i]);
  }
  return written;
}

}  // namespace graft::io
