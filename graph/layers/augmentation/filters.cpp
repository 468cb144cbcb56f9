#include "graft/graph/layers/augmentation/filters.h"

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void RandomGaussianBlurConfig::fields(FieldVisitor& field) {
  factor.field(field, "factor");
  field("kernel_size", kernel_size);
  sigma.field(field, "sigma");
  value_range.field(field, "value_range");
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

void RandomSharpnessConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Value;

namespace {

class RandomGaussianBlurImpl final : public AugmentationLayer<RandomGaussianBlurConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandomGaussianBlur"; }

  void check() const override {
    config.factor.check("factor", 0, 1);
    config.sigma.check("sigma", 0, 1);
    config.value_range.check_pair("value_range");
    for (const int64_t size : config.kernel_size.values)
      if (size < 1 || size % 2 == 0)
        throw ConfigError(cat("kernel_size must be odd; received ", list_text(config.kernel_size.values)));
  }

  // As in Keras, the deviations are those of the batch, of columns before rows.
  Value augment(Builder& b, Value images) const override {
    const Value across = weights(b, config.kernel_size.values[0]), down = weights(b, config.kernel_size.values[1]);
    const Value kernel = b.mul(b.reshape(down, {b.dims(down)[0], 1}), b.reshape(across, {1, b.dims(across)[0]}));
    const Value blurred = filtered(b, images, kernel);
    return clipped(b, b.where(choose(b, images, config.factor.from(0)), blurred, images), config.value_range.from(0));
  }

 private:
  // The weights along an axis, whose sum is 1.
  Value weights(Builder& b, int64_t size) const {
    const Limits sigma = config.sigma.from(0);
    const Value one = b.constant(Tensor(Shape{1}, std::vector<float>{sigma[0]}));
    const Value deviation = b.scale(sigma[0] < sigma[1] ? b.random_uniform({1}, sigma[0], sigma[1]) : one, 1, 1e-6F);
    return gaussian(b, size, deviation, b.scalar(static_cast<float>(size)));
  }
};

class RandomSharpnessImpl final : public AugmentationLayer<RandomSharpnessConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandomSharpness"; }

  void check() const override {
    config.factor.check("factor", 0, 1);
    config.value_range.check_pair("value_range");
  }

  Value augment(Builder& b, Value images) const override {
    std::vector<float> kernel(9, 1.F / 13);
    kernel[4] = 5.F / 13;
    const Value smooth = filtered(b, images, b.constant(Tensor(Shape{3, 3}, std::move(kernel))));
    const Value share = b.scale(draw(b, images, config.factor.from(0)), -2, 1);
    return clipped(b, mixed(b, images, smooth, share), config.value_range.from(0));
  }
};

}  // namespace

RandomGaussianBlur::RandomGaussianBlur(RandomGaussianBlurConfig config, source_location location)
    : Layer(make_layer<RandomGaussianBlurImpl>(std::move(config), location)) {}
RandomSharpness::RandomSharpness(RandomSharpnessConfig config, source_location location)
    : Layer(make_layer<RandomSharpnessImpl>(std::move(config), location)) {}

std::vector<LayerClass> filter_classes() {
  return {layer_class<RandomGaussianBlurImpl>("RandomGaussianBlur"),
          layer_class<RandomSharpnessImpl>("RandomSharpness")};
}

}  // namespace graft
