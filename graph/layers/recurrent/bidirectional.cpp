#include "graft/graph/layers/recurrent/bidirectional.h"

#include <algorithm>

namespace graft {

using ops::Builder;
using ops::Value;
using ops::Values;

// Keras's None is a word of its own here.
void BidirectionalConfig::fields(FieldVisitor& field) {
  field.require("layer");
  field("layer", layer.get());
  const bool none = field.reading() ? field.has("merge_mode") : merge_mode == "none";  // a null is read as nothing
  Literal mode = none ? Literal() : Literal(merge_mode.str());
  field("merge_mode", mode);
  if (field.reading()) merge_mode = mode.is_none() ? MergeMode("none") : MergeMode::parse(mode.string());
  field("backward_layer", backward_layer);
}

static RNNImpl& recurrent(const Layer& layer, const char* setting) {
  auto* impl = layer ? dynamic_cast<RNNImpl*>(&layer.impl()) : nullptr;
  if (!impl)
    throw ConfigError(cat(setting, " must be a recurrent layer such as LSTM; received ",
                          layer ? cat("the layer class ", layer.class_name()) : "an empty layer"));
  return *impl;
}

namespace {

class BidirectionalImpl final : public LayerImpl {
 public:
  explicit BidirectionalImpl(BidirectionalConfig given) : config(std::move(given)) {
    name = config.name;
    RNNImpl& forward = recurrent(config.layer, "layer");
    if (!config.backward_layer) {
      config.backward_layer = Layer(forward.reversed());
      config.backward_layer.impl().name = forward.name;
    }
    RNNImpl& backward = recurrent(config.backward_layer, "backward_layer");
    name_direction(forward, "forward_");
    name_direction(backward, "backward_");
    forward.zero_output_for_mask = backward.zero_output_for_mask = forward.walk().return_sequences;
  }

  std::string class_name() const override { return "Bidirectional"; }
  void fields(FieldVisitor& field) override { config.fields(field); }
  std::vector<InnerLayer> inner_layers() const override {
    return {{"forward_layer", config.layer}, {"backward_layer", config.backward_layer}};
  }
  std::vector<std::string> call_signature() const override {
    return {"sequences", "initial_state", "mask", "training"};
  }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }

  void check() const override {
    const WalkSettings one = forward().walk(), other = backward().walk();
    if (one.go_backwards == other.go_backwards)
      throw ConfigError("layer and backward_layer must have different go_backwards");
    if (one.stateful != other.stateful || one.return_sequences != other.return_sequences ||
        one.return_state != other.return_state)
      throw ConfigError("layer and backward_layer must have equal stateful, return_sequences and return_state");
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return infer_call(inputs, {}); }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    std::vector<Shape> one = forward().infer_call(inputs, half(arguments, 0));
    const std::vector<Shape> other = backward().infer_call(inputs, half(arguments, 1));
    std::vector<Shape> outputs{one[0]};
    if (config.merge_mode == "none")
      outputs.push_back(other[0]);
    else if (config.merge_mode == "concat")
      outputs[0] = one[0].with(-1, one[0][-1] + other[0][-1]);
    else if (one[0] != other[0])
      throw ShapeError(cat("merge_mode \"", config.merge_mode, "\" needs outputs of one shape; received ", one[0],
                           " and ", other[0]));
    outputs.insert(outputs.end(), one.begin() + 1, one.end());
    outputs.insert(outputs.end(), other.begin() + 1, other.end());
    return outputs;
  }

  void build(std::span<const Shape> inputs) override {
    build_inner(config.layer, {inputs[0]});
    build_inner(config.backward_layer, {inputs[0]});
  }

  void check_built(std::span<const Shape> inputs) const override { forward().check_built(inputs); }

  Values emit(Builder& b, const Values& inputs, const CallArguments& arguments) const override {
    Values one, other;
    {
      const Builder::Scope scope(b, "forward");
      one = forward().emit(b, inputs, half(arguments, 0));
      forward().emit_penalties(b, one);
    }
    {
      const Builder::Scope scope(b, "backward");
      other = backward().emit(b, inputs, half(arguments, 1));
      backward().emit_penalties(b, other);
    }
    if (forward().walk().return_sequences) other[0] = b.flip(other[0], {logical_axis(1, std::ssize(b.dims(other[0])))});
    Values outputs = merged(b, one[0], other[0]);
    outputs.insert(outputs.end(), one.begin() + 1, one.end());
    outputs.insert(outputs.end(), other.begin() + 1, other.end());
    return outputs;
  }

  Values emit_masks(Builder&, const Values&, const Values& masks, const CallArguments&) const override {
    const bool kept = forward().walk().return_sequences && !masks.empty();
    return Values(config.merge_mode == "none" ? 2 : 1, kept ? masks[0] : Value{});
  }

  BidirectionalConfig config;

 private:
  // Keras names the layers inside by their directions.
  static void name_direction(RNNImpl& layer, const std::string& direction) {
    if (layer.name.empty()) layer.name = snake_case(layer.class_name());
    for (const std::string other : {"forward_", "backward_"})
      if (layer.name.starts_with(other)) layer.name.erase(0, other.size());
    layer.name = direction + layer.name;
  }

  RNNImpl& forward() const { return recurrent(config.layer, "layer"); }
  RNNImpl& backward() const { return recurrent(config.backward_layer, "backward_layer"); }

  // The arguments of one direction: of the states its half. The others keep their places under names that no layer
  // reads.
  CallArguments half(const CallArguments& arguments, int direction) const {
    CallArguments own = arguments;
    const auto states =
        static_cast<int>(std::ranges::count(arguments.tensors, std::string("initial_state"), &TensorArgument::name));
    if (states % 2 != 0)
      throw ShapeError(cat("initial_state must have the states of both directions; received ", states, " tensors"));
    for (TensorArgument& argument : own.tensors)
      if (argument.name == "initial_state") {
        argument.index -= direction * states / 2;
        if (argument.index < 0 || argument.index >= states / 2) argument.name = kOther;
      }
    return own;
  }

  Values merged(Builder& b, Value one, Value other) const {
    if (config.merge_mode == "none") return {one, other};
    if (config.merge_mode == "sum") return {b.add(one, other)};
    if (config.merge_mode == "mul") return {b.mul(one, other)};
    if (config.merge_mode == "ave") return {b.scale(b.add(one, other), 0.5f)};
    return {b.concat({one, other}, logical_axis(-1, std::ssize(b.dims(one))))};
  }

  static constexpr const char* kOther = "initial_state of the other direction";
};

}  // namespace

Bidirectional::Bidirectional(BidirectionalConfig config, source_location location)
    : RecurrentLayer(make_layer<BidirectionalImpl>(std::move(config), location)) {}

Bidirectional::Bidirectional(const Layer& layer, source_location location)
    : Bidirectional(BidirectionalConfig{.layer = layer}, location) {}

std::vector<LayerClass> bidirectional_classes() { return {layer_class<BidirectionalImpl>("Bidirectional")}; }

}  // namespace graft
