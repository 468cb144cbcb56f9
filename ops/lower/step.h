#pragma once

// Internal: what a Program becomes: a flat list of steps between buffers.

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graft/core/onednn.h"
#include "graft/core/tensor.h"
#include "graft/ops/program/dims.h"
#include "graft/ops/program/variable.h"

namespace graft::ops {

using memory = dnnl::memory;

/// Where a value lies: a buffer of the Executable, seen through a layout.
struct Operand {
  int buffer = -1;
  memory::desc md;
  explicit operator bool() const { return buffer >= 0; }
};

/// What a kernel may ask about the run it is in.
struct Run {
  int threads = 1;
  uint64_t seed = 0;  ///< differs in every run; with an instruction's salt it names a random stream
};

/// An own kernel gets the addresses of its operands in the order they were given to `kernel`: sources, then
/// destinations.
using Kernel = std::function<void(const Run& run, std::span<void* const> operands)>;

struct Argument {
  int id;  ///< DNNL_ARG_..., 0 for own kernels
  Operand operand;
  bool written;
};

enum class StepKind {
  work,     // what an instruction does
  load,     // copies a variable that the Program only reads, ahead of the runs
  copy,     // brings an output into a buffer of its own
  reorder,  // changes a layout
};
/// True for a load, a copy or a reorder, whose layouts say all that it does.
inline bool moves(StepKind kind) { return kind != StepKind::work; }

/// One entry of the flat list that an Executable runs.
struct Step {
  StepKind kind = StepKind::work;
  std::string label = {}, primitive = {}, implementation = {};  ///< for the report
  std::vector<Argument> arguments = {};
  dnnl::primitive onednn = {};  ///< or:
  Kernel kernel = {};
  std::string fused = {}, remark = {};
  std::vector<std::string> layers = {};  ///< the labels that it does the work of
  std::string settings = {};  ///< what tells its effect from that of others with the same primitive and layouts
  std::vector<std::pair<size_t, size_t>> in_place = {};  ///< (read, written): these arguments may share memory
  double flop = 0;
  int threads = 0;       ///< that a oneDNN primitive was made for
  int instruction = -1;  ///< of the Program: the one that it was made for; -1 for what only brings outputs in order
  bool same_for_any_threads = false;
  bool prepared = false;  ///< depends on unchanging variables only
};

enum class BufferKind {
  input,      // of the program: lives through the whole run
  temporary,  // in the Context's arena
  variable,   // the live buffer of a variable that this program updates
  constant,   // owned by the Executable
  prepared,   // made from variables that this program only reads; remade when they change
};

struct Buffer {
  BufferKind kind;
  size_t bytes = 0;
  Variable variable = {};  ///< variable: whose; prepared: the variable a load copies from
  Tensor constant = {};
  bool output = false;  ///< lives to the end of the run
};

}  // namespace graft::ops
