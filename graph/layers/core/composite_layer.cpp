#include "graft/graph/layers/core/composite_layer.h"

#include <algorithm>

#include "graft/graph/axes.h"
#include "graft/graph/emit_graph.h"
#include "graft/graph/layers/core/input.h"

namespace graft {

// The inputs of a call without the tensors among its arguments; floats have the type that the layer computes in.
static std::vector<InputSpec> specs_of(const LayerImpl& layer, std::span<const Shape> inputs,
                                       const CallArguments& arguments) {
  std::vector<InputSpec> specs;
  for (size_t i = 0; i < arguments.positional(inputs.size()); ++i) {
    const DType type = i < arguments.specs.size() ? arguments.specs[i].dtype : DType::f32;
    specs.push_back({inputs[i], is_floating(type) ? layer.dtype_policy.compute_dtype() : type});
  }
  return specs;
}

// The layers inside, and those inside these.
static std::vector<Layer> all_inside(const LayerImpl& layer) {
  std::vector<Layer> found = layer.sublayers();
  for (size_t i = 0; i < found.size(); ++i)
    for (const Layer& inner : found[i].impl().sublayers())
      if (std::ranges::find(found, inner) == found.end()) found.push_back(inner);
  return found;
}

// -- recording -------------------------------------------------------------------------------------------------------

std::shared_ptr<const Graph> CompositeLayer::graph_for(std::vector<InputSpec> specs) const {
  constexpr size_t kKept = 8;
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find(recorded_, specs, &Recorded::specs);
  if (known != recorded_.end()) {
    std::rotate(recorded_.begin(), known, known + 1);
    return recorded_.front().graph;
  }
  const auto graph = record(specs);
  recorded_.insert(recorded_.begin(), {std::move(specs), graph});
  if (recorded_.size() > kKept) recorded_.pop_back();
  return graph;
}

static SymbolicTensor input_of(const InputSpec& spec) {
  const bool scalar = spec.shape.rank() == 0;
  InputConfig config{.shape = scalar ? Shape() : spec.shape.without_batch(), .dtype = spec.dtype};
  if (!scalar && spec.shape[0] > 0) config.batch_size = spec.shape[0];
  return Input(config, source_location());
}

std::shared_ptr<const Graph> CompositeLayer::record(const std::vector<InputSpec>& specs) const {
  std::vector<Layer> unbuilt;
  for (const Layer& layer : all_inside(*this))
    if (!layer.impl().built) unbuilt.push_back(layer);
  SymbolicTensors inputs;
  for (const InputSpec& spec : specs) inputs.push_back(input_of(spec));
  try {
    const auto graph = Graph::make(inputs, call(inputs));
    check_inner(*graph);
    return graph;
  } catch (Error& error) {  // a call that fails leaves no weights behind
    for (const Layer& layer : unbuilt) forget_weights(layer);
    throw;
  }
}

// A layer that is not listed would train, but be missing in files and in copies.
void CompositeLayer::check_inner(const Graph& graph) const {
  const std::vector<Layer> listed = all_inside(*this);
  for (const GraphLayer& layer : graph.layers())
    if (!layer.weights().empty() && std::ranges::find(listed, static_cast<const Layer&>(layer)) == listed.end())
      throw GraphError(cat("call() uses ", layer.who(), ", which inner_layers() does not list"));
}

// -- what follows from the recording ---------------------------------------------------------------------------------

static std::vector<DType> types_of(const Graph& graph) {
  std::vector<DType> types;
  for (const SymbolicTensor& output : graph.outputs()) types.push_back(output.dtype());
  return types;
}

std::vector<Shape> CompositeLayer::infer(std::span<const Shape> inputs) const { return infer_call(inputs, {}); }

std::vector<Shape> CompositeLayer::infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const {
  return shapes_of(graph_for(specs_of(*this, inputs, arguments))->outputs());
}

// Without the shapes of the inputs, as a wrapper asks, those of the latest recording count.
std::vector<DType> CompositeLayer::infer_call_dtypes(std::span<const DType> inputs, size_t outputs,
                                                     const CallArguments& arguments) const {
  if (arguments.specs.empty()) {
    const std::lock_guard lock(mutex_);
    if (recorded_.empty()) return LayerImpl::infer_call_dtypes(inputs, outputs, arguments);
    return types_of(*recorded_.front().graph);
  }
  std::vector<Shape> shapes;
  for (const InputSpec& spec : arguments.specs) shapes.push_back(spec.shape);
  return types_of(*graph_for(specs_of(*this, shapes, arguments)));
}

ops::Values CompositeLayer::emit(ops::Builder& builder, const ops::Values& inputs,
                                 const CallArguments& arguments) const {
  ops::Values outputs;
  for (const MaskedValue& output : emit_masked(builder, inputs, {}, arguments)) outputs.push_back(output.value);
  return outputs;
}

MaskedValues CompositeLayer::emit_masked(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                                         const CallArguments& arguments) const {
  const size_t count = arguments.positional(inputs.size());
  std::vector<Shape> shapes;
  MaskedValues given;
  for (size_t i = 0; i < count; ++i) {
    const bool told = i < arguments.specs.size();
    shapes.push_back(told ? arguments.specs[i].shape : Shape(keras_dims(builder, inputs[i])));
    given.push_back({inputs[i], i < masks.size() ? masks[i] : ops::Value{}});
  }
  shapes.resize(inputs.size());  // those of the arguments are not asked for
  const auto graph = graph_for(specs_of(*this, shapes, arguments));
  return emit_graph(builder, *graph, given, {.training = arguments.training});
}

}  // namespace graft
