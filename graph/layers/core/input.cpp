#include "graft/graph/layers/core/input.h"

namespace graft {

void InputConfig::fields(FieldVisitor& field) {
  const char* const key = field.either("batch_shape", "batch_input_shape");
  const bool in_file = field.reading() && field.has(key);  // null: nothing is known of it
  Shape batch_shape = in_file ? Shape::unknown() : shape.prepended(batch_size.value_or(Shape::none));
  field(key, batch_shape);
  field("dtype", dtype.name());
  field("sparse", sparse);
  field("optional", optional);
  if (!batch_shape.has_rank()) shape = batch_shape;
  if (!field.reading()) return;
  dtype = dtype_named(dtype.name());
  if (batch_shape.rank() == 0) return;
  if (batch_shape[0] != Shape::none) batch_size = batch_shape[0];
  shape = batch_shape.without_batch();
}

namespace {

class InputImpl final : public ConfiguredLayer<InputConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "InputLayer"; }
  bool is_input() const override { return true; }
  size_t input_count() const override { return 0; }

  void check() const override {
    config.dtype.dtype();
    if (config.batch_size) check_at_least("batch_size", *config.batch_size, 1);
    for (const int64_t dim : config.shape)
      if (dim == 0) throw ConfigError(cat("every dimension must be at least 1, or None; received ", config.shape));
  }

  std::vector<Shape> infer(std::span<const Shape>) const override {
    return {config.shape.prepended(config.batch_size.value_or(Shape::none))};
  }

  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override { return {config.dtype.dtype()}; }

  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override {
    throw GraphError("an Input stands for data and computes nothing");
  }
};

}  // namespace

SymbolicTensor Input(InputConfig config, source_location location) {
  return Layer(make_layer<InputImpl>(std::move(config), location))({}, location);
}

std::vector<LayerClass> input_classes() { return {layer_class<InputImpl>("InputLayer")}; }

}  // namespace graft
