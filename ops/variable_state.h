#pragma once

// Internal: what a Variable handle points to.

#include <atomic>
#include <memory>
#include <mutex>

#include "graft/core/onednn.h"
#include "graft/ops/variable.h"

namespace graft {

struct VariableState {
  std::string name;
  Shape shape;
  bool trainable = true;

  mutable std::mutex mutex;     // guards buffer, layout and a consistent read of both
  onednn::memory::desc layout;  // dims are the Keras shape ((1) for rank 0)
  std::shared_ptr<std::byte> buffer;
  std::atomic<uint64_t> version{1};

  /// Copies the values into memory laid out as `wanted`.
  void read(const onednn::memory::desc& wanted, void* destination) const;
  /// Gives the variable another layout, keeping its values. Returns the address of the buffer.
  void* adopt(const onednn::memory::desc& wanted);
};

}  // namespace graft
