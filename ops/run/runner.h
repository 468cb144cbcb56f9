#pragma once

// Internal: a list of steps at work.

#include <vector>

#include "graft/ops/lower/step.h"

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

}  // namespace graft
