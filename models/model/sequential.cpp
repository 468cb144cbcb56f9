#include "graft/models/model/sequential.h"

#include "graft/graph/layers/core/input.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/nested.h"

namespace graft {

// The input of a stack that begins with a model, which knows its own.
static SymbolicTensor input_for(const Layer& first, source_location location) {
  const std::optional<Model> model = as_model(first);
  if (!model)
    throw GraphError(cat("must begin with an Input; received ", first.who()))
        .hint("Sequential({Input({.shape = {28, 28, 1}}), ...})");
  const SymbolicTensor like = model->input();
  return Input({.shape = like.shape().without_batch(), .dtype = like.dtype()}, location);
}

// The tensor that the stack begins at; `used` says whether the first item is that tensor, and no layer to call.
static SymbolicTensor begin(const SequentialItem& first, bool& used, source_location location) {
  used = true;
  if (first.input()) return first.input();
  if (first.layer().impl().is_input()) return first.layer().call({}, {}, {}, location);
  used = false;
  return input_for(first.layer(), location);
}

// A merge layer that is called on one tensor silently merges nothing: the stack would be another network than the one
// that its layers come from.
static void check_takes_one(const Layer& layer) {
  if (layer.impl().input_count() == 1 || !layer.impl().is_known()) return;
  const bool input = layer.impl().is_input();
  throw GraphError(cat(layer.who(), input ? " is an Input, which only the first of a stack may be"
                                          : " joins several tensors, but a stack gives each layer one"))
      .hint("cut(model, \"layer\") gives the rest of a model as a Model of its own, also where it branches");
}

static std::shared_ptr<ModelImpl> stack(const std::vector<SequentialItem>& items, const ModelConfig& config,
                                        source_location location) {
  try {
    if (items.empty()) throw GraphError("a Sequential needs at least an Input");
    bool first_used = false;
    const SymbolicTensor input = begin(items[0], first_used, location);
    SymbolicTensor x = input;
    for (size_t i = first_used ? 1 : 0; i < items.size(); ++i) {
      if (items[i].input()) throw GraphError(cat("item ", i, " is a tensor; only the first may be one, an Input"));
      check_takes_one(items[i].layer());
      const SymbolicTensors outputs = items[i].layer().call(x, {}, {}, location);
      if (outputs.size() != 1)
        throw GraphError(cat(items[i].layer().who(), " gives ", outputs.size(), " tensors; a stack needs one"));
      x = outputs[0];
    }
    auto impl = std::make_shared<ModelImpl>(Graph::make(input, x), "Sequential");
    impl->name = config.name;
    return impl;
  } catch (Error& error) {
    error.who(config.name.empty() ? "Sequential" : cat("Sequential \"", config.name, '"'));
    error.at(location, "Sequential made");
    throw;
  }
}

Sequential::Sequential(std::initializer_list<SequentialItem> items, ModelConfig config, source_location location)
    : Model(stack(items, config, location)) {}

Sequential::Sequential(const std::vector<Layer>& layers, ModelConfig config, source_location location)
    : Model(stack({layers.begin(), layers.end()}, config, location)) {}

}  // namespace graft
