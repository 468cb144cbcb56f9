// This file has the step of an optimizer, by one of the rules that kernels/optimizer.h lists. `learning_rate` has dims
// (1), or (2): the step size, and the share of itself by which the variable shrinks before the step (decoupled weight
// decay: learning rate x weight_decay). Where a rule corrects the bias of the first steps t, the step size is the
// corrected learning rate: lr sqrt(1 - beta_2^t) / (1 - beta_1^t) for adam, and lr / (1 - beta_1^t) for adamax.

#include "graft/ops/primitives/effects/optimizer_update.h"

#include "graft/core/error.h"
#include "graft/ops/kernels/optimizer.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Inputs: variable, gradient, learning rate, slots.
class OptimizerUpdate final : public Primitive {
 public:
  OptimizerUpdate(const OptimizerRule& rule, std::vector<float> settings)
      : rule_(rule), settings_(std::move(settings)) {}
  std::string_view name() const override { return "update"; }
  std::string attributes() const override {
    std::string text = rule_.name;
    for (const float setting : settings_) text += cat(' ', setting);
    return text;
  }

  Traits traits(const Program&, const Instruction&) const override { return {.writes = writes()}; }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand w = lowering.operand(self.inputs[0]);
    const std::string why =
        cat(lowering.how_it_lies(w), "; its gradient comes as ", typed_layout(lowering.operand(self.inputs[1]).md));
    std::vector<Operand> operands{w, lowering.as(self.inputs[1], w.md, why), lowering.row_major(self.inputs[2])};
    for (size_t k = 0; k < rule_.slots; ++k) {
      operands.push_back(lowering.as(self.inputs[3 + k], w.md));
      if (!onednn::same_layout(lowering.operand(self.inputs[3 + k]).md, w.md))
        throw GraphError("the layout of an optimizer's slot differs from that of its variable").who(self.label);
    }
    const bool decays = lowering.dims(self.inputs[2])[0] == 2;
    // Padding inside blocks stays zero, because every rule leaves a zero with a zero gradient unchanged.
    lowering.update(self, rule_.name, operands, writes(),
                    [rule = rule_, settings = settings_, n = padded_elements(w.md), decays](const Run& run,
                                                                                            std::span<void* const> p) {
                      const float* rates = in(p[2]);
                      OptimizerStep step{out(p[0]),      in(p[1]), {}, n, rates[0], decays ? rates[1] : 0.f,
                                         settings.data()};
                      for (size_t k = 0; k < rule.slots; ++k) step.slots[k] = out(p[3 + k]);
                      optimizer_step(run.threads, rule, step);
                    });
  }

 private:
  std::vector<size_t> writes() const {
    std::vector<size_t> out{0};
    for (size_t k = 0; k < rule_.slots; ++k) out.push_back(3 + k);
    return out;
  }

  OptimizerRule rule_;
  std::vector<float> settings_;
};

}  // namespace

bool is_optimizer_update(const Instruction& instruction) {
  return primitive_as<OptimizerUpdate>(instruction) != nullptr;
}

void Builder::update(const std::string& rule, const Variable& variable, Value gradient, const Variables& slots,
                     Value learning_rate, const std::vector<float>& settings) {
  const OptimizerRule* found = find_optimizer_rule(rule, slots.size(), settings);
  if (!found)
    throw ConfigError(cat("update: there is no rule \"", rule, "\" with ", slots.size(), " slots and ", settings.size(),
                          " settings"));
  const Value w = this->variable(variable);
  const Dims& expected = dims(w);
  if (dims(gradient) != expected)
    throw ShapeError(cat("update: variable \"", variable.name(), "\" has dims ", to_string(expected),
                         "; received a gradient of ", to_string(dims(gradient))));
  if (dims(learning_rate) != Dims{1} && dims(learning_rate) != Dims{2})
    throw ShapeError(cat("update: learning_rate must have dims (1), or (2) with a decay; received ",
                         to_string(dims(learning_rate))));
  Values inputs{w, gradient, learning_rate};
  for (const Variable& slot : slots) {
    inputs.push_back(this->variable(slot));
    if (dims(inputs.back()) != expected)
      throw ShapeError(cat("update: slot \"", slot.name(), "\" must have dims ", to_string(expected), "; received ",
                           to_string(dims(inputs.back()))));
  }
  append(std::make_shared<OptimizerUpdate>(*found, settings), inputs, {});
}

}  // namespace graft::ops
