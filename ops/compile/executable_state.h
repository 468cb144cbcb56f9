#pragma once

// Internal: the data that an Executable points to.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "graft/ops/compile/formulation.h"
#include "graft/ops/compile/prepared.h"
#include "graft/ops/lower/step.h"
#include "graft/ops/program/precision.h"
#include "graft/ops/program/program.h"

namespace graft {

/// A compiled Program: its steps, their buffers, and the place of each buffer in memory.
struct ExecutableState {
  ops::Program program;
  int threads = 1;
  Precision precision = "float32";
  std::string tuning = {};  ///< says for the report what was timed to choose the formulation
  Formulation formulation = {};
  size_t parts = 1;              ///< a run executes the steps this many times, each time on the next slice of rows
  std::vector<ops::Step> steps;  // all steps, in the order in which they were emitted
  std::vector<const ops::Step*> main, prepared;
  std::vector<ops::Buffer> buffers;
  std::vector<PreparedBuffer> kept;  // the prepared buffers that the main steps read
  std::vector<size_t> offsets;       // bytes by buffer: in the arena, or in the memory for preparing
  size_t arena_bytes = 0, bound_bytes = 0, preparing_bytes = 0;
  std::vector<ops::Operand> inputs, outputs;

  struct Updated {
    Variable variable;
    ops::memory::desc layout;
    int buffer;
  };
  std::vector<Updated> updated;           // variables that the Program updates
  std::vector<VariableState*> to_update;  // the same, for a VariableLock
  std::vector<Variable> read;             // variables that the Program only reads

  mutable std::mutex prepared_mutex;  ///< guards latest_prepared; held while a set is made
  mutable std::shared_ptr<PreparedSet> latest_prepared;
  mutable std::mutex siblings_mutex;  ///< guards siblings; held while one is made
  /// The same Program for other numbers of threads.
  mutable std::map<int, std::shared_ptr<const ExecutableState>> siblings;
};

/// Bytes of all weights in the layouts that the steps read.
size_t packed_bytes(const ExecutableState& state);

}  // namespace graft
