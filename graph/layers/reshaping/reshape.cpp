#include "graft/graph/layers/reshaping/reshape.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

void ReshapeConfig::fields(FieldVisitor& field) {
  field.require("target_shape");
  field("target_shape", target_shape);
}

void FlattenConfig::fields(FieldVisitor& field) { field("data_format", data_format); }

void PermuteConfig::fields(FieldVisitor& field) {
  field.require("dims");
  field("dims", dims);
}

void RepeatVectorConfig::fields(FieldVisitor& field) { field("n", n); }

namespace {

// The product, or none if a dimension is unknown.
int64_t product(const Shape& shape) { return shape.known() ? shape.elements() : Shape::none; }

class ReshapeImpl final : public ConfiguredLayer<ReshapeConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Reshape"; }
  bool keeps_dtype() const override { return true; }

  void check() const override {
    if (std::count(config.target_shape.begin(), config.target_shape.end(), Shape::none) > 1)
      refuse_setting(cat("target_shape may leave one dimension open; received ", config.target_shape));
    for (const int64_t dim : config.target_shape)
      if (dim == 0) throw ConfigError(cat("target_shape must not hold 0; received ", config.target_shape));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 1, "(N, ...)");
    return {target(inputs[0]).prepended(inputs[0][0])};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src = keras_shape(b.dims(inputs[0]));
    return {reshape_keras(b, inputs[0], target(src).prepended(src[0]).dims())};
  }

 private:
  Shape target(const Shape& input) const {
    const int64_t values = product(input.without_batch());
    int64_t given = 1, open = -1;
    for (int64_t i = 0; i < config.target_shape.rank(); ++i)
      if (config.target_shape[i] == Shape::none)
        open = i;
      else
        given *= config.target_shape[i];
    if (values == Shape::none) return config.target_shape;
    if (open < 0 ? given != values : values % given != 0)
      throw ShapeError(cat("a sample of ", values, " values does not fit target_shape ", config.target_shape,
                           open < 0 ? cat(" of ", given) : "", "; received ", input));
    return open < 0 ? config.target_shape : config.target_shape.with(open, values / given);
  }
};

class FlattenImpl final : public ConfiguredLayer<FlattenConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Flatten"; }
  bool keeps_dtype() const override { return true; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 1, "(N, ...)");
    return {{inputs[0][0], product(inputs[0].without_batch())}};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = b.dims(inputs[0]);
    if (src.size() == 2) return inputs;
    const bool channels_first = config.data_format == "channels_first" && src.size() > 2;
    const ops::Value x = channels_first ? to_channels_last(b, inputs[0]) : inputs[0];
    return {reshape_keras(b, x, {src[0], ops::elements(src) / src[0]})};
  }
};

class PermuteImpl final : public ConfiguredLayer<PermuteConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Permute"; }
  bool keeps_dtype() const override { return true; }

  void check() const override {
    std::vector<int64_t> sorted = config.dims;
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < sorted.size(); ++i)
      if (sorted[i] != static_cast<int64_t>(i) + 1) fail();
    if (sorted.empty()) fail();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const auto rank = static_cast<int64_t>(config.dims.size()) + 1;
    check_rank(inputs[0], rank, "(N, ...)");
    Shape output = inputs[0];
    for (int64_t i = 1; i < rank; ++i) output = output.with(i, inputs[0][config.dims[static_cast<size_t>(i) - 1]]);
    return {output};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    std::vector<int> permutation{0};
    for (const int64_t axis : config.dims) permutation.push_back(static_cast<int>(axis));
    return {to_channels_first(b, b.transpose(to_channels_last(b, inputs[0]), permutation))};
  }

 private:
  [[noreturn]] void fail() const {
    throw ConfigError(cat("dims must be a permutation of 1, 2, ...; received ", ops::to_string(config.dims)));
  }
};

class RepeatVectorImpl final : public ConfiguredLayer<RepeatVectorConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "RepeatVector"; }
  bool keeps_dtype() const override { return true; }

  void check() const override { check_at_least("n", config.n, 1); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 2, "(N, C)");
    return {{inputs[0][0], config.n, inputs[0][1]}};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = b.dims(inputs[0]);
    return {b.broadcast_to(b.reshape(inputs[0], {src[0], src[1], 1}), {src[0], src[1], config.n})};
  }
};

}  // namespace

Reshape::Reshape(ReshapeConfig config, source_location location)
    : Layer(make_layer<ReshapeImpl>(std::move(config), location)) {}
Flatten::Flatten(FlattenConfig config, source_location location)
    : Layer(make_layer<FlattenImpl>(std::move(config), location)) {}
Permute::Permute(PermuteConfig config, source_location location)
    : Layer(make_layer<PermuteImpl>(std::move(config), location)) {}
RepeatVector::RepeatVector(RepeatVectorConfig config, source_location location)
    : Layer(make_layer<RepeatVectorImpl>(std::move(config), location)) {}

std::vector<LayerClass> reshape_classes() {
  return {layer_class<ReshapeImpl>("Reshape"), layer_class<FlattenImpl>("Flatten"), layer_class<PermuteImpl>("Permute"),
          layer_class<RepeatVectorImpl>("RepeatVector")};
}

}  // namespace graft
