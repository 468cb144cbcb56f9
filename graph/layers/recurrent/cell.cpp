#include "graft/graph/layers/recurrent/cell.h"

#include <algorithm>
#include <map>

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

std::vector<Shape> CellImpl::infer(std::span<const Shape> inputs) const {
  if (inputs.empty()) throw ShapeError("a cell takes the inputs of a step and its states");
  check_step(inputs[0]);
  const std::vector<Shape> states = state_shapes(inputs[0]);
  if (inputs.size() != 1 + states.size())
    throw ShapeError(cat("takes ", states.size(), " states; received ", inputs.size() - 1));
  for (size_t i = 0; i < states.size(); ++i)
    if (!states[i].accepts(inputs[1 + i]))
      throw ShapeError(cat("state ", i, " must have shape ", states[i], "; received ", inputs[1 + i]));
  std::vector<Shape> shapes{output_shape(inputs[0])};
  shapes.insert(shapes.end(), states.begin(), states.end());
  return shapes;
}

ops::Values CellImpl::emit(Builder& b, const ops::Values& inputs, const CallArguments& arguments) const {
  CellMasks masks;
  if (is_training(b, arguments)) masks = draw_masks(b, keras_dims(b, inputs[0]));
  const CellStep step = advance(b, project(b, inputs[0], masks), {inputs.begin() + 1, inputs.end()}, masks);
  ops::Values outputs{step.output};
  outputs.insert(outputs.end(), step.states.begin(), step.states.end());
  return outputs;
}

const CellImpl& cell_of(const Layer& layer) {
  if (!layer) throw ConfigError("cell is an empty layer");
  const auto* cell = dynamic_cast<const CellImpl*>(&layer.impl());
  if (!cell)
    throw ConfigError(cat("cell must be a cell such as LSTMCell; received the layer class ", layer.class_name()));
  return *cell;
}

void begin_forget_gate(Variable& bias, int64_t units) {
  Tensor values = bias.value().clone();
  const auto count = static_cast<size_t>(units);
  std::ranges::fill(values.data<float>().subspan(count, count), 1.f);
  bias.assign(values);
}

Value dropout_mask(Builder& b, const Dims& keras_dims, double rate) {
  const Dims dims = logical_dims(Shape(keras_dims));
  const Value ones = b.broadcast_to(b.reshape(b.scalar(1), Dims(dims.size(), 1)), dims);
  return b.dropout(ones, static_cast<float>(rate));
}

std::optional<ops::CellFunction> cell_function(const ActivationFunction& activation) {
  using ops::Eltwise;
  static const std::map<std::string, ops::CellFunction> functions{
      {"tanh", {{Eltwise::tanh}}},
      {"sigmoid", {{Eltwise::logistic}}},
      {"linear", {{Eltwise::linear, 1}}},
      {"relu", {{Eltwise::relu}}},
      {"softplus", {{Eltwise::soft_relu, 1}}},
      {"exponential", {{Eltwise::exp}}},
      {"elu", {{Eltwise::elu, 1}}},
      {"hard_sigmoid", {{Eltwise::clip, 0, 1}, 1.f / 6, 0.5f}},
      {"hard_sigmoid_v2", {{Eltwise::clip, 0, 1}, 0.2f, 0.5f}},
  };
  const auto found = functions.find(activation.str());
  if (found == functions.end() || !ops::recurrent_supports(found->second)) return {};
  return found->second;
}

CellMasks repeated(Builder& b, const CellMasks& masks, int64_t times) {
  CellMasks result = masks;
  for (Value& mask : result.input) mask = b.repeat(mask, times, 0);
  return result;
}

}  // namespace graft
