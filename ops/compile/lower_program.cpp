#include "graft/ops/compile/lower_program.h"

#include <set>

#include "graft/ops/compile/buffer_plan.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/lower/lowering.h"

namespace graft {

using ops::Buffer;
using ops::BufferKind;
using ops::Step;

static void collect_variables(ExecutableState& state, const ops::Lowering& lowering) {
  for (const auto& [id, layout] : lowering.variable_layouts())
    state.updated.push_back({state.program[ops::Value{id}].variable, layout, lowering.variable_buffer(id)});
  std::set<const VariableState*> seen;
  for (const Buffer& b : state.buffers)
    if (b.kind == BufferKind::prepared && b.variable && seen.insert(&b.variable.state()).second)
      state.read.push_back(b.variable);
  Variables changed;
  for (const auto& u : state.updated) changed.push_back(u.variable);
  state.to_update = variable_states(changed);
}

std::shared_ptr<ExecutableState> lower_program(ops::Program program, const LoweringOptions& options) {
  auto state = std::make_shared<ExecutableState>();
  state->threads = options.threads;
  state->formulation = options.formulation;
  state->parts = options.parts;
  state->program = std::move(program);
  const ops::ThreadScope scope(options.threads);
  const Formulation& formulation = options.formulation;
  ops::Lowering lowering(state->program, options.threads, formulation.blocked, formulation.ways);
  lowering.lower();
  state->steps = std::move(lowering.steps());
  state->buffers = std::move(lowering.buffers());
  state->inputs = lowering.inputs();
  state->outputs = lowering.outputs();
  for (const Step& step : state->steps) (step.prepared ? state->prepared : state->main).push_back(&step);
  collect_variables(*state, lowering);
  state->kept = prepared_buffers(state->prepared, state->main, state->buffers, state->read);
  plan_buffers(*state);
  return state;
}

std::shared_ptr<const ExecutableState> with_threads(const ExecutableState& state, int threads) {
  const std::lock_guard lock(state.siblings_mutex);
  std::shared_ptr<const ExecutableState>& sibling = state.siblings[threads];
  if (!sibling) {
    auto made =
        lower_program(state.program, {.threads = threads, .formulation = state.formulation, .parts = state.parts});
    made->precision = state.precision;
    sibling = std::move(made);
  }
  return sibling;
}

}  // namespace graft
