#include "graft/graph/layers/core/einsum_dense.h"

#include <algorithm>
#include <map>

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/base/einsum.h"
#include "graft/graph/layers/core/quantized_kernel.h"

namespace graft {

void EinsumDenseConfig::fields(FieldVisitor& field) {
  field("equation", equation);
  field.require("output_shape");
  field("output_shape", output_shape);
  field("activation", activation);
  Literal axes = bias_axes.empty() ? Literal() : Literal(bias_axes);
  field("bias_axes", axes);
  bias_axes = axes.is_none() ? "" : axes.string();
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("kernel_constraint", kernel_constraint);
  field("bias_constraint", bias_constraint);
  field("lora_rank", lora_rank);
  field("lora_alpha", lora_alpha);
  quantization_config.field_of(field);
}

namespace {

// What an equation means for an input of some shape.
struct Plan {
  EinsumEquation equation;
  Shape kernel, outputs, bias;
  std::vector<int64_t> summed;                   // axes of the input
  std::vector<int64_t> input_axes, output_axes;  // those of the kernel, for its fans
};

bool has(const std::string& term, char letter) { return term.find(letter) != std::string::npos; }

Shape appended(const Shape& shape, int64_t dim) {
  std::vector<int64_t> dims = shape.dims();
  dims.push_back(dim);
  return Shape(std::move(dims));
}

class EinsumDenseImpl final : public ConfiguredLayer<EinsumDenseConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "EinsumDense"; }
  size_t saved_weights() const override { return config.lora_rank ? weights.size() - 2 : weights.size(); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    kernel_storage(dtype_policy);
    return {activation_shape(config.activation, plan_of(inputs[0]).outputs)};
  }

