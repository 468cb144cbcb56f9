#pragma once

// Internal: how instructions become steps. The rooms under primitives/ use it, users do not.

#include <map>
#include <optional>
#include <span>

#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/lower/step.h"
#include "graft/ops/program/program_index.h"
#include "graft/ops/program/ways.h"

namespace graft::ops {

/// The state of turning one Program into steps, instruction by instruction. Layout policy: activations are channels
/// last (or blocked, where that was timed and found faster); weights are in the layout that the primitive that reads
/// them first prefers; a reorder is added where two disagree.
class Lowering {
 public:
  /// `blocked`: activations whose channels fill whole blocks (onednn::block) are laid out in those instead of channels
  /// last.
  Lowering(const Program& program, int threads, bool blocked = false, Ways ways = {});

  const Program& program() const { return program_; }
  const ProgramIndex& index() const { return index_; }
  const Dims& dims(Value v) const { return program_.dims(v); }
  int threads() const { return threads_; }
  /// The way that the instruction is to take; empty: by its primitive's rule.
  std::string_view way(const Instruction& self) const;
  /// The type of the value's elements in memory: f32 or bf16.
  memory::data_type type(Value v) const { return onednn::type_of(program_[v].dtype); }
  /// The layout of images that convolutions and poolings read and write.
  memory::desc image(const Dims& dims, memory::data_type type) const;
  /// The number of threads that work of this size is worth, a grain for each. A room makes the primitives of small work
  /// in a ThreadScope of that number: waiting for a second thread costs more than small work, and far more on a busy
  /// machine.
  int threads_for(int64_t work, int64_t grain) const;
  static constexpr int64_t kElementGrain = 1 << 15;     ///< elements of a function or a pooling
  static constexpr int64_t kStatisticsGrain = 1 << 17;  ///< of a normalisation, whose threads meet several times
  static constexpr int64_t kFlopGrain = 150'000;        ///< of a matrix product

  // -- operands ---------------------------------------------------------------------------------------------------
  /// The value in its own layout. (This settles a weight whose layout is still open as row-major.)
  Operand operand(Value v);
  /// The value in the wanted layout: itself if it has that, else behind a reorder, one for all who want the same. An
  /// open weight takes the wanted layout. `why`: see reorder.
  Operand as(Value v, const memory::desc& wanted, const std::string& why = {});
  /// Chooses the layout of a weight that the Program updates, where that is still open. `as` says why, for
  /// how_it_lies: "as its gradient comes".
  void lay_out(Value v, const memory::desc& md, const std::string& as);
  /// Why a weight that the Program updates has its layout, for the report: "kernel lies as conv of conv2d reads it
  /// (Acdb32a)". Empty for other operands.
  std::string how_it_lies(const Operand& operand) const;
  /// The value in its own layout if that is plain (strided), else row-major: for own kernels that walk strides.
  Operand plain(Value v);
  Operand row_major(Value v);
  /// Makes the buffer of an output.
  Operand define(Value v, const memory::desc& md);
  /// Makes v a view: the memory of `of` in the layout md.
  void alias(Value v, Value of, const memory::desc& md);
  void alias(Value v, const Operand& of, const memory::desc& md);
  /// v is `of` with its axes renamed. Also of a weight whose layout is still open.
  void alias_transposed(Value v, Value of, const std::vector<int>& permutation);
  /// A buffer that only the steps of the current instruction use.
  Operand scratch(const memory::desc& md);
  /// Adds a reorder: another buffer with the same values in another layout. `why` is for the report, which without it
  /// explains the reorders of weights.
  Operand reorder(const Operand& from, const memory::desc& to, const std::string& why = {});
  /// True for what is computed ahead of the runs: made of constants and of variables that the Program only reads.
  bool ahead(Value v) const { return index_.ahead_of_runs(v); }

  // -- steps --------------------------------------------------------------------------------------------------------
  /// A oneDNN primitive; adds the scratchpad it asks for.
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
    Value base = {};               // of a variable and its views: the variable
    std::vector<int> permutation;  // how this view renames the base's axes
    std::vector<Operand> copies;   // of it in other layouts
  };
  Step& add_primitive(Step step, const memory::desc& scratchpad);
  Step& add(Step step, bool every_run = false);
  void describe(Step& step);
  bool known_ahead(const Step& step);
  BufferKind& kind(const Argument& argument);
  const Instruction* current() const;  // the one that is being lowered; null for what brings outputs in order
  int add_buffer(Buffer buffer);
  Place& place(Value v) { return places_[v]; }
  const Place& place(Value v) const { return places_[v]; }
  bool settled(const Place& place) const;  // an updated variable whose layout was chosen
  Operand settle(const Place& place, const memory::desc& md, const std::string& as = {});  // chooses the layout
  Operand view(const Place& place) const;                    // a settled variable through the place's axes
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
  std::map<int, std::string> chosen_as_;          // by buffer of an updated variable: what gave it its layout
  std::optional<size_t> current_;                 // the instruction that is being lowered
  int parts_ = 0;  // steps of the current instruction so far, reorders and loads left out
};

/// "acdb", "acdb:bf16".
std::string typed_layout(const memory::desc& md);

}  // namespace graft::ops
