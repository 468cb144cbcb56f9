#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graft/ops/compile/options.h"
#include "graft/ops/program/program.h"
#include "graft/ops/run/context.h"

namespace graft {

struct MachinePeak;

/// A compiled Program: immutable, shared by any number of threads, each with its own Context.
class Executable {
 public:
  Executable() = default;
  /// Runs the passes, chooses layouts and plans the memory. Throws BackendError that names the step that oneDNN
  /// refused, or, where memory_limit is too small, the least memory that the Program takes.
  Executable(const ops::Program& program, const ExecutableOptions& options = {});

  /// Makes the memory with which one thread runs it. All Contexts share the packed weights, whatever their numbers of
  /// threads.
  Context context(const ContextOptions& options = {}) const;
  std::string report() const;  ///< a table of the steps
  std::vector<StepReport> steps() const;
  const ops::Program& program() const&;  ///< after the passes
  ops::Program program() && { return std::as_const(*this).program(); }
  int threads() const;
  Precision precision() const;

  int64_t peak_bytes() const;          ///< bytes of the arena that a Context allocates
  int64_t bound_bytes() const;         ///< the most bytes alive at one step; peak_bytes() is no less
  int64_t weights_bytes() const;       ///< bytes of the variables and of their packed copies
  int reorders() const;                ///< number in every run, without those ahead of the runs
  int ref_steps() const;               ///< number of steps that run a reference implementation of oneDNN
  const std::string& tuning() const&;  ///< says what ExecutableOptions::tune timed and chose; empty without it
  std::string tuning() && { return std::as_const(*this).tuning(); }
  int64_t parts() const;  ///< how many times a run executes the steps, each time on the next slice of rows

  explicit operator bool() const { return state_ != nullptr; }
  const std::shared_ptr<const ExecutableState>& state() const& { return state_; }
  std::shared_ptr<const ExecutableState> state() && { return std::move(state_); }

 private:
  std::shared_ptr<const ExecutableState> state_;
};

/// Returns the report of an Executable with the time of each step (Context::time_steps) and its share of the peak.
std::string timed_report(const Executable& executable, const std::vector<StepReport>& steps, const MachinePeak& peak);

}  // namespace graft
