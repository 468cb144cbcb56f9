#include "graft/ops/compile/memory_limit.h"

#include <algorithm>
#include <iomanip>

#include "graft/core/error.h"
#include "graft/ops/passes/recompute.h"

namespace graft {

namespace {

std::string mebibytes(size_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / (1 << 20) << " MiB";
  return text.str();
}

/// Searches for the smallest number of results that must be computed again to stay within the limit.
class Search {
 public:
  Search(const ops::Program& program, const LoweringOptions& options, size_t limit)
      : program_(program), options_(options), limit_(limit), candidates_(ops::recomputable(program)) {}

  std::shared_ptr<ExecutableState> run() {
    if (attempt(0)) return best_;
    size_t too_few = 0, enough = std::min<size_t>(1, candidates_.size());
    while (!attempt(enough)) {
      if (enough == candidates_.size()) refuse();
      too_few = enough;
      enough = std::min(2 * enough, candidates_.size());
    }
    while (enough - too_few > 1) {
      const size_t middle = too_few + (enough - too_few) / 2;
      (attempt(middle) ? enough : too_few) = middle;
    }
    return best_;
  }

 private:
  // Lowers the Program with the first `count` candidates computed again, and returns whether it stays within the limit.
  bool attempt(size_t count) {
    const std::vector<ops::Recomputable> again(candidates_.begin(),
                                               candidates_.begin() + static_cast<std::ptrdiff_t>(count));
    auto state = lower_program(count == 0 ? program_ : ops::recompute(program_, again), options_);
    least_ = std::min(least_, state->arena_bytes);
    if (state->arena_bytes > limit_) return false;
    best_ = std::move(state);
    return true;
  }

  [[noreturn]] void refuse() const {
    throw BackendError(cat("memory_limit is ", limit_, " bytes (", mebibytes(limit_), "); the least that it takes is ",
                           least_, " bytes (", mebibytes(least_), ')'));
  }

  const ops::Program& program_;
  LoweringOptions options_;
  size_t limit_;
  std::vector<ops::Recomputable> candidates_;
  std::shared_ptr<ExecutableState> best_;
  size_t least_ = SIZE_MAX;
};

}  // namespace

std::shared_ptr<ExecutableState> lower_within(const ops::Program& program, const LoweringOptions& options,
                                              int64_t memory_limit) {
  if (memory_limit < 0)
    throw ConfigError(cat("memory_limit must be 1 byte or more, or 0 for none; received ", memory_limit));
  if (memory_limit == 0) return lower_program(program, options);
  return Search(program, options, static_cast<size_t>(memory_limit)).run();
}

}  // namespace graft
