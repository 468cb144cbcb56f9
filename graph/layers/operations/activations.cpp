#include <algorithm>
#include <numeric>

#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// -- functions with settings
// -------------------------------------------------------------------------------------------

static Value celu(In in) {
  const float alpha = in.number("alpha");
  return in.b.scale(in.b.eltwise(in.b.scale(in[0], 1 / alpha), Eltwise::elu, 1.f), alpha);
}

static Value gelu(In in) {
  return in.b.eltwise(in[0], in.flag("approximate") ? Eltwise::gelu_tanh : Eltwise::gelu_erf);
}

// x where |x| is above the threshold, else 0.
static Value hard_shrink(In in) {
  const Value above = compared(in, Binary::gt, in.b.eltwise(in[0], Eltwise::abs), in.number("threshold"));
  return in.b.where(above, in[0], in.b.scalar(0));
}

// x without its part within the threshold.
static Value soft_shrink(In in) {
  const float threshold = in.number("threshold");
  return in.b.sub(in[0], in.b.eltwise(in[0], Eltwise::clip, -threshold, threshold));
}

static Value above_threshold(In in) {
  const Value above = compared(in, Binary::gt, in[0], in.number("threshold"));
  return in.b.where(above, in[0], in.b.scalar(in.number("default_value")));
}

// (x + sqrt(x^2 + b)) / 2
static Value squareplus(In in) {
  const Value root = in.b.eltwise(in.b.scale(squared(in, in[0]), 1, in.number("b")), Eltwise::sqrt);
  return in.b.scale(in.b.add(in[0], root), 0.5f);
}

// A function that layers can have as their activation.
static Operation activation(const char* class_name, const ActivationName& name) {
  return unary(class_name, [name](In in) { return emit_activation(in.b, name, in[0]); });
}

// -- functions along an axis
// -------------------------------------------------------------------------------------------

static Operation along_axis(const char* name, Emit emit) {
  return {.name = name,
          .operands = {"x"},
          .settings = {{"axis", -1}},
          .emit = std::move(emit),
          .type = Operation::Type::floats,
          .order = Operation::Order::own};
}

// Over several axes: they are put last as one.
static Value softmax_of_axes(In in, bool log) {
  const std::vector<int> axes = in.axes("axis");
  const auto rank = static_cast<int>(in.b.dims(in[0]).size());
  std::vector<int> places(axes.size());
  std::iota(places.begin(), places.end(), rank - static_cast<int>(axes.size()));
  const Value last = moved(in, in[0], axes, places);
  const Dims dims = in.b.dims(last);
  Dims flat(dims.begin(), dims.end() - std::ssize(axes));
  flat.push_back(count_of(dims) / count_of(flat));
  const Value y = in.b.softmax(in.b.reshape(last, flat), static_cast<int>(flat.size()) - 1, log);
  return moved(in, in.b.reshape(y, dims), places, axes);
}

static Value softmax(In in, bool log) {
  if (!in.setting("axis").is_integer()) return softmax_of_axes(in, log);
  return in.b.softmax(in[0], in.axis("axis"), log);
}

// As Keras computes it: the threshold is (t - 1) / k, where k of the sorted elements are in the support. Keras's t is
// the sum of their running sums, which is that of Martins and Astudillo (2016), the last running sum, where k is 1.
static Value sparsemax(In in) {
  ops::Builder& b = in.b;
  const int axis = in.axis("axis");
  const Dims dims = b.dims(in[0]);
  Dims along(dims.size(), 1);
  along[static_cast<size_t>(axis)] = dims[static_cast<size_t>(axis)];
  const Value sorted = b.sort(in[0], axis, true), sums = b.scan(ops::Scan::sum, sorted, axis);
  const Value places = b.reshape(counting(in, along[static_cast<size_t>(axis)], 1), along);
  const Value support = compared(in, Binary::gt, b.sub(sorted, b.div(b.scale(sums, 1, -1), places)), 0);
  const Value count = b.reduce(Reduction::sum, support, {axis});
  const Value total = b.reduce(Reduction::sum, b.where(support, sums, b.scalar(0)), {axis});
  return b.eltwise(b.sub(in[0], b.div(b.scale(total, 1, -1), count)), Eltwise::relu);
}

// The first half times the sigmoid of the second.
static Value glu(In in) {
  const int axis = in.axis("axis");
  const int64_t size = in.b.dims(in[0])[static_cast<size_t>(axis)], half = size / 2;
  if (size % 2 != 0)
    throw ShapeError(cat("axis ", in.setting("axis").str(), " must have an even size; received ", size));
  const Value gate = in.b.eltwise(cut(in, in[0], axis, half, half), Eltwise::logistic);
  return in.b.mul(cut(in, in[0], axis, 0, half), gate);
}

// -- the table
// ---------------------------------------------------------------------------------------------------------

static std::vector<Operation> plain() {
  return {
      activation("Relu", "relu"),
      activation("Relu6", "relu6"),
      activation("Sigmoid", "sigmoid"),
      unary("SparseSigmoid",
            [](In in) { return in.b.eltwise(in.b.scale(in[0], 0.5f, 0.5f), Eltwise::clip, 0.f, 1.f); }),
      activation("Softplus", "softplus"),
      activation("Softsign", "softsign"),
      activation("SparsePlus", "sparse_plus"),
      activation("Silu", "silu"),
      activation("LogSigmoid", "log_sigmoid"),
      activation("HardSigmoid", "hard_sigmoid"),
      activation("HardSilu", "hard_silu"),
      activation("HardTanh", "hard_tanh"),
      activation("Selu", "selu"),
      activation("TanhShrink", "tanh_shrink"),
  };
}

static std::vector<Operation> with_settings() {
  using Type = Operation::Type;
  return {
      unary("LeakyRelu", [](In in) { return in.b.eltwise(in[0], Eltwise::relu, in.number("negative_slope")); },
            Type::floats, {{"negative_slope", 0.2}}),
      unary("Elu", [](In in) { return in.b.eltwise(in[0], Eltwise::elu, in.number("alpha")); }, Type::floats,
            {{"alpha", 1.0}}),
      unary("Celu", celu, Type::floats, {{"alpha", 1.0}}),
      unary("Gelu", gelu, Type::floats, {{"approximate", true}}),
      unary("Squareplus", squareplus, Type::floats, {{"b", 4}}),
      unary("HardShrink", hard_shrink, Type::floats, {{"threshold", 0.5}}),
      unary("SoftShrink", soft_shrink, Type::floats, {{"threshold", 0.5}}),
      unary("Threshold", above_threshold, Type::floats, {{"threshold", 0.0}, {"default_value", 0.0}}),
      along_axis("Softmax", [](In in) { return softmax(in, false); }),
      along_axis("LogSoftmax", [](In in) { return softmax(in, true); }),
      along_axis("Sparsemax", sparsemax),
      along_axis("Glu", glu),
  };
}

const std::vector<Operation>& activation_operations() {
  static const auto table = joined({plain(), with_settings()});
  return table;
}

}  // namespace graft
