#include "graft/models/model/model_impl.h"

#include "graft/graph/emit_graph.h"
#include "graft/graph/walk.h"
#include "graft/models/model/misfits.h"
#include "graft/models/step/executable_cache.h"

namespace graft {

static std::vector<Layer> layers_of(const Graph& graph) {
  const LayerList list = graph.layers();
  return {list.begin(), list.end()};
}

ModelImpl::ModelImpl(std::shared_ptr<const Graph> view, std::string class_name)
    : graph(std::move(view)),
      inference(std::make_unique<ExecutableCache>()),
      class_name_(std::move(class_name)),
      sublayers_(layers_of(*graph)) {
  built = true;
  const TakenMasks masks(*graph);
  for (const SymbolicTensor& input : graph->inputs()) takes_.push_back(masks.taken(input));
}

ModelImpl::~ModelImpl() = default;

// The output shapes for other input shapes than those of the recording: infers every call again.
static std::vector<Shape> infer_again(const Graph& graph, std::span<const Shape> inputs) {
  Misfits misfits;
  const auto infer = [&](const std::shared_ptr<const Node>& node, std::vector<Shape> from) {
    const LayerImpl& layer = node->layer().impl();
    try {
      CallArguments arguments = node->arguments();
      for (size_t i = 0; i < from.size(); ++i) arguments.specs.push_back({from[i], node->inputs()[i].dtype()});
      const std::vector<Shape> inferred = infer_outputs(layer, from, arguments);
      if (!can_infer(layer, from)) return inferred;
      if (!from.empty()) from[0] = layer.completed(from[0]);
      layer.check_built(std::span(from).first(node->arguments().positional(from.size())));
      return inferred;
    } catch (ShapeError& error) {
      misfits.add(error.who(node->layer().who()));
    }
    return node->output_shapes();  // they stand in for those of a layer that cannot follow
  };
  const std::vector<Shape> outputs = walk(graph, std::vector<Shape>(inputs.begin(), inputs.end()), infer);
  misfits.raise();
  return outputs;
}

std::vector<Shape> ModelImpl::infer(std::span<const Shape> inputs) const {
  const std::vector<Shape> own = shapes_of(graph->inputs());
  if (std::equal(own.begin(), own.end(), inputs.begin(), inputs.end())) return shapes_of(graph->outputs());
  return infer_again(*graph, inputs);
}

std::vector<DType> ModelImpl::infer_dtypes(std::span<const DType>, size_t) const {
  std::vector<DType> dtypes;
  for (const SymbolicTensor& output : graph->outputs()) dtypes.push_back(output.dtype());
  return dtypes;
}

ops::Values ModelImpl::emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const {
  ops::Values outputs;
  for (const MaskedValue& output : emit_masked(builder, inputs, {}, arguments)) outputs.push_back(output.value);
  return outputs;
}

MaskedValues ModelImpl::emit_masked(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                                    const CallArguments& arguments) const {
  MaskedValues given;
  for (size_t i = 0; i < arguments.positional(inputs.size()); ++i)
    given.push_back({inputs[i], i < masks.size() ? masks[i] : ops::Value{}});
  return emit_graph(builder, *graph, given, {.training = arguments.training});
}

}  // namespace graft
