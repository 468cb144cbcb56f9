#include <numeric>

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// Layers can have each of these as their activation, so what it computes stands there; here are the names that the
// settings have in keras.ops.

// The axes of a setting that may be None, for all axes.
static Literal axes_setting(In in) {
  if (!in.setting("axis").is_none()) return in.setting("axis");
  std::vector<int64_t> all(static_cast<size_t>(in.rank(0)));
  std::iota(all.begin(), all.end(), 0);
  return Literal(all);
}

static Value activated(In in, const ActivationName& name) {
  Literals settings;
  for (const auto& [key, unused] : ActivationFunction::defaults(name.str()))
    if (key == "axis")
      settings[key] = axes_setting(in);
    else if (!in.setting(key).is_none())
      settings[key] = in.setting(key);
  const ActivationFunction function(name, settings);
  activation_shape(function, keras_shape(in.b.dims(in[0])));  // refuses what the function cannot halve
  return emit_activation(in.b, function, in[0]);
}

static Operation activation(const char* class_name, const ActivationName& name, const Literals& settings = {}) {
  return unary(class_name, [name](In in) { return activated(in, name); }, Operation::Type::floats, settings);
}

static Operation along_axis(const char* class_name, const ActivationName& name) {
  return {.name = class_name,
          .operands = {"x"},
          .settings = {{"axis", -1}},
          .emit = [name](In in) { return activated(in, name); },
          .type = Operation::Type::floats,
          .order = Operation::Order::own};
}

static std::vector<Operation> activation_rows() {
  return {
      activation("Relu", "relu"),
      activation("Relu6", "relu6"),
      activation("Sigmoid", "sigmoid"),
      activation("SparseSigmoid", "sparse_sigmoid"),
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
      activation("LeakyRelu", "leaky_relu", {{"negative_slope", 0.2}}),
      activation("Elu", "elu", {{"alpha", 1.0}}),
      activation("Celu", "celu", {{"alpha", 1.0}}),
      activation("Gelu", "gelu", {{"approximate", true}}),
      activation("Squareplus", "squareplus", {{"b", 4}}),
      activation("HardShrink", "hard_shrink", {{"threshold", 0.5}}),
      activation("SoftShrink", "soft_shrink", {{"threshold", 0.5}}),
      activation("Threshold", "threshold", {{"threshold", 0.0}, {"default_value", 0.0}}),
      along_axis("Softmax", "softmax"),
      along_axis("LogSoftmax", "log_softmax"),
      along_axis("Sparsemax", "sparsemax"),
      along_axis("Glu", "glu"),
  };
}

const std::vector<Operation>& activation_operations() {
  static const auto table = activation_rows();
  return table;
}

}  // namespace graft
