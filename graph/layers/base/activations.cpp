#include "graft/graph/layers/base/activations.h"

#include <map>
#include <numeric>

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/trailing_axes.h"

namespace graft {

using ops::Builder;
using ops::Eltwise;
using ops::Value;

namespace {

// -- settings ---------------------------------------------------------------------------------------------------------

float number(const ActivationFunction& function, const char* setting) {
  const Literal value = function.setting(setting);
  if (value.is_none()) throw ConfigError(cat("activation \"", function.str(), "\" needs a ", setting));
  return static_cast<float>(value.number());
}

std::vector<int64_t> axes_of(const ActivationFunction& function) { return function.setting("axis").integers(); }

int64_t one_axis(const ActivationFunction& function) {
  const std::vector<int64_t> axes = axes_of(function);
  if (axes.size() != 1)
    throw ConfigError(cat("activation \"", function.str(), "\": axis must be one whole number; received ",
                          function.setting("axis").str()));
  return axes[0];
}

int logical_axis_of(const Builder& b, Value x, int64_t axis) {
  return logical_axis(axis, static_cast<int64_t>(b.dims(x).size()));
}

// -- functions of elements --------------------------------------------------------------------------------------------

// From the threshold on this is not continuous: above it the result is x, but at it 0, and it falls from there.
Value relu_from(Builder& b, const ActivationFunction& f, Value x, float threshold) {
  Value above = b.eltwise(x, Eltwise::relu);
  if (const Literal top = f.setting("max_value"); !top.is_none())
    above = b.binary(ops::Binary::min, above, b.scalar(static_cast<float>(top.number())));
  else if (threshold < 0)
    above = x;
  const float slope = number(f, "negative_slope");
  return b.where(b.binary(ops::Binary::gt, x, b.scalar(threshold)), above, b.scale(x, slope, -slope * threshold));
}

Value relu(Builder& b, const ActivationFunction& f, Value x) {
  const float slope = number(f, "negative_slope"), threshold = number(f, "threshold");
  if (threshold != 0) return relu_from(b, f, x, threshold);
  const Literal max_value = f.setting("max_value");
  if (max_value.is_none()) return b.eltwise(x, Eltwise::relu, slope);
  const auto top = static_cast<float>(max_value.number());
  if (slope == 0) return b.eltwise(x, Eltwise::clip, 0, top);
  return b.binary(ops::Binary::min, b.eltwise(x, Eltwise::relu, slope), b.scalar(top));
}

Value leaky_relu(Builder& b, const ActivationFunction& f, Value x) {
  return b.eltwise(x, Eltwise::relu, number(f, "negative_slope"));
}

Value elu(Builder& b, const ActivationFunction& f, Value x) { return b.eltwise(x, Eltwise::elu, number(f, "alpha")); }

// x above 0, alpha (e^(x / alpha) - 1) below.
Value celu(Builder& b, const ActivationFunction& f, Value x) {
  const float alpha = number(f, "alpha");
  if (alpha == 1) return b.eltwise(x, Eltwise::elu, 1);
  return b.scale(b.eltwise(b.scale(x, 1 / alpha), Eltwise::elu, 1), alpha);
}

Value selu(Builder& b, const ActivationFunction&, Value x) {
  return b.scale(b.eltwise(x, Eltwise::elu, 1.6732632423543772f), 1.0507009873554805f);
}

Value gelu(Builder& b, const ActivationFunction& f, Value x) {
  return b.eltwise(x, f.setting("approximate").boolean() ? Eltwise::gelu_tanh : Eltwise::gelu_erf);
}

// Keras 3: relu6(x + 3) / 6.
Value hard_sigmoid(Builder& b, Value x) { return b.eltwise(b.scale(x, 1.f / 6, 0.5f), Eltwise::clip, 0.f, 1.f); }

// x - clip(x, -threshold, threshold)
Value soft_shrink(Builder& b, const ActivationFunction& f, Value x) {
  const float threshold = number(f, "threshold");
  return b.sub(x, b.eltwise(x, Eltwise::clip, -threshold, threshold));
}

// x where |x| > threshold, else 0
Value hard_shrink(Builder& b, const ActivationFunction& f, Value x) {
  const Value above = b.binary(ops::Binary::gt, b.eltwise(x, Eltwise::abs), b.scalar(number(f, "threshold")));
  return b.where(above, x, b.scalar(0));
}

Value threshold(Builder& b, const ActivationFunction& f, Value x) {
  const Value above = b.binary(ops::Binary::gt, x, b.scalar(number(f, "threshold")));
  return b.where(above, x, b.scalar(number(f, "default_value")));
}

// log sigmoid(x) = -log(1 + e^-x)
Value log_sigmoid(Builder& b, Value x) { return b.scale(b.eltwise(b.scale(x, -1), Eltwise::soft_relu, 1.f), -1); }

// x / (1 + |x|)
Value softsign(Builder& b, Value x) { return b.div(x, b.scale(b.eltwise(x, Eltwise::abs), 1, 1)); }

// (x + sqrt(x^2 + b)) / 2
Value squareplus(Builder& b, const ActivationFunction& f, Value x) {
  const Value root = b.eltwise(b.scale(b.eltwise(x, Eltwise::square), 1, number(f, "b")), Eltwise::sqrt);
  return b.scale(b.add(x, root), 0.5f);
}

// 0 below -1, x above 1, (x + 1)^2 / 4 between: with c = clip(x, -1, 1), (c + 1)^2 / 4 + max(x - 1, 0).
Value sparse_plus(Builder& b, Value x) {
  const Value inner = b.eltwise(b.scale(b.eltwise(x, Eltwise::clip, -1.f, 1.f), 0.5f, 0.5f), Eltwise::square);
  return b.add(inner, b.eltwise(b.scale(x, 1, -1), Eltwise::relu));
}

// -- functions along an axis ------------------------------------------------------------------------------------------

// The first half along the axis times the sigmoid of the second.
Value glu(Builder& b, const ActivationFunction& f, Value x) {
  const auto axis = static_cast<size_t>(logical_axis_of(b, x, one_axis(f)));
  ops::Dims begin(b.dims(x).size(), 0), half = b.dims(x);
  half[axis] /= 2;
  const Value values = b.slice(x, begin, half);
  begin[axis] = half[axis];
  return b.mul(values, b.eltwise(b.slice(x, begin, half), Eltwise::logistic));
}

// The distribution over all elements along the axes together.
Value softmax(Builder& b, const ActivationFunction& f, Value x, bool log) {
  const std::vector<int64_t> axes = axes_of(f);
  if (axes.size() == 1) return b.softmax(x, logical_axis_of(b, x, axes[0]), log);
  const TrailingAxes trailing(b, x, axes);
  return trailing.back(b, b.softmax(trailing.rows(b, x), 1, log));
}

// Keras's sparsemax: max(x - t, 0) for t = (the sum of the c_k - 1) / their number, over the k for which the k-th
// largest element is above (c_k - 1) / k, where c_k is the sum of the k largest. (The point of the simplex that is
// nearest to x has the last of these c_k in the place of their sum.)
Value sparsemax(Builder& b, const ActivationFunction& f, Value x) {
  const TrailingAxes trailing(b, x, {one_axis(f)});
  const Value rows = trailing.rows(b, x);
  std::vector<float> counts(static_cast<size_t>(b.dims(rows)[1]));
  std::iota(counts.begin(), counts.end(), 1.f);
  const Value count = b.constant(Tensor(Shape{1, b.dims(rows)[1]}, counts));
  const Value sorted = b.sort(rows, 1, true), sums = b.scan(ops::Scan::sum, sorted, 1);
  const Value above = b.stop_gradient(b.binary(ops::Binary::gt, sorted, b.div(b.scale(sums, 1, -1), count)));
  const auto total = [&](Value values) { return b.reduce(ops::Reduction::sum, values, {1}); };
  const Value shift = b.div(b.scale(total(b.mul(above, sums)), 1, -1), total(above));
  return trailing.back(b, b.eltwise(b.sub(rows, shift), Eltwise::relu));
}

// -- all of them ------------------------------------------------------------------------------------------------------

using Emit = Value (*)(Builder&, const ActivationFunction&, Value);

template <Eltwise algorithm, int alpha_tenths = 0, int beta = 0>
Value eltwise(Builder& b, const ActivationFunction&, Value x) {
  return b.eltwise(x, algorithm, static_cast<float>(alpha_tenths) / 10, static_cast<float>(beta));
}

template <Value (*function)(Builder&, Value)>
Value plain(Builder& b, const ActivationFunction&, Value x) {
  return function(b, x);
}

Value linear(Builder&, Value x) { return x; }
Value hard_silu(Builder& b, Value x) { return b.mul(x, hard_sigmoid(b, x)); }
Value tanh_shrink(Builder& b, Value x) { return b.sub(x, b.eltwise(x, Eltwise::tanh)); }
Value hard_sigmoid_v2(Builder& b, Value x) { return b.eltwise(b.scale(x, 0.2f, 0.5f), Eltwise::clip, 0.f, 1.f); }
Value sparse_sigmoid(Builder& b, Value x) { return b.eltwise(b.scale(x, 0.5f, 0.5f), Eltwise::clip, 0.f, 1.f); }

const std::map<std::string, Emit>& table() {
  static const std::map<std::string, Emit> emits{
      {"linear", plain<linear>},
      {"relu", relu},
      {"relu6", eltwise<Eltwise::clip, 0, 6>},
      {"leaky_relu", leaky_relu},
      {"elu", elu},
      {"selu", selu},
      {"celu", celu},
      {"gelu", gelu},
      {"silu", eltwise<Eltwise::swish, 10>},
      {"swish", eltwise<Eltwise::swish, 10>},
      {"hard_silu", plain<hard_silu>},
      {"hard_swish", plain<hard_silu>},
      {"mish", eltwise<Eltwise::mish>},
      {"sigmoid", eltwise<Eltwise::logistic>},
      {"hard_sigmoid", plain<hard_sigmoid>},
      {"hard_sigmoid_v2", plain<hard_sigmoid_v2>},
      {"log_sigmoid", plain<log_sigmoid>},
      {"sparse_sigmoid", plain<sparse_sigmoid>},
      {"tanh", eltwise<Eltwise::tanh>},
      {"hard_tanh", eltwise<Eltwise::clip, -10, 1>},
      {"tanh_shrink", plain<tanh_shrink>},
      {"soft_shrink", soft_shrink},
      {"hard_shrink", hard_shrink},
      {"threshold", threshold},
      {"softplus", eltwise<Eltwise::soft_relu, 10>},
      {"softsign", plain<softsign>},
      {"squareplus", squareplus},
      {"sparse_plus", plain<sparse_plus>},
      {"exponential", eltwise<Eltwise::exp>},
      {"softmax", [](Builder& b, const ActivationFunction& f, Value x) { return softmax(b, f, x, false); }},
      {"log_softmax", [](Builder& b, const ActivationFunction& f, Value x) { return softmax(b, f, x, true); }},
      {"sparsemax", sparsemax},
      {"glu", glu},
  };
  return emits;
}

}  // namespace

Value emit_activation(Builder& builder, const ActivationFunction& activation, Value x) {
  return table().at(activation.str())(builder, activation, x);
}

Shape activation_shape(const ActivationFunction& activation, const Shape& shape) {
  const std::string word = activation.str();
  if (word == "softmax" || word == "log_softmax" || word == "sparsemax")
    for (const int64_t axis : axes_of(activation)) normalized_axis(axis, shape.rank());
  if (word != "glu") return shape;
  const int64_t axis = one_axis(activation), size = shape[normalized_axis(axis, shape.rank())];
  if (shape.rank() < 2 || (size != Shape::none && size % 2 != 0))
    throw ShapeError(cat("activation \"glu\" halves the ", axis == -1 ? "last dimension" : "dimension of its axis",
                         ", which must be even; received ", shape));
  return size == Shape::none ? shape : shape.with(axis, size / 2);
}

}  // namespace graft
