#pragma once

// Internal: what a Variable handle points to.

#include <atomic>
#include <memory>

#include "graft/core/onednn.h"
#include "graft/ops/program/variable.h"

namespace graft {

struct VariableState {
  std::string name;
  Shape shape;
  bool trainable = true;

  // Touched by who holds a VariableLock on it: buffer and layout; the version moves before a writer lets go.
  onednn::memory::desc layout;  // dims are the Keras shape ((1) for rank 0)
  std::shared_ptr<std::byte> buffer;
  std::atomic<uint64_t> version{1};

  int holders = 0;     // VariableQueue's: the readers that hold it, or -1: one writer
  uint64_t claim = 0;  // VariableQueue's: the last pass in which somebody went on waiting for it

  /// Copies the values into memory laid out as `wanted`.
  void read(const onednn::memory::desc& wanted, void* destination) const;
  /// Puts values laid out as `given` in, and moves the version.
  void write(const onednn::memory::desc& given, const void* source);
  /// Gives the variable another layout, keeping its values. Returns the address of the buffer.
  void* adopt(const onednn::memory::desc& wanted);
};

}  // namespace graft
