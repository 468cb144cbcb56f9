#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graft/core/literal.h"
#include "graft/graph/symbolic_tensor.h"

namespace graft {

/// What an input of a recorded call stands for: the keyword `mask`, or the second tensor of `initial_state`.
struct TensorArgument {
  std::string name;
  int index = -1;  ///< the place in the list that the argument is; -1: the argument is this one tensor
  bool operator==(const TensorArgument&) const = default;
};

/// The shape and the type of an input of a recorded call.
struct InputSpec {
  Shape shape;
  DType dtype;
  bool operator==(const InputSpec&) const = default;
};

/// The arguments of a call beside its inputs, by Keras's names: `layer(x, {.training = true})`.
struct CallArguments {
  std::optional<bool> training = {};  ///< overrides the mode of the Program for this call

  SymbolicTensors mask = {};           ///< of each input, as Keras's mask: not 0 where a step counts
  SymbolicTensors initial_state = {};  ///< of recurrent layers, in the order of their states
  SymbolicTensor query_mask = {}, value_mask = {}, key_mask = {};  ///< of attention layers, (N, T)
  SymbolicTensor attention_mask = {};                              ///< (N, T, S)
  SymbolicTensor count_weights = {};                               ///< of CategoryEncoding and its kin

  std::optional<bool> use_causal_mask = {}, return_attention_scores = {}, reverse = {};

  Literals others = {};  ///< every other argument that is no tensor, by its name in Keras

  /// For a recorded call: what the last of its inputs are, as the tensors above become inputs when a call is recorded.
  std::vector<TensorArgument> tensors = {};

  /// While a call is recorded or emitted: what its inputs are. A Value does not show it, because a tensor of rank 0 has
  /// dims (1) in a Program, and every type is float there.
  std::vector<InputSpec> specs = {};

  bool operator==(const CallArguments&) const = default;

  /// Whether an argument of this name is a tensor beside the inputs: "mask", "initial_state".
  static bool is_keyword(const std::string& name);
  /// The flag of this name ("use_causal_mask"); null where there is none.
  std::optional<bool>* flag(const std::string& name);

  /// The number of inputs before those that stand for keywords.
  size_t positional(size_t inputs) const { return inputs - tensors.size(); }
  /// The place among all inputs of the tensor that stands for this keyword; none where it was not given.
  std::optional<size_t> place(const std::string& name, size_t inputs, int index = -1) const {
    for (size_t i = 0; i < tensors.size(); ++i)
      if (tensors[i].name == name && tensors[i].index == index) return positional(inputs) + i;
    return {};
  }
};

/// The value that stands for a keyword among the values of a call's inputs, shapes or Values; null where it is absent.
template <class Values>
auto argument_of(Values& inputs, const CallArguments& arguments, const std::string& name, int index = -1) {
  const auto place = arguments.place(name, inputs.size(), index);
  return place ? &inputs[*place] : nullptr;
}

/// Moves the tensors of the arguments behind the inputs, and notes in `tensors` what each stands for. What is recorded
/// already stays as it is.
void record_tensors(SymbolicTensors& inputs, CallArguments& arguments);

}  // namespace graft
