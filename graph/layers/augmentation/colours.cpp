#include "graft/graph/layers/augmentation/colours.h"

#include "graft/graph/layers/augmentation/augmentation_layer.h"
#include "graft/graph/layers/augmentation/tones.h"

namespace graft {

void RandomColorDegenerationConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

void RandomColorJitterConfig::fields(FieldVisitor& field) {
  value_range.field(field, "value_range");
  Range::field(field, "brightness_factor", brightness_factor);
  Range::field(field, "contrast_factor", contrast_factor);
  Range::field(field, "saturation_factor", saturation_factor);
  Range::field(field, "hue_factor", hue_factor);
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomGrayscaleConfig::fields(FieldVisitor& field) {
  field("factor", factor);
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

void RandomHueConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

void RandomSaturationConfig::fields(FieldVisitor& field) {
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

/// Base of the layers that need the three colours.
template <class Config>
class ColourLayer : public AugmentationLayer<Config> {
 public:
  using AugmentationLayer<Config>::AugmentationLayer;

  void check() const override {
    if constexpr (requires { this->config.value_range; }) this->config.value_range.check_pair("value_range");
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    if (input.channels != 3 && input.channels != Shape::none)
      throw ShapeError(cat("images must have 3 channels; received ", input.shape()));
    return input;
  }

 protected:
  static Value grey(Builder& b, Value images) { return operation(b, "RGBToGrayscale", {images}); }
  static Value colour(Builder& b, Value images, int64_t channel) {
    const ops::Dims dims = b.dims(images);
    return b.slice(images, {0, channel, 0, 0}, {dims[0], 1, dims[2], dims[3]});
  }
  // Images whose hue, saturation and value are those that `change` makes of the three.
  template <class Change>
  static Value with_hsv(Builder& b, Value images, const Change& change) {
    const Value hsv = operation(b, "RGBToHSV", {images});
    const Value changed = b.concat(change(colour(b, hsv, 0), colour(b, hsv, 1), colour(b, hsv, 2)), 1);
    return operation(b, "HSVToRGB", {changed});
  }
};

class RandomColorDegenerationImpl final : public ColourLayer<RandomColorDegenerationConfig> {
 public:
  using ColourLayer::ColourLayer;
  std::string class_name() const override { return "RandomColorDegeneration"; }

  void check() const override {
    ColourLayer::check();
    config.factor.check("factor", -1, 1);
  }

  Value augment(Builder& b, Value images) const override {
    const Value share = draw(b, images, config.factor.from(-1));
    return clipped(b, mixed(b, images, grey(b, images), share), config.value_range.from(0));
  }
};

class RandomGrayscaleImpl final : public ColourLayer<RandomGrayscaleConfig> {
 public:
  using ColourLayer::ColourLayer;
  std::string class_name() const override { return "RandomGrayscale"; }

  void check() const override { check_fraction("factor", config.factor); }

  Value augment(Builder& b, Value images) const override {
    const auto probability = static_cast<float>(config.factor);
    return b.where(choose(b, images, {probability, probability}), grey(b, images), images);
  }
};

class RandomHueImpl final : public ColourLayer<RandomHueConfig> {
 public:
  using ColourLayer::ColourLayer;
  std::string class_name() const override { return "RandomHue"; }

  void check() const override {
    ColourLayer::check();
    config.factor.check("factor", 0, 1);
  }

  // The operation that makes colours of hues takes them modulo 1.
  Value augment(Builder& b, Value images) const override {
    const Limits limits = config.value_range.from(0);
    const Value sign = b.eltwise(draw(b, images, {-1, 1}), ops::Eltwise::sign);
    const Value turn = b.scale(b.mul(sign, draw(b, images, config.factor.from(0))), 0.5F);
    const Value turned = with_hsv(b, between(b, images, limits, {0, 1}), [&](Value hue, Value saturation, Value value) {
      return ops::Values{b.add(hue, turn), saturation, value};
    });
    return between(b, clipped(b, turned, {0, 1}), {0, 1}, limits);
  }
};

class RandomSaturationImpl final : public ColourLayer<RandomSaturationConfig> {
 public:
  using ColourLayer::ColourLayer;
  std::string class_name() const override { return "RandomSaturation"; }

  void check() const override {
    ColourLayer::check();
    config.factor.check("factor", -1, 1);
  }

  Value augment(Builder& b, Value images) const override {
    const Value drawn = draw(b, images, config.factor.from(-1));
    const Value factor = b.div(drawn, b.scale(drawn, -1, 1 + 1e-7F));
    return with_hsv(b, images, [&](Value hue, Value saturation, Value value) {
      return ops::Values{hue, clipped(b, b.mul(saturation, factor), config.value_range.from(0)), value};
    });
  }
};

class RandomColorJitterImpl final : public ColourLayer<RandomColorJitterConfig> {
 public:
  using ColourLayer::ColourLayer;
  std::string class_name() const override { return "RandomColorJitter"; }

  void check() const override {
    ColourLayer::check();
    layers();
  }

  Value augment(Builder& b, Value images) const override {
    for (const Layer& layer : layers()) images = layer.impl().emit(b, {images}, {})[0];
    return images;
  }

 private:
  // They see the images channels last, as this layer turned them.
  std::vector<Layer> layers() const {
    std::vector<Layer> made;
    if (const auto& factor = config.brightness_factor)
      made.push_back(RandomBrightness({.factor = *factor, .value_range = config.value_range}));
    if (const auto& factor = config.contrast_factor)
      made.push_back(RandomContrast({.factor = *factor, .value_range = config.value_range}));
    if (const auto& factor = config.saturation_factor)
      made.push_back(RandomSaturation({.factor = *factor, .value_range = config.value_range}));
    if (const auto& factor = config.hue_factor)
      made.push_back(RandomHue({.factor = *factor, .value_range = config.value_range}));
    return made;
  }
};

}  // namespace

RandomColorDegeneration::RandomColorDegeneration(RandomColorDegenerationConfig config, source_location location)
    : Layer(make_layer<RandomColorDegenerationImpl>(std::move(config), location)) {}
RandomColorJitter::RandomColorJitter(RandomColorJitterConfig config, source_location location)
    : Layer(make_layer<RandomColorJitterImpl>(std::move(config), location)) {}
RandomGrayscale::RandomGrayscale(RandomGrayscaleConfig config, source_location location)
    : Layer(make_layer<RandomGrayscaleImpl>(std::move(config), location)) {}
RandomHue::RandomHue(RandomHueConfig config, source_location location)
    : Layer(make_layer<RandomHueImpl>(std::move(config), location)) {}
RandomSaturation::RandomSaturation(RandomSaturationConfig config, source_location location)
    : Layer(make_layer<RandomSaturationImpl>(std::move(config), location)) {}

std::vector<LayerClass> colour_classes() {
  return {layer_class<RandomColorDegenerationImpl>("RandomColorDegeneration"),
          layer_class<RandomColorJitterImpl>("RandomColorJitter"), layer_class<RandomGrayscaleImpl>("RandomGrayscale"),
          layer_class<RandomHueImpl>("RandomHue"), layer_class<RandomSaturationImpl>("RandomSaturation")};
}

}  // namespace graft
