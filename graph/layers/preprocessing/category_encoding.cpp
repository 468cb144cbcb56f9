#include "graft/graph/layers/preprocessing/category_encoding.h"

#include "graft/graph/axes.h"

namespace graft {

void CategoryEncodingConfig::fields(FieldVisitor& field) {
  field("num_tokens", num_tokens);
  field("output_mode", output_mode);
  field("sparse", sparse);
}

namespace {

class CategoryEncodingImpl final : public ConfiguredLayer<CategoryEncodingConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "CategoryEncoding"; }
  std::vector<std::string> call_signature() const override { return {"inputs", "count_weights"}; }

  void check() const override {
    check_at_least("num_tokens", config.num_tokens, 1);
    check_dense(config.sparse);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {category_shape(inputs[0], form(), config.num_tokens)};
  }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    if (const Shape* weighted = argument_of(inputs, arguments, "count_weights")) {
      if (form() != CategoryForm::count)
        throw ShapeError(
            cat("count_weights are of output_mode \"count\" alone; the mode is \"", config.output_mode, '"'));
      if (!inputs[0].accepts(*weighted) && !weighted->accepts(inputs[0]))
        throw ShapeError(cat("count_weights must have the shape of the input, ", inputs[0], "; received ", *weighted));
    }
    return infer(inputs.first(1));
  }

  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override { return {DType::f32}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value* weighted = argument_of(inputs, arguments, "count_weights");
    const ops::Value factor = weighted ? to_channels_last(b, *weighted) : ops::Value{};
    const ops::Value numbers = to_channels_last(b, inputs[0]);
    return {to_channels_first(b, emit_categories(b, numbers, form(), config.num_tokens, factor))};
  }

 private:
  CategoryForm form() const { return category_form(config.output_mode.str()); }
};

}  // namespace

CategoryEncoding::CategoryEncoding(CategoryEncodingConfig config, source_location location)
    : Layer(make_layer<CategoryEncodingImpl>(std::move(config), location)) {}

std::vector<LayerClass> category_encoding_classes() { return {layer_class<CategoryEncodingImpl>("CategoryEncoding")}; }

}  // namespace graft
