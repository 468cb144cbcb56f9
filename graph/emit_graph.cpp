#include "graft/graph/emit_graph.h"

#include <algorithm>
#include <ranges>

#include "graft/core/error.h"
#include "graft/graph/walk.h"

namespace graft {

// The numbers of a type of 16 bits; Graft computes in float32 otherwise.
static std::optional<ops::FloatFormat> format_of(DType type) {
  if (type == DType::f16) return ops::kFloat16;
  if (type == DType::bf16) return ops::kBfloat16;
  return {};
}

// -- masks that calls take off their inputs --------------------------------------------------------------------------

// Whether the call takes the mask of its input; not where it casts the input, as the cast tensor is another one.
static bool takes_mask(const Node& call, size_t input) {
  const LayerImpl& layer = call.layer().impl();
  const DType type = call.inputs()[input].dtype();
  const bool cast = layer.casts_inputs() && is_floating(type) && type != layer.dtype_policy.compute_dtype();
  return !cast && layer.takes_mask(input);
}

// The calls in the order in which Keras runs them: from the deepest on, and calls of one depth in the order in which a
// walk from the outputs meets them. All calls of a layer that come before its deepest one in that walk have its depth.
static std::unordered_map<const Node*, size_t> keras_order(const Graph& graph) {
  std::vector<const Node*> met;
  std::unordered_map<const Node*, int64_t> depths;
  std::unordered_map<const LayerImpl*, int64_t> layer_depths;
  const auto deepen = [&](const Node* node, int64_t depth) {
    const auto [entry, first] = depths.emplace(node, depth);
    if (first) met.push_back(node);
    return entry->second = std::max(entry->second, depth);
  };
  for (const std::shared_ptr<const Node>& node : std::views::reverse(graph.nodes())) {
    int64_t& of_layer = layer_depths[&node->layer().impl()];
    of_layer = deepen(node.get(), of_layer);
    for (const SymbolicTensor& input : node->inputs())
      if (graph.contains(*input.node())) deepen(input.node().get(), of_layer + 1);
  }
  std::stable_sort(met.begin(), met.end(), [&](const Node* a, const Node* b) { return depths[a] > depths[b]; });
  std::unordered_map<const Node*, size_t> order;
  for (size_t i = 0; i < met.size(); ++i) order.emplace(met[i], i);
  return order;
}

TakenMasks::TakenMasks(const Graph& graph) {
  for (const std::shared_ptr<const Node>& node : graph.nodes())
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      if (!takes_mask(*node, i)) continue;
      if (order_.empty()) order_ = keras_order(graph);
      const auto [entry, first] = first_.emplace(node->inputs()[i], order_.at(node.get()));
      entry->second = std::min(entry->second, order_.at(node.get()));
    }
}

bool TakenMasks::missing(const SymbolicTensor& tensor, const Node& call) const {
  const auto first = first_.find(tensor);
  return first != first_.end() && first->second < order_.at(&call);
}

// -- calls -----------------------------------------------------------------------------------------------------------

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
    for (const MaskedValue& input : given)
      if (input.imaginary) add_imaginary(input.imaginary);
  }

  // A layer computes on numbers of its type; results are numbers of it too.
  MaskedValues emit() const {
    const ops::Builder::RoundedVariables rounded(builder_, format_of(compute_type()));
    MaskedValues outputs = layer_.emit_masked(builder_, values_, masks_, arguments_);
    for (size_t i = 0; i < outputs.size() && layer_.casts_inputs(); ++i)
      if (const auto format = format_of(node_.output_dtypes()[i]))
        outputs[i].value = builder_.round_float(outputs[i].value, *format);
    layer_.emit_penalties(builder_, values_of(outputs));
    return outputs;
  }

 private:
  static ops::Values values_of(const MaskedValues& outputs) {
    ops::Values values;
    for (const MaskedValue& output : outputs) values.push_back(output.value);
    return values;
  }

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

  void add_imaginary(ops::Value part) {
    if (!layer_.takes_complex())
      throw GraphError("takes no complex numbers; received those of polar()")
          .hint("real, imag, abs, angle and conj take them.");
    values_.push_back(part);
    arguments_.tensors.push_back({kImaginary});
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

MaskedValues emit_graph(ops::Builder& builder, const Graph& graph, const MaskedValues& inputs,
                        const CallArguments& arguments, const std::function<void(const Node&)>& after) {
  if (inputs.size() != graph.inputs().size())
    throw ShapeError(cat("the model has ", graph.inputs().size(), " inputs; received ", inputs.size()));
  const TakenMasks masks(graph);
  MaskedValues outputs = walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, MaskedValues given) {
    for (size_t i = 0; i < given.size(); ++i)
      if (masks.missing(node->inputs()[i], *node)) given[i].mask = {};
    const ops::Builder::Scope scope(builder, graph.label_of(*node));
    try {
      MaskedValues made = emit_call(builder, *node, given, arguments);
      if (after) after(*node);
      return made;
    } catch (Error& error) {
      error.who(node->layer().who()).at(node->location());
      throw;
    }
  });
  for (size_t i = 0; i < outputs.size(); ++i)
    if (masks.taken(graph.outputs()[i])) outputs[i].mask = {};
  return outputs;
}

}  // namespace graft
