#include "graft/graph/layers/preprocessing/rescaling.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

void NumberOrList::field(FieldVisitor& field, const char* key) {
  Literal literal = list_ ? Literal(Literal::List(values_.begin(), values_.end())) : Literal(values_[0]);
  field(key, literal);
  if (!field.reading() || literal.is_none()) return;
  list_ = !literal.is_number() && !(literal.is_tensor() && literal.tensor().shape().rank() == 0);
  values_ = list_ ? literal.numbers() : std::vector<double>{literal.number()};
}

void RescalingConfig::fields(FieldVisitor& field) {
  field.require("scale");
  scale.field(field, "scale");
  offset.field(field, "offset");
}

namespace {

class RescalingImpl final : public ConfiguredLayer<RescalingConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Rescaling"; }
  bool passes_masks() const override { return true; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_fits("scale", config.scale, inputs[0]);
    check_fits("offset", config.offset, inputs[0]);
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const NumberOrList &scale = config.scale, &offset = config.offset;
    if (!scale.is_list() && !offset.is_list())
      return {b.scale(inputs[0], static_cast<float>(scale.number()), static_cast<float>(offset.number()))};
    const ops::Value scaled = b.mul(inputs[0], per_channel(b, scale, inputs[0]));
    return {b.add(scaled, per_channel(b, offset, inputs[0]))};
  }

 private:
  static void check_fits(const char* setting, const NumberOrList& given, const Shape& input) {
    const auto count = std::ssize(given.values());
    if (!given.is_list() || count == 1) return;
    if (input.rank() == 0 || (input[-1] != Shape::none && input[-1] != count))
      throw ShapeError(cat(setting, " has ", count, " numbers, which must be those of the channels; received ", input));
  }

  // The numbers along the last axis of Keras, which is axis 1 of a value that is channels first.
  static ops::Value per_channel(ops::Builder& b, const NumberOrList& numbers, ops::Value like) {
    const auto rank = static_cast<int64_t>(b.dims(like).size());
    std::vector<float> values;
    for (const double value : numbers.values()) values.push_back(static_cast<float>(value));
    const auto count = std::ssize(values);
    ops::Dims dims(static_cast<size_t>(rank), 1);
    dims[static_cast<size_t>(logical_axis(-1, rank))] = count;
    return b.reshape(b.constant(Tensor(Shape{count}, std::move(values))), dims);
  }
};

}  // namespace

Rescaling::Rescaling(RescalingConfig config, source_location location)
    : Layer(make_layer<RescalingImpl>(std::move(config), location)) {}

std::vector<LayerClass> rescaling_classes() { return {layer_class<RescalingImpl>("Rescaling")}; }

}  // namespace graft
