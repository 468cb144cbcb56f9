#pragma once

// Internal: what an Executable and a Context point to.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

#include "graft/ops/lowering.h"
#include "graft/ops/prepared.h"
#include "graft/ops/variable_lock.h"
#include "graft/ops/variable_state.h"

namespace graft {

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

/// One way to say a Program: which passes are left out or added, how images lie, how instructions are realised.
struct Formulation {
  std::string name = "usual";
  std::vector<std::string> without = {}, with = {};
  bool blocked = false;  ///< Lowering
  ops::Ways ways = {};   ///< likewise
};

struct ExecutableState {
  ops::Program program;
  int threads = 1;
  std::string precision = "float32";
  std::string tuning = {};  ///< what was timed to choose the formulation, for the report
  Formulation formulation = {};
  size_t parts = 1;              ///< a run takes the steps so many times, each time on the next rows
  std::vector<ops::Step> steps;  // main ones, then prepared ones
  std::vector<const ops::Step*> main, prepared;
  std::vector<ops::Buffer> buffers;
  std::vector<PreparedBuffer> kept;  // of the prepared buffers those that the main steps read
  std::vector<size_t> offsets;       // by buffer: in the arena, or in the memory in between of preparing
  size_t arena_bytes = 0, bound_bytes = 0, preparing_bytes = 0;
  std::vector<ops::Operand> inputs, outputs;

  struct Updated {
    Variable variable;
    ops::memory::desc layout;
    int buffer;
  };
  std::vector<Updated> updated;           // variables that the program changes
  std::vector<VariableState*> to_update;  // the same, for a VariableLock
  std::vector<Variable> read;             // variables that it only reads

  /// Brings `held` up to date with the variables. Returns true when it is another set than before. Waits for no lock
  /// when nothing has changed.
  bool prepare(std::shared_ptr<PreparedSet>& held) const;
  /// The same Program for another number of threads: made once.
  std::shared_ptr<const ExecutableState> with_threads(int count) const;

 private:
  bool up_to_date(const PreparedSet& set) const;
  std::shared_ptr<PreparedSet> make_set() const;
  void fill(const std::vector<size_t>& stale, const std::vector<std::shared_ptr<Packed>>& into) const;
  std::vector<const ops::Step*> steps_to(const std::vector<size_t>& stale) const;
  mutable std::mutex mutex_;  // guards current_; held while a set is made
  mutable std::shared_ptr<PreparedSet> current_;
  mutable std::mutex siblings_mutex_;                                       // guards siblings_; held while one is made
  mutable std::map<int, std::shared_ptr<const ExecutableState>> siblings_;  // by threads
};

/// The formulation to compile in: the usual one, or the fastest of those that were timed. `note` tells the report.
Formulation choose_formulation(const ops::Program& program, const ExecutableOptions& options, std::string& note);
/// The passes, then lowering.
std::shared_ptr<ExecutableState> compile_program(const ops::Program& program, const ExecutableOptions& options,
                                                 const Formulation& formulation);

/// How to lower a Program that the passes are done with.
struct LoweringOptions {
  int threads = 1;
  Formulation formulation = {};
  size_t parts = 1;  ///< the Program is of one part
};
/// Its steps, buffers and their places.
std::shared_ptr<ExecutableState> lower_program(ops::Program program, const LoweringOptions& options);
/// The same within so many bytes of arena (0: any): cheap results are computed again where that is needed. Throws
/// BackendError naming the least that it takes.
std::shared_ptr<ExecutableState> lower_within(const ops::Program& program, const LoweringOptions& options,
                                              int64_t memory_limit);
void plan_buffers(ExecutableState& state);

struct ContextState {
  explicit ContextState(std::shared_ptr<const ExecutableState> executable);
  void enter(size_t part);  ///< binds the rows of this part

  std::shared_ptr<const ExecutableState> executable;
  std::shared_ptr<std::byte> arena;
  std::shared_ptr<PreparedSet> prepared;
  std::vector<void*> addresses;
  Runner runner;
  uint64_t seed = 0, runs = 0;
  std::atomic_flag running;
};

/// One thread's use of a Context: brings its weights up to date and, for the program's updates, holds the variables
/// that they change. Throws ConfigError when another thread is using the Context.
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
