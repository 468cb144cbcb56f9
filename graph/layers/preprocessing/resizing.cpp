#include "graft/graph/layers/preprocessing/resizing.h"

#include <algorithm>

#include "graft/graph/layers/base/spatial.h"

namespace graft {

void ResizingConfig::fields(FieldVisitor& field) {
  field("height", height);
  field("width", width);
  field("interpolation", interpolation);
  field("crop_to_aspect_ratio", crop_to_aspect_ratio);
  field("pad_to_aspect_ratio", pad_to_aspect_ratio);
  field("fill_mode", fill_mode);
  field("fill_value", fill_value);
  field("antialias", antialias);
  field("data_format", data_format);
}

void CenterCropConfig::fields(FieldVisitor& field) {
  field("height", height);
  field("width", width);
  field("data_format", data_format);
}

void RandomCropConfig::fields(FieldVisitor& field) {
  field("height", height);
  field("width", width);
  field("seed", seed);
  field("data_format", data_format);
}

namespace {

// The size (height, width) with the proportions of `target` that fits into the image, or that the image fits into.
struct Proportions {
  int64_t height, width;

  static Proportions of(const ops::Dims& image, int64_t target_height, int64_t target_width) {
    return {image[3] * target_height / target_width, image[2] * target_width / target_height};
  }
  Proportions within(const ops::Dims& image) const {
    return {std::clamp<int64_t>(height, 1, image[2]), std::clamp<int64_t>(width, 1, image[3])};
  }
  Proportions around(const ops::Dims& image) const { return {std::max(height, image[2]), std::max(width, image[3])}; }
};

ops::Value crop(ops::Builder& b, ops::Value x, int64_t top, int64_t left, int64_t height, int64_t width) {
  const ops::Dims& src = b.dims(x);
  return b.slice(x, {0, 0, top, left}, {src[0], src[1], height, width});
}

ops::Value crop_to_proportions(ops::Builder& b, ops::Value x, int64_t height, int64_t width) {
  const ops::Dims src = b.dims(x);
  const Proportions inner = Proportions::of(src, height, width).within(src);
  return crop(b, x, (src[2] - inner.height) / 2, (src[3] - inner.width) / 2, inner.height, inner.width);
}

// As in Keras, both sides get the same number of pixels, so that an odd one is left out.
ops::Value pad_to_proportions(ops::Builder& b, ops::Value x, int64_t height, int64_t width, float value) {
  const ops::Dims src = b.dims(x);
  const Proportions outer = Proportions::of(src, height, width).around(src);
  const ops::Dims sides{0, 0, (outer.height - src[2]) / 2, (outer.width - src[3]) / 2};
  return b.pad(x, sides, sides, value);
}

/// Base of the layers whose output has a size of its own.
template <class Config>
class SizedImageImpl : public SpatialLayer<Config, 2> {
 public:
  using SpatialLayer<Config, 2>::SpatialLayer;
  using SpatialLayer<Config, 2>::config;

  void check() const override {
    check_at_least("height", config.height, 1);
    check_at_least("width", config.width, 1);
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    output.sizes = {config.height, config.width};
    return output;
  }

 protected:
  ops::Value resized(ops::Builder& b, ops::Value x) const {
    return b.resize(x, {config.height, config.width}, ops::Interpolation::linear);
  }
};

class ResizingImpl final : public SizedImageImpl<ResizingConfig> {
 public:
  using SizedImageImpl::SizedImageImpl;
  std::string class_name() const override { return "Resizing"; }

  void check() const override {
    SizedImageImpl::check();
    if (config.crop_to_aspect_ratio && config.pad_to_aspect_ratio)
      throw ConfigError("crop_to_aspect_ratio and pad_to_aspect_ratio cannot both be true");
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    if (config.crop_to_aspect_ratio) x = crop_to_proportions(b, x, config.height, config.width);
    if (config.pad_to_aspect_ratio)
      x = pad_to_proportions(b, x, config.height, config.width, static_cast<float>(config.fill_value));
    return b.resize(x, {config.height, config.width}, interpolation_of(config.interpolation), config.antialias);
  }
};

class CenterCropImpl final : public SizedImageImpl<CenterCropConfig> {
 public:
  using SizedImageImpl::SizedImageImpl;
  std::string class_name() const override { return "CenterCrop"; }

  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override { return {DType::f32}; }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    const ops::Dims& src = b.dims(x);
    const int64_t rows = src[2] - config.height, columns = src[3] - config.width;
    if (rows >= 0 && columns >= 0) return crop(b, x, rows / 2, columns / 2, config.height, config.width);
    return resized(b, crop_to_proportions(b, x, config.height, config.width));
  }
};

class RandomCropImpl final : public SizedImageImpl<RandomCropConfig> {
 public:
  using SizedImageImpl::SizedImageImpl;
  std::string class_name() const override { return "RandomCrop"; }

  // Files of Keras have `training` of each call of this layer, but the mode of the model decides there.
  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    if (!b.training()) return x;
    const ops::Dims src = b.dims(x);
    const int64_t rows = src[2] - config.height, columns = src[3] - config.width;
    if (rows > 0 && columns > 0) return drawn(b, x, rows, columns);
    const Proportions inner = Proportions::of(src, config.height, config.width).within(src);
    const int64_t top = (src[2] - inner.height) / 2, left = (src[3] - inner.width) / 2;
    return resized(b, crop(b, x, top, left, std::min<int64_t>(config.height, src[2] - top),
                           std::min<int64_t>(config.width, src[3] - left)));
  }

 private:
  // The part that begins at a row in [0, rows] and a column in [0, columns], all of which are equally likely.
  ops::Value drawn(ops::Builder& b, ops::Value x, int64_t rows, int64_t columns) const {
    const auto constant = [&](const Shape& shape, std::vector<float> values) {
      return b.constant(Tensor(shape, std::move(values)));
    };
    const auto last = std::vector<float>{static_cast<float>(rows), static_cast<float>(columns)};
    const ops::Value most = constant({1, 2, 1, 1}, last);
    const ops::Value counts = constant({1, 2, 1, 1}, {last[0] + 1, last[1] + 1});
    const ops::Value places = b.mul(b.random_uniform({1, 2, 1, 1}, 0, 1), counts);
    const ops::Value begin = b.binary(ops::Binary::min, b.eltwise(places, ops::Eltwise::floor), most);
    std::vector<float> grid;
    for (int64_t i = 0; i < config.height * config.width; ++i) grid.push_back(static_cast<float>(i / config.width));
    for (int64_t i = 0; i < config.height * config.width; ++i) grid.push_back(static_cast<float>(i % config.width));
    const ops::Value coordinates = b.add(constant({1, 2, config.height, config.width}, std::move(grid)), begin);
    return b.map_coordinates(x, coordinates, {.linear = false, .fill_mode = ops::FillMode::nearest});
  }
};

}  // namespace

Resizing::Resizing(ResizingConfig config, source_location location)
    : Layer(make_layer<ResizingImpl>(std::move(config), location)) {}
CenterCrop::CenterCrop(CenterCropConfig config, source_location location)
    : Layer(make_layer<CenterCropImpl>(std::move(config), location)) {}
RandomCrop::RandomCrop(RandomCropConfig config, source_location location)
    : Layer(make_layer<RandomCropImpl>(std::move(config), location)) {}

std::vector<LayerClass> resizing_classes() {
  return {layer_class<ResizingImpl>("Resizing"), layer_class<CenterCropImpl>("CenterCrop"),
          layer_class<RandomCropImpl>("RandomCrop")};
}

}  // namespace graft
