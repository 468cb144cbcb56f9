#include "graft/graph/layers/recurrent/time_distributed.h"

#include "graft/graph/axes.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

void TimeDistributedConfig::fields(FieldVisitor& field) {
  field.require("layer");
  field("layer", layer.get());
}

namespace {

class TimeDistributedImpl final : public LayerImpl {
 public:
  explicit TimeDistributedImpl(TimeDistributedConfig given) : config(std::move(given)) { name = config.name; }

  std::string class_name() const override { return "TimeDistributed"; }
  void fields(FieldVisitor& field) override { config.fields(field); }
  std::vector<InnerLayer> inner_layers() const override { return {{"layer", config.layer}}; }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }

  void check() const override {
    if (!inner_layer()) throw ConfigError("layer is an empty layer");
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const Shape step = step_of(inputs[0]);
    const std::vector<Shape> outputs = inner().infer_call(std::span(&step, 1), {});
    if (outputs.size() != 1)
      throw ShapeError(cat("the layer inside must give one output; ", inner_layer().who(), " gives ", outputs.size()));
    std::vector<int64_t> dims = outputs[0].dims();
    dims.insert(dims.begin() + 1, inputs[0][1]);
    return {Shape(dims)};
  }

  void build(std::span<const Shape> inputs) override { build_inner(inner_layer(), {step_of(inputs[0])}); }

  void check_built(std::span<const Shape> inputs) const override {
    const Shape step = step_of(inputs[0]);
    inner().check_built(std::span(&step, 1));
  }

  // Steps are rows like any other, so all are computed at once, unless each of them moves statistics.
  Values emit(Builder& b, const Values& inputs, const CallArguments& arguments) const override {
    const Value sequence = to_channels_last(b, inputs[0]);
    const Value* mask = argument_of(inputs, arguments, "mask");
    const CallArguments own{.training = arguments.training};
    const int64_t steps = b.dims(sequence)[1];
    if (is_training(b, arguments) && !inner_layer().non_trainable_variables().empty())
      return {one_by_one(b, sequence, mask, own)};
    const Value rows = call(b, rows_of(b, sequence), mask ? rows_of(b, *mask) : Value{}, own);
    Dims dims = keras_dims(b, rows);
    dims.insert(dims.begin(), dims[0] / steps);
    dims[1] = steps;
    return {to_channels_first(b, b.reshape(to_channels_last(b, rows), dims))};
  }

  TimeDistributedConfig config;

 private:
  const Layer& inner_layer() const { return config.layer; }
  LayerImpl& inner() const { return inner_layer().impl(); }

  static Shape step_of(const Shape& input) {
    check_min_rank(input, 3, "(N, T, ...)");
    std::vector<int64_t> dims = input.dims();
    dims.erase(dims.begin() + 1);
    return Shape(dims);
  }

  // (N, T, ...) as (N * T, ...), in Keras's order of axes.
  static Value rows_of(Builder& b, Value sequence) {
    Dims dims = b.dims(sequence);
    dims[1] *= dims[0];
    dims.erase(dims.begin());
    return b.reshape(sequence, dims);
  }

  // The output of the layer for rows in Keras's order of axes.
  Value call(Builder& b, Value rows, Value mask, CallArguments own) const {
    Values inputs{to_channels_first(b, rows)};
    Values masks{Value{}};
    if (mask && inner().mask_arguments() == std::vector<std::string>{"mask"}) {
      masks[0] = to_channels_first(b, mask);
      inputs.push_back(masks[0]);
      own.tensors.push_back({"mask"});
    }
    return inner().emit_masked(b, inputs, masks, own)[0].value;
  }

  Value one_by_one(Builder& b, Value sequence, const Value* mask, const CallArguments& own) const {
    Values outputs;
    for (int64_t t = 0; t < b.dims(sequence)[1]; ++t) {
      const Value output = call(b, step_at(b, sequence, t), mask ? step_at(b, *mask, t) : Value{}, own);
      Dims dims = keras_dims(b, output);
      dims.insert(dims.begin() + 1, 1);
      outputs.push_back(b.reshape(to_channels_last(b, output), dims));
    }
    return to_channels_first(b, outputs.size() == 1 ? outputs[0] : b.concat(outputs, 1));
  }

  static Value step_at(Builder& b, Value sequence, int64_t t) {
    Dims begin(b.dims(sequence).size(), 0), sizes = b.dims(sequence);
    begin[1] = t;
    sizes[1] = 1;
    const Value step = b.slice(sequence, begin, sizes);
    sizes.erase(sizes.begin() + 1);
    return b.reshape(step, sizes);
  }
};

}  // namespace

TimeDistributed::TimeDistributed(TimeDistributedConfig config, source_location location)
    : Layer(make_layer<TimeDistributedImpl>(std::move(config), location)) {}

TimeDistributed::TimeDistributed(const Layer& layer, source_location location)
    : TimeDistributed(TimeDistributedConfig{.layer = layer}, location) {}

std::vector<LayerClass> time_distributed_classes() { return {layer_class<TimeDistributedImpl>("TimeDistributed")}; }

}  // namespace graft
