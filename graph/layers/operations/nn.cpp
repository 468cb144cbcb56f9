#include <algorithm>
#include <cmath>
#include <limits>

#include "graft/graph/axes.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/ops/primitives/reduction/cross_entropy.h"

namespace graft {

using Type = Operation::Type;

static constexpr float kEpsilon = 1e-7f;  // keras.config.epsilon()

// -- losses ----------------------------------------------------------------------------------------------------------

static Value binary_entropy(In in) {
  ops::Builder& b = in.b;
  const Value target = in[0], output = in[1];
  const Value logits = in.flag("from_logits") ? output : ops::logistic_source(b, output);
  if (logits) return b.sub(b.eltwise(logits, Eltwise::soft_relu, 1.f), b.mul(target, logits));
  const Value p = b.eltwise(output, Eltwise::clip, kEpsilon, 1 - kEpsilon);
  const Value yes = b.mul(target, b.eltwise(p, Eltwise::log));
  const Value no = b.mul(b.scale(target, -1, 1), b.eltwise(b.scale(p, -1, 1), Eltwise::log));
  return negated(in, b.add(yes, no));
}

// The shape of class numbers for predictions: without the axis of the classes.
static Shape without(const Shape& shape, int64_t axis) {
  std::vector<int64_t> dims = shape.dims();
  dims.erase(dims.begin() + normalized_axis(axis, shape.rank()));
  return Shape(dims);
}

// One instruction, in ops/primitives/reduction/cross_entropy. Class numbers get the axis of the classes, as 1.
static Value crossentropy(In in, bool sparse) {
  ops::Builder& b = in.b;
  const Shape predicted = keras_shape(b.dims(in[1])), given = keras_shape(b.dims(in[0]));
  const int64_t axis = in.setting("axis").integer();
  const Shape numbers = without(predicted, axis), one = predicted.with(normalized_axis(axis, predicted.rank()), 1);
  const Shape& expected = !sparse ? predicted : given.rank() == predicted.rank() ? one : numbers;
  if (given.dims() != expected.dims() && !(numbers.rank() == 0 && given.elements() == 1))
    throw ShapeError(cat("y_true must have shape ", expected, "; received ", given));
  const Value target = sparse ? reshape_keras(b, in[0], one.dims()) : in[0];
  const int place = logical_axis(axis, predicted.rank());
  const Value logits = in.flag("from_logits") ? in[1] : ops::softmax_source(b, in[1], place);
  const Value y = ops::cross_entropy(b, target, logits ? logits : in[1],
                                     {.axis = place, .from_logits = static_cast<bool>(logits), .sparse = sparse});
  return in.reduced(y, {place});
}

// 20 log10 max_val - 10 log10 of the mean square distance.
static Value signal_to_noise(In in) {
  ops::Builder& b = in.b;
  const Values both = in.aligned({in[0], in[1]});
  const Value gap = b.sub(both[0], both[1]);
  std::vector<int> all;
  for (int axis = 0; axis < static_cast<int>(b.dims(gap).size()); ++axis) all.push_back(axis);
  const Value decibels = b.eltwise(mean_of(in, squared(in, gap), all), Eltwise::log10);
  return in.scalar(b.scale(decibels, -10, 20 * std::log10(in.number("max_val"))));
}

// -- normalisation ---------------------------------------------------------------------------------------------------

static Value normalized(In in) {
  ops::Builder& b = in.b;
  const std::vector<int> axes = in.axes("axis");
  const auto order = in.number("order", 2), epsilon = in.number("epsilon", kEpsilon);
  if (order == 2) {
    const Value squares = b.binary(Binary::max, sum_of(in, squared(in, in[0]), axes), b.scalar(epsilon * epsilon));
    return b.mul(in[0], b.eltwise(squares, Eltwise::rsqrt));
  }
  const Value size = b.eltwise(in[0], Eltwise::abs);
  const Value powers = sum_of(in, order == 1 ? size : b.eltwise(size, Eltwise::pow, order), axes);
  const Value norm = order == 1 ? powers : b.eltwise(powers, Eltwise::pow, 1 / order);
  return b.div(in[0], b.binary(Binary::max, norm, b.scalar(epsilon)));
}

// A parameter of one number for each element along the axes, in the rank of the input.
static Value along(In in, size_t operand, const std::vector<int>& axes) {
  const Dims dims = in.dims(0);
  Dims target(dims.size(), 1);
  for (const int axis : axes) target[static_cast<size_t>(axis)] = dims[static_cast<size_t>(axis)];
  if (in.b.dims(in[operand]) == target) return in[operand];
  return ops::elements(in.dims(operand)) == ops::elements(target) ? in.b.reshape(in[operand], target)
                                                                  : in.aligned({in[operand], in[0]})[0];
}

static Value scaled_and_shifted(In in, Value x, size_t scale, size_t offset, const std::vector<int>& axes) {
  if (in.has(scale)) x = in.b.mul(x, along(in, scale, axes));
  return in.has(offset) ? in.b.add(x, along(in, offset, axes)) : x;
}

static Value inverse_root(In in, Value x) {
  return in.b.eltwise(in.b.scale(x, 1, in.number("epsilon", kEpsilon)), Eltwise::rsqrt);
}

static Value layer_norm(In in) {
  const std::vector<int> axes = in.axes("axis");
  const Value variance = variance_of(in, in[0], axes);
  const bool rms = in.flag("rms_scaling");
  const Value centered = rms ? in[0] : in.b.sub(in[0], mean_of(in, in[0], axes));
  const Value unit = in.b.mul(centered, inverse_root(in, variance));
  return scaled_and_shifted(in, unit, 1, rms ? in.values.size() : 2, axes);
}

static Value rms_norm(In in) {
  const std::vector<int> axes = in.axes("axis");
  const Value unit = in.b.mul(in[0], inverse_root(in, mean_of(in, squared(in, in[0]), axes)));
  return scaled_and_shifted(in, unit, 1, in.values.size(), axes);
}

static Value batch_norm(In in) {
  const std::vector<int> axis{in.axis("axis")};
  const Value centered = in.b.sub(in[0], along(in, 1, axis));
  return scaled_and_shifted(in, in.b.mul(centered, inverse_root(in, along(in, 2, axis))), 4, 3, axis);
}

// -- attention -------------------------------------------------------------------------------------------------------

// (batch, steps, heads, size) -> (batch, heads, steps, size), with the heads repeated for those of the query.
static Value heads_first(In in, size_t operand, int64_t heads) {
  const Dims dims = in.dims(operand);
  if (dims.size() != 4)
    throw ShapeError(cat("query, key and value must have shape (batch, steps, heads, size); received ", Shape(dims)));
  const Value x = in.b.transpose(in[operand], {0, 2, 1, 3});
  if (dims[2] == heads) return x;
  if (dims[2] == 0 || heads % dims[2] != 0)
    throw ShapeError(cat("the heads of the query must be a multiple of ", dims[2], "; received ", heads));
  return in.b.repeat(x, heads / dims[2], 1);
}

// 1 where the step of the key is not after that of the query.
static Value causal(In in, int64_t queries, int64_t keys) {
  const Value row = in.b.reshape(counting(in, queries), {1, 1, queries, 1});
  return in.b.binary(Binary::ge, row, in.b.reshape(counting(in, keys), {1, 1, 1, keys}));
}

static Value masked(In in, Value scores, Value mask) {
  const Value lowest = in.b.scalar(-0.7f * std::numeric_limits<float>::max());
  return in.b.where(in.aligned({mask, scores})[0], scores, lowest);
}

static Value attention(In in) {
  ops::Builder& b = in.b;
  const int64_t heads = in.dims(0).size() == 4 ? in.dims(0)[2] : 0;
  const Value query = heads_first(in, 0, heads), key = heads_first(in, 1, heads), value = heads_first(in, 2, heads);
  const float scale = in.number("scale", 1 / std::sqrt(static_cast<double>(in.dims(0)[3])));
  Value scores = b.scale(b.matmul(query, key, false, true), scale);
  if (!in.setting("attn_logits_soft_cap").is_none()) {
    const float cap = in.number("attn_logits_soft_cap");
    scores = b.scale(b.eltwise(b.scale(scores, 1 / cap), Eltwise::tanh), cap);
  }
  if (in.has(3)) scores = b.add(scores, in.aligned({in[3], scores})[0]);
  if (in.has(4)) scores = masked(in, scores, in[4]);
  if (in.flag("is_causal")) scores = masked(in, scores, causal(in, in.dims(0)[1], in.dims(1)[1]));
  return b.transpose(b.matmul(b.softmax(scores, 3), value), {0, 2, 1, 3});
}

// -- the table -------------------------------------------------------------------------------------------------------

static Operation network(const char* name, std::vector<std::string> operands, Literals settings, Emit emit) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = Type::floats};
}

