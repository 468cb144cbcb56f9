#include "graft/graph/layers/recurrent/time_distributed.h"

#include "graft/graph/layers/recurrent/steps.h"

namespace graft {

using ops::Builder;
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
  bool passes_masks() const override { return true; }
  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t outputs) const override {
    return inner().infer_call_dtypes(inputs, outputs, {});
  }

  void check() const override {
    if (!inner_layer()) throw ConfigError("layer is an empty layer");
  }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    check_mask(inputs, arguments, "mask", inputs[0]);
    return infer(inputs);
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

  // Steps are rows like any other, so all are computed at once, unless each of them moves statistics. A penalty inside
  // a model is divided by the samples, as where Keras calls the model for each step.
  Values emit(Builder& b, const Values& inputs, const CallArguments& arguments) const override {
    const Value sequence = to_channels_last(b, inputs[0]);
    const Value* mask = argument_of(inputs, arguments, "mask");
    const CallArguments own{.training = arguments.training};
    const int64_t steps = b.dims(sequence)[1];
    if (is_training(b, arguments) && !inner_layer().non_trainable_variables().empty())
      return {one_by_one(b, sequence, mask, own)};
    Values penalties;
    Values* const all = b.collect_penalties(b.collects_penalties() ? &penalties : nullptr);
    const Value rows = call(b, merge_steps(b, sequence), mask ? merge_steps(b, *mask) : Value{}, own);
    b.collect_penalties(all);
    for (const Value of_rows : penalties) b.add_penalty(b.scale(of_rows, static_cast<float>(steps)));
    return {to_channels_first(b, split_steps(b, to_channels_last(b, rows), steps))};
  }

  bool runs_on_host(std::span<const DType> inputs, bool known) const override {
    return inner().runs_on_host(inputs, known);
  }

  Tensors compute(const Tensors& inputs, const CallArguments& arguments) const override {
    std::vector<int64_t> dims = inputs[0].shape().dims();
    const int64_t samples = dims[0], steps = dims[1];
    dims.erase(dims.begin());
    dims[0] = samples * steps;
    const Tensor rows = inner().compute({inputs[0].reshaped(Shape(dims))}, {.training = arguments.training})[0];
    dims = rows.shape().dims();
    dims[0] = steps;
    return {rows.reshaped(Shape(dims).prepended(samples))};
  }

  TimeDistributedConfig config;

 private:
  static Shape step_of(const Shape& sequence) {
    if (sequence.rank() < 3)  // in Keras's words
      throw ShapeError(cat("`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, ",
                           "received: ", sequence));
    return step_shape(sequence);
  }

  const Layer& inner_layer() const { return config.layer; }
  LayerImpl& inner() const { return inner_layer().impl(); }

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
    for (int64_t t = 0; t < b.dims(sequence)[1]; ++t)
      outputs.push_back(call(b, step_at(b, sequence, t), mask ? step_at(b, *mask, t) : Value{}, own));
    return to_channels_first(b, stack_steps(b, outputs));
  }
};

}  // namespace

TimeDistributed::TimeDistributed(TimeDistributedConfig config, source_location location)
    : Layer(make_layer<TimeDistributedImpl>(std::move(config), location)) {}

TimeDistributed::TimeDistributed(const Layer& layer, source_location location)
    : TimeDistributed(TimeDistributedConfig{.layer = layer}, location) {}

std::vector<LayerClass> time_distributed_classes() { return {layer_class<TimeDistributedImpl>("TimeDistributed")}; }

}  // namespace graft
