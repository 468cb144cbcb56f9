#include "graft/graph/activations.h"

#include <map>

namespace graft {

using ops::Builder;
using ops::Eltwise;
using ops::Value;

namespace {

int channel_axis(const Builder& b, Value x) {
  return b.dims(x).size() >= 3 ? 1 : static_cast<int>(b.dims(x).size()) - 1;
}

Value keep_if(Builder& b, Value condition, Value x) { return b.mul(b.stop_gradient(condition), x); }

Value selu(Builder& b, Value x) {
  return b.scale(b.eltwise(x, Eltwise::elu, 1.6732632423543772f), 1.0507009873554805f);
}

// Keras 3: relu6(x + 3) / 6.
Value hard_sigmoid(Builder& b, Value x) { return b.eltwise(b.scale(x, 1.f / 6, 0.5f), Eltwise::clip, 0.f, 1.f); }

// x - clip(x, -1/2, 1/2)
Value soft_shrink(Builder& b, Value x) { return b.sub(x, b.eltwise(x, Eltwise::clip, -0.5f, 0.5f)); }

// x where |x| > 1/2, else 0
Value hard_shrink(Builder& b, Value x) {
  return keep_if(b, b.binary(ops::Binary::gt, b.eltwise(x, Eltwise::abs), b.scalar(0.5f)), x);
}

// log sigmoid(x) = -log(1 + e^-x)
Value log_sigmoid(Builder& b, Value x) { return b.scale(b.eltwise(b.scale(x, -1), Eltwise::soft_relu, 1.f), -1); }

// x / (1 + |x|)
Value softsign(Builder& b, Value x) { return b.div(x, b.scale(b.eltwise(x, Eltwise::abs), 1, 1)); }

// (x + sqrt(x^2 + 4)) / 2
Value squareplus(Builder& b, Value x) {
  const Value root = b.eltwise(b.scale(b.eltwise(x, Eltwise::square), 1, 4), Eltwise::sqrt);
  return b.scale(b.add(x, root), 0.5f);
}

// 0 below -1, x above 1, (x + 1)^2 / 4 between: with c = clip(x, -1, 1), (c + 1)^2 / 4 + max(x - 1, 0).
Value sparse_plus(Builder& b, Value x) {
  const Value inner = b.eltwise(b.scale(b.eltwise(x, Eltwise::clip, -1.f, 1.f), 0.5f, 0.5f), Eltwise::square);
  return b.add(inner, b.eltwise(b.scale(x, 1, -1), Eltwise::relu));
}

// The first half of the channels times the sigmoid of the second.
Value glu(Builder& b, Value x) {
  const auto axis = static_cast<size_t>(channel_axis(b, x));
  ops::Dims begin(b.dims(x).size(), 0), half = b.dims(x);
  half[axis] /= 2;
  const Value values = b.slice(x, begin, half);
  begin[axis] = half[axis];
  return b.mul(values, b.eltwise(b.slice(x, begin, half), Eltwise::logistic));
}

using Emit = Value (*)(Builder&, Value);

template <Eltwise algorithm, int alpha_tenths = 0, int beta = 0>
Value eltwise(Builder& b, Value x) {
  return b.eltwise(x, algorithm, static_cast<float>(alpha_tenths) / 10, static_cast<float>(beta));
}

const std::map<std::string, Emit>& table() {
  static const std::map<std::string, Emit> emits{
      {"linear", [](Builder&, Value x) { return x; }},
      {"relu", eltwise<Eltwise::relu>},
      {"relu6", eltwise<Eltwise::clip, 0, 6>},
      {"leaky_relu", eltwise<Eltwise::relu, 2>},
      {"elu", eltwise<Eltwise::elu, 10>},
      {"selu", selu},
      {"celu", eltwise<Eltwise::elu, 10>},
      {"gelu", eltwise<Eltwise::gelu_erf>},
      {"silu", eltwise<Eltwise::swish, 10>},
      {"swish", eltwise<Eltwise::swish, 10>},
      {"hard_silu", [](Builder& b, Value x) { return b.mul(x, hard_sigmoid(b, x)); }},
      {"hard_swish", [](Builder& b, Value x) { return b.mul(x, hard_sigmoid(b, x)); }},
      {"mish", eltwise<Eltwise::mish>},
      {"sigmoid", eltwise<Eltwise::logistic>},
      {"hard_sigmoid", hard_sigmoid},
      {"hard_sigmoid_v2",
       [](Builder& b, Value x) { return b.eltwise(b.scale(x, 0.2f, 0.5f), Eltwise::clip, 0.f, 1.f); }},
      {"log_sigmoid", log_sigmoid},
      {"tanh", eltwise<Eltwise::tanh>},
      {"hard_tanh", eltwise<Eltwise::clip, -10, 1>},
      {"tanh_shrink", [](Builder& b, Value x) { return b.sub(x, b.eltwise(x, Eltwise::tanh)); }},
      {"soft_shrink", soft_shrink},
      {"hard_shrink", hard_shrink},
      {"softplus", eltwise<Eltwise::soft_relu, 10>},
      {"softsign", softsign},
      {"squareplus", squareplus},
      {"sparse_plus", sparse_plus},
      {"exponential", eltwise<Eltwise::exp>},
      {"softmax", [](Builder& b, Value x) { return b.softmax(x, channel_axis(b, x)); }},
      {"log_softmax", [](Builder& b, Value x) { return b.softmax(x, channel_axis(b, x), true); }},
      {"glu", glu},
  };
  return emits;
}

}  // namespace

Value emit_activation(Builder& builder, const ActivationName& activation, Value x) {
  return table().at(activation.str())(builder, x);
}

Shape activation_shape(const ActivationName& activation, const Shape& shape) {
  if (!(activation == "glu")) return shape;
  if (shape.rank() < 2 || (shape[-1] != Shape::none && shape[-1] % 2 != 0))
    throw ShapeError(cat("activation \"glu\" halves the last dimension, which must be even; received ", shape));
  return shape[-1] == Shape::none ? shape : shape.with(-1, shape[-1] / 2);
}

}  // namespace graft
