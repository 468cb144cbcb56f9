#include "graft/graph/layers/preprocessing/normalization.h"

#include <algorithm>

#include "graft/graph/axes.h"
#include "graft/graph/layers/preprocessing/base/lookup.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

void NormalizationConfig::fields(FieldVisitor& field) {
  Literal axes = axis.is_none() ? Literal(Literal::List{}) : axis;  // Keras writes None as no axes
  field("axis", axes);
  axis = axes;
  field("mean", mean);
  field("variance", variance);
  field("invert", invert);
}

namespace {

class NormalizationImpl final : public ConfiguredLayer<NormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Normalization"; }
  bool passes_masks() const override { return true; }

  void check() const override {
    axes();
    if (config.mean.is_none() != config.variance.is_none())
      throw ConfigError("mean and variance must both be given, or neither");
    if (learns()) return;
    const Shape mean = config.mean.as_tensor().shape(), variance = config.variance.as_tensor().shape();
    if (mean != variance)
      throw ConfigError(cat("mean and variance must have one shape; received ", mean, " and ", variance));
    if (mean.rank() > std::ssize(axes()))
      throw ConfigError(
          cat("mean must have at most one dimension for each axis, ", axes().size(), "; received ", mean));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    place_shape(inputs[0]);
    if (!learns()) spread(config.mean.as_tensor().shape(), inputs[0]);
    return {inputs[0]};
  }

  void build(std::span<const Shape> inputs) override {
    if (!learns()) return;
    const Shape places = place_shape(inputs[0]);
    mean_ = add_weight("mean", places, "zeros", {}, false);
    variance_ = add_weight("variance", places, "ones", {}, false);
    add_weight("count", Shape(), "zeros", {}, false);  // unused since Keras 2, but a part of its files
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (!learns()) return;
    if (const Shape places = place_shape(inputs[0]); places != mean_.shape())
      throw ShapeError(cat("the weights were made for ", mean_.shape(), " along axis ", config.axis.str(),
                           "; received ", inputs[0]));
  }

  ops::Values emit(Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Value x = to_channels_last(b, inputs[0]);
    const Shape shape(b.dims(x));
    const Value mean = learns() ? learnt(b, mean_, shape) : given(b, config.mean, shape);
    const Value variance = learns() ? learnt(b, variance_, shape) : given(b, config.variance, shape);
    constexpr float kEpsilon = 1e-7f;
    const Value deviation = b.binary(ops::Binary::max, b.eltwise(variance, ops::Eltwise::sqrt), b.scalar(kEpsilon));
    const Value y = config.invert ? b.add(b.mul(x, deviation), mean) : b.div(b.sub(x, mean), deviation);
    return {to_channels_first(b, y)};
  }

  void adapt(const Tensor& data) {
    if (!learns()) throw ConfigError("has a mean of its own, so adapt() has nothing to learn");
    const Shape places = place_shape(data.shape());
    std::vector<double> sums(static_cast<size_t>(places.elements())), squares = sums;
    const Tensor wide = data.cast(DType::f64);
    const std::vector<size_t> place = places_of(data.shape());
    const std::span<const double> values = wide.data<double>();
    const double count = static_cast<double>(values.size()) / static_cast<double>(sums.size());
    if (values.empty()) throw DataError("the data to adapt to holds no numbers");
    for (size_t i = 0; i < values.size(); ++i) sums[place[i]] += values[i] / count;
    for (size_t i = 0; i < values.size(); ++i) {
      const double distance = values[i] - sums[place[i]];
      squares[place[i]] += distance * distance / count;
    }
    mean_.assign(Tensor(places, std::move(sums)).cast(DType::f32));
    variance_.assign(Tensor(places, std::move(squares)).cast(DType::f32));
  }

 private:
  bool learns() const { return config.mean.is_none(); }

  std::vector<int64_t> axes() const {
    if (config.axis.is_none()) return {};
    return config.axis.integers();
  }

  // The axes that are kept, from 0, ascending.
  std::vector<int64_t> kept(const Shape& shape) const {
    std::vector<int64_t> found;
    for (const int64_t axis : axes()) found.push_back(normalized_axis(axis, shape.rank()));
    std::sort(found.begin(), found.end());
    return found;
  }

  Shape place_shape(const Shape& shape) const {
    std::vector<int64_t> dims;
    const Shape whole = completed(shape);  // adapt() may have known more than the input says
    for (const int64_t axis : kept(shape)) dims.push_back(known_dim(whole, axis, "places"));
    return Shape(dims);
  }

  // The dims for a mean with fewer dimensions than axes: they are the last of the kept ones.
  Dims spread(const Shape& mean, const Shape& shape) const {
    Dims dims(static_cast<size_t>(shape.rank()), 1);
    const std::vector<int64_t> axis = kept(shape);
    for (int64_t i = 1; i <= mean.rank(); ++i) {
      const auto at = static_cast<size_t>(axis[axis.size() - static_cast<size_t>(i)]);
      if (mean[-i] != 1 && mean[-i] != shape[static_cast<int64_t>(at)])
        throw ShapeError(cat("mean ", mean, " does not fit axis ", config.axis.str(), "; received ", shape));
      dims[at] = mean[-i];
    }
    return dims;
  }

  Value given(Builder& b, const Literal& numbers, const Shape& shape) const {
    const Tensor tensor = numbers.as_tensor().cast(DType::f32);
    return b.reshape(b.constant(tensor), spread(tensor.shape(), shape));
  }

  Value learnt(Builder& b, const Variable& variable, const Shape& shape) const {
    Dims dims(static_cast<size_t>(shape.rank()), 1);
    for (const int64_t axis : kept(shape)) dims[static_cast<size_t>(axis)] = shape[axis];
    return b.reshape(b.variable(variable), dims);
  }

  // For each element of data the place among the means that it belongs to.
  std::vector<size_t> places_of(const Shape& shape) const {
    const std::vector<int64_t> axis = kept(shape);
    std::vector<size_t> places(static_cast<size_t>(shape.elements()));
    std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
    for (size_t& place : places) {
      int64_t at = 0;
      for (const int64_t k : axis) at = at * shape[k] + index[static_cast<size_t>(k)];
      place = static_cast<size_t>(at);
      for (auto k = static_cast<int64_t>(index.size()); k-- > 0;) {
        if (++index[static_cast<size_t>(k)] < shape[k]) break;
        index[static_cast<size_t>(k)] = 0;
      }
    }
    return places;
  }

  Variable mean_, variance_;
};

}  // namespace

Normalization::Normalization(NormalizationConfig config, source_location location)
    : Layer(make_layer<NormalizationImpl>(std::move(config), location)) {}

void Normalization::adapt(const Tensor& data) const {
  with_who(*this, [&] {
    build_once({data.shape()});
    static_cast<NormalizationImpl&>(impl()).adapt(data);
  });
}

std::vector<LayerClass> normalization_classes() { return {layer_class<NormalizationImpl>("Normalization")}; }

}  // namespace graft
