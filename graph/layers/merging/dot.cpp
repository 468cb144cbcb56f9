#include "graft/graph/layers/merging/dot.h"

#include "graft/graph/axes.h"

namespace graft {

void DotConfig::fields(FieldVisitor& field) {
  field.require("axes");
  field("axes", axes);
  field("normalize", normalize);
}

namespace {

class DotImpl final : public ConfiguredLayer<DotConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Dot"; }
  size_t input_count() const override { return 2; }

  void check() const override {
    if (config.axes.empty() || config.axes.size() > 2)
      throw ConfigError(cat("axes must hold one or two axes; received ", config.axes.size()));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    for (const Shape& input : inputs)
      if (input.rank() != 2 && input.rank() != 3)
        throw ShapeError(cat("inputs must have rank 2 or 3; received ", input));
    const int64_t first = axis(0, inputs[0]), second = axis(1, inputs[1]);
    const int64_t a = inputs[0][first], b = inputs[1][second];
    if (a != Shape::none && b != Shape::none && a != b)
      throw ShapeError(
          cat("the axes must have equal sizes: ", a, " of ", inputs[0], " and ", b, "; received ", inputs[1]));
    std::vector<int64_t> dims{broadcast({inputs[0][0]}, {inputs[1][0]})[0]};
    if (inputs[0].rank() == 3) dims.push_back(inputs[0][3 - first]);
    if (inputs[1].rank() == 3) dims.push_back(inputs[1][3 - second]);
    if (dims.size() == 1) dims.push_back(1);
    return {Shape(dims)};
  }

  // Multiplies matrices (N, rows, K) and (N, K, columns); a tensor of rank 2 has matrices of one row.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value left = matrix(b, inputs[0], 0), right = matrix(b, inputs[1], 1);
    const ops::Dims x = keras_dims(b, inputs[0]), y = keras_dims(b, inputs[1]);
    const ops::Value product = b.matmul(left, right, false, true);  // (N, rows, columns)
    const ops::Dims full = b.dims(product);
    ops::Dims dims{full[0]};
    if (x.size() == 3) dims.push_back(full[1]);
    if (y.size() == 3) dims.push_back(full[2]);
    if (dims.size() == 1) dims.push_back(1);
    return {to_channels_first(b, b.reshape(product, dims))};
  }

 private:
  int64_t axis(size_t input, const Shape& shape) const {
    const int64_t found = normalized_axis(config.axes.size() == 1 ? config.axes[0] : config.axes[input], shape.rank());
    if (found == 0) throw ShapeError(cat("axis 0 is the batch's; received ", shape));
    return found;
  }

  // The input as (N, others, K), row-major.
  ops::Value matrix(ops::Builder& b, ops::Value x, size_t input) const {
    const Shape shape = keras_shape(b.dims(x));
    ops::Value rows = to_channels_last(b, x);
    if (shape.rank() == 2)
      rows = b.reshape(rows, {shape[0], 1, shape[1]});
    else if (axis(input, shape) == 1)
      rows = b.transpose(rows, {0, 2, 1});
    return config.normalize ? normalized(b, rows) : rows;
  }

  // Keras's l2_normalize: the squared length is at least 1e-12.
  static ops::Value normalized(ops::Builder& b, ops::Value rows) {
    const ops::Value squares = b.reduce(ops::Reduction::sum, b.eltwise(rows, ops::Eltwise::square), {2});
    return b.mul(rows, b.eltwise(b.binary(ops::Binary::max, squares, b.scalar(1e-12f)), ops::Eltwise::rsqrt));
  }
};

}  // namespace

Dot::Dot(DotConfig config, source_location location) : Layer(make_layer<DotImpl>(std::move(config), location)) {}

std::vector<LayerClass> dot_classes() { return {layer_class<DotImpl>("Dot")}; }

}  // namespace graft
