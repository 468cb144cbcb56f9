#pragma once

// Internal: how instructions become steps. Seen by the rooms under primitives/, not by users.

#include <map>
#include <optional>
#include <span>

#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/step.h"
#include "graft/ops/program/primitive.h"
#include "graft/ops/program/ways.h"

namespace graft::ops {

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

}  // namespace graft::ops
