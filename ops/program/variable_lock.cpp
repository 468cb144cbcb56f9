#include "graft/ops/program/variable_lock.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "graft/ops/program/variable_state.h"

namespace graft {

/// All locks of this process that hold or wait. Its mutex guards the holders and claims of every variable; it is held
/// for a walk over the variables of a lock, never during a run.
class VariableQueue {
 public:
  static VariableQueue& instance() {
    static VariableQueue queue;
    return queue;
  }

  void acquire(VariableLock& lock) {
    std::unique_lock guard(mutex_);
    if (waiting_.empty() && is_free(lock)) return hold(lock);
    waiting_.push_back(&lock);
    grant();
    lock.wake_.wait(guard, [&] { return lock.granted_; });
  }

  void release(const VariableLock& lock) {
    const std::lock_guard guard(mutex_);
    for (VariableState* v : lock.variables_) v->holders = writes(lock) ? 0 : v->holders - 1;
    if (!waiting_.empty()) grant();
  }

 private:
  static bool writes(const VariableLock& lock) { return lock.access_ == VariableLock::Access::write; }

  static bool is_free(const VariableLock& lock) {
    return std::all_of(lock.variables_.begin(), lock.variables_.end(),
                       [&](const VariableState* v) { return writes(lock) ? v->holders == 0 : v->holders >= 0; });
  }

  static void hold(VariableLock& lock) {
    for (VariableState* v : lock.variables_) v->holders = writes(lock) ? -1 : v->holders + 1;
    lock.granted_ = true;
  }

  // Grants in order of arrival. A lock that must go on waiting claims its variables, so that no later one overtakes it.
  void grant() {
    ++pass_;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      VariableLock& lock = **at;
      const bool overtakes = std::any_of(lock.variables_.begin(), lock.variables_.end(),
                                         [&](const VariableState* v) { return v->claim == pass_; });
      if (!overtakes && is_free(lock)) {
        hold(lock);
        lock.wake_.notify_one();
        at = waiting_.erase(at);
      } else {
        for (VariableState* v : lock.variables_) v->claim = pass_;
        ++at;
      }
    }
  }

  std::mutex mutex_;
  std::list<VariableLock*> waiting_;
  uint64_t pass_ = 0;
};

VariableLock::VariableLock(std::span<VariableState* const> variables, Access access)
    : variables_(variables), access_(access) {
  VariableQueue::instance().acquire(*this);
}

VariableLock::VariableLock(std::vector<VariableState*>&& variables, Access access)
    : own_(std::move(variables)), variables_(own_), access_(access) {
  VariableQueue::instance().acquire(*this);
}

VariableLock::~VariableLock() { VariableQueue::instance().release(*this); }

}  // namespace graft
