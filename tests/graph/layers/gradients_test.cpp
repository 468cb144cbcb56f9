#include <doctest/doctest.h>

#include "graft/graph/layers/layers.h"
#include "tests/support/layer_check.h"

using namespace graft;
using graft::test::check_graph;
using graft::test::check_layer;
using graft::test::spaced;

namespace {

Tensor image(int64_t n = 2, int64_t h = 5, int64_t w = 4, int64_t c = 3) { return spaced({n, h, w, c}); }

}  // namespace

TEST_CASE("Executed shapes and gradients: Conv2D") {
  check_layer("valid", Conv2D({.filters = 4, .kernel_size = 3, .bias_initializer = "ones"}), {{image()}});
  check_layer("same, strided", Conv2D({.filters = 4, .kernel_size = {3, 2}, .strides = 2, .padding = "same"}),
              {{image()}});
  check_layer("dilated", Conv2D({.filters = 2, .kernel_size = 2, .dilation_rate = {2, 3}, .use_bias = false}),
              {{image()}});
  check_layer("groups", Conv2D({.filters = 4, .kernel_size = 2, .groups = 2}), {{image(2, 4, 4, 6)}});
  check_layer("activation", Conv2D({.filters = 4, .kernel_size = 3, .activation = "tanh"}), {{image()}});
  check_layer("glu", Conv2D({.filters = 4, .kernel_size = 3, .activation = "glu"}), {{image()}});
}

TEST_CASE("Executed shapes and gradients: Conv2DTranspose") {
  check_layer(
      "same",
      Conv2DTranspose({.filters = 4, .kernel_size = 5, .strides = 2, .padding = "same", .bias_initializer = "ones"}),
      {{image()}});
  check_layer("valid", Conv2DTranspose({.filters = 4, .kernel_size = 3, .strides = {2, 1}}), {{image()}});
  check_layer(
      "kernel below stride",
      Conv2DTranspose(
          {.filters = 2, .kernel_size = {1, 2}, .strides = {2, 3}, .padding = "same", .bias_initializer = "ones"}),
      {{image()}});
  check_layer(
      "output padding",
      Conv2DTranspose({.filters = 2, .kernel_size = 3, .strides = 2, .padding = "same", .output_padding = {0, 1}}),
      {{image()}});
  check_layer("dilated", Conv2DTranspose({.filters = 2, .kernel_size = 2, .dilation_rate = 2, .use_bias = false}),
              {{image()}});
}

TEST_CASE("Executed shapes and gradients: depthwise and separable convolution") {
  check_layer("depthwise", DepthwiseConv2D({.kernel_size = 3, .bias_initializer = "ones"}), {{image()}});
  check_layer("multiplied", DepthwiseConv2D({.kernel_size = 3, .strides = 2, .padding = "same", .depth_multiplier = 2}),
              {{image()}});
  check_layer("separable", SeparableConv2D({.filters = 4, .kernel_size = 3, .padding = "same", .depth_multiplier = 2}),
              {{image()}});
}

TEST_CASE("Executed shapes and gradients: Dense") {
  check_layer("rank 2", Dense({.units = 4, .bias_initializer = "ones"}), {{spaced({3, 5})}});
  check_layer("rank 3", Dense({.units = 4, .activation = "sigmoid"}), {{spaced({2, 3, 5})}});
  check_layer("rank 4", Dense({.units = 2, .use_bias = false}), {{image()}});
}

TEST_CASE("Executed shapes and gradients: BatchNormalization") {
  check_layer("rank 2", BatchNormalization(), {{spaced({6, 3})}, true, 1e-2});
  check_layer("rank 3", BatchNormalization(), {{spaced({3, 4, 2})}, true, 1e-2});
  check_layer("rank 4", BatchNormalization(), {{image()}, true, 1e-2});
  check_layer("axis 1", BatchNormalization({.axis = 1}), {{image()}, true, 1e-2});
  const BatchNormalization frozen({.epsilon = 0.25, .moving_mean_initializer = Constant(0.5)});
  frozen.set_trainable(false);
  check_layer("frozen", frozen, {{image()}});
  check_layer("no scale, no shift", BatchNormalization({.center = false, .scale = false}), {{image()}, true, 1e-2});
}

