#include "graft/models/model/model.h"

#include "graft/graph/layers/core/input.h"
#include "graft/graph/replay.h"
#include "graft/models/model/model_impl.h"

namespace graft {

static bool all_inputs(const SymbolicTensors& tensors) {
  for (const SymbolicTensor& tensor : tensors)
    if (!tensor || !tensor.node()->layer().impl().is_input()) return !tensor;  // Graph::make refuses an empty one
  return true;
}

static SymbolicTensor input_like(const SymbolicTensor& tensor, source_location location) {
  InputConfig config{.shape = tensor.shape().without_batch(), .dtype = tensor.dtype()};
  if (tensor.shape().has_rank() && tensor.shape()[0] != Shape::none) config.batch_size = tensor.shape()[0];
  return Input(config, location);
}

// A model begins at Inputs: the calls behind other tensors are recorded again on new Inputs.
static std::shared_ptr<const Graph> model_graph(const SymbolicTensors& inputs, const SymbolicTensors& outputs,
                                                source_location location) {
  const auto graph = Graph::make(inputs, outputs);
  if (all_inputs(inputs)) return graph;
  SymbolicTensors own;
  for (const SymbolicTensor& input : inputs)
    own.push_back(input.node()->layer().impl().is_input() ? input : input_like(input, location));
  return Graph::make(own, replay_graph(*graph, own, {}, location));
}

static std::shared_ptr<ModelImpl> make_impl(const SymbolicTensors& inputs, const SymbolicTensors& outputs,
                                            const ModelConfig& config, source_location location) {
  try {
    auto impl = std::make_shared<ModelImpl>(model_graph(inputs, outputs, location), "Functional");
    impl->name = config.name;
    return impl;
  } catch (Error& error) {
    if (!config.name.empty()) error.who(cat("Model \"", config.name, '"'));
    error.at(location, "Model made");
    throw;
  }
}

Model::Model(const SymbolicTensors& inputs, const SymbolicTensors& outputs, ModelConfig config,
             source_location location)
    : Layer(make_impl(inputs, outputs, config, location)) {}

Model::Model(std::shared_ptr<ModelImpl> impl) : Layer(std::move(impl)) {}

SymbolicTensors Model::operator()(const SymbolicTensors& inputs, source_location location) const {
  return call(inputs, {}, {}, location);
}

SymbolicTensors Model::operator()(const SymbolicTensors& inputs, const CallArguments& arguments,
                                  source_location location) const {
  return call(inputs, arguments, {}, location);
}

ModelImpl& Model::model_impl() const& {
  if (!impl_) throw GraphError("an empty Model was used");
  return static_cast<ModelImpl&>(*impl_);
}

const Graph& Model::graph() const& { return *model_impl().graph; }

LayerList Model::layers() const { return graph().layers(); }

const SymbolicTensors& Model::inputs() const& { return graph().inputs(); }

const SymbolicTensors& Model::outputs() const& { return graph().outputs(); }

static const SymbolicTensor& only(const Model& model, const SymbolicTensors& tensors, const char* what) {
  if (tensors.size() == 1) return tensors[0];
  throw GraphError(cat("has ", tensors.size(), ' ', what, "s, so ", what, "() does not say which"))
      .who(cat("Model \"", model.name(), '"'))
      .hint(cat("write ", what, "s()[0] for the first."));
}

SymbolicTensor Model::input() const { return only(*this, inputs(), "input"); }

SymbolicTensor Model::output() const { return only(*this, outputs(), "output"); }

}  // namespace graft
