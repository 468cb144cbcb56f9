#pragma once

#include "graft/graph/layers/augmentation/settings.h"
#include "graft/graph/layers/base/spatial.h"

namespace graft {

// What the augmentations of images have in common: Values are (N, C, H, W), and numbers are drawn for each image.

/// A layer that changes images in training only. As in Keras's models, the argument `training` of a call has no effect:
/// files of Keras have it for each call, but the mode of the model decides.
template <class Config>
class AugmentationLayer : public SpatialLayer<Config, 2> {
 public:
  using SpatialLayer<Config, 2>::SpatialLayer;
  using SpatialLayer<Config, 2>::config;

  /// What it does with images (N, C, H, W) in training.
  virtual ops::Value augment(ops::Builder& builder, ops::Value images) const = 0;

  SpatialShape infer_spatial(const SpatialShape& input) const override { return input; }
  ops::Value emit_spatial(ops::Builder& b, ops::Value images, const CallArguments&) const override {
    return b.training() ? augment(b, images) : images;
  }
};

using Limits = std::array<float, 2>;

/// A number for each image, (N, 1, 1, 1), drawn evenly between the limits.
ops::Value draw(ops::Builder& builder, ops::Value images, Limits limits);
/// Not 0 for images that are chosen: the probability for each is drawn between the limits. (N, 1, 1, 1).
ops::Value choose(ops::Builder& builder, ops::Value images, Limits probability);
/// The logarithms of `count` numbers of the gamma distribution of this shape, which is (1, 1, 1, 1). (count, 1, 1, 1).
ops::Value draw_log_gamma(ops::Builder& builder, int64_t count, ops::Value shape);
/// As many of the beta distribution whose parameters both are alpha.
ops::Value draw_beta(ops::Builder& builder, int64_t count, ops::Value alpha);
/// A number as (1, 1, 1, 1).
ops::Value single(ops::Builder& builder, double number);
/// The images in another order, which is drawn anew.
ops::Value shuffled(ops::Builder& builder, ops::Value images);
/// The values no smaller and no larger than the limits.
ops::Value clipped(ops::Builder& builder, ops::Value x, Limits limits);
/// first + share (second - first)
ops::Value mixed(ops::Builder& builder, ops::Value first, ops::Value second, ops::Value share);
/// Values between the first limits moved to the second ones.
ops::Value between(ops::Builder& builder, ops::Value x, Limits from, Limits to);
/// `size` weights of a normal distribution around the middle one, whose sum is 1; those beyond `reach` are 0.
ops::Value gaussian(ops::Builder& builder, int64_t size, ops::Value deviation, ops::Value reach);
/// Each channel convolved with the same kernel, (height, width), both odd; there are zeros around the images.
ops::Value filtered(ops::Builder& builder, ops::Value images, ops::Value kernel);
/// 0, 1, ... along an axis of rank 4.
ops::Value counting(ops::Builder& builder, int64_t count, int axis);
/// The result of an operation of keras.ops for images that are channels last.
ops::Value operation(ops::Builder& builder, const char* name, const ops::Values& inputs, Literals settings = {});

}  // namespace graft
