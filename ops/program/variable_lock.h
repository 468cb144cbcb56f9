#pragma once

// Internal: which threads may read or change a variable (docs/decisions/008-threads.md).

#include <condition_variable>
#include <span>
#include <vector>

namespace graft {

struct VariableState;

/// Holds variables for its lifetime: for reading beside other readers, or for writing alone. It takes all of them at
/// once or waits, first come first served, so that neither a deadlock nor a starving reader is possible. A thread that
/// holds one lock asks for no other.
class VariableLock {
 public:
  enum class Access { read, write };

  VariableLock(std::span<VariableState* const> variables, Access access);  ///< each once
  VariableLock(std::vector<VariableState*>&& variables, Access access);    ///< each once
  ~VariableLock();
  VariableLock(const VariableLock&) = delete;
  VariableLock& operator=(const VariableLock&) = delete;

 private:
  friend class VariableQueue;
  std::vector<VariableState*> own_;
  std::span<VariableState* const> variables_;
  Access access_;
  bool granted_ = false;
  std::condition_variable wake_;
};

}  // namespace graft
