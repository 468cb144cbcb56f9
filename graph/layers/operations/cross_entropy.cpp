#include "graft/graph/layers/operations/cross_entropy.h"

#include "graft/graph/axes.h"
#include "graft/ops/primitives/reduction/cross_entropy.h"

namespace graft {

void CategoricalCrossentropyConfig::fields(FieldVisitor& field) {
  field("from_logits", from_logits);
  field("sparse", sparse);
}

namespace {

class CategoricalCrossentropyImpl final : public ConfiguredLayer<CategoricalCrossentropyConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "CategoricalCrossentropy"; }
  size_t input_count() const override { return 2; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[1], 1, "(..., classes)");
    const Shape output = rows(inputs[1]), &expected = config.sparse ? output : inputs[1];
    if (!inputs[0].accepts(expected) && !expected.accepts(inputs[0]))
      throw ShapeError(cat("y_true must have shape ", expected, "; received ", inputs[0]));
    return {output};
  }
  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override { return {DType::f32}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape predicted = keras_shape(b.dims(inputs[1])), output = rows(predicted);
    const int axis = logical_axis(-1, predicted.rank());
    ops::Value target = inputs[0];
    if (config.sparse) target = reshape_keras(b, target, predicted.with(predicted.rank() - 1, 1).dims());
    const ops::Value y = ops::cross_entropy(b, target, inputs[1],
                                            {.axis = axis, .from_logits = config.from_logits, .sparse = config.sparse});
    return {reshape_keras(b, y, output.rank() == 0 ? ops::Dims{1} : output.dims())};
  }

 private:
  static Shape rows(const Shape& predicted) {
    return Shape(std::vector<int64_t>(predicted.begin(), predicted.end() - 1));
  }
};

}  // namespace

Layer categorical_crossentropy_op(CategoricalCrossentropyConfig config, source_location location) {
  return Layer(make_layer<CategoricalCrossentropyImpl>(std::move(config), location));
}

std::vector<LayerClass> cross_entropy_classes() {
  return {layer_class<CategoricalCrossentropyImpl>("CategoricalCrossentropy")};
}

}  // namespace graft