static Operation loss(const char* name, Literals settings, Emit emit, Operation::Order order = Operation::Order::own) {
  Operation row = network(name, {"target", "output"}, std::move(settings), std::move(emit));
  row.order = order;
  return row;
}

// Noise shaped like the operand, drawn anew in every run. It is an operation of Graft, not of keras.ops.
static Value noise(In in) {
  const float deviation = in.number("stddev");
  if (!(deviation >= 0)) throw ConfigError(cat("stddev must be at least 0; received ", deviation));
  return in.b.random_normal(in.b.dims(in[0]), in.number("mean"), deviation);
}

static std::vector<Operation> nn_rows() {
  Operation random = unary("RandomNormal", noise, Type::float32, {{"mean", 0.0}, {"stddev", 1.0}});
  return {
      loss("BinaryCrossentropy", {{"from_logits", false}}, binary_entropy, Operation::Order::elementwise),
      loss("CategoricalCrossentropy", {{"from_logits", false}, {"axis", -1}},
           [](In in) { return crossentropy(in, false); }),
      loss("SparseCategoricalCrossentropy", {{"from_logits", false}, {"axis", -1}},
           [](In in) { return crossentropy(in, true); }),
      network("PSNR", {"x1", "x2"}, {{"max_val", 1.0}}, signal_to_noise),
      network("Normalize", {"x"}, {{"axis", -1}, {"order", 2}, {"epsilon", {}}}, normalized),
      network("LayerNorm", {"x", "gamma?", "beta?"}, {{"axis", -1}, {"epsilon", {}}, {"rms_scaling", false}},
              layer_norm),
      network("RMSNorm", {"x", "scale?"}, {{"axis", -1}, {"epsilon", {}}}, rms_norm),
      network("BatchNorm", {"x", "mean", "variance", "offset?", "scale?"}, {{"axis", -1}, {"epsilon", 1e-3}},
              batch_norm),
      network("DotProductAttention", {"query", "key", "value", "bias?", "mask?", "=scale"},
              {{"is_causal", false}, {"flash_attention", {}}, {"attn_logits_soft_cap", {}}}, attention),
      std::move(random),
  };
}

const std::vector<Operation>& nn_operations() {
  static const auto table = nn_rows();
  return table;
}

}  // namespace graft
