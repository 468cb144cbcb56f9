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
  int threads = 0;  ///< of its runs; 0: those of the Executable. Another number compiles the Program again, once.
};

/// The memory one caller runs an Executable with. Not for two threads at once: `run` throws ConfigError then. A run
/// sees every change of the weights that ended before it began, and none that is half done.
class Context {
 public:
  explicit Context(std::shared_ptr<const ExecutableState> executable);
  ~Context();
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;

  int threads() const;
  size_t inputs() const;
  size_t outputs() const;
  /// A Binding ends with its Context, so that a temporary has none. Throws ShapeError when out of range.
  Binding input(size_t index) const&;
  Binding input(const std::string& name) const&;
  Binding output(size_t index) const&;
  Binding input(size_t index) const&& = delete;
  Binding input(const std::string& name) const&& = delete;
  Binding output(size_t index) const&& = delete;
  void run();
  void set_seed(uint64_t seed);  ///< of this Context's random instructions; each run draws anew

  /// Runs that many times, after one unreported warm-up run: when each step began and how long it took.
  std::vector<StepSpan> trace(int runs);
  /// The report with the median ms of each step over `runs` runs: each step over and over (alone), or one after the
  /// other in whole passes, as they run. Variables that the program updates move.
  std::vector<StepReport> time_steps(int runs, StepTiming timing = StepTiming::alone);

 private:
  std::unique_ptr<ContextState> state_;
};

}  // namespace graft
