#include "graft/graph/call_arguments.h"

#include <set>

namespace graft {

bool CallArguments::is_keyword(const std::string& name) {
  static const std::set<std::string> names{"mask",     "initial_state",  "query_mask",   "value_mask",
                                           "key_mask", "attention_mask", "count_weights"};
  return names.contains(name);
}

std::optional<bool>* CallArguments::flag(const std::string& name) {
  if (name == "use_causal_mask") return &use_causal_mask;
  if (name == "return_attention_scores") return &return_attention_scores;
  return name == "reverse" ? &reverse : nullptr;
}

namespace {

class Recording {
 public:
  Recording(SymbolicTensors& inputs, CallArguments& arguments) : inputs_(inputs), arguments_(arguments) {}

  void one(const char* name, SymbolicTensor& tensor) {
    if (tensor) add(name, -1, tensor);
    tensor = {};
  }

  // Keras takes a lone tensor for the mask of one input, or for the only state.
  void list(const char* name, SymbolicTensors& tensors) {
    for (size_t i = 0; i < tensors.size(); ++i)
      if (tensors[i]) add(name, tensors.size() == 1 ? -1 : static_cast<int>(i), tensors[i]);
    tensors.clear();
  }

 private:
  void add(const char* name, int index, const SymbolicTensor& tensor) {
    inputs_.push_back(tensor);
    arguments_.tensors.push_back({name, index});
  }

  SymbolicTensors& inputs_;
  CallArguments& arguments_;
};

}  // namespace

void record_tensors(SymbolicTensors& inputs, CallArguments& arguments) {
  Recording recording(inputs, arguments);
  recording.list("mask", arguments.mask);
  recording.list("initial_state", arguments.initial_state);
  recording.one("query_mask", arguments.query_mask);
  recording.one("value_mask", arguments.value_mask);
  recording.one("key_mask", arguments.key_mask);
  recording.one("attention_mask", arguments.attention_mask);
  recording.one("count_weights", arguments.count_weights);
}

}  // namespace graft