TEST_CASE("Executed shapes and gradients: LayerNormalization") {
  check_layer("rank 2", LayerNormalization(), {{spaced({6, 5})}, true, 1e-2});
  check_layer("rank 3", LayerNormalization({.epsilon = 0.25}), {{spaced({3, 4, 6})}, true, 1e-2});
  check_layer("rank 4", LayerNormalization({.beta_initializer = "ones"}), {{image(2, 5, 4, 9)}, true, 1e-2});
  check_layer("two axes", LayerNormalization({.axis = {-2, -1}, .scale = false}), {{image()}, true, 1e-2});
  check_layer("all axes", LayerNormalization({.axis = {1, 2, 3}, .center = false}), {{image()}, true, 1e-2});
}

TEST_CASE("Executed shapes and gradients: every activation, on rows and on images") {
  for (const std::string_view word : ActivationWords::words) {
    // threshold has no defaults, and Keras's sparsemax jumps where the number of elements in its support changes.
    if (word == "threshold" || word == "sparsemax") continue;
    const Activation layer(ActivationFunction::parse(word));
    check_layer(std::string(word) + " of rows", layer, {{spaced({3, 8}, 6)}, true, 1e-2});
    check_layer(std::string(word) + " of images", layer, {{spaced({2, 3, 2, 4}, 6)}, true, 1e-2});
  }
}

TEST_CASE("Executed shapes and gradients: activations with settings") {
  check_layer("sparsemax", Activation("sparsemax"), {{Tensor(Shape{2, 3}, {1.f, 0.9f, -2.f, -3.f, 0.5f, 0.4f})}});
  check_layer("threshold", Activation(ActivationFunction("threshold", {{"threshold", 0.5}, {"default_value", 2.0}})),
              {{spaced({2, 25})}});
  check_layer("LeakyReLU", LeakyReLU({.negative_slope = 0.2}), {{image()}});
  check_layer("ReLU", ReLU(), {{image()}});
  check_layer("ReLU6", ReLU({.max_value = 0.5}), {{image()}});
  check_layer("ReLU, bounded and leaky", ReLU({.max_value = 0.5, .negative_slope = 0.25}), {{image()}});
  check_layer("ReLU from a threshold", ReLU({.max_value = 0.9, .negative_slope = 0.25, .threshold = 0.5}),
              {{spaced({2, 25})}});
  check_layer("PReLU", PReLU({.alpha_initializer = Constant(0.25)}), {{image()}});
  check_layer("PReLU, shared", PReLU({.alpha_initializer = Constant(0.25), .shared_axes = {1, 2}}), {{image()}});
  check_layer("PReLU of rows", PReLU({.alpha_initializer = Constant(0.25)}), {{spaced({3, 4})}});
  check_layer("ELU", ELU({.alpha = 0.5}), {{image()}});
  check_layer("Softmax", Softmax(), {{image()}});
  check_layer("Softmax of rows", Softmax({.axis = 1}), {{image()}});
  check_layer("ThresholdedReLU", ThresholdedReLU({.theta = 0.5}), {{spaced({2, 25})}});
}

TEST_CASE("Executed shapes and gradients: pooling") {
  check_layer("max", MaxPooling2D(), {{image()}});
  check_layer("max, same", MaxPooling2D({.pool_size = 3, .strides = {2, 1}, .padding = "same"}), {{image()}});
  check_layer("average", AveragePooling2D({.pool_size = {2, 3}}), {{image()}});
  check_layer("average, same", AveragePooling2D({.pool_size = 3, .strides = 2, .padding = "same"}), {{image()}});
  check_layer("global average", GlobalAveragePooling2D(), {{image()}});
  check_layer("global max", GlobalMaxPooling2D(), {{image()}});
  check_layer("kept dims", GlobalAveragePooling2D({.keepdims = true}), {{image()}});
}

TEST_CASE("Executed shapes and gradients: reshaping") {
  check_layer("Reshape", Reshape({.target_shape = {2, 5, -1}}), {{image()}});
  check_layer("Reshape rows", Reshape({.target_shape = {2, 3, 2}}), {{spaced({2, 12})}});
  check_layer("Flatten", Flatten(), {{image()}});
  check_layer("Permute", Permute({.dims = {3, 1, 2}}), {{image()}});
  check_layer("Permute rows", Permute({.dims = {2, 1}}), {{spaced({2, 3, 4})}});
  check_layer("RepeatVector", RepeatVector({.n = 3}), {{spaced({2, 4})}});
}

