#pragma once

// Internal: what a Context points to, and one use of it.

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "graft/ops/compile/executable_state.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/program/variable_lock.h"
#include "graft/ops/run/runner.h"

namespace graft {

struct ContextState {
  explicit ContextState(std::shared_ptr<const ExecutableState> executable);
  void enter(size_t part);  ///< binds the inputs and outputs to the rows of this part

  std::shared_ptr<const ExecutableState> executable;
  std::shared_ptr<std::byte> arena;
  std::shared_ptr<PreparedSet> prepared;
  std::vector<void*> addresses;
  Runner runner;
  uint64_t seed = 0, runs = 0;
  std::atomic_flag running;
};

/// One thread's use of a Context. It brings the prepared weights up to date, and locks the variables that the Program
/// updates. Throws ConfigError when another thread is using the Context.
class RunScope {
 public:
  explicit RunScope(ContextState& context);
  ~RunScope();
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

 private:
  struct Claim {
    explicit Claim(std::atomic_flag& flag);
    ~Claim() { running.clear(std::memory_order_release); }
    std::atomic_flag& running;
  };
  void refresh();

  ContextState& context_;
  Claim claim_;
  ops::ThreadScope threads_;
  std::optional<VariableLock> lock_;
};

}  // namespace graft
