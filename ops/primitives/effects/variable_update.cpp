// This file has the updates of variables outside of the optimizer: moving averages of statistics, and plain assignment.

#include <cstring>

#include "graft/core/error.h"
#include "graft/ops/kernels/optimizer.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

class MovingAverage final : public Primitive {
 public:
  explicit MovingAverage(float momentum) : momentum_(momentum) {}
  std::string_view name() const override { return "moving_average"; }
  std::string attributes() const override { return cat("momentum=", momentum_); }
  Traits traits(const Program&, const Instruction&) const override { return {.writes = {0}}; }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand moving = lowering.operand(self.inputs[0]), batch = lowering.as(self.inputs[1], moving.md);
    lowering.update(self, "moving_average", {moving, batch}, {0},
                    [momentum = momentum_, n = padded_elements(moving.md)](const Run&, std::span<void* const> p) {
                      moving_average(out(p[0]), in(p[1]), n, momentum);
                    });
  }

 private:
  float momentum_;
};

class Assign final : public Primitive {
 public:
  std::string_view name() const override { return "assign"; }
  Traits traits(const Program&, const Instruction&) const override { return {.writes = {0}}; }
  void realise(Lowering& lowering, const Instruction& self) const override {
    const Operand variable = lowering.operand(self.inputs[0]), value = lowering.as(self.inputs[1], variable.md);
    lowering.update(
        self, "assign", {variable, value}, {0},
        [bytes = variable.md.get_size()](const Run&, std::span<void* const> p) { std::memmove(p[0], p[1], bytes); });
  }
};

void check_dims(const char* op, const Builder& builder, Value variable, Value value) {
  if (builder.dims(variable) != builder.dims(value))
    throw ShapeError(cat(op, ": the variable has dims ", to_string(builder.dims(variable)), "; received ",
                         to_string(builder.dims(value))));
}

}  // namespace

void Builder::moving_average(const Variable& moving, Value batch, float momentum) {
  const Value v = variable(moving);
  check_dims("moving_average", *this, v, batch);
  append(std::make_shared<MovingAverage>(momentum), {v, batch}, {});
}

void Builder::assign(const Variable& to, Value value) {
  const Value v = variable(to);
  check_dims("assign", *this, v, value);
  append(std::make_shared<Assign>(), {v, value}, {});
}

}  // namespace graft::ops
