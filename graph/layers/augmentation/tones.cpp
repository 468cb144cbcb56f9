#include "graft/graph/layers/augmentation/tones.h"

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void AutoContrastConfig::fields(FieldVisitor& field) {
  value_range.field(field, "value_range");
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomBrightnessConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomContrastConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomInvertConfig::fields(FieldVisitor& field) {
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomPosterizationConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  value_range.field(field, "value_range");
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

void SolarizationConfig::fields(FieldVisitor& field) {
  addition_factor.field(field, "addition_factor");
  threshold_factor.field(field, "threshold_factor");
  value_range.field(field, "value_range");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Value;

namespace {

constexpr Limits kBytes{0, 255};  // the scale on which Keras computes

/// Base of the layers whose results stay within value_range.
template <class Config>
class ToneLayer : public AugmentationLayer<Config> {
 public:
  using AugmentationLayer<Config>::AugmentationLayer;
  void check() const override { this->config.value_range.check_pair("value_range"); }

 protected:
  Limits limits() const { return this->config.value_range.from(0); }
};

class AutoContrastImpl final : public SpatialLayer<AutoContrastConfig, 2> {
 public:
  using SpatialLayer::SpatialLayer;
  std::string class_name() const override { return "AutoContrast"; }
  void check() const override { config.value_range.check_pair("value_range"); }
  SpatialShape infer_spatial(const SpatialShape& input) const override { return input; }

  Value emit_spatial(Builder& b, Value images, const CallArguments&) const override {
    const Limits limits = config.value_range.from(0);
    const Value x = between(b, images, limits, kBytes);
    const Value low = b.reduce(ops::Reduction::min, x, {2, 3}), high = b.reduce(ops::Reduction::max, x, {2, 3});
    const Value width = b.sub(high, low), uneven = b.binary(ops::Binary::gt, width, b.scalar(0));
    const Value factor = b.div(b.scalar(255), b.where(uneven, width, b.scalar(1)));
    const Value stretched = b.sub(b.mul(x, factor), b.mul(low, factor));
    return b.where(uneven, between(b, clipped(b, stretched, kBytes), kBytes, limits), images);
  }
};

class RandomBrightnessImpl final : public ToneLayer<RandomBrightnessConfig> {
 public:
  using ToneLayer::ToneLayer;
  std::string class_name() const override { return "RandomBrightness"; }

  void check() const override {
    ToneLayer::check();
    config.factor.check("factor", -1, 1);
  }

  Value augment(Builder& b, Value images) const override {
    const Value change = draw(b, images, config.factor.from(-1));
    return clipped(b, b.add(images, b.scale(change, limits()[1] - limits()[0])), limits());
  }
};

class RandomContrastImpl final : public ToneLayer<RandomContrastConfig> {
 public:
  using ToneLayer::ToneLayer;
  std::string class_name() const override { return "RandomContrast"; }

  void check() const override {
    ToneLayer::check();
    config.factor.check("factor", 0, 1);
  }

  Value augment(Builder& b, Value images) const override {
    const Limits factor = config.factor.from(0);
    const Value mean = b.reduce(ops::Reduction::mean, images, {2, 3});
    return clipped(b, mixed(b, mean, images, draw(b, images, {1 - factor[0], 1 + factor[1]})), limits());
  }
};

class RandomInvertImpl final : public ToneLayer<RandomInvertConfig> {
 public:
  using ToneLayer::ToneLayer;
  std::string class_name() const override { return "RandomInvert"; }

  void check() const override {
    ToneLayer::check();
    config.factor.check("factor", 0, 1);
  }

  Value augment(Builder& b, Value images) const override {
    return b.where(choose(b, images, config.factor.from(0)), b.scale(images, -1, limits()[1]), images);
  }
};

class RandomPosterizationImpl final : public ToneLayer<RandomPosterizationConfig> {
 public:
  using ToneLayer::ToneLayer;
  std::string class_name() const override { return "RandomPosterization"; }

  void check() const override {
    ToneLayer::check();
    config.factor.check("factor", 1, 8);
  }

  Value augment(Builder& b, Value images) const override {
    const Limits bits = config.factor.from(1);
    const Value kept = b.eltwise(draw(b, images, bits), ops::Eltwise::floor);
    const Value step = b.eltwise(b.scale(kept, -1, 8), ops::Eltwise::exp2);
    const Value byte = b.eltwise(between(b, images, limits(), kBytes), ops::Eltwise::trunc);
    return between(b, b.mul(b.eltwise(b.div(byte, step), ops::Eltwise::floor), step), kBytes, limits());
  }
};

class SolarizationImpl final : public ToneLayer<SolarizationConfig> {
 public:
  using ToneLayer::ToneLayer;
  std::string class_name() const override { return "Solarization"; }

  void check() const override {
    ToneLayer::check();
    config.addition_factor.check_ends("addition_factor", 0, 1);
    config.threshold_factor.check_ends("threshold_factor", 0, 1);
  }

  Value augment(Builder& b, Value images) const override {
    const Value added = b.add(between(b, images, limits(), kBytes), draw(b, images, bytes(config.addition_factor)));
    const Value x = clipped(b, added, kBytes);
    const Value dark = b.binary(ops::Binary::lt, x, draw(b, images, bytes(config.threshold_factor)));
    return between(b, b.where(dark, x, b.scale(x, -1, 255)), kBytes, limits());
  }

 private:
  // As in Keras, only the upper end is on the scale of bytes.
  static Limits bytes(const Range& factor) { return {factor.from(0)[0], factor.from(0)[1] * 255}; }
};

}  // namespace

AutoContrast::AutoContrast(AutoContrastConfig config, source_location location)
    : Layer(make_layer<AutoContrastImpl>(std::move(config), location)) {}
RandomBrightness::RandomBrightness(RandomBrightnessConfig config, source_location location)
    : Layer(make_layer<RandomBrightnessImpl>(std::move(config), location)) {}
RandomContrast::RandomContrast(RandomContrastConfig config, source_location location)
    : Layer(make_layer<RandomContrastImpl>(std::move(config), location)) {}
RandomInvert::RandomInvert(RandomInvertConfig config, source_location location)
    : Layer(make_layer<RandomInvertImpl>(std::move(config), location)) {}
RandomPosterization::RandomPosterization(RandomPosterizationConfig config, source_location location)
    : Layer(make_layer<RandomPosterizationImpl>(std::move(config), location)) {}
Solarization::Solarization(SolarizationConfig config, source_location location)
    : Layer(make_layer<SolarizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> tone_classes() {
  return {layer_class<AutoContrastImpl>("AutoContrast"),
          layer_class<RandomBrightnessImpl>("RandomBrightness"),
          layer_class<RandomContrastImpl>("RandomContrast"),
          layer_class<RandomInvertImpl>("RandomInvert"),
          layer_class<RandomPosterizationImpl>("RandomPosterization"),
          layer_class<SolarizationImpl>("Solarization")};
}

}  // namespace graft
