#include "graft/graph/layers/augmentation/policies.h"

#include <algorithm>

#include "graft/graph/layers/augmentation/augmentation_layer.h"
#include "graft/graph/layers/augmentation/colours.h"
#include "graft/graph/layers/augmentation/equalization.h"
#include "graft/graph/layers/augmentation/filters.h"
#include "graft/graph/layers/augmentation/geometry.h"
#include "graft/graph/layers/augmentation/tones.h"

namespace graft {

void AugMixConfig::fields(FieldVisitor& field) {
  value_range.field(field, "value_range");
  field("num_chains", num_chains);
  field("chain_depth", chain_depth);
  factor.field(field, "factor");
  field("alpha", alpha);
  field("all_ops", all_ops);
  field("interpolation", interpolation);
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandAugmentConfig::fields(FieldVisitor& field) {
  value_range.field(field, "value_range");
  field("num_ops", num_ops);
  factor.field(field, "factor");
  field("interpolation", interpolation);
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Value;

// The augmentations that a policy draws from; they see images channels last, as the policy turned them.
template <class Config>
static std::vector<Layer> augmentations(const Config& config, bool colours) {
  const Limits ends = config.factor.from(0);
  const Range factor(ends[0], ends[1]), range = config.value_range;
  const int bits = std::max(1, static_cast<int>(8 * ends[1]));
  std::vector<Layer> layers{
      RandomShear({.x_factor = factor, .y_factor = factor, .interpolation = config.interpolation}),
      RandomTranslation({.height_factor = factor, .width_factor = factor, .interpolation = config.interpolation}),
      RandomRotation({.factor = factor, .interpolation = config.interpolation}),
      RandomPosterization({.factor = bits, .value_range = range}),
      Solarization({.addition_factor = factor, .threshold_factor = factor, .value_range = range}),
      AutoContrast({.value_range = range}),
      Equalization({.value_range = range})};
  if (!colours) return layers;
  layers.push_back(RandomBrightness({.factor = factor, .value_range = range}));
  layers.push_back(RandomColorDegeneration({.factor = factor, .value_range = range}));
  layers.push_back(RandomContrast({.factor = factor, .value_range = range}));
  layers.push_back(RandomSharpness({.factor = factor, .value_range = range}));
  return layers;
}

// The images after one of the layers, or as they are: each of `choices`, of which the first are the layers, is equally
// likely for the batch. All layers are computed.
static Value one_of(Builder& b, Value images, const std::vector<Layer>& layers, size_t choices) {
  const Value drawn = b.random_uniform({1, 1, 1, 1}, 0, static_cast<float>(choices));
  const Value choice = b.eltwise(drawn, ops::Eltwise::floor);
  Value result = images;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Value chosen = b.binary(ops::Binary::eq, choice, b.scalar(static_cast<float>(i)));
    result = b.where(chosen, layers[i].impl().emit(b, {images}, {})[0], result);
  }
  return result;
}

namespace {

class AugMixImpl final : public AugmentationLayer<AugMixConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "AugMix"; }

  void check() const override {
    config.factor.check_ends("factor", 0, 1);
    config.value_range.check_pair("value_range");
    check_at_least("num_chains", config.num_chains, 1);
    check_at_least("chain_depth", config.chain_depth, 1);
    if (!(config.alpha > 0)) refuse_setting(cat("alpha must be above 0; received ", config.alpha));
  }

  // A Dirichlet distribution is that of gamma numbers divided by their sum: the softmax of their logarithms.
  Value augment(Builder& b, Value images) const override {
    const Value alpha = single(b, config.alpha);
    const Value shares = b.softmax(draw_log_gamma(b, config.num_chains, alpha), 0);
    Value sum;
    for (int64_t i = 0; i < config.num_chains; ++i) {
      const Value part = b.mul(chain(b, images), b.slice(shares, {i, 0, 0, 0}, {1, 1, 1, 1}));
      sum = i == 0 ? part : b.add(sum, part);
    }
    return clipped(b, mixed(b, sum, images, draw_beta(b, 1, alpha)), config.value_range.from(0));
  }

 private:
  // Each step is one of the augmentations or none.
  Value chain(Builder& b, Value images) const {
    const std::vector<Layer> layers = augmentations(config, config.all_ops);
    for (int64_t i = 0; i < config.chain_depth; ++i) images = one_of(b, images, layers, layers.size() + 1);
    return images;
  }
};

class RandAugmentImpl final : public AugmentationLayer<RandAugmentConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandAugment"; }

  void check() const override {
    config.factor.check_ends("factor", 0, 1);
    config.value_range.check_pair("value_range");
    check_at_least("num_ops", config.num_ops, 0);
  }

  Value augment(Builder& b, Value images) const override {
    const std::vector<Layer> layers = augmentations(config, true);
    for (int64_t i = 0; i < config.num_ops; ++i) images = one_of(b, images, layers, layers.size());
    return images;
  }
};

}  // namespace

AugMix::AugMix(AugMixConfig config, source_location location)
    : Layer(make_layer<AugMixImpl>(std::move(config), location)) {}
RandAugment::RandAugment(RandAugmentConfig config, source_location location)
    : Layer(make_layer<RandAugmentImpl>(std::move(config), location)) {}

std::vector<LayerClass> policy_classes() {
  return {layer_class<AugMixImpl>("AugMix"), layer_class<RandAugmentImpl>("RandAugment")};
}

}  // namespace graft
