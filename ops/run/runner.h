#pragma once

// Internal: executes a list of steps.

#include <vector>

#include "graft/ops/lower/step.h"

namespace graft {

/// A list of steps that is bound to addresses, and can be executed.
class Runner {
 public:
  Runner(std::vector<const ops::Step*> steps, size_t buffers, int threads);

  /// `addresses[b]` is the address of buffer b, or null where no step uses it. Only addresses that changed are set.
  void bind(const std::vector<void*>& addresses);
  void run(uint64_t seed);
  void run_step(size_t index, uint64_t seed);
  size_t size() const { return calls_.size(); }
  const ops::Step& step(size_t index) const { return *calls_[index].step; }

 private:
  struct Call {
    const ops::Step* step;
    std::vector<dnnl::memory> memories;  // one per argument of a oneDNN step
    std::vector<dnnl_exec_arg_t> arguments;
    std::vector<void*> operands;  // of one of Graft's kernels
  };
  void run_primitive(Call& call);
  void check(const Call& call) const;  // throws DataError for a NaN or an infinity (GRAFT_CHECK)

  std::vector<Call> calls_;
  std::vector<void*> addresses_;
  dnnl::stream stream_;
  int threads_;
  bool checking_;
};

}  // namespace graft
