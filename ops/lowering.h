#pragma once

// Internal: how instructions become steps. Seen by the rooms under primitives/, not by users.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "graft/core/onednn.h"
#include "graft/ops/executable.h"
#include "graft/ops/ways.h"

namespace graft::ops {

using memory = dnnl::memory;

/// Primitives are made for the number of threads that is set while they are made, and run best under it.
class ThreadScope {
 public:
  explicit ThreadScope(int threads);
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  int before_;
};

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

/// One entry of the flat list that an Executable runs.
struct Step {
  std::string label = {}, primitive = {}, implementation = {};
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
  bool moves = false;    ///< a load, a copy or a reorder: its layouts tell all that it does
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

/// The state of turning one Program into steps, instruction by instruction. Layout policy: activations are channels
/// last (or blocked, where that was timed and found faster); weights lie as the primitive that reads them first wants
/// them; a reorder is added where two disagree.
class Lowering {
 public:
  /// `blocked`: activations whose channels fill whole blocks (onednn::block) lie in those instead of channels last.
  Lowering(const Program& program, int threads, bool blocked = false, Ways ways = {});

  const Program& program() const { return program_; }
  const Dims& dims(Value v) const { return program_.dims(v); }
  int threads() const { return threads_; }
  /// The way that the instruction is to take; empty: by its primitive's rule.
  std::string_view way(const Instruction& self) const;
  /// How the value's elements lie: f32 or bf16.
  memory::data_type type(Value v) const { return onednn::type_of(program_[v].dtype); }
  /// How images lie that convolutions and poolings read and write.
  memory::desc image(const Dims& dims, memory::data_type type) const;
  /// Threads that work of this size is worth, a grain for each: a room makes the primitives of small work under a
  /// ThreadScope of it. Waiting for a second thread costs more than small work, and far more on a busy machine.
  int threads_for(int64_t work, int64_t grain) const;
  static constexpr int64_t kElementGrain = 1 << 15;  ///< elements of a function or a pooling
  static constexpr int64_t kStatisticsGrain = 1
                                              << 17;  ///< elements of a normalisation, whose threads meet several times
  static constexpr int64_t kFlopGrain = 150'000;      ///< of a matrix product

  // -- operands ---------------------------------------------------------------------------------------------------
  /// The value as it lies. (A weight whose layout is still open is settled as row-major by this.)
  Operand operand(Value v);
  /// The value in the wanted layout: as it lies if that fits, else behind a reorder, one for all who want the same. An
  /// open weight takes the wanted layout. `why`: see reorder.
  Operand as(Value v, const memory::desc& wanted, const std::string& why = {});
  /// Chooses the layout of a weight that the Program updates, where that is still open. `as` ends "it lies ...".
  void lay_out(Value v, const memory::desc& md, const std::string& as);
  /// "kernel lies as conv of conv2d reads it (Acdb32a)": of a weight that the Program updates. Empty for other
  /// operands.
  std::string how_it_lies(const Operand& operand) const;
  /// As it lies if it is plain (strided), else row-major: for own kernels that walk strides.
  Operand plain(Value v);
  Operand row_major(Value v);
  /// Makes the buffer of an output.
  Operand define(Value v, const memory::desc& md);
  /// Makes v a view: the memory of `of` seen through md.
  void alias(Value v, Value of, const memory::desc& md);
  void alias(Value v, const Operand& of, const memory::desc& md);
  /// v is `of` with its axes renamed. Also of a weight whose layout is still open.
  void alias_transposed(Value v, Value of, const std::vector<int>& permutation);
  /// A buffer that only the steps of the current instruction use.
  Operand scratch(const memory::desc& md);
  /// Another buffer with the same values in another layout: always adds a reorder. `why` is for the report, which tells
  /// of weights without it.
  Operand reorder(const Operand& from, const memory::desc& to, const std::string& why = {});
  /// True for what is computed ahead of the runs: made of constants and of variables that the program only reads.
  bool ahead(Value v) const;

