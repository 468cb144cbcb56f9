#include "graft/ops/run/context.h"

#include "graft/core/random.h"
#include "graft/ops/run/context_state.h"
#include "graft/ops/run/timing.h"

namespace graft {

Context::Context(std::shared_ptr<const ExecutableState> executable)
    : state_(std::make_unique<ContextState>(std::move(executable))) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

int Context::threads() const { return state_->executable->threads; }
size_t Context::inputs() const { return state_->executable->inputs.size(); }
size_t Context::outputs() const { return state_->executable->outputs.size(); }
void Context::set_seed(uint64_t seed) { state_->seed = seed; }

static Binding binding(const ContextState& state, const std::vector<ops::Operand>& operands, const ops::Values& values,
                       size_t index, const char* what) {
  if (index >= operands.size())
    throw ShapeError(cat("this program has ", operands.size(), ' ', what, "s; received index ", index));
  const ops::ValueInfo& info = state.executable->program[values[index]];
  ops::Dims dims = info.dims;
  dims[0] *= static_cast<int64_t>(state.executable->parts);
  return Binding(Shape(dims), DType::f32, state.addresses[static_cast<size_t>(operands[index].buffer)],
                 info.name.empty() ? cat(what, ' ', index) : info.name);
}

Binding Context::input(size_t index) const& {
  return binding(*state_, state_->executable->inputs, state_->executable->program.inputs, index, "input");
}

Binding Context::input(const std::string& name) const& {
  const ops::Program& program = state_->executable->program;
  for (size_t i = 0; i < program.inputs.size(); ++i)
    if (program[program.inputs[i]].name == name) return input(i);
  throw ShapeError(cat("this program has no input \"", name, '"'));
}

Binding Context::output(size_t index) const& {
  return binding(*state_, state_->executable->outputs, state_->executable->program.outputs, index, "output");
}

void Context::run() {
  const RunScope scope(*state_);
  const uint64_t seed = Random::hash(state_->seed, state_->runs);
  const size_t parts = state_->executable->parts;
  for (size_t part = 0; part < parts; ++part) {
    if (parts > 1) state_->enter(part);
    state_->runner.run(seed);
  }
}

std::vector<StepReport> Context::time_steps(int runs, StepTiming timing) {
  run();
  return graft::time_steps(*state_, runs, timing);
}

std::vector<StepSpan> Context::trace(int runs) {
  run();
  return graft::trace(*state_, runs);
}

}  // namespace graft
