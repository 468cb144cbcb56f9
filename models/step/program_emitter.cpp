#include "graft/models/step/program_emitter.h"

#include <numeric>
#include <utility>

#include "graft/graph/axes.h"
#include "graft/graph/emit_graph.h"

namespace graft {

static std::string input_name(const Graph& graph, const SymbolicTensor& input) {
  return input.node()->layer().impl().is_input() ? graph.name_of(*input.node()) : input.node()->layer().name();
}

static Shape with_batch(const SymbolicTensor& input, int64_t batch) {
  return input.shape().rank() == 0 ? input.shape() : input.shape().with_batch(batch);
}

static void check_batch(const SymbolicTensor& input, const Shape& shape) {
  if (input.shape().accepts(shape)) return;
  throw ShapeError(cat(input.origin(), " is made for a batch of ", input.shape()[0], "; received ", shape[0]));
}

std::vector<Shape> batch_shapes(const SymbolicTensors& inputs, int64_t batch) {
  std::vector<Shape> shapes;
  for (const SymbolicTensor& input : inputs) {
    shapes.push_back(with_batch(input, batch));
    if (!shapes.back().known())
      throw ShapeError(
          cat(input.origin(), " must have a known shape to be compiled without data; received ", input.shape()))
          .hint("with_input_shape fixes that of an input; predict and fit compile for the shapes of their data.");
  }
  return shapes;
}

std::string shapes_key(const std::vector<Shape>& shapes) {
  std::string key;
  for (const Shape& shape : shapes) key += cat(key.empty() ? "" : " ", shape);
  return key;
}

static MaskedValues emit_inputs(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes) {
  MaskedValues inputs;
  for (size_t i = 0; i < shapes.size(); ++i) {
    check_batch(graph.inputs()[i], shapes[i]);
    const ops::Dims dims = shapes[i].rank() == 0 ? ops::Dims{1} : shapes[i].dims();
    inputs.push_back({to_channels_first(builder, builder.input(dims, input_name(graph, graph.inputs()[i])))});
  }
  return inputs;
}

static ops::Value given_out(ops::Builder& builder, const MaskedValue& output) {
  if (output.imaginary) throw GraphError("an output of the model is complex, which Graft's tensors are not");
  return to_channels_last(builder, output.value);
}

ops::Values emit_on_inputs(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes) {
  ops::Values outputs;
  for (const MaskedValue& output : emit_graph(builder, graph, emit_inputs(builder, graph, shapes)))
    outputs.push_back(given_out(builder, output));
  return outputs;
}

TrainingValues emit_for_training(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes) {
  TrainingValues values;
  ops::Values penalties;  // of the call that was emitted last
  builder.collect_penalties(&penalties);
  values.outputs = emit_graph(builder, graph, emit_inputs(builder, graph, shapes), {}, [&](const Node& node) {
    if (!penalties.empty()) values.penalties.emplace(&node, std::exchange(penalties, {}));
  });
  builder.collect_penalties(nullptr);
  for (MaskedValue& output : values.outputs) {
    output.value = given_out(builder, output);
    if (output.mask) output.mask = to_channels_last(builder, output.mask);
  }
  return values;
}

ops::Program inference_program(const Graph& graph, const std::vector<Shape>& shapes) {
  ops::Builder builder(false);
  return builder.finish(emit_on_inputs(builder, graph, shapes));
}

ops::Value emit_mean(ops::Builder& builder, ops::Value value) {
  const ops::Dims dims = builder.dims(value);
  if (ops::elements(dims) > 1) {
    std::vector<int> axes(dims.size());
    std::iota(axes.begin(), axes.end(), 0);
    value = builder.reduce(ops::Reduction::mean, value, axes);
  }
  return dims.size() == 1 && dims[0] == 1 ? value : builder.reshape(value, {1});
}

}  // namespace graft