TEST_CASE("Executed shapes and gradients: merging") {
  const Tensor a = spaced({2, 3, 4, 2}, 2, 0, 1), b = spaced({2, 3, 4, 2}, 2, 0.011, 2),
               row = spaced({2, 2}, 2, 0.003, 3);
  const std::pair<const char*, Layer> layers[] = {
      {"Add", Add()}, {"Multiply", Multiply()}, {"Average", Average()}, {"Maximum", Maximum()}, {"Minimum", Minimum()}};
  for (const auto& [name, layer] : layers) {
    check_layer(name, layer, {{a, b}});
    check_layer(std::string(name) + ", broadcasting", layer, {{row, a}});
    check_layer(std::string(name) + " of three", layer, {{a, b, spaced({2, 1, 1, 2}, 2, 0.005, 4)}});
  }
  check_layer("Subtract", Subtract(), {{a, row}});
  check_layer("Concatenate", Concatenate(), {{a, b}});
  check_layer("Concatenate rows", Concatenate({.axis = 1}), {{a, spaced({2, 1, 4, 2})}});
  check_layer("Concatenate of rank 2", Concatenate(), {{row, spaced({2, 3})}});
  check_layer("Dot of rows", Dot({.axes = {1}}), {{spaced({2, 3}), spaced({2, 3}, 2, 0, 9)}});
  check_layer("Dot of matrices", Dot({.axes = {1, 2}}), {{spaced({2, 3, 4}), spaced({2, 5, 3})}});
  check_layer("Dot, normalized", Dot({.axes = {2}, .normalize = true}), {{spaced({2, 4, 3}), spaced({2, 5, 3})}});
}

TEST_CASE("Executed shapes and gradients: resampling, padding, cropping") {
  check_layer("nearest", UpSampling2D({.size = {2, 3}}), {{image()}});
  check_layer("bilinear", UpSampling2D({.size = {2, 3}, .interpolation = "bilinear"}), {{image()}});
  check_layer("padding", ZeroPadding2D({.padding = {{1, 0}, {2, 3}}}), {{image()}});
  check_layer("cropping", Cropping2D({.cropping = {{1, 0}, {1, 2}}}), {{image()}});
  check_layer("rescaling", Rescaling({.scale = 2, .offset = -1}), {{image()}});
}

TEST_CASE("Executed shapes and gradients: noise with a fixed seed") {
  check_layer("Dropout", Dropout(0.5), {{image()}});
  check_layer("Dropout, shared", Dropout({.rate = 0.5, .noise_shape = {Shape::none, 1, 1, 3}}), {{image()}});
  check_layer("SpatialDropout2D", SpatialDropout2D({.rate = 0.5}), {{image()}});
  check_layer("GaussianNoise", GaussianNoise({.stddev = 0.5}), {{image()}});
}

namespace {

// A function of tensors as a graph, checked on data.
template <class Function>
void check_function(const char* title, std::vector<Tensor> data, const Function& function) {
  SymbolicTensors inputs;
  for (const Tensor& tensor : data) inputs.push_back(Input({.shape = tensor.shape().without_batch()}));
  check_graph(title, *Graph::make(inputs, SymbolicTensor(function(inputs))), {std::move(data), true, 5e-3});
}

}  // namespace

