#include "graft/graph/layers/operations/array_op.h"

#include <algorithm>
#include <numeric>

#include "graft/graph/axes.h"
#include "graft/ops/primitives/movement/gather.h"

namespace graft {

void SliceConfig::fields(FieldVisitor& field) {
  field.require("start_indices");
  field("start_indices", start_indices);
  field.require("shape");
  field("shape", shape);
}

void TransposeConfig::fields(FieldVisitor& field) { field("axes", axes); }

void AxisConfig::fields(FieldVisitor& field) { field("axis", axis); }

void TakeConfig::fields(FieldVisitor& field) { field("axis", axis); }

void ArgmaxConfig::fields(FieldVisitor& field) {
  field("axis", axis);
  field("keepdims", keepdims);
}

void OneHotConfig::fields(FieldVisitor& field) { field("num_classes", num_classes); }

void LogSoftmaxConfig::fields(FieldVisitor& field) { field("axis", axis); }

void RandomNormalConfig::fields(FieldVisitor& field) {
  field("mean", mean);
  field("stddev", stddev);
}

namespace {

Shape inserted(const Shape& shape, int64_t axis, int64_t dim) {
  std::vector<int64_t> dims = shape.dims();
  dims.insert(dims.begin() + axis, dim);
  return Shape(dims);
}

Shape erased(const Shape& shape, int64_t axis) {
  std::vector<int64_t> dims = shape.dims();
  dims.erase(dims.begin() + axis);
  return Shape(dims);
}

class SliceImpl final : public ConfiguredLayer<SliceConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Slice"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {sizes(inputs[0])}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src = keras_shape(b.dims(inputs[0]));
    const ops::Dims begin = logical_dims(Shape(config.start_indices));
    return {b.slice(inputs[0], begin, logical_dims(sizes(src)))};
  }

 private:
  Shape sizes(const Shape& input) const {
    if (input.rank() != config.shape.rank() || config.start_indices.size() != config.shape.dims().size())
      throw ShapeError(cat("start_indices and shape must name every axis; received ", input));
    Shape output = config.shape;
    for (int64_t i = 0; i < input.rank(); ++i) {
      const int64_t start = config.start_indices[static_cast<size_t>(i)], whole = input[i];
      if (output[i] == Shape::none && whole != Shape::none) output = output.with(i, whole - start);
      const bool empty = start < 0 || output[i] == 0 || (output[i] < 0 && whole != Shape::none);
      if (empty || (whole != Shape::none && start + output[i] > whole))
        throw ShapeError(
            cat("a slice from ", start, " of ", config.shape[i], " is not within axis ", i, "; received ", input));
    }
    return output;
  }
};

class TransposeImpl final : public ConfiguredLayer<TransposeConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Transpose"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    std::vector<int64_t> dims;
    for (const int axis : permutation(inputs[0])) dims.push_back(inputs[0][axis]);
    return {Shape(dims)};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const std::vector<int> order = permutation(keras_shape(b.dims(inputs[0])));
    return {to_channels_first(b, b.transpose(to_channels_last(b, inputs[0]), order))};
  }

 private:
  std::vector<int> permutation(const Shape& input) const {
    std::vector<int> order(static_cast<size_t>(input.rank()));
    std::iota(order.begin(), order.end(), 0);
    if (!config.axes) {
      std::reverse(order.begin(), order.end());
      return order;
    }
    std::vector<int> given(config.axes->begin(), config.axes->end()), sorted = given;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != order)
      throw ShapeError(cat("axes must be a permutation of 0 to ", input.rank() - 1, "; received ", input));
    return given;
  }
};

class ExpandDimsImpl final : public ConfiguredLayer<AxisConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "ExpandDims"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {inserted(inputs[0], normalized_axis(config.axis, inputs[0].rank() + 1), 1)};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src = keras_shape(b.dims(inputs[0]));
    return {reshape_keras(b, inputs[0], inserted(src, normalized_axis(config.axis, src.rank() + 1), 1).dims())};
  }
};