  void check_built(std::span<const Shape> inputs) const override {
    const Shape kernel = plan_of(inputs[0]).kernel;
    if (kernel != kernel_shape_)
      throw ShapeError(cat("the kernel was made with shape ", kernel_shape_, "; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const Plan plan = plan_of(inputs[0]);
    kernel_shape_ = plan.kernel;
    build_kernel(plan);
    if (!config.lora_rank) return;
    const int64_t rank = *config.lora_rank;
    lora_a_ = add_weight("lora_kernel_a", kernel_shape_.with(-1, rank), "he_uniform", config.kernel_regularizer);
    lora_b_ = add_weight("lora_kernel_b", {rank, kernel_shape_[-1]}, "zeros", config.kernel_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value x = to_channels_last(b, kernel_.emit_inputs(b, inputs[0], summed_));
    const EinsumEquation equation = equation_for(static_cast<int64_t>(b.dims(x).size()));
    ops::Value y = kernel_.emit_outputs(b, emit_einsum(b, equation, x, kernel_.emit(b)));
    if (config.lora_rank) {
      const ops::Value low = low_rank(b, lora_a_, lora_b_, *config.lora_rank, config.lora_alpha);
      y = b.add(y, emit_einsum(b, equation, to_channels_last(b, inputs[0]), low));
    }
    if (!config.bias_axes.empty()) {
      Shape dims = bias_.shape();
      while (dims.rank() < static_cast<int64_t>(b.dims(y).size())) dims = dims.prepended(1);
      y = b.add(y, b.reshape(kernel_.emit_bias(b, b.variable(bias_)), dims.dims()));
    }
    return {emit_activation(b, config.activation, to_channels_first(b, y))};
  }

 private:
  EinsumEquation equation_for(int64_t input_rank) const {
    const std::string& text = config.equation;
    const size_t comma = text.find(','), arrow = text.find("->");
    if (comma == std::string::npos || arrow == std::string::npos)
      throw ConfigError(cat("equation must be like \"abc,cd->abd\"; received \"", text, '"'));
    const auto letters =
        std::count_if(text.begin() + static_cast<std::ptrdiff_t>(comma) + 1,
                      text.begin() + static_cast<std::ptrdiff_t>(arrow), [](char c) { return c != ' ' && c != '.'; });
    return einsum_equation(text, input_rank, letters);
  }

  Plan plan_of(const Shape& input) const {
    Plan plan;
    plan.equation = equation_for(input.rank());
    const auto& [left, right, result] = plan.equation;
    plan.outputs = outputs_of(plan.equation, input);
    for (size_t i = 0; i < right.size(); ++i) {
      const bool kept = has(result, right[i]);
      (kept ? plan.output_axes : plan.input_axes).push_back(static_cast<int64_t>(i));
      plan.kernel = appended(plan.kernel, kernel_dim(plan, input, right[i]));
    }
    for (size_t i = 0; i < left.size(); ++i)
      if (!has(result, left[i])) plan.summed.push_back(static_cast<int64_t>(i));
    if (!config.bias_axes.empty()) plan.bias = bias_of(plan);
    return plan;
  }

  // The sizes of the letters of the outputs: those of the setting, and those of the input for the batch and "...".
  Shape outputs_of(const EinsumEquation& equation, const Shape& input) const {
    Shape outputs;
    int64_t given = 0;
    const Shape& setting = config.output_shape;
    for (size_t i = 0; i < equation.result.size(); ++i) {
      const size_t place = equation.left.find(equation.result[i]);
      const bool dots = equation.result[i] >= '0' && equation.result[i] <= '9';
      int64_t dim = place == std::string::npos ? Shape::none : input[static_cast<int64_t>(place)];
      if (i > 0 && !dots) {
        if (given == setting.rank()) refuse_outputs(input);
        const int64_t wanted = setting[given++];
        if (place == std::string::npos || dim == Shape::none) dim = wanted;
        if (wanted != Shape::none && dim != wanted) refuse_outputs(input);
      }
      outputs = appended(outputs, dim);
    }
    if (given != setting.rank()) refuse_outputs(input);
    return outputs;
  }

  [[noreturn]] void refuse_outputs(const Shape& input) const {
    const Shape& setting = config.output_shape;
    const std::string& equation = config.equation;
    throw ShapeError(cat("output_shape ", setting, " does not fit the equation \"", equation, "\"; received ", input));
  }

  int64_t kernel_dim(const Plan& plan, const Shape& input, char letter) const {
    const size_t kept = plan.equation.result.find(letter), place = plan.equation.left.find(letter);
    int64_t dim = Shape::none;
    if (kept != std::string::npos) dim = plan.outputs[static_cast<int64_t>(kept)];
    if (dim == Shape::none && place != std::string::npos) dim = input[static_cast<int64_t>(place)];
    if (dim == Shape::none)
      throw ShapeError(cat("the dimension \"", letter, "\" of the kernel must be known; received ", input));
    return dim;
  }

  Shape bias_of(const Plan& plan) const {
    Shape bias;
    const std::string& result = plan.equation.result;
    for (const char letter : config.bias_axes)
      if (!has(result, letter))
        throw ConfigError(
            cat("bias_axes must be letters of the outputs \"", result, "\"; received \"", config.bias_axes, '"'));
    for (size_t i = result.find_first_of(config.bias_axes); i < result.size(); ++i)
      bias = appended(bias, has(config.bias_axes, result[i]) ? plan.outputs[static_cast<int64_t>(i)] : 1);
    return bias;
  }

  // Of int8, a scale for each output of the kernel, in the rank of the outputs.
  Shape scales_of(const Plan& plan) const {
    Shape scales;
    for (size_t i = 0; i < plan.equation.result.size(); ++i) {
      const size_t place = plan.equation.right.find(plan.equation.result[i]);
      scales = appended(scales, place == std::string::npos ? 1 : plan.kernel[static_cast<int64_t>(place)]);
    }
    return scales;
  }

  void build_kernel(const Plan& plan) {
    int64_t rows = 1, columns = 1;
    for (int64_t i = 0; i < plan.kernel.rank(); ++i)
      (std::ranges::count(plan.input_axes, i) ? rows : columns) *= plan.kernel[i];
    kernel_ = QuantizedKernel(dtype_policy, config.quantization_config, rows, columns);
    kernel_.reshape(plan.kernel, scales_of(plan));
    summed_ = plan.summed;
    Initializer initializer = config.kernel_initializer;
    if (!initializer.input_axes || !initializer.output_axes) {
      initializer.input_axes = plan.input_axes;
      initializer.output_axes = plan.output_axes;
    }
    const auto add = [this](const char* weight, const Shape& shape, const Initializer& first, bool moves) {
      const bool kernel = std::string_view(weight) == "kernel";
      return add_weight(weight, shape, first, kernel ? config.kernel_regularizer : Regularizer{}, moves,
                        kernel ? config.kernel_constraint : Constraint{});
    };
    kernel_.build(initializer, !config.lora_rank, add, [&] {
      if (config.bias_axes.empty()) return;
      bias_ =
          add_weight("bias", plan.bias, config.bias_initializer, config.bias_regularizer, true, config.bias_constraint);
    });
  }

  QuantizedKernel kernel_;
  Shape kernel_shape_;
  std::vector<int64_t> summed_;
  Variable bias_, lora_a_, lora_b_;
};

}  // namespace

EinsumDense::EinsumDense(EinsumDenseConfig config, source_location location)
    : Layer(make_layer<EinsumDenseImpl>(std::move(config), location)) {}

std::vector<LayerClass> einsum_dense_classes() { return {layer_class<EinsumDenseImpl>("EinsumDense")}; }

}  // namespace graft
