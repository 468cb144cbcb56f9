#include "graft/models/training/optimizer_rules.h"

namespace graft {

using ops::Builder;
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
  const Value squares = builder.eltwise(gradient, ops::Eltwise::square);
  return builder.reshape(builder.reduce(ops::Reduction::sum, squares, axes), {1});
}

// limit / max(norm, limit), which is 1 while the norm is within the limit.
static Value shrink_factor(Builder& builder, Value squares, double limit) {
  const Value norm = builder.eltwise(squares, ops::Eltwise::sqrt);
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
    if (gradient) gradient = builder.eltwise(gradient, ops::Eltwise::clip, -bound, bound);
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

}  // namespace graft
