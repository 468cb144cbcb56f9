#include "graft/graph/layers/core/masking.h"

#include "graft/graph/axes.h"

namespace graft {

void MaskingConfig::fields(FieldVisitor& field) { field("mask_value", mask_value); }

namespace {

class MaskingImpl final : public ConfiguredLayer<MaskingConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Masking"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., C)");
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.where(counts(b, inputs[0]), inputs[0], b.scalar(0))};
  }

  ops::Values emit_masks(ops::Builder& b, const ops::Values& inputs, const ops::Values&,
                         const CallArguments&) const override {
    ops::Dims dims = keras_dims(b, inputs[0]);
    dims.pop_back();
    return {reshape_keras(b, counts(b, inputs[0]), dims)};
  }

 private:
  // 1 for each step that has an element other than the value; the channels become 1.
  ops::Value counts(ops::Builder& b, ops::Value x) const {
    const ops::Value differs = b.binary(ops::Binary::ne, x, b.scalar(static_cast<float>(config.mask_value)));
    return b.reduce(ops::Reduction::max, differs, {logical_axis(-1, static_cast<int64_t>(b.dims(x).size()))});
  }
};

class IdentityImpl final : public ConfiguredLayer<IdentityConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Identity"; }
  bool passes_masks() const override { return true; }
  bool keeps_dtype() const override { return true; }
  bool runs_on_host(std::span<const DType> inputs, bool known) const override {
    return inputs[0] == DType::string || (inputs[0] == DType::s64 && known);
  }
  Tensors compute(const Tensors& inputs, const CallArguments&) const override { return inputs; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  ops::Values emit(ops::Builder&, const ops::Values& inputs, const CallArguments&) const override {
    return {inputs[0]};
  }
};

}  // namespace

Masking::Masking(MaskingConfig config, source_location location)
    : Layer(make_layer<MaskingImpl>(std::move(config), location)) {}
Identity::Identity(IdentityConfig config, source_location location)
    : Layer(make_layer<IdentityImpl>(std::move(config), location)) {}

std::vector<LayerClass> masking_classes() {
  return {layer_class<MaskingImpl>("Masking"), layer_class<IdentityImpl>("Identity")};
}

}  // namespace graft
