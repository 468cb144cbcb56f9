#include "graft/graph/layers/augmentation/mixing.h"

#include <cmath>

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void CutMixConfig::fields(FieldVisitor& field) {
  factor.field(field, "factor");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void MixUpConfig::fields(FieldVisitor& field) {
  field("alpha", alpha);
  field("data_format", data_format);
  field("seed", seed);
  field("bounding_box_format", bounding_box_format);
}

void RandomErasingConfig::fields(FieldVisitor& field) {
  factor.field(field, "factor");
  scale.field(field, "scale");
  field("fill_value", fill_value);
  value_range.field(field, "value_range");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Value;

// The part along one axis of a rectangle in each image: `share` of the size, beginning anywhere it fits. Not 0 inside.
static Value stretch(Builder& b, Value images, int axis, Value share) {
  const int64_t size = b.dims(images)[static_cast<size_t>(axis)];
  const Value length = b.scale(share, static_cast<float>(size));
  const Value begin = b.mul(draw(b, images, {0, 1}), b.scale(length, -1, static_cast<float>(size)));
  const Value place = counting(b, size, axis);
  const Value behind_begin = b.binary(ops::Binary::ge, place, begin);
  return b.mul(behind_begin, b.binary(ops::Binary::lt, place, b.add(begin, length)));
}

namespace {

class CutMixImpl final : public AugmentationLayer<CutMixConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "CutMix"; }
  void check() const override { config.factor.check("factor", 0, 1); }

  // As in Keras, one alpha is drawn for the batch, and the rectangle has the proportions of the image.
  Value augment(Builder& b, Value images) const override {
    const Limits factor = config.factor.from(0);
    const bool range = factor[0] < factor[1];
    const Value drawn = range ? b.random_uniform({1, 1, 1, 1}, factor[0], factor[1]) : single(b, factor[0]);
    const Value kept = draw_beta(b, b.dims(images)[0], b.scale(drawn, 1, 1e-6F));
    const Value side = b.eltwise(b.scale(kept, -1, 1), ops::Eltwise::sqrt);
    const Value inside = b.mul(stretch(b, images, 2, side), stretch(b, images, 3, side));
    return b.where(inside, shuffled(b, images), images);
  }
};

class MixUpImpl final : public AugmentationLayer<MixUpConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "MixUp"; }

  void check() const override {
    if (!(config.alpha > 0)) refuse_setting(cat("alpha must be above 0; received ", config.alpha));
  }

  Value augment(Builder& b, Value images) const override {
    const Value share = draw_beta(b, b.dims(images)[0], single(b, config.alpha));
    return mixed(b, shuffled(b, images), images, share);
  }
};

class RandomErasingImpl final : public AugmentationLayer<RandomErasingConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandomErasing"; }

  void check() const override {
    config.factor.check("factor", 0, 1);
    config.scale.check_ends("scale", 0, 1);
    config.value_range.check_pair("value_range");
    if (config.fill_value.is_none() || config.fill_value.is_number()) return;
    if (!config.fill_value.is_list() || config.fill_value.list().size() != 3)
      refuse_setting(cat("fill_value must be a number or three numbers; received ", config.fill_value.str()));
  }

  Value augment(Builder& b, Value images) const override {
    const auto share = [&] { return b.eltwise(draw(b, images, config.scale.from(0)), ops::Eltwise::sqrt); };
    const Value inside = b.mul(stretch(b, images, 2, share()), stretch(b, images, 3, share()));
    const Value erased = b.mul(inside, choose(b, images, config.factor.from(0)));
    return b.where(erased, clipped(b, filling(b, images), config.value_range.from(0)), images);
  }

 private:
  Value filling(Builder& b, Value images) const {
    const Limits range = config.value_range.from(0);
    if (config.fill_value.is_none()) return b.random_normal(b.dims(images), 0, std::abs(range[1]));
    std::vector<float> colours;
    for (const double number : config.fill_value.numbers()) colours.push_back(static_cast<float>(number));
    const auto count = std::ssize(colours);
    return b.constant(Tensor(Shape{1, count, 1, 1}, std::move(colours)));
  }
};

}  // namespace

CutMix::CutMix(CutMixConfig config, source_location location)
    : Layer(make_layer<CutMixImpl>(std::move(config), location)) {}
MixUp::MixUp(MixUpConfig config, source_location location)
    : Layer(make_layer<MixUpImpl>(std::move(config), location)) {}
RandomErasing::RandomErasing(RandomErasingConfig config, source_location location)
    : Layer(make_layer<RandomErasingImpl>(std::move(config), location)) {}

std::vector<LayerClass> mixing_classes() {
  return {layer_class<CutMixImpl>("CutMix"), layer_class<MixUpImpl>("MixUp"),
          layer_class<RandomErasingImpl>("RandomErasing")};
}

}  // namespace graft
