#pragma once

// Internal: how instructions become steps. The rooms under primitives/ use this header; users do not.

#include <map>
#include <optional>
#include <span>

#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/lower/step.h"
#include "graft/ops/program/program_index.h"
#include "graft/ops/program/ways.h"

namespace graft::ops {

/// The state of lowering one Program to steps, instruction by instruction. Activations are channels last (or blocked,
/// where that was timed and found faster). Weights are in the layout that the first primitive to read them prefers.
/// Where a reader wants another layout than a value has, a reorder is added.
class Lowering {
 public:
  /// `blocked`: activations whose channels fill whole blocks (onednn::block) are laid out in such blocks instead of
  /// channels last.
  Lowering(const Program& program, int threads, bool blocked = false, Ways ways = {});

  const Program& program() const { return program_; }
  const ProgramIndex& index() const { return index_; }
  const Dims& dims(Value v) const { return program_.dims(v); }
  int threads() const { return threads_; }
  /// The way in which the instruction is to be realised; empty where its primitive's own rule decides.
  std::string_view way(const Instruction& self) const;
  /// The type of the value's elements in memory: f32 or bf16.
  memory::data_type type(Value v) const { return onednn::type_of(program_[v].dtype); }
  /// The layout of images that convolutions and poolings read and write.
  memory::desc image(const Dims& dims, memory::data_type type) const;
  /// The number of threads that work of this size is worth, one for each grain. Primitives for little work are made in
  /// a ThreadScope of that number, because waiting for a second thread costs more than the work itself, and far more on
  /// a busy machine.
  int threads_for(int64_t work, int64_t grain) const;
  static constexpr int64_t kElementGrain = 1 << 15;     ///< elements, of a function or a pooling
  static constexpr int64_t kStatisticsGrain = 1 << 17;  ///< elements, of a normalisation, whose threads meet repeatedly
  static constexpr int64_t kFlopGrain = 150'000;        ///< operations, of a matrix product

  // -- operands ---------------------------------------------------------------------------------------------------
  /// The value in its own layout. A weight that the Program updates, and whose layout is still open, becomes row-major
  /// by this.
  Operand operand(Value v);
  /// The value in the wanted layout: the value itself if it has that layout, else a reordered copy, which all readers
  /// that want the same layout share. A weight whose layout is still open takes the wanted one. For `why` see reorder.
  Operand as(Value v, const memory::desc& wanted, const std::string& why = {});
  /// Chooses the layout of a weight that the Program updates, if it is still open. `as` is the reason that how_it_lies
  /// gives, as in "as its gradient comes".
  void lay_out(Value v, const memory::desc& md, const std::string& as);
  /// Says for the report why a weight that the Program updates has its layout: "kernel is laid out as conv of conv2d
  /// reads it (Acdb32a)". Returns an empty text for other operands.
  std::string how_it_lies(const Operand& operand) const;
  /// The value in its own layout if that is plain (strided), else row-major, for kernels that walk strides.
  Operand plain(Value v);
  Operand row_major(Value v);
  /// Makes the buffer of an instruction's output.
  Operand define(Value v, const memory::desc& md);
  /// Makes v a view of the memory of `of`, in the layout md.
  void alias(Value v, Value of, const memory::desc& md);
  void alias(Value v, const Operand& of, const memory::desc& md);
  /// Makes v a view of `of` with its axes permuted. `of` may be a weight whose layout is still open.
  void alias_transposed(Value v, Value of, const std::vector<int>& permutation);
  /// A buffer that only the steps of the current instruction use.
  Operand scratch(const memory::desc& md);
  /// Adds a reorder to another buffer, with the same values in another layout. `why` is the reason that the report
  /// gives. Without it the report gives a reason only for reorders of weights that the Program updates.
  Operand reorder(const Operand& from, const memory::desc& to, const std::string& why = {});
  /// True for values that are computed ahead of the runs, because they depend only on constants and on variables that
  /// the Program does not update.
  bool ahead(Value v) const { return index_.ahead_of_runs(v); }

  // -- steps --------------------------------------------------------------------------------------------------------
  /// Adds a oneDNN primitive with the scratchpad that it needs.
  template <class Pd>
  Step& primitive(const Instruction& self, const Pd& pd, const dnnl::primitive& primitive,
                  std::vector<Argument> arguments) {
    return add_primitive({.label = self.label,
                          .primitive = std::string(self.primitive->name()),
                          .implementation = pd.impl_info_str(),
                          .arguments = std::move(arguments),
                          .onednn = primitive},
                         pd.scratchpad_desc());
  }
  /// Adds one of Graft's kernels, which reports show as "graft:<name>".
  Step& kernel(const Instruction& self, const std::string& name, const std::vector<Operand>& sources,
               const std::vector<Operand>& destinations, Kernel kernel);
  /// Adds a kernel that changes some of its operands (variables) in place; `changed` has their indices in `operands`.
  Step& update(const Instruction& self, const std::string& name, const std::vector<Operand>& operands,
               const std::vector<size_t>& changed, Kernel kernel);

  // -- for the Executable --------------------------------------------------------------------------------------------
  void lower();  ///< lowers all instructions, then brings the outputs to row-major
  std::vector<Step>& steps() { return steps_; }
  std::vector<Buffer>& buffers() { return buffers_; }
  const std::vector<Operand>& inputs() const { return inputs_; }
  const std::vector<Operand>& outputs() const { return outputs_; }
  /// The layout of each variable that the program updates, by the id of its Value.
  const std::map<int, memory::desc>& variable_layouts() const { return variable_layouts_; }
  int variable_buffer(int id) const { return variable_buffers_.at(id); }

 private:
  struct Place {  // where a value is
    Operand operand;
    Value base = {};               // the variable, for a variable and its views
    std::vector<int> permutation;  // of the base's axes, in this view
    std::vector<Operand> copies;   // the value in other layouts
  };
  Step& add_primitive(Step step, const memory::desc& scratchpad);
  Step& add(Step step, bool every_run = false);
  void describe(Step& step);
  bool known_ahead(const Step& step);
  BufferKind& kind(const Argument& argument);
  const Instruction* current() const;  // the one that is being lowered; null while the outputs are placed
  int add_buffer(Buffer buffer);
  Place& place(Value v) { return places_[v]; }
  const Place& place(Value v) const { return places_[v]; }
  bool settled(const Place& place) const;  // true for an updated variable whose layout was chosen
  Operand settle(const Place& place, const memory::desc& md, const std::string& as = {});  // chooses the layout
  Operand view(const Place& place) const;                    // of a settled variable, with the axes of the place
  Operand load(const Place& place, const memory::desc& md);  // of a variable that is only read
  void place_leaves();
  void lower(size_t instruction);
  void forget_copies();
  void place_outputs();

  const Program& program_;
  const ProgramIndex index_;
  int threads_;
  bool blocked_;
  Ways ways_;
  std::vector<Step> steps_;
  std::vector<Buffer> buffers_;
  PerValue<Place> places_;
  std::vector<Operand> inputs_, outputs_;
  std::map<int, memory::desc> variable_layouts_;  // by Value id
  std::map<int, int> variable_buffers_;           // by Value id
  std::map<int, std::string> chosen_as_;          // by buffer of an updated variable: the reason for its layout
  std::optional<size_t> current_;                 // the instruction that is being lowered
  int parts_ = 0;  // number of steps of the current instruction so far, without reorders and loads
};

/// The layout's name, with the type where that is bfloat16: "acdb", "acdb:bf16".
std::string typed_layout(const memory::desc& md);

}  // namespace graft::ops
