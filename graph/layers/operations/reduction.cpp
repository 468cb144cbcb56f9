#include "graft/graph/layers/operations/reduction.h"

#include "graft/graph/axes.h"

namespace graft {

void ReductionConfig::fields(FieldVisitor& field) {
  field("axis", axis);
  field("keepdims", keepdims);
}

namespace {

template <ops::Reduction algorithm>
class ReductionImpl final : public ConfiguredLayer<ReductionConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return name_of_algorithm(); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {reduced(inputs[0], config.keepdims)};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src = keras_shape(b.dims(inputs[0]));
    std::vector<int> axes;
    const std::vector<bool> chosen = chosen_axes(src.rank());
    for (int64_t i = 0; i < src.rank(); ++i)
      if (chosen[static_cast<size_t>(i)]) axes.push_back(logical_axis(i, src.rank()));
    const ops::Value y = axes.empty() ? inputs[0] : b.reduce(algorithm, inputs[0], axes);
    if (config.keepdims) return {y};
    return {reshape_keras(b, y, reduced(src, false).dims())};
  }

  static const char* name_of_algorithm() {
    switch (algorithm) {
      case ops::Reduction::sum:
        return "Sum";
      case ops::Reduction::mean:
        return "Mean";
      case ops::Reduction::max:
        return "Max";
      case ops::Reduction::min:
        return "Min";
    }
  }

 private:
  std::vector<bool> chosen_axes(int64_t rank) const {
    std::vector<bool> chosen(static_cast<size_t>(rank), !config.axis);
    if (!config.axis) return chosen;
    for (const int64_t axis : *config.axis) {
      const auto place = static_cast<size_t>(normalized_axis(axis, rank));
      if (chosen[place]) throw ShapeError(cat("axis ", axis, " is named twice"));
      chosen[place] = true;
    }
    return chosen;
  }

  Shape reduced(const Shape& shape, bool keep) const {
    const std::vector<bool> chosen = chosen_axes(shape.rank());
    std::vector<int64_t> dims;
    for (int64_t i = 0; i < shape.rank(); ++i)
      if (!chosen[static_cast<size_t>(i)])
        dims.push_back(shape[i]);
      else if (keep)
        dims.push_back(1);
    return Shape(dims);
  }
};

using SumImpl = ReductionImpl<ops::Reduction::sum>;
using MeanImpl = ReductionImpl<ops::Reduction::mean>;
using MaxImpl = ReductionImpl<ops::Reduction::max>;
using MinImpl = ReductionImpl<ops::Reduction::min>;

}  // namespace

Layer reduction_op(const std::string& class_name, ReductionConfig config, source_location location) {
  if (class_name == "Sum") return Layer(make_layer<SumImpl>(std::move(config), location));
  if (class_name == "Mean") return Layer(make_layer<MeanImpl>(std::move(config), location));
  if (class_name == "Max") return Layer(make_layer<MaxImpl>(std::move(config), location));
  if (class_name == "Min") return Layer(make_layer<MinImpl>(std::move(config), location));
  throw ConfigError(cat("there is no function \"", class_name, '"'));
}

std::vector<LayerClass> reduction_classes() {
  return {layer_class<SumImpl>("Sum"), layer_class<MeanImpl>("Mean"), layer_class<MaxImpl>("Max"),
          layer_class<MinImpl>("Min")};
}

}  // namespace graft