class SqueezeImpl final : public ConfiguredLayer<AxisConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Squeeze"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const int64_t axis = normalized_axis(config.axis, inputs[0].rank());
    if (inputs[0][axis] != 1) throw ShapeError(cat("axis ", axis, " must have size 1; received ", inputs[0]));
    return {erased(inputs[0], axis)};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src = keras_shape(b.dims(inputs[0]));
    return {reshape_keras(b, inputs[0], erased(src, normalized_axis(config.axis, src.rank())).dims())};
  }
};

class TakeImpl final : public ConfiguredLayer<TakeConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Take"; }
  size_t input_count() const override { return 2; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const Shape &x = inputs[0], &indices = inputs[1];
    check_min_rank(indices, 1, "(..., whole numbers)");
    const int64_t axis = normalized_axis(config.axis, x.rank());
    std::vector<int64_t> dims(x.begin(), x.begin() + axis);
    dims.insert(dims.end(), indices.begin(), indices.end());
    dims.insert(dims.end(), x.begin() + axis + 1, x.end());
    return {Shape(dims)};
  }
  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src[] = {keras_shape(b.dims(inputs[0])), keras_shape(b.dims(inputs[1]))};
    const int64_t axis = normalized_axis(config.axis, src[0].rank());
    int64_t outer = 1;
    for (int64_t i = 0; i < axis; ++i) outer *= src[0][i];
    const int64_t count = src[0][axis], inner = src[0].elements() / (outer * count);
    const ops::Value y = ops::gather(b, b.reshape(to_channels_last(b, inputs[0]), {outer, count, inner}),
                                     b.reshape(to_channels_last(b, inputs[1]), {src[1].elements()}));
    return {to_channels_first(b, b.reshape(y, infer(src)[0].dims()))};
  }
};

class ArgmaxImpl final : public ConfiguredLayer<ArgmaxConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Argmax"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const int64_t axis = normalized_axis(config.axis, inputs[0].rank());
    return {config.keepdims ? inputs[0].with(axis, 1) : erased(inputs[0], axis)};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src = keras_shape(b.dims(inputs[0]));
    const ops::Value y = b.argmax(inputs[0], logical_axis(config.axis, src.rank()));
    if (config.keepdims) return {y};
    return {reshape_keras(b, y, erased(src, normalized_axis(config.axis, src.rank())).dims())};
  }
};

class OneHotImpl final : public ConfiguredLayer<OneHotConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "OneHot"; }

  void check() const override { check_at_least("num_classes", config.num_classes, 1); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {inserted(inputs[0], inputs[0].rank(), config.num_classes)};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {to_channels_first(b, b.one_hot(to_channels_last(b, inputs[0]), config.num_classes))};
  }
};

class LogSoftmaxImpl final : public ConfiguredLayer<LogSoftmaxConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "LogSoftmax"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    normalized_axis(config.axis, inputs[0].rank());
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.softmax(inputs[0], logical_axis(config.axis, static_cast<int64_t>(b.dims(inputs[0]).size())), true)};
  }
};

class RandomNormalImpl final : public ConfiguredLayer<RandomNormalConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "RandomNormal"; }

  void check() const override {
    if (!(config.stddev >= 0)) throw ConfigError(cat("stddev must be at least 0; received ", config.stddev));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override { return {DType::f32}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims dims = b.dims(inputs[0]);
    return {b.random_normal(dims, static_cast<float>(config.mean), static_cast<float>(config.stddev))};
  }
};

