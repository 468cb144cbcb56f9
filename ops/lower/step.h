#pragma once

// Internal: a lowered Program is a flat list of steps that read and write buffers.

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

/// Where a value is stored: a buffer of the Executable, and the layout in it.
struct Operand {
  int buffer = -1;
  memory::desc md;
  explicit operator bool() const { return buffer >= 0; }
};

/// What a kernel is given about the run that it is part of.
struct Run {
  int threads = 1;
  uint64_t seed = 0;  ///< differs in every run; with an instruction's salt it names a random stream
};

/// One of Graft's kernels. It gets the addresses of its operands in the order in which Lowering::kernel was given them:
/// sources, then destinations.
using Kernel = std::function<void(const Run& run, std::span<void* const> operands)>;

struct Argument {
  int id;  ///< DNNL_ARG_..., 0 for Graft's kernels
  Operand operand;
  bool written;
};

enum class StepKind {
  work,     // computes what an instruction stands for
  load,     // copies a variable that the Program only reads, ahead of the runs
  copy,     // copies an output to a buffer of its own
  reorder,  // changes a layout
};
/// True for loads, copies and reorders, whose effect depends on their layouts alone.
inline bool moves(StepKind kind) { return kind != StepKind::work; }

/// One entry of the flat list that an Executable runs.
struct Step {
  StepKind kind = StepKind::work;
  std::string label = {}, primitive = {}, implementation = {};  ///< for the report
  std::vector<Argument> arguments = {};
  dnnl::primitive onednn = {};  ///< either this primitive or `kernel` is set
  Kernel kernel = {};
  std::string fused = {}, remark = {};
  std::vector<std::string> layers = {};  ///< the labels of the layers whose work it does
  std::string settings = {};  ///< distinguishes its effect from that of others with the same primitive and layouts
  std::vector<std::pair<size_t, size_t>> in_place = {};  ///< (read, written): these arguments may share memory
  double flop = 0;
  int threads = 0;       ///< the number that a oneDNN primitive was made for
  int instruction = -1;  ///< index in the Program; -1 for steps that only bring outputs to row-major
  bool same_for_any_threads = false;
  bool prepared = false;  ///< depends only on constants and on variables that the Program does not update
};

enum class BufferKind {
  input,      // of the Program; alive during the whole run
  temporary,  // in the Context's arena
  variable,   // the memory of a variable that this Program updates
  constant,   // owned by the Executable
  prepared,   // computed from variables that this Program only reads; computed again when they change
};

struct Buffer {
  BufferKind kind;
  size_t bytes = 0;
  Variable variable = {};  ///< the variable whose memory this is, or, if prepared, that a load copies
  Tensor constant = {};
  bool output = false;  ///< alive until the end of the run
};

}  // namespace graft::ops
