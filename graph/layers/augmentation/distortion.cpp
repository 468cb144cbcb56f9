#include "graft/graph/layers/augmentation/distortion.h"

#include <algorithm>

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void RandomElasticTransformConfig::fields(FieldVisitor& field) {
  factor.field(field, "factor");
  scale.field(field, "scale");
  field("interpolation", interpolation);
  field("fill_mode", fill_mode);
  field("fill_value", fill_value);
  value_range.field(field, "value_range");
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void RandomPerspectiveConfig::fields(FieldVisitor& field) {
  factor.field(field, "factor");
  field("scale", scale);
  field("interpolation", interpolation);
  field("fill_value", fill_value);
  field("seed", seed);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Value;

static ops::FillMode fill_mode_of(const ElasticFill& word) {
  if (word == "constant") return ops::FillMode::constant;
  if (word == "nearest") return ops::FillMode::nearest;
  if (word == "wrap") return ops::FillMode::wrap;
  return word == "mirror" ? ops::FillMode::mirror : ops::FillMode::reflect;
}

namespace {

class RandomElasticTransformImpl final : public AugmentationLayer<RandomElasticTransformConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandomElasticTransform"; }

  void check() const override {
    config.factor.check("factor", 0, 1);
    config.scale.check("scale", 0, 1);
    config.value_range.check_pair("value_range");
  }

  Value augment(Builder& b, Value images) const override {
    const Limits scale = config.scale.from(0), factor = config.factor.from(0);
    if (scale[1] == 0 || factor[1] == 0) return images;
    const Value strength = scale[0] < scale[1] ? b.random_uniform({1}, scale[0], scale[1]) : b.scalar(scale[1]);
    const Value seen = b.map_coordinates(images, places(b, images, strength),
                                         {.linear = config.interpolation == "bilinear",
                                          .fill_mode = fill_mode_of(config.fill_mode),
                                          .fill_value = static_cast<float>(config.fill_value)});
    return clipped(b, b.where(choose(b, images, factor), seen, images), config.value_range.from(0));
  }

 private:
  // Where each pixel is read, (N, 2, H, W): at a distance from its own place that is noise, smoothed by a kernel of
  // 6 deviations. The kernel has the size of the largest that may be drawn; what is beyond the drawn one is 0.
  Value places(Builder& b, Value images, Value strength) const {
    const ops::Dims dims = b.dims(images), coordinates{dims[0], 2, dims[2], dims[3]};
    const float unit = 0.05F * static_cast<float>(std::min(dims[2], dims[3]));
    const int64_t size = static_cast<int64_t>(6 * unit * config.scale.from(0)[1]) | 1;
    const Value deviation = b.eltwise(b.scale(strength, unit), ops::Eltwise::clip, 1e-6F, 1e6F);
    const Value pixels = b.eltwise(b.scale(deviation, 6), ops::Eltwise::trunc);
    const Value kernel = gaussian(b, size, deviation, b.eltwise(b.scale(pixels, 0.5F), ops::Eltwise::floor));
    const Value noise = b.mul(b.random_normal(coordinates, 0, 1), deviation);
    const Value rows = filtered(b, noise, b.reshape(kernel, {size, 1}));
    const Value smooth = filtered(b, rows, b.reshape(kernel, {1, size}));
    const float reach = 0.1F * static_cast<float>(std::max(dims[2], dims[3]));
    return b.add(own_places(b, dims[2], dims[3]), b.mul(smooth, b.scale(strength, reach)));
  }

  static Value own_places(Builder& b, int64_t height, int64_t width) {
    const ops::Dims plane{1, 1, height, width};
    return b.concat({b.broadcast_to(counting(b, height, 2), plane), b.broadcast_to(counting(b, width, 3), plane)}, 1);
  }
};

class RandomPerspectiveImpl final : public AugmentationLayer<RandomPerspectiveConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "RandomPerspective"; }

  void check() const override {
    config.factor.check("factor", 0, 1);
    check_fraction("scale", config.scale);
  }

  Value augment(Builder& b, Value images) const override {
    const Value chosen = choose(b, images, config.factor.from(0));
    const Value seen = b.map_coordinates(images, places(b, images, b.where(chosen, moves(b, images), b.scalar(0))),
                                         {.linear = config.interpolation == "bilinear",
                                          .fill_mode = ops::FillMode::constant,
                                          .fill_value = static_cast<float>(config.fill_value)});
    return b.where(chosen, seen, images);
  }

 private:
  // By which part of its coordinates each of the four corners moves, (N, 4, 2, 1).
  Value moves(Builder& b, Value images) const {
    const auto half = static_cast<float>(config.scale / 2);
    const ops::Dims dims{b.dims(images)[0], 4, 2, 1};
    if (half == 0) return b.broadcast_to(b.constant(Tensor(Shape{1, 1, 1, 1})), dims);
    return b.random_uniform(dims, -half, half);
  }

  // Where each pixel is read, (N, 2, H, W). The map takes a moved corner (u, v) back to its own place (x, y):
  // (a u + b v + c) / (g u + h v + 1) = x, and likewise for y, are eight equations for a to h.
  static Value places(Builder& b, Value images, Value moves) {
    const ops::Dims dims = b.dims(images);
    const auto right = static_cast<float>(dims[3] - 1), bottom = static_cast<float>(dims[2] - 1);
    const Value own = b.constant(Tensor(Shape{1, 4, 2, 1}, {0, 0, right, 0, 0, bottom, right, bottom}));
    const Value moved = b.add(own, b.mul(own, moves));
    const Value map = b.solve(equations(b, own, moved), b.broadcast_to(b.reshape(own, {1, 8, 1}), {dims[0], 8, 1}));
    const Value x = counting(b, dims[3], 3), y = counting(b, dims[2], 2);
    const auto factor = [&](int64_t i) {
      return b.reshape(b.slice(map, {0, i, 0}, {dims[0], 1, 1}), {dims[0], 1, 1, 1});
    };
    const auto linear = [&](int64_t first) { return b.add(b.mul(factor(first), x), b.mul(factor(first + 1), y)); };
    const Value depth = b.scale(linear(6), 1, 1);
    const Value column = b.div(b.add(linear(0), factor(2)), depth), row = b.div(b.add(linear(3), factor(5)), depth);
    return b.concat({row, column}, 1);
  }

  // (N, 8, 8): for each corner the row (u, v, 1, 0, 0, 0, -u x, -v x) for x and the same for y.
  static Value equations(Builder& b, Value own, Value moved) {
    const int64_t count = b.dims(moved)[0];
    const ops::Dims single{count, 4, 1, 1};
    const auto part = [&](Value points, int64_t axis) {
      return b.slice(points, {0, 0, axis, 0}, {b.dims(points)[0], 4, 1, 1});
    };
    const Value u = part(moved, 0), v = part(moved, 1);
    const Value zero = b.broadcast_to(b.constant(Tensor(Shape{1, 1, 1, 1})), single), one = b.scale(zero, 0, 1);
    const auto last = [&](Value coordinate, int64_t axis) { return b.scale(b.mul(coordinate, part(own, axis)), -1); };
    const Value of_x = b.concat({u, v, one, zero, zero, zero, last(u, 0), last(v, 0)}, 3);
    const Value of_y = b.concat({zero, zero, zero, u, v, one, last(u, 1), last(v, 1)}, 3);
    return b.reshape(b.concat({of_x, of_y}, 2), {count, 8, 8});
  }
};

}  // namespace

RandomElasticTransform::RandomElasticTransform(RandomElasticTransformConfig config, source_location location)
    : Layer(make_layer<RandomElasticTransformImpl>(std::move(config), location)) {}
RandomPerspective::RandomPerspective(RandomPerspectiveConfig config, source_location location)
    : Layer(make_layer<RandomPerspectiveImpl>(std::move(config), location)) {}

std::vector<LayerClass> distortion_classes() {
  return {layer_class<RandomElasticTransformImpl>("RandomElasticTransform"),
          layer_class<RandomPerspectiveImpl>("RandomPerspective")};
}

}  // namespace graft
