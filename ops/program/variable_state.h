#pragma once

// Internal: what a Variable handle points to.

#include <atomic>
#include <memory>
#include <string>

#include "graft/core/onednn.h"
#include "graft/core/shape.h"

namespace graft {

struct VariableState {
  std::string name;
  Shape shape;
  bool trainable = true;

  // Only a thread that holds a VariableLock touches buffer and layout; a writer moves the version before it lets go.
  onednn::memory::desc layout;  // dims are the Keras shape ((1) for rank 0)
  std::shared_ptr<std::byte> buffer;
  std::atomic<uint64_t> version{1};

  int holders = 0;     // of the VariableQueue: how many readers hold it, or -1 for one writer
  uint64_t claim = 0;  // of the VariableQueue: the last pass in which somebody went on waiting for it

  /// Copies the values into memory laid out as `wanted`.
  void read(const onednn::memory::desc& wanted, void* destination) const;
  /// Stores values that are laid out as `given`, and moves the version.
  void write(const onednn::memory::desc& given, const void* source);
  /// Gives the variable another layout, keeping its values. Returns the address of the buffer.
  void* adopt(const onednn::memory::desc& wanted);
};

}  // namespace graft
