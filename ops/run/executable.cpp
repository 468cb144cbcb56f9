#include "graft/ops/run/executable.h"

#include <iostream>

#include "graft/core/env.h"
#include "graft/ops/compile/compile.h"
#include "graft/ops/run/report.h"
#include "graft/ops/run/tune.h"

namespace graft {

static std::shared_ptr<ExecutableState> compile(const ops::Program& program, const ExecutableOptions& options) {
  std::string note;
  const Formulation formulation = options.tune ? choose_formulation(program, options, note) : Formulation{};
  auto state = compile_program(program, options, formulation);
  state->tuning = note;
  return state;
}

Executable::Executable(const ops::Program& program, const ExecutableOptions& options)
    : state_(compile(program, options)) {
  if (env::debug() >= 1)
    std::cerr << cat("graft: compiled ", state_->program.instructions.size(), " instructions to ", state_->main.size(),
                     " steps, ", reorders(), " reorders, ", peak_bytes(), " bytes (bound ", bound_bytes(), ")\n");
  if (env::debug() >= 2) std::cerr << report();
  if (env::debug() >= 3) std::cerr << state_->program.text();
}

Context Executable::context(const ContextOptions& options) const {
  if (options.threads == 0 || options.threads == threads()) return Context(state_);
  return Context(with_threads(*state_, thread_count(options.threads)));
}

std::string Executable::report() const { return text_report(*state_); }
std::vector<StepReport> Executable::steps() const { return step_reports(*state_); }
const ops::Program& Executable::program() const& { return state_->program; }
int Executable::threads() const { return state_->threads; }
Precision Executable::precision() const { return state_->precision; }
int64_t Executable::peak_bytes() const { return static_cast<int64_t>(state_->arena_bytes); }
int64_t Executable::bound_bytes() const { return static_cast<int64_t>(state_->bound_bytes); }
int64_t Executable::weights_bytes() const { return graft::weights_bytes(*state_); }
const std::string& Executable::tuning() const& { return state_->tuning; }
int64_t Executable::parts() const { return static_cast<int64_t>(state_->parts); }
int Executable::reorders() const { return count_reorders(*state_); }
int Executable::ref_steps() const { return count_references(*state_); }

std::string timed_report(const Executable& executable, const std::vector<StepReport>& steps, const MachinePeak& peak) {
  return text_report(*executable.state(), steps, peak);
}

}  // namespace graft
