#pragma once

// Internal: who may touch which variables while others run (docs/decisions/008-threads.md).

#include <condition_variable>
#include <vector>

#include "graft/ops/program/variable.h"

namespace graft {

/// Holds variables while it lives: for reading beside other readers, or for writing alone. It takes all of them at once
/// or waits, first come first served, so that neither a deadlock nor a reader who never gets through is possible. A
/// thread that holds one asks for no other.
class VariableLock {
 public:
  enum class Access { read, write };

  VariableLock(std::span<VariableState* const> variables, Access access);  ///< each once
  VariableLock(const Variables& variables, Access access);
  ~VariableLock();
  VariableLock(const VariableLock&) = delete;
  VariableLock& operator=(const VariableLock&) = delete;

  static std::vector<VariableState*> states_of(const Variables& variables);  ///< each once

 private:
  friend class VariableQueue;
  std::vector<VariableState*> own_;
  std::span<VariableState* const> variables_;
  Access access_;
  bool granted_ = false;
  std::condition_variable wake_;
};

}  // namespace graft