class MatmulImpl final : public ConfiguredLayer<MatmulConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Matmul"; }
  size_t input_count() const override { return 2; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    for (const Shape& input : inputs) check_min_rank(input, 1, "(..., rows, columns)");
    const Shape a = as_matrix(inputs[0], true), b = as_matrix(inputs[1], false);
    if (a[-1] != b[-2] && a[-1] != Shape::none && b[-2] != Shape::none)
      throw ShapeError(cat("the inner dimensions must be equal: the last of ", inputs[0],
                           " and the last but one (of rank ", "1, the only one) of the other; received ", inputs[1]));
    Shape output = product(a, b);
    if (inputs[1].rank() == 1) output = erased(output, output.rank() - 1);
    if (inputs[0].rank() == 1) output = erased(output, output.rank() - (inputs[1].rank() == 1 ? 1 : 2));
    return {output};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Shape src[] = {keras_shape(b.dims(inputs[0])), keras_shape(b.dims(inputs[1]))};
    Shape left = as_matrix(src[0], true), right = as_matrix(src[1], false);
    while (left.rank() < right.rank()) left = left.prepended(1);
    while (right.rank() < left.rank()) right = right.prepended(1);
    const ops::Value y = b.matmul(b.reshape(to_channels_last(b, inputs[0]), left.dims()),
                                  b.reshape(to_channels_last(b, inputs[1]), right.dims()));
    const ops::Dims dims = infer(src)[0].dims();
    return {to_channels_first(b, b.reshape(y, dims.empty() ? ops::Dims{1} : dims))};
  }

 private:
  static Shape as_matrix(const Shape& shape, bool left) {
    if (shape.rank() > 1) return shape;
    return left ? shape.prepended(1) : Shape{shape[0], 1};
  }

  static Shape product(const Shape& a, const Shape& b) {
    const std::vector<int64_t> x(a.begin(), a.end() - 2), y(b.begin(), b.end() - 2);
    std::vector<int64_t> dims = broadcast(Shape(x), Shape(y)).dims();
    dims.push_back(a[-2]);
    dims.push_back(b[-1]);
    return Shape(dims);
  }
};

}  // namespace

Layer slice_op(SliceConfig config, source_location location) {
  return Layer(make_layer<SliceImpl>(std::move(config), location));
}
Layer transpose_op(TransposeConfig config, source_location location) {
  return Layer(make_layer<TransposeImpl>(std::move(config), location));
}
Layer expand_dims_op(AxisConfig config, source_location location) {
  return Layer(make_layer<ExpandDimsImpl>(std::move(config), location));
}
Layer squeeze_op(AxisConfig config, source_location location) {
  return Layer(make_layer<SqueezeImpl>(std::move(config), location));
}
Layer take_op(TakeConfig config, source_location location) {
  return Layer(make_layer<TakeImpl>(std::move(config), location));
}
Layer argmax_op(ArgmaxConfig config, source_location location) {
  return Layer(make_layer<ArgmaxImpl>(std::move(config), location));
}
Layer one_hot_op(OneHotConfig config, source_location location) {
  return Layer(make_layer<OneHotImpl>(std::move(config), location));
}
Layer log_softmax_op(LogSoftmaxConfig config, source_location location) {
  return Layer(make_layer<LogSoftmaxImpl>(std::move(config), location));
}
Layer random_normal_op(RandomNormalConfig config, source_location location) {
  return Layer(make_layer<RandomNormalImpl>(std::move(config), location));
}
Layer matmul_op(MatmulConfig config, source_location location) {
  return Layer(make_layer<MatmulImpl>(std::move(config), location));
}

std::vector<LayerClass> array_op_classes() {
  return {layer_class<SliceImpl>("Slice"),           layer_class<TransposeImpl>("Transpose"),
          layer_class<ExpandDimsImpl>("ExpandDims"), layer_class<SqueezeImpl>("Squeeze"),
          layer_class<ArgmaxImpl>("Argmax"),         layer_class<OneHotImpl>("OneHot"),
          layer_class<LogSoftmaxImpl>("LogSoftmax"), layer_class<RandomNormalImpl>("RandomNormal"),
          layer_class<MatmulImpl>("Matmul"),         layer_class<TakeImpl>("Take")};
}

}  // namespace graft
