#include "graft/graph/emit_graph.h"

#include "graft/core/error.h"
#include "graft/graph/walk.h"

namespace graft {

// The numbers of a type of 16 bits; Graft computes in float32 otherwise.
static std::optional<ops::FloatFormat> format_of(DType type) {
  if (type == DType::f16) return ops::kFloat16;
  if (type == DType::bf16) return ops::kBfloat16;
  return {};
}

namespace {

// The values and the arguments of one call, into which the masks of its inputs are put.
class MaskedCall {
 public:
  MaskedCall(ops::Builder& builder, const Node& node, const MaskedValues& given, const CallArguments& outer)
      : builder_(builder), node_(node), layer_(node.layer().impl()), arguments_(node.arguments()) {
    if (!arguments_.training) arguments_.training = outer.training;
    for (size_t i = 0; i < given.size(); ++i) values_.push_back(cast_input(given[i].value, node.inputs()[i].dtype()));
    for (const SymbolicTensor& input : node.inputs()) arguments_.specs.push_back({input.shape(), input.dtype()});
    const size_t count = arguments_.positional(given.size());
    for (size_t i = 0; i < count; ++i) masks_.push_back(given[i].mask);
    const std::vector<std::string> names = layer_.mask_arguments();
    for (size_t i = 0; i < count; ++i) add_mask(names, i, count);
  }

  // A layer computes on numbers of its type; results are numbers of it too.
  MaskedValues emit() const {
    const ops::Builder::RoundedVariables rounded(builder_, format_of(compute_type()));
    MaskedValues outputs = layer_.emit_masked(builder_, values_, masks_, arguments_);
    if (!layer_.casts_inputs()) return outputs;
    for (size_t i = 0; i < outputs.size(); ++i)
      if (const auto format = format_of(node_.output_dtypes()[i]))
        outputs[i].value = builder_.round_float(outputs[i].value, *format);
    return outputs;
  }

 private:
  DType compute_type() const { return layer_.casts_inputs() ? layer_.dtype_policy.compute_dtype() : DType::f32; }

  ops::Value cast_input(ops::Value value, DType type) const {
    const auto format = format_of(compute_type());
    return format && is_floating(type) && type != compute_type() ? builder_.round_float(value, *format) : value;
  }

  // A mask that the call was given itself takes the place of the one that came with the input.
  void add_mask(const std::vector<std::string>& names, size_t input, size_t inputs) {
    if (names.empty() || (names.size() > 1 && input >= names.size())) return;
    const TensorArgument own = names.size() > 1 ? TensorArgument{names[input]}
                                                : TensorArgument{names[0], inputs == 1 ? -1 : static_cast<int>(input)};
    if (const ops::Value* written = argument_of(values_, arguments_, own.name, own.index)) {
      masks_[input] = *written;
    } else if (masks_[input]) {
      values_.push_back(masks_[input]);
      arguments_.tensors.push_back(own);
    }
  }

  ops::Builder& builder_;
  const Node& node_;
  const LayerImpl& layer_;
  CallArguments arguments_;
  ops::Values values_, masks_;
};

}  // namespace

MaskedValues emit_call(ops::Builder& builder, const Node& node, const MaskedValues& given, const CallArguments& outer) {
  return MaskedCall(builder, node, given, outer).emit();
}

MaskedValues emit_masked_graph(ops::Builder& builder, const Graph& graph, const MaskedValues& inputs,
                               const CallArguments& arguments) {
  if (inputs.size() != graph.inputs().size())
    throw ShapeError(cat("the model has ", graph.inputs().size(), " inputs; received ", inputs.size()));
  return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const MaskedValues& given) {
    const ops::Builder::Scope scope(builder, graph.label_of(*node));
    try {
      return emit_call(builder, *node, given, arguments);
    } catch (Error& error) {
      error.who(node->layer().who()).at(node->location());
      throw;
    }
  });
}

ops::Values emit_graph(ops::Builder& builder, const Graph& graph, const ops::Values& inputs,
                       const CallArguments& arguments) {
  MaskedValues masked;
  for (const ops::Value input : inputs) masked.push_back({input});
  ops::Values outputs;
  for (const MaskedValue& output : emit_masked_graph(builder, graph, masked, arguments))
    outputs.push_back(output.value);
  return outputs;
}

}  // namespace graft
