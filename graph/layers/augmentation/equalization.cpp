#include "graft/graph/layers/augmentation/equalization.h"

#include <algorithm>
#include <cmath>

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void ContrastLimitedAdaptiveHistogramEqualizationConfig::fields(FieldVisitor& field) {
  value_range.field(field, "value_range");
  field("clip_limit", clip_limit);
  field("tile_grid_size", tile_grid_size);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void EqualizationConfig::fields(FieldVisitor& field) {
  value_range.field(field, "value_range");
  field("bins", bins);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

using ops::Builder;
using ops::Dims;
using ops::Value;

namespace {

constexpr int64_t kLevels = 256;  // of brightness
constexpr Limits kByteRange{0, 255};

// The two tiles along one axis between whose middles each pixel is, and the share of the second.
struct Neighbours {
  std::vector<int64_t> first, second;
  std::vector<float> share;

  Neighbours(int64_t pixels, int64_t tile, int64_t tiles) {
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      const float place = (static_cast<float>(pixel) - static_cast<float>(tile) / 2) / static_cast<float>(tile);
      const auto below = static_cast<int64_t>(std::floor(place));
      first.push_back(std::clamp<int64_t>(below, 0, tiles - 1));
      second.push_back(std::clamp<int64_t>(below + 1, 0, tiles - 1));
      share.push_back(place - std::floor(place));
    }
  }
};

using ClaheConfig = ContrastLimitedAdaptiveHistogramEqualizationConfig;

class ContrastLimitedAdaptiveHistogramEqualizationImpl final : public SpatialLayer<ClaheConfig, 2> {
 public:
  using SpatialLayer::SpatialLayer;
  std::string class_name() const override { return "ContrastLimitedAdaptiveHistogramEqualization"; }

  void check() const override {
    config.value_range.check_pair("value_range");
    check_at_least("tile_grid_size", config.tile_grid_size, 1);
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override { return input; }

  Value emit_spatial(Builder& b, Value images, const CallArguments&) const override {
    const Limits limits = config.value_range.from(0);
    const Value bytes =
        b.eltwise(between(b, images, limits, kByteRange), ops::Eltwise::clip, kByteRange[0], kByteRange[1]);
    const Value levels = b.eltwise(bytes, ops::Eltwise::trunc);
    return between(b, read(b, levels, ranks(b, tiles(b, levels))), kByteRange, limits);
  }

 private:
  int64_t rows() const { return config.tile_grid_size.values[0]; }
  int64_t columns() const { return config.tile_grid_size.values[1]; }
  Dims tile_of(const Dims& images) const {
    return {(images[2] + rows() - 1) / rows(), (images[3] + columns() - 1) / columns()};
  }

  // The pixels of each tile, (N C rows columns, pixels); the images are mirrored up to whole tiles.
  Value tiles(Builder& b, Value levels) const {
    const Dims dims = b.dims(levels), tile = tile_of(dims);
    const Dims border{0, 0, tile[0] * rows() - dims[2], tile[1] * columns() - dims[3]};
    const bool whole = border[2] == 0 && border[3] == 0;
    const Value padded = whole ? levels : b.pad(levels, {0, 0, 0, 0}, border, ops::PadMode::symmetric);
    const Value cut = b.reshape(padded, {dims[0] * dims[1], rows(), tile[0], columns(), tile[1]});
    return b.reshape(b.transpose(cut, {0, 1, 3, 2, 4}), {dims[0] * dims[1] * rows() * columns(), tile[0] * tile[1]});
  }

  // How often each level occurs in each tile. Numbers of rows are exact up to 2^24, hence the parts.
  static Value histograms(Builder& b, Value tiles) {
    const int64_t count = b.dims(tiles)[0], pixels = b.dims(tiles)[1], most = (int64_t{1} << 24) / kLevels;
    ops::Values parts;
    for (int64_t begin = 0; begin < count; begin += most) {
      const int64_t size = std::min(most, count - begin);
      std::vector<float> first;
      for (int64_t i = 0; i < size; ++i) first.push_back(static_cast<float>(i * kLevels));
      const Value rows = b.add(b.slice(tiles, {begin, 0}, {size, pixels}), b.constant(Tensor(Shape{size, 1}, first)));
      const Value zeros = b.broadcast_to(b.scalar(0), {size * kLevels});
      const Value ones = b.broadcast_to(b.scalar(1), {size * pixels});
      const Value counts = b.scatter(ops::Scatter::add, zeros, b.reshape(rows, {size * pixels}), ones);
      parts.push_back(b.reshape(counts, {size, kLevels}));
    }
    return parts.size() == 1 ? parts[0] : b.concat(parts, 0);
  }

  // Which brightness each level has in each tile, (tiles, levels): what exceeds the limit is shared by all levels.
  Value ranks(Builder& b, Value tiles) const {
    const auto pixels = static_cast<float>(b.dims(tiles)[1]);
    Value counts = histograms(b, tiles);
    if (config.clip_limit > 0) {
      const auto limit = static_cast<float>(config.clip_limit * pixels / kLevels);
      const Value kept = b.binary(ops::Binary::min, counts, b.scalar(limit));
      const Value excess = b.reduce(ops::Reduction::sum, b.sub(counts, kept), {1});
      counts = b.add(kept, b.scale(excess, 1.F / kLevels));
    }
    const Value sums = b.scan(ops::Scan::sum, counts, 1), least = b.reduce(ops::Reduction::min, sums, {1});
    const Value width = b.scale(least, -1, pixels);
    const Value divisor = b.where(width, width, b.scalar(1));
    return clipped(b, b.div(b.scale(b.sub(sums, least), 255), divisor), kByteRange);
  }

  // The brightness of each pixel, between those that its level has in the four nearest tiles.
  Value read(Builder& b, Value levels, Value ranks) const {
    const Dims dims = b.dims(levels), tile = tile_of(dims);
    const Neighbours down(dims[2], tile[0], rows()), across(dims[3], tile[1], columns());
    const Value table = b.reshape(ranks, {dims[0] * dims[1], rows() * columns() * kLevels});
    const auto corner = [&](const std::vector<int64_t>& row, const std::vector<int64_t>& column) {
      std::vector<float> begins;
      for (const int64_t r : row)
        for (const int64_t c : column) begins.push_back(static_cast<float>((r * columns() + c) * kLevels));
      const Value places = b.add(levels, b.constant(Tensor(Shape{1, 1, dims[2], dims[3]}, std::move(begins))));
      const Value found = b.take_along_axis(table, b.reshape(places, {dims[0] * dims[1], dims[2] * dims[3]}), 1);
      return b.reshape(found, dims);
    };
    const Value x = b.constant(Tensor(Shape{1, 1, 1, dims[3]}, across.share));
    const Value y = b.constant(Tensor(Shape{1, 1, dims[2], 1}, down.share));
    const Value top = mixed(b, corner(down.first, across.first), corner(down.first, across.second), x);
    const Value bottom = mixed(b, corner(down.second, across.first), corner(down.second, across.second), x);
    return mixed(b, top, bottom, y);
  }
};

class EqualizationImpl final : public AugmentationLayer<EqualizationConfig> {
 public:
  using AugmentationLayer::AugmentationLayer;
  std::string class_name() const override { return "Equalization"; }

  void check() const override {
    config.value_range.check_pair("value_range");
    check_at_least("bins", config.bins, 2);
  }

  // A channel whose pixels are all in one bin stays as it is. As in Keras, a pixel is counted and its rank read at
  // numbers that rounding can make different.
  Value augment(Builder& b, Value images) const override {
    const Limits limits = config.value_range.from(0);
    const Value x = between(b, images, limits, kByteRange);
    const int64_t channels = b.dims(x)[1];
    const auto last = static_cast<float>(config.bins - 1);
    const Value counted = bin(b, b.div(b.scale(x, last), b.scalar(255)));
    const Value read = bin(b, b.scale(b.div(x, b.scalar(255)), last));
    const Value sums = b.scan(ops::Scan::sum, counts(b, counted), 1);
    const Value total = b.slice(sums, {0, config.bins - 1}, {channels, 1});
    const Value least = b.reduce(ops::Reduction::min, b.where(sums, sums, total), {1});
    const Value width = b.sub(total, least);
    const Value ranks = b.div(b.scale(b.sub(sums, least), 255), b.where(width, width, b.scalar(1)));
    const Value table = clipped(b, b.eltwise(ranks, ops::Eltwise::round), kByteRange);
    const Value equalized = b.take(b.reshape(table, {channels * config.bins}), read, 0);
    return between(b, b.where(b.reshape(width, {1, channels, 1, 1}), equalized, x), kByteRange, limits);
  }

 private:
  // The number of the bin among those of all channels.
  Value bin(Builder& b, Value level) const {
    const Limits limits{0, static_cast<float>(config.bins - 1)};
    const Value own = b.eltwise(clipped(b, level, limits), ops::Eltwise::trunc);
    const Value first = b.scale(counting(b, b.dims(level)[1], 1), static_cast<float>(config.bins));
    return b.add(own, first);
  }

  // How many pixels are in each bin, (channels, bins).
  Value counts(Builder& b, Value bins) const {
    const Dims dims = b.dims(bins);
    const int64_t pixels = dims[0] * dims[1] * dims[2] * dims[3];
    const Value zeros = b.broadcast_to(b.scalar(0), {dims[1] * config.bins});
    const Value ones = b.broadcast_to(b.scalar(1), {pixels});
    return b.reshape(b.scatter(ops::Scatter::add, zeros, b.reshape(bins, {pixels}), ones), {dims[1], config.bins});
  }
};

}  // namespace

ContrastLimitedAdaptiveHistogramEqualization::ContrastLimitedAdaptiveHistogramEqualization(
    ContrastLimitedAdaptiveHistogramEqualizationConfig config, source_location location)
    : Layer(make_layer<ContrastLimitedAdaptiveHistogramEqualizationImpl>(std::move(config), location)) {}
Equalization::Equalization(EqualizationConfig config, source_location location)
    : Layer(make_layer<EqualizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> equalization_classes() {
  return {layer_class<ContrastLimitedAdaptiveHistogramEqualizationImpl>("ContrastLimitedAdaptiveHistogramEqualization"),
          layer_class<EqualizationImpl>("Equalization")};
}

}  // namespace graft
