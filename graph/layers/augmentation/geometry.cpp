#include "graft/graph/layers/augmentation/geometry.h"

#include <numbers>

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void RandomFlipConfig::fields(FieldVisitor& field) {
  field("mode", mode);
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomRotationConfig::fields(FieldVisitor& field) {
  field.require("factor");
  factor.field(field, "factor");
  field("fill_mode", fill_mode);
  field("interpolation", interpolation);
  field("seed", seed);
  field("fill_value", fill_value);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomTranslationConfig::fields(FieldVisitor& field) {
  field.require("height_factor");
  height_factor.field(field, "height_factor");
  field.require("width_factor");
  width_factor.field(field, "width_factor");
  field("fill_mode", fill_mode);
  field("interpolation", interpolation);
  field("seed", seed);
  field("fill_value", fill_value);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomZoomConfig::fields(FieldVisitor& field) {
  field.require("height_factor");
  height_factor.field(field, "height_factor");
  Range::field(field, "width_factor", width_factor);
  field("fill_mode", fill_mode);
  field("interpolation", interpolation);
  field("seed", seed);
  field("fill_value", fill_value);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomShearConfig::fields(FieldVisitor& field) {
  x_factor.field(field, "x_factor");
  y_factor.field(field, "y_factor");
  field("interpolation", interpolation);
  field("fill_mode", fill_mode);
  field("fill_value", fill_value);
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Value;

namespace {

class RandomFlipImpl final : public AugmentationLayer<RandomFlipConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandomFlip"; }

  Value augment(Builder& b, Value images) const override {
    std::vector<int> axes;
    if (config.mode != "horizontal") axes.push_back(2);
    if (config.mode != "vertical") axes.push_back(3);
    return b.where(choose(b, images, {0.5F, 0.5F}), b.flip(images, axes), images);
  }
};

/// Where the pixel (x, y) of the result is read: (xx x + xy y + x0, yx x + yy y + y0), each (N, 1, 1, 1).
struct Places {
  Value xx, xy, x0, yx, yy, y0;
};

/// Base of the layers that read each pixel of the result at a place that depends on its row and column.
template <class Config>
class AffineLayer : public AugmentationLayer<Config> {
 public:
  using AugmentationLayer<Config>::AugmentationLayer;
  using AugmentationLayer<Config>::config;

  virtual Places places(Builder& builder, Value images) const = 0;

  Value augment(Builder& b, Value images) const override {
    const Places at = places(b, images);
    const Value zero = all(b, images, 0);
    const Value transform = b.concat({at.xx, at.xy, at.x0, at.yx, at.yy, at.y0, zero, zero}, 1);
    return operation(b, "AffineTransform", {images, b.reshape(transform, {b.dims(images)[0], 8})},
                     {{"interpolation", config.interpolation.str()},
                      {"fill_mode", config.fill_mode.str()},
                      {"fill_value", config.fill_value}});
  }

 protected:
  // The same number for all images.
  static Value all(Builder& b, Value images, float number) { return draw(b, images, {number, number}); }
};

class RandomRotationImpl final : public AffineLayer<RandomRotationConfig> {
 public:
  using AffineLayer::AffineLayer;
  std::string class_name() const override { return "RandomRotation"; }
  void check() const override { config.factor.check("factor", -1, 1); }

  Places places(Builder& b, Value images) const override {
    const Value angle = b.scale(draw(b, images, config.factor.from(-1)), 2 * std::numbers::pi_v<float>);
    const Value cosine = b.eltwise(angle, ops::Eltwise::cos), sine = b.eltwise(angle, ops::Eltwise::sin);
    const float x = static_cast<float>(b.dims(images)[3] - 1) / 2, y = static_cast<float>(b.dims(images)[2] - 1) / 2;
    const Value x0 = b.add(b.scale(cosine, -x, x), b.scale(sine, y));
    const Value y0 = b.sub(b.scale(cosine, -y, y), b.scale(sine, x));
    return {cosine, b.scale(sine, -1), x0, sine, cosine, y0};
  }
};

class RandomTranslationImpl final : public AffineLayer<RandomTranslationConfig> {
 public:
  using AffineLayer::AffineLayer;
  std::string class_name() const override { return "RandomTranslation"; }

  void check() const override {
    config.height_factor.check_ends("height_factor", -1, 1);
    config.width_factor.check_ends("width_factor", -1, 1);
  }

  Places places(Builder& b, Value images) const override {
    const auto height = static_cast<float>(b.dims(images)[2]), width = static_cast<float>(b.dims(images)[3]);
    const Value one = all(b, images, 1), zero = all(b, images, 0);
    const Value down = draw(b, images, config.height_factor.from(-1));
    const Value right = draw(b, images, config.width_factor.from(-1));
    return {one, zero, b.scale(right, -width), zero, one, b.scale(down, -height)};
  }
};

class RandomZoomImpl final : public AffineLayer<RandomZoomConfig> {
 public:
  using AffineLayer::AffineLayer;
  std::string class_name() const override { return "RandomZoom"; }

  void check() const override {
    check_factor("height_factor", config.height_factor);
    if (config.width_factor) check_factor("width_factor", *config.width_factor);
  }

  Places places(Builder& b, Value images) const override {
    const float x = static_cast<float>(b.dims(images)[3] - 1) / 2, y = static_cast<float>(b.dims(images)[2] - 1) / 2;
    const Value zero = all(b, images, 0), tall = zoom(b, images, config.height_factor);
    const Value wide = config.width_factor ? zoom(b, images, *config.width_factor) : tall;
    return {wide, zero, b.scale(wide, -x, x), zero, tall, b.scale(tall, -y, y)};
  }

 private:
  static void check_factor(const char* setting, const Range& factor) {
    factor.check_ends(setting, -1, 1);
    if (factor.from(-1)[0] == -1 && factor != Range(1))
      throw ConfigError(cat(setting, " must be above -1, which would leave nothing of the image"));
  }
  static Value zoom(Builder& b, Value images, const Range& factor) {
    const Limits limits = factor.from(-1);
    return draw(b, images, {1 + limits[0], 1 + limits[1]});
  }
};

class RandomShearImpl final : public AffineLayer<RandomShearConfig> {
 public:
  using AffineLayer::AffineLayer;
  std::string class_name() const override { return "RandomShear"; }

  // A file of Keras has (-f, f) for one number f, which Keras itself then refuses.
  void check() const override {
    config.x_factor.check_ends("x_factor", -1, 1);
    config.y_factor.check_ends("y_factor", -1, 1);
  }

  Places places(Builder& b, Value images) const override {
    const Value one = all(b, images, 1), zero = all(b, images, 0);
    const Value sign = b.eltwise(draw(b, images, {-1, 1}), ops::Eltwise::sign);
    const Value x = b.mul(sign, draw(b, images, config.x_factor.from(-1)));
    const Value y = b.mul(sign, draw(b, images, config.y_factor.from(-1)));
    return {one, x, zero, y, one, zero};
  }
};

}  // namespace

RandomFlip::RandomFlip(RandomFlipConfig config, source_location location)
    : Layer(make_layer<RandomFlipImpl>(std::move(config), location)) {}
RandomRotation::RandomRotation(RandomRotationConfig config, source_location location)
    : Layer(make_layer<RandomRotationImpl>(std::move(config), location)) {}
RandomTranslation::RandomTranslation(RandomTranslationConfig config, source_location location)
    : Layer(make_layer<RandomTranslationImpl>(std::move(config), location)) {}
RandomZoom::RandomZoom(RandomZoomConfig config, source_location location)
    : Layer(make_layer<RandomZoomImpl>(std::move(config), location)) {}
RandomShear::RandomShear(RandomShearConfig config, source_location location)
    : Layer(make_layer<RandomShearImpl>(std::move(config), location)) {}

std::vector<LayerClass> geometry_classes() {
  return {layer_class<RandomFlipImpl>("RandomFlip"), layer_class<RandomRotationImpl>("RandomRotation"),
          layer_class<RandomTranslationImpl>("RandomTranslation"), layer_class<RandomZoomImpl>("RandomZoom"),
          layer_class<RandomShearImpl>("RandomShear")};
}

}  // namespace graft
