#include "graft/graph/layers/merging/dot.h"

#include "graft/graph/axes.h"

namespace graft {

void DotConfig::fields(FieldVisitor& field) {
  field.require("axes");
  if (int64_t axis = axes.empty() ? 0 : axes[0]; !field.reading() && axes.size() == 1)
    field("axes", axis);  // Keras takes no list of one
  else
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
      if (input.rank() < 2) throw ShapeError(cat("inputs must have rank 2 or more; received ", input));
    const int64_t first = axis(0, inputs[0]), second = axis(1, inputs[1]);
    const int64_t a = inputs[0][first], b = inputs[1][second];
    if (a != Shape::none && b != Shape::none && a != b)
      throw ShapeError(
          cat("the axes must have equal sizes: ", a, " of ", inputs[0], " and ", b, "; received ", inputs[1]));
    std::vector<int64_t> dims{broadcast({inputs[0][0]}, {inputs[1][0]})[0]};
    for (size_t i = 0; i < 2; ++i)
      for (int64_t d = 1; d < inputs[i].rank(); ++d)
        if (d != (i == 0 ? first : second)) dims.push_back(inputs[i][d]);
    if (dims.size() == 1) dims.push_back(1);
    return {Shape(dims)};
  }

  // Multiplies matrices (N, rows, K) and (N, K, columns), whose rows and columns are all other axes.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    ops::Dims dims;
    const ops::Value left = matrix(b, inputs[0], 0, dims), right = matrix(b, inputs[1], 1, dims);
    const ops::Value product = b.matmul(left, right, false, true);  // (N, rows, columns)
    dims.insert(dims.begin(), b.dims(product)[0]);
    if (dims.size() == 1) dims.push_back(1);
    return {to_channels_first(b, b.reshape(product, dims))};
  }

 private:
  int64_t axis(size_t input, const Shape& shape) const {
    const int64_t found = normalized_axis(config.axes.size() == 1 ? config.axes[0] : config.axes[input], shape.rank());
    if (found == 0) throw ShapeError(cat("axis 0 is the batch's; received ", shape));
    return found;
  }

  // The input as (N, others, K), row-major; the dims of the others are added to `dims`.
  ops::Value matrix(ops::Builder& b, ops::Value x, size_t input, ops::Dims& dims) const {
    const Shape shape = keras_shape(b.dims(x));
    const int64_t summed = axis(input, shape);
    std::vector<int> order;
    int64_t others = 1;
    for (int64_t d = 0; d < shape.rank(); ++d) {
      if (d == summed) continue;
      order.push_back(static_cast<int>(d));
      if (d == 0) continue;
      dims.push_back(shape[d]);
      others *= shape[d];
    }
    order.push_back(static_cast<int>(summed));
    const ops::Value rows = b.reshape(b.transpose(to_channels_last(b, x), order), {shape[0], others, shape[summed]});
    return config.normalize ? normalized(b, rows) : rows;
  }

  // Keras's normalize: the length is at least 1e-7.
  static ops::Value normalized(ops::Builder& b, ops::Value rows) {
    const ops::Value squares = b.reduce(ops::Reduction::sum, b.eltwise(rows, ops::Eltwise::square), {2});
    return b.mul(rows, b.eltwise(b.binary(ops::Binary::max, squares, b.scalar(1e-14f)), ops::Eltwise::rsqrt));
  }
};

}  // namespace

Dot::Dot(DotConfig config, source_location location) : Layer(make_layer<DotImpl>(std::move(config), location)) {}

std::vector<LayerClass> dot_classes() { return {layer_class<DotImpl>("Dot")}; }

}  // namespace graft
