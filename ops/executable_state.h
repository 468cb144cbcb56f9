#pragma once

// Internal: what an Executable and a Context point to.

#include <mutex>

#include "graft/ops/lowering.h"
#include "graft/ops/variable_state.h"

namespace graft {

/// The packed weights of one version of the variables; several may be in use while training goes on beside inference.
struct PreparedSet {
  std::shared_ptr<std::byte> memory;
  std::vector<uint64_t> versions;
};

/// A list of steps bound to addresses: what actually runs.
class Runner {
 public:
  /// `addresses[b]` is where buffer b lies; null where it is not used.
  Runner(std::vector<const ops::Step*> steps, size_t buffers, int threads);

  void bind(const std::vector<void*>& addresses);  ///< sets what changed
  void run(uint64_t seed);
  void run_step(size_t index, uint64_t seed);
  size_t size() const { return calls_.size(); }
  const ops::Step& step(size_t index) const { return *calls_[index].step; }

 private:
  struct Call {
    const ops::Step* step;
    std::vector<dnnl::memory> memories;  // one per argument of a oneDNN step
    std::vector<dnnl_exec_arg_t> arguments;
    std::vector<void*> operands;  // of an own kernel
  };
  void run_primitive(Call& call);
  void check(const Call& call) const;  // GRAFT_CHECK: no NaN, no infinity

  std::vector<Call> calls_;
  std::vector<void*> addresses_;
  dnnl::stream stream_;
  int threads_;
  bool checking_;
};

struct ExecutableState {
  ops::Program program;
  int threads = 1;
  std::vector<ops::Step> steps;  // main ones, then prepared ones
  std::vector<const ops::Step*> main, prepared;
  std::vector<ops::Buffer> buffers;
  std::vector<size_t> offsets;  // by buffer: in the arena, or in a prepared set
  size_t arena_bytes = 0, bound_bytes = 0, prepared_bytes = 0;
  std::vector<ops::Operand> inputs, outputs;

  struct Updated {
    Variable variable;
    ops::memory::desc layout;
    int buffer;
  };
  std::vector<Updated> updated;  // variables that the program changes
  std::vector<Variable> read;    // variables that it only reads

  /// Brings `held` up to date with the variables. Returns true when it is another set than before.
  bool prepare(std::shared_ptr<PreparedSet>& held) const;

 private:
  void fill(PreparedSet& set) const;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<PreparedSet> current_;
};

struct ContextState {
  explicit ContextState(std::shared_ptr<const ExecutableState> executable);

  std::shared_ptr<const ExecutableState> executable;
  std::shared_ptr<std::byte> arena;
  std::shared_ptr<PreparedSet> prepared;
  std::vector<void*> addresses;
  Runner runner;
  uint64_t seed = 0, runs = 0;

  void refresh();  ///< layouts and packed weights, before a run
  void finish();   ///< versions, after it
};

}  // namespace graft
