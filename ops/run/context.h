#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/ops/run/binding.h"
#include "graft/ops/run/step_report.h"

namespace graft {

struct ExecutableState;
struct ContextState;

/// Settings of one Context.
struct ContextOptions {
  /// The number of threads of its runs; 0 is that of the Executable. The first Context with another number compiles the
  /// Program again.
  int threads = 0;
};

/// The memory with which one caller runs an Executable. `run` throws ConfigError when another thread is using the same
/// Context. A run sees every change of the weights that was finished before it began, and none that is half done.
class Context {
 public:
  explicit Context(std::shared_ptr<const ExecutableState> executable);
  ~Context();
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;

  int threads() const;
  size_t inputs() const;
  size_t outputs() const;
  /// A Binding must not outlive its Context, so a temporary Context returns none. Throws ShapeError when the index is
  /// out of range, or no input has the name.
  Binding input(size_t index) const&;
  Binding input(const std::string& name) const&;
  Binding output(size_t index) const&;
  Binding input(size_t index) const&& = delete;
  Binding input(const std::string& name) const&& = delete;
  Binding output(size_t index) const&& = delete;
  void run();
  void set_seed(uint64_t seed);  ///< seeds this Context's random instructions; each run draws other numbers

  /// Runs `runs` times, after one unreported warm-up run. Returns when each step began and how long it took.
  std::vector<StepSpan> trace(int runs);
  /// Returns the steps with the median time of each over `runs` runs, in ms. Each step is run `runs` times in a row
  /// (alone), or the steps one after the other as in a run (in_pass). Variables that the Program updates do change.
  std::vector<StepReport> time_steps(int runs, StepTiming timing = StepTiming::alone);

 private:
  std::unique_ptr<ContextState> state_;
};

}  // namespace graft
