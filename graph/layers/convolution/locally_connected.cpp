#include "graft/graph/layers/convolution/locally_connected.h"

#include <algorithm>

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/base/spatial.h"

namespace graft {

template <size_t rank>
void LocallyConnectedConfig<rank>::fields(FieldVisitor& field) {
  field("filters", filters);
  field.require("kernel_size");
  field("kernel_size", kernel_size);
  field("strides", strides);
  field("padding", padding);
  field("data_format", data_format);
  field("activation", activation);
  field("use_bias", use_bias);
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("kernel_constraint", kernel_constraint);
  field("bias_constraint", bias_constraint);
  field("implementation", implementation);
}

namespace {

template <size_t rank>
class LocallyConnectedImpl final : public SpatialLayer<LocallyConnectedConfig<rank>, rank> {
 public:
  using Base = SpatialLayer<LocallyConnectedConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("LocallyConnected", rank, "D"); }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("kernel_size", config.kernel_size, 1);
    check_at_least("strides", config.strides, 1);
    if (config.padding != "valid") refuse_setting(cat("padding must be \"valid\"; received \"", config.padding, '"'));
    if (config.implementation != 1) refuse_setting(cat("implementation must be 1; received ", config.implementation));
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    input.known_channels();
    if (std::ranges::find(input.sizes, Shape::none) != input.sizes.end())
      throw ShapeError(cat("the sizes must be known, since each window has weights; received ", input.shape()));
    const WindowSettings settings{config.kernel_size.list(), config.strides.list(), ops::Dims(rank, 1), "valid"};
    return {input.batch, windows_over(input.sizes, settings).output, config.filters, input.channels_first};
  }

  // There is a kernel for each window, so their number must stay the same.
  void check_built(std::span<const Shape> inputs) const override {
    Base::check_built(inputs);
    const SpatialShape output = infer_spatial(SpatialShape::of(inputs[0], rank, this->channels_first()));
    if (ops::elements(output.sizes) != kernel_.shape()[0])
      throw ShapeError(cat("the weights were made for ", kernel_.shape()[0], " windows; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const SpatialShape input = SpatialShape::of(inputs[0], rank, this->channels_first());
    ops::Dims sizes = infer_spatial(input).sizes;
    kernel_ = this->add_weight(
        "kernel", {ops::elements(sizes), ops::elements(config.kernel_size.list()) * input.channels, config.filters},
        config.kernel_initializer, config.kernel_regularizer, true, config.kernel_constraint);
    if (!config.use_bias) return;
    sizes.push_back(config.filters);
    bias_ = this->add_weight("bias", Shape(sizes), config.bias_initializer, config.bias_regularizer, true,
                             config.bias_constraint);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    return {emit_activation(b, config.activation, Base::emit(b, inputs, arguments)[0])};
  }

  // One product of matrices for each window: the rows of the batch times the window's kernel.
  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    const ops::Dims dims = b.dims(x);
    const SpatialShape output = infer_spatial({dims[0], {dims.begin() + 2, dims.end()}, dims[1]});
    const ops::Value pixels = window_pixels(b, x, output.sizes);  // (N, C, pixels, windows)
    const std::vector<int> order = this->channels_first() ? std::vector<int>{3, 0, 1, 2} : std::vector<int>{3, 0, 2, 1};
    const ops::Value rows = b.reshape(b.transpose(pixels, order), {kernel_.shape()[0], dims[0], kernel_.shape()[1]});
    const ops::Value y = b.transpose(b.matmul(rows, b.variable(kernel_)), {1, 2, 0});  // (N, filters, windows)
    ops::Dims result = output.sizes;
    result.insert(result.begin(), {dims[0], config.filters});
    const ops::Value images = b.reshape(y, result);
    return config.use_bias ? b.add(images, bias(b, result)) : images;
  }

 private:
  // For each pixel of a window the pixels of all windows.
  ops::Value window_pixels(ops::Builder& b, ops::Value x, const ops::Dims& windows) const {
    const ops::Dims dims = b.dims(x), kernel = config.kernel_size.list(), strides = config.strides.list();
    ops::Dims sizes{dims[0], dims[1]}, steps{1, 1};
    sizes.insert(sizes.end(), windows.begin(), windows.end());
    steps.insert(steps.end(), strides.begin(), strides.end());
    ops::Values parts;
    for (int64_t pixel = 0; pixel < ops::elements(kernel); ++pixel) {
      ops::Dims begin(rank + 2, 0);
      int64_t rest = pixel;
      for (size_t axis = rank; axis-- > 0; rest /= kernel[axis]) begin[axis + 2] = rest % kernel[axis];
      parts.push_back(
          b.reshape(b.strided_slice(x, begin, sizes, steps), {dims[0], dims[1], 1, ops::elements(windows)}));
    }
    return parts.size() == 1 ? parts[0] : b.concat(parts, 2);
  }

  // (windows..., filters) as (1, filters, windows...).
  ops::Value bias(ops::Builder& b, ops::Dims result) const {
    std::vector<int> order{static_cast<int>(rank)};
    for (size_t axis = 0; axis < rank; ++axis) order.push_back(static_cast<int>(axis));
    result[0] = 1;
    return b.reshape(b.transpose(b.variable(bias_), order), result);
  }

  Variable kernel_, bias_;
};

}  // namespace

LocallyConnected1D::LocallyConnected1D(LocallyConnected1DConfig config, source_location location)
    : Layer(make_layer<LocallyConnectedImpl<1>>(std::move(config), location)) {}
LocallyConnected2D::LocallyConnected2D(LocallyConnected2DConfig config, source_location location)
    : Layer(make_layer<LocallyConnectedImpl<2>>(std::move(config), location)) {}

std::vector<LayerClass> locally_connected_classes() {
  return {layer_class<LocallyConnectedImpl<1>>("LocallyConnected1D"),
          layer_class<LocallyConnectedImpl<2>>("LocallyConnected2D")};
}

}  // namespace graft
