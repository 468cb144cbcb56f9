#include "graft/models/training/optimizer_rules.h"

namespace graft {

using ops::Builder;
using ops::Eltwise;
using ops::Value;

Value emit_rates(Builder& builder, const OptimizerState& state) {
  return builder.input({state.weight_decay == 0 ? 1 : 2}, "learning_rate");
}

std::vector<float> next_rates(const OptimizerState& state) {
  const double rate = state.learning_rate(state.iterations);
  std::vector<float> rates{static_cast<float>(state.step_size(rate, state.iterations + 1))};
  if (state.weight_decay != 0) rates.push_back(static_cast<float>(rate * state.weight_decay));
  return rates;
}

// -- clipping ---------------------------------------------------------------------------------------------------------

static Value square_sum(Builder& builder, Value gradient) {
  std::vector<int> axes;
  for (size_t i = 0; i < builder.dims(gradient).size(); ++i) axes.push_back(static_cast<int>(i));
  const Value squares = builder.eltwise(gradient, Eltwise::square);
  return builder.reshape(builder.reduce(ops::Reduction::sum, squares, axes), {1});
}

// limit / max(norm, limit), which is 1 while the norm is within the limit.
static Value shrink_factor(Builder& builder, Value squares, double limit) {
  const Value norm = builder.eltwise(squares, Eltwise::sqrt);
  const auto bound = static_cast<float>(limit);
  return builder.div(builder.scalar(bound), builder.binary(ops::Binary::max, norm, builder.scalar(bound)));
}

static void clip_each(Builder& builder, ops::Values& gradients, double limit) {
  for (Value& gradient : gradients)
    if (gradient) gradient = builder.mul(gradient, shrink_factor(builder, square_sum(builder, gradient), limit));
}

static void clip_together(Builder& builder, ops::Values& gradients, double limit) {
  Value total;
  for (const Value& gradient : gradients) {
    if (!gradient) continue;
    const Value squares = square_sum(builder, gradient);
    total = total ? builder.add(total, squares) : squares;
  }
  const Value factor = shrink_factor(builder, total, limit);
  for (Value& gradient : gradients)
    if (gradient) gradient = builder.mul(gradient, factor);
}

static void clip_elements(Builder& builder, ops::Values& gradients, double limit) {
  const auto bound = static_cast<float>(limit);
  for (Value& gradient : gradients)
    if (gradient) gradient = builder.eltwise(gradient, Eltwise::clip, -bound, bound);
}

static void clip(Builder& builder, const Clipping& clipping, ops::Values& gradients) {
  const Builder::Scope scope(builder, "clipping");
  if (clipping.norm) clip_each(builder, gradients, *clipping.norm);
  if (clipping.value) clip_elements(builder, gradients, *clipping.value);
  if (clipping.global_norm) clip_together(builder, gradients, *clipping.global_norm);
}

// -- updates ----------------------------------------------------------------------------------------------------------

void emit_updates(Builder& builder, OptimizerState& state, Value rates, const Variables& variables,
                  ops::Values gradients) {
  clip(builder, state.clipping, gradients);
  for (size_t i = 0; i < variables.size(); ++i)
    if (gradients[i])
      builder.update(state.rule, variables[i], gradients[i], state.slots_of(variables[i]), rates, state.settings);
}

// -- constraints ------------------------------------------------------------------------------------------------------

static std::vector<int> axes_of(const Constraint& constraint, const Variable& variable) {
  const auto rank = static_cast<int64_t>(variable.shape().rank());
  std::vector<int> axes;
  for (const int64_t axis : constraint.axis) {
    if (axis < -rank || axis >= rank)
      throw ConfigError(cat("the axis of ", constraint.class_name, " must be one of \"", variable.name(),
                            "\", which has shape ", variable.shape(), "; received ", axis));
    axes.push_back(static_cast<int>(axis < 0 ? axis + rank : axis));
  }
  return axes;
}

// The norms that the constraint wants in the place of these.
static Value desired(Builder& b, const Constraint& constraint, Value norms) {
  const auto low = static_cast<float>(constraint.min_value), high = static_cast<float>(constraint.max_value);
  if (constraint.class_name == "UnitNorm") return b.scalar(1);
  if (constraint.class_name == "MaxNorm") return b.eltwise(norms, Eltwise::clip, 0, high);
  const Value within = b.eltwise(norms, Eltwise::clip, low, high);
  const auto rate = static_cast<float>(constraint.rate);
  return rate == 1 ? within : b.add(b.scale(within, rate), b.scale(norms, 1 - rate));
}

void emit_constraint(Builder& b, const Constraint& constraint, const Variable& variable) {
  const Value w = b.variable(variable);
  if (constraint.class_name == "NonNeg") return b.assign(variable, b.eltwise(w, Eltwise::relu));
  const Value squares = b.reduce(ops::Reduction::sum, b.eltwise(w, Eltwise::square), axes_of(constraint, variable));
  const Value norms = b.eltwise(squares, Eltwise::sqrt);
  constexpr float kEpsilon = 1e-7f;  // keras.config.epsilon()
  b.assign(variable, b.mul(w, b.div(desired(b, constraint, norms), b.scale(norms, 1, kEpsilon))));
}

}  // namespace graft