  // -- steps --------------------------------------------------------------------------------------------------------
  /// A oneDNN primitive; adds the scratchpad it asks for.
  template <class Pd>
  Step& primitive(const Instruction& self, const Pd& pd, const dnnl::primitive& primitive,
                  std::vector<Argument> arguments) {
    return add_primitive(self, pd.impl_info_str(), pd.scratchpad_desc(), primitive, std::move(arguments));
  }
  /// An own kernel, reported as "graft:<name>".
  Step& kernel(const Instruction& self, const std::string& name, const std::vector<Operand>& sources,
               const std::vector<Operand>& destinations, Kernel kernel);
  /// An own kernel that changes some of its operands (variables) in place: `changed` are indices into operands.
  Step& update(const Instruction& self, const std::string& name, const std::vector<Operand>& operands,
               const std::vector<size_t>& changed, Kernel kernel);

  // -- for the Executable --------------------------------------------------------------------------------------------
  void lower();  ///< all instructions; then the outputs, row-major
  std::vector<Step>& steps() { return steps_; }
  std::vector<Buffer>& buffers() { return buffers_; }
  const std::vector<Operand>& inputs() const { return inputs_; }
  const std::vector<Operand>& outputs() const { return outputs_; }
  /// The layout of each variable that the program updates, by the id of its Value.
  const std::map<int, memory::desc>& variable_layouts() const { return variable_layouts_; }
  int variable_buffer(int id) const { return variable_buffers_.at(id); }

 private:
  struct Place {  // of a value
    Operand operand;
    int base = -1;                 // an open weight: the variable's Value id
    std::vector<int> permutation;  // how this view renames the base's axes
    std::vector<Operand> copies;   // of it in other layouts
  };
  Step& add_primitive(const Instruction& self, const char* implementation, const memory::desc& scratchpad,
                      const dnnl::primitive& primitive, std::vector<Argument> arguments);
  Step& add(Step step, bool every_run = false);
  int add_buffer(Buffer buffer);
  Place& place(Value v) { return places_[static_cast<size_t>(v.id)]; }
  const Place& place(Value v) const { return places_[static_cast<size_t>(v.id)]; }
  bool settled(const Place& place) const;  // an updated variable whose layout was chosen
  Operand settle(const Place& place, const memory::desc& md, const std::string& as = {});  // chooses the layout
  Operand view(const Place& place) const;                    // a settled variable through the place's axes
  Operand load(const Place& place, const memory::desc& md);  // of a variable that is only read
  void place_leaves();
  void lower(const Instruction& instruction);
  void forget_copies(const Instruction& instruction);
  void place_outputs();

  const Program& program_;
  int threads_;
  bool blocked_;
  Ways ways_;
  std::vector<Step> steps_;
  std::vector<Buffer> buffers_;
  std::vector<Place> places_;
  std::vector<Operand> inputs_, outputs_;
  std::map<int, memory::desc> variable_layouts_;  // by Value id
  std::map<int, int> variable_buffers_;           // likewise
  std::map<int, std::string> chosen_as_;          // by buffer of an updated variable: what gave it its layout
  std::vector<bool> updated_;                     // by Value id: a variable that some instruction writes
  const Instruction* current_ = nullptr;
  int current_index_ = -1;
  int parts_ = 0;  // steps of the current instruction so far, reorders and loads left out
};

/// "acdb", "acdb:bf16".
std::string typed_layout(const memory::desc& md);

/// A function (begin, end) that outlives the call it is given to. Unlike std::function it never allocates: a run does not.
class RangeBody {
 public:
  template <class F>
  RangeBody(const F& f)
      : f_(&f), call_([](const void* self, int64_t begin, int64_t end) { (*static_cast<const F*>(self))(begin, end); }) {}
  void operator()(int64_t begin, int64_t end) const { call_(f_, begin, end); }

 private:
  const void* f_;
  void (*call_)(const void*, int64_t, int64_t);
};

/// Runs body(begin, end) over [0, n) on up to `threads` threads, in one piece below `grain` elements a thread.
void parallel_for(int threads, int64_t n, int64_t grain, RangeBody body);

}  // namespace graft::ops

/// Compiles a function for several instruction sets and picks the machine's at load (GCC). For loops over floats. Both
/// sets have fused multiply-add for every vector length, so that an element's bits do not depend on where in a loop it
/// is.
#if defined(__x86_64__) && !defined(GRAFT_NO_TARGET_CLONES)
#define GRAFT_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GRAFT_KERNEL
#endif