TEST_CASE("Executed shapes and gradients: arithmetic") {
  const Tensor x = spaced({2, 3, 2, 4}), positive = spaced({2, 3, 2, 4}, 1, 1), row = spaced({2, 4}, 1, 1.5);
  check_function("a + 1 / b", {x, positive}, [](auto& t) { return t[0] + 1.f / t[1]; });
  check_function("ranks", {row, spaced({2}, 1, 2)}, [](auto& t) { return t[0] / expand_dims(t[1], -1) - mean(t[0]); });
  check_function("a b - 2 a", {x, positive}, [](auto& t) { return t[0] * t[1] - 2.f * t[0]; });
  check_function("pow", {positive}, [](auto& t) { return pow(t[0], 2.5); });
  check_function("pow of two", {positive, spaced({2, 3, 2, 4}, 1, 1, 5)}, [](auto& t) { return pow(t[0], t[1]); });
  check_function("sqrt log exp", {positive}, [](auto& t) { return sqrt(t[0]) + log(t[0]) * exp(-t[0]); });
  check_function("abs square sin cos erf", {x},
                 [](auto& t) { return abs(t[0]) + square(t[0]) + sin(t[0]) * cos(t[0]) + erf(t[0]); });
  check_function("rsqrt", {positive}, [](auto& t) { return rsqrt(t[0]) / 3.f; });
  check_function("clip", {x}, [](auto& t) { return clip(t[0], -0.5, 0.25); });
  check_function("bounds", {x}, [](auto& t) { return maximum(t[0], -0.5) + minimum(t[0], 0.25); });
  check_function("named", {x}, [](auto& t) { return tanh(t[0]) + sigmoid(t[0]) + relu(t[0]) + softplus(t[0]); });
  check_function("softmax", {x}, [](auto& t) { return softmax(t[0], 1) + log_softmax(t[0]); });
  check_function("steps", {x}, [](auto& t) { return t[0] * (sign(t[0]) + floor(t[0]) + round(t[0])); });
  check_function("comparisons", {x}, [](auto& t) {
    return t[0] * (greater(t[0], 0) + less_equal(t[0], 0.5) + not_equal(t[0], 0) + equal(t[0], t[0]) +
                   less(t[0], t[0]) + greater_equal(t[0], t[0]));
  });
  check_function("where", {x, positive}, [](auto& t) { return where(greater(t[0], 0), square(t[0]), t[1]); });
  check_function("where with numbers", {x},
                 [](auto& t) { return where(less(t[0], 0), 2, t[0]) + where(less(t[0], 0), t[0], 1); });
}

TEST_CASE("Executed shapes and gradients: reductions and moves") {
  const Tensor x = spaced({2, 3, 2, 4}), table = spaced({3, 4}, 2, 0, 2);
  check_function("mean of all", {x}, [](auto& t) { return mean(square(t[0])); });
  check_function("sums", {x}, [](auto& t) { return sum(square(t[0]), {1, 2}) * max(t[0], {1, 2}); });
  check_function("kept", {x}, [](auto& t) { return t[0] - mean(t[0], {-1}, true) * min(t[0], {0}, true); });
  check_function("over the batch", {table}, [](auto& t) { return mean(square(t[0]), {0}); });
  check_function("matmul", {table}, [](auto& t) { return matmul(t[0], transpose(t[0])); });
  check_function("matmul of stacks", {x, spaced({2, 4, 5}, 2, 0, 4)},
                 [](auto& t) { return matmul(reshape(t[0], {6, 4}), t[1]); });
  check_function("transpose", {x}, [](auto& t) { return transpose(t[0], {0, 3, 1, 2}); });
  check_function("slice", {x}, [](auto& t) { return slice(t[0], {0, 1, 0, 2}, {Shape::none, 2, Shape::none, 1}); });
  check_function("concat", {x}, [](auto& t) { return concat({t[0], square(t[0])}, 2); });
  check_function("rank changes", {table}, [](auto& t) { return squeeze(expand_dims(square(t[0]), 1), 1); });
  check_function("image ranks", {x}, [](auto& t) { return expand_dims(square(t[0]), 2); });
  check_function("stopped", {x}, [](auto& t) { return random_normal(t[0]) * t[0]; });
  check_function("losses of rows", {table, spaced({3}, 1, 1)}, [](auto& t) {
    const SymbolicTensor probability = softmax(t[0]);
    return mean(-log(sum(probability * one_hot(round(t[1]), 4), {-1})));
  });
}

TEST_CASE("stop_gradient, argmax and comparisons pass no gradient and give whole numbers") {
  const Tensor x(Shape{2, 3}, std::vector<float>{1, 5, 2, 9, 4, 3});
  const SymbolicTensor in = Input({.shape = {3}});
  const auto graph = Graph::make(in, {argmax(in), one_hot(argmax(in), 3), greater(in, 2.5), stop_gradient(in)});
  const std::vector<Tensor> out = graft::test::run_graph(*graph, {x});
  CHECK(bit_equal(out[0], Tensor(Shape{2}, std::vector<float>{1, 0})));
  CHECK(bit_equal(out[1], Tensor(Shape{2, 3}, std::vector<float>{0, 1, 0, 1, 0, 0})));
  CHECK(bit_equal(out[2], Tensor(Shape{2, 3}, std::vector<float>{0, 1, 0, 1, 1, 1})));
  CHECK(bit_equal(out[3], x));
}
