#include <doctest/doctest.h>

#include "graft/graph/layers/layers.h"
#include "graft/graph/node.h"
#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

namespace {

constexpr int64_t N = Shape::none;

// The shape of the first output of a layer for samples of these shapes.
Shape out(const Layer& layer, const std::vector<Shape>& samples) {
  SymbolicTensors inputs;
  for (const Shape& sample : samples) inputs.push_back(Input({.shape = sample}));
  return layer.call(inputs, {}, {}, source_location::current())[0].shape();
}

// The rule of the error that a layer throws for samples of these shapes.
std::string rule(const Layer& layer, const std::vector<Shape>& samples) {
  return error_text<ShapeError>([&] { out(layer, samples); });
}

}  // namespace

TEST_CASE("Shapes: Conv2D") {
  CHECK(out(Conv2D({.filters = 5, .kernel_size = 3}), {{7, 9, 3}}) == Shape({N, 5, 7, 5}));
  CHECK(out(Conv2D({.filters = 5, .kernel_size = {3, 2}, .strides = 2, .padding = "same"}), {{7, 6, 3}}) ==
        Shape({N, 4, 3, 5}));
  CHECK(out(Conv2D({.filters = 4, .kernel_size = 3, .dilation_rate = {2, 1}, .groups = 2}), {{7, 7, 6}}) ==
        Shape({N, 3, 5, 4}));
  CHECK(out(Conv2D({.filters = 5, .kernel_size = 3, .padding = "same"}), {{N, N, 3}}) == Shape({N, N, N, 5}));
  CHECK(out(Conv2D({.filters = 4, .kernel_size = 3, .activation = "glu"}), {{7, 7, 3}}) == Shape({N, 5, 5, 2}));
  CHECK(rule(Conv2D({.filters = 4, .kernel_size = 1, .groups = 2}), {{4, 4, 3}})
            .find("groups must divide the channels: 2 does not divide 3; received (None, 4, 4, 3)") !=
        std::string::npos);
  CHECK(rule(Conv2D({.filters = 4, .kernel_size = 1}), {{4, 4, N}})
            .find("the number of channels (axis -1) must be known") != std::string::npos);
}

TEST_CASE("Shapes: Conv2DTranspose") {
  const auto rows = [](int64_t n, int64_t k, int64_t s, const Padding& padding, OptionalSize2D extra = {}) {
    return out(
        Conv2DTranspose(
            {.filters = 2, .kernel_size = {k, 1}, .strides = {s, s}, .padding = padding, .output_padding = extra}),
        {{n, 3, 1}})[1];
  };
  CHECK(rows(4, 3, 2, "same") == 8);
  CHECK(rows(4, 1, 2, "same") == 8);
  CHECK(rows(4, 3, 2, "valid") == 9);
  CHECK(rows(4, 2, 3, "valid") == 12);
  CHECK(rows(4, 3, 2, "same", 0) == 7);
  CHECK(rows(4, 3, 2, "same", 1) == 8);
  CHECK(rows(4, 3, 2, "valid", 1) == 10);
  CHECK(rows(N, 3, 2, "same") == N);
  CHECK(rule(Conv2DTranspose({.filters = 2, .kernel_size = 3}), {{4, 3}}).find("rank 4") != std::string::npos);
  CHECK(error_text<ConfigError>([] {
          Conv2DTranspose({.filters = 2, .kernel_size = 3, .strides = 2, .output_padding = 2});
        }).find("output_padding must be less than strides; received {2, 2} and strides {2, 2}") != std::string::npos);
}

TEST_CASE("Shapes: depthwise and separable convolution") {
  CHECK(out(DepthwiseConv2D({.kernel_size = 3, .depth_multiplier = 2}), {{5, 6, 3}}) == Shape({N, 3, 4, 6}));
  CHECK(out(SeparableConv2D({.filters = 7, .kernel_size = 3, .strides = 2, .padding = "same"}), {{5, 6, 3}}) ==
        Shape({N, 3, 3, 7}));
  CHECK(rule(DepthwiseConv2D({.kernel_size = 3}), {{5}}).find("rank 4") != std::string::npos);
  CHECK(rule(SeparableConv2D({.filters = 2, .kernel_size = 3}), {{5}}).find("rank 4") != std::string::npos);
  CHECK(rule(DepthwiseConv2D({.kernel_size = 9}), {{5, 5, 1}}).find("would be empty") != std::string::npos);
}

TEST_CASE("Shapes: Dense works on the last axis of any rank from 2 on") {
  CHECK(out(Dense({.units = 5}), {{3}}) == Shape({N, 5}));
  CHECK(out(Dense({.units = 5}), {{4, 3}}) == Shape({N, 4, 5}));
  CHECK(out(Dense({.units = 5}), {{N, 4, 3}}) == Shape({N, N, 4, 5}));
  CHECK(rule(Dense({.units = 5}), {{}}).find("input must have rank 2 or more (N, ..., I); received (None,)") !=
        std::string::npos);
  CHECK(rule(Dense({.units = 5}), {{N}}).find("the number of inputs (axis -1) must be known") != std::string::npos);
}

TEST_CASE("Shapes: BatchNormalization keeps the shape and needs a known axis of features") {
  CHECK(out(BatchNormalization(), {{N, N, 3}}) == Shape({N, N, N, 3}));
  CHECK(out(BatchNormalization({.axis = 1}), {{5, 3}}) == Shape({N, 5, 3}));
  CHECK(rule(BatchNormalization({.axis = 0}), {{3}}).find("axis 0 is the batch's") != std::string::npos);
  CHECK(rule(BatchNormalization({.axis = 1}), {{N, 3}}).find("must be known") != std::string::npos);
}

TEST_CASE("Shapes: LayerNormalization keeps the shape and needs the last axes to be known") {
  CHECK(out(LayerNormalization(), {{N, N, 3}}) == Shape({N, N, N, 3}));
  CHECK(out(LayerNormalization({.axis = {2, 3}}), {{N, 4, 3}}) == Shape({N, N, 4, 3}));
  CHECK(out(LayerNormalization({.axis = {1}}), {{4, 3}}) == Shape({N, 4, 3}));
  CHECK(rule(LayerNormalization({.axis = {3}}), {{3}}).find("axis must be from -2 to 1 for rank 2; received 3") !=
        std::string::npos);
  CHECK(rule(LayerNormalization(), {{4, N}}).find("the number of features (axis -1) must be known") !=
        std::string::npos);
  CHECK(rule(LayerNormalization({.axis = {-2, -1}}), {{N, 4}}).find("the number of features (axis -2)") !=
        std::string::npos);
  const LayerNormalization images({.axis = {1, 2}});
  images(Input({.shape = {4, 3}}));
  CHECK(rule(images, {{5, 3}}).find("the weights were made for features (4, 3); received (None, 5, 3)") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([] {
          LayerNormalization({.axis = std::vector<int64_t>()});
        }).find("axis must name one axis or more; received none.") != std::string::npos);
  CHECK(error_text<ConfigError>([] {
          LayerNormalization({.epsilon = 0});
        }).find("epsilon must be above 0; received 0.") != std::string::npos);
}

TEST_CASE("Shapes: activations keep the shape") {
  const std::vector<Shape> image{{4, N, 6}};
  const Shape same{N, 4, N, 6};
  CHECK(out(Activation("softmax"), image) == same);
  CHECK(out(Activation("glu"), image) == Shape({N, 4, N, 3}));
  CHECK(out(LeakyReLU(), image) == same);
  CHECK(out(ReLU(), image) == same);
  CHECK(out(ELU(), image) == same);
  CHECK(out(Softmax({.axis = 1}), image) == same);
  CHECK(out(ThresholdedReLU(), image) == same);
  CHECK(out(PReLU({.shared_axes = {1, 2}}), image) == same);
  CHECK(rule(PReLU(), image).find("alpha needs known dimensions") != std::string::npos);
  CHECK(rule(Activation("glu"), {{5}}).find("must be even; received (None, 5)") != std::string::npos);
  CHECK(rule(Softmax({.axis = 3}), {{5}}).find("axis must be from -2 to 1 for rank 2; received 3") !=
        std::string::npos);
}

TEST_CASE("Shapes: pooling") {
  CHECK(out(MaxPooling2D(), {{7, 6, 3}}) == Shape({N, 3, 3, 3}));
  CHECK(out(MaxPooling2D({.pool_size = 3, .strides = {2, 1}, .padding = "same"}), {{7, 6, 3}}) == Shape({N, 4, 6, 3}));
  CHECK(out(AveragePooling2D({.pool_size = {2, 3}}), {{7, N, 3}}) == Shape({N, 3, N, 3}));
  CHECK(out(GlobalAveragePooling2D(), {{N, N, 3}}) == Shape({N, 3}));
  CHECK(out(GlobalMaxPooling2D({.keepdims = true}), {{5, 4, 3}}) == Shape({N, 1, 1, 3}));
  CHECK(rule(MaxPooling2D({.pool_size = 8}), {{7, 7, 1}}).find("would be empty") != std::string::npos);
  CHECK(rule(AveragePooling2D(), {{7, 7}}).find("rank 4") != std::string::npos);
  CHECK(rule(GlobalAveragePooling2D(), {{7}}).find("rank 4") != std::string::npos);
}

TEST_CASE("Shapes: reshaping") {
  CHECK(out(Reshape({.target_shape = {3, -1}}), {{4, 6}}) == Shape({N, 3, 8}));
  CHECK(out(Reshape({.target_shape = {3, -1}}), {{N, 6}}) == Shape({N, 3, N}));
  CHECK(out(Reshape({.target_shape = {}}), {{1}}) == Shape({N}));
  CHECK(out(Flatten(), {{4, 6, 2}}) == Shape({N, 48}));
  CHECK(out(Flatten(), {{4, N}}) == Shape({N, N}));
  CHECK(out(Flatten(), {{}}) == Shape({N, 1}));
  CHECK(out(Permute({.dims = {3, 1, 2}}), {{4, 5, 6}}) == Shape({N, 6, 4, 5}));
  CHECK(out(RepeatVector({.n = 3}), {{5}}) == Shape({N, 3, 5}));
  CHECK(rule(Reshape({.target_shape = {5}}), {{4}})
            .find("a sample of 4 values does not fit target_shape (5,) of 5; received (None, 4)") != std::string::npos);
  CHECK(rule(Reshape({.target_shape = {3, -1}}), {{4}}).find("does not fit") != std::string::npos);
  CHECK(rule(Permute({.dims = {2, 1}}), {{4}}).find("rank 3") != std::string::npos);
  CHECK(rule(RepeatVector({.n = 3}), {{4, 4}}).find("rank 2") != std::string::npos);
  CHECK(error_text<ConfigError>([] { Reshape({.target_shape = {-1, -1}}); }).find("leave one dimension open") !=
        std::string::npos);
}

TEST_CASE("Shapes: merging broadcasts behind the batch, as Keras does") {
  CHECK(out(Add(), {{4, 5, 3}, {3}}) == Shape({N, 4, 5, 3}));
  CHECK(out(Multiply(), {{1, 1, 3}, {4, N, 3}}) == Shape({N, 4, N, 3}));
  CHECK(out(Average(), {{3}, {3}, {1}}) == Shape({N, 3}));
  CHECK(out(Minimum(), {{2, 3}, {2, 1}}) == Shape({N, 2, 3}));
  CHECK(out(Subtract(), {{3}, {3}}) == Shape({N, 3}));
  CHECK(out(Concatenate(), {{4, 3}, {4, 2}}) == Shape({N, 4, 5}));
  CHECK(out(Concatenate({.axis = 1}), {{N, 3}, {4, 3}}) == Shape({N, N, 3}));
  CHECK(out(Concatenate(), {{N, 3}, {4, 2}}) == Shape({N, 4, 5}));
  CHECK(out(Dot({.axes = {2}}), {{4, 3}, {5, 3}}) == Shape({N, 4, 5}));
  CHECK(out(Dot({.axes = {1, 2}}), {{3, 4}, {5, 3}}) == Shape({N, 4, 5}));
  CHECK(out(Dot({.axes = {1}}), {{3}, {3}}) == Shape({N, 1}));
  CHECK(rule(Add(), {{3}, {4}}).find("(None, 3) and (None, 4)") != std::string::npos);
  CHECK(rule(Concatenate(), {{4, 3}, {5, 2}})
            .find("all dimensions but axis 2 must be equal to those of (None, 4, 3); received (None, 5, 2)") !=
        std::string::npos);
  CHECK(rule(Concatenate(), {{4, 3}, {4}}).find("must be equal") != std::string::npos);
  CHECK(rule(Dot({.axes = {1}}), {{3}, {4}}).find("the axes must have equal sizes: 3 of (None, 3) and 4") !=
        std::string::npos);
}

TEST_CASE("Shapes: resampling, padding and cropping") {
  CHECK(out(UpSampling2D({.size = {2, 3}}), {{4, N, 1}}) == Shape({N, 8, N, 1}));
  CHECK(out(ZeroPadding2D({.padding = {{1, 2}, {3, 4}}}), {{4, 5, 1}}) == Shape({N, 7, 12, 1}));
  CHECK(out(ZeroPadding2D({.padding = {1, 2}}), {{4, N, 1}}) == Shape({N, 6, N, 1}));
  CHECK(out(Cropping2D({.cropping = {{1, 0}, {0, 2}}}), {{4, 5, 1}}) == Shape({N, 3, 3, 1}));
  CHECK(rule(UpSampling2D(), {{4}}).find("rank 4") != std::string::npos);
  CHECK(rule(ZeroPadding2D(), {{4}}).find("rank 4") != std::string::npos);
  CHECK(error_text<ConfigError>([] {
          ZeroPadding2D({.padding = {{1, 2}, {3, -4}}});
        }).find("padding must be at least 0; received ") != std::string::npos);
}

TEST_CASE("Shapes: noise and rescaling keep the shape") {
  CHECK(out(Dropout({.rate = 0.5, .noise_shape = {N, 1, 3}}), {{4, 3}}) == Shape({N, 4, 3}));
  CHECK(out(SpatialDropout2D({.rate = 0.5}), {{4, 3, 2}}) == Shape({N, 4, 3, 2}));
  CHECK(out(GaussianNoise({.stddev = 1}), {{4}}) == Shape({N, 4}));
  CHECK(out(Rescaling({.scale = 2}), {{4}}) == Shape({N, 4}));
  CHECK(rule(Dropout({.rate = 0.5, .noise_shape = {N, 2, 3}}), {{4, 3}}).find("noise_shape (None, 2, 3)") !=
        std::string::npos);
  CHECK(rule(SpatialDropout2D({.rate = 0.5}), {{4, 3}}).find("rank 4") != std::string::npos);
}

TEST_CASE("Shapes: a cell takes a step and its states") {
  CHECK(out(GRUCell({.units = 3}), {{5}, {3}}) == Shape({N, 3}));
  CHECK(out(LSTMCell({.units = 3}), {{5}, {3}, {3}}) == Shape({N, 3}));
  CHECK(rule(GRUCell({.units = 3}), {{5}, {3}, {3}}).find("takes 1 states; received 2") != std::string::npos);
  CHECK(rule(LSTMCell({.units = 3}), {{5}, {3}, {4}}).find("state 1 must have shape (None, 3); received (None, 4)") !=
        std::string::npos);
}

TEST_CASE("Shapes: Input") {
  CHECK(Input({.shape = {N, 3}}).shape() == Shape({N, N, 3}));
  CHECK(Input({.shape = {}, .batch_size = 4}).shape() == Shape({4}));
  CHECK(Input({.shape = {3}, .dtype = "int32"}).dtype() == DType::s32);
  CHECK(error_text<ConfigError>([] { Input({.shape = {3}, .dtype = "float33"}); }).find("float33") !=
        std::string::npos);
}

TEST_CASE("Shapes: arithmetic broadcasts as NumPy does") {
  const SymbolicTensor rows = Input({.shape = {}}), table = Input({.shape = {3}}), image = Input({.shape = {4, 5, 3}});
  CHECK((table + expand_dims(rows, -1)).shape() == Shape({N, 3}));
  CHECK((image * table).shape() == Shape({N, 4, 5, 3}));
  CHECK((2.f - image / 3.f).shape() == image.shape());
  CHECK(mean(image).shape() == Shape({}));
  CHECK((table - mean(image)).shape() == Shape({N, 3}));
  CHECK(mean(image, {1, 2}).shape() == Shape({N, 3}));
  CHECK(sum(image, {-1}, true).shape() == Shape({N, 4, 5, 1}));
  CHECK(max(image, {0}).shape() == Shape({4, 5, 3}));
  CHECK(min(image, {}, true).shape() == Shape({1, 1, 1, 1}));
  CHECK(matmul(table, transpose(table)).shape() == Shape({N, N}));
  CHECK(transpose(image, {0, 3, 1, 2}).shape() == Shape({N, 3, 4, 5}));
  CHECK(squeeze(expand_dims(table, 1), 1).shape() == table.shape());
  CHECK(one_hot(rows, 7).shape() == Shape({N, 7}));
  CHECK(argmax(table).shape() == Shape({N}));
  CHECK(slice(image, {0, 1, 0, 2}, {N, 2, N, 1}).shape() == Shape({N, 2, 5, 1}));
  CHECK(concat({table, table}).shape() == Shape({N, 6}));
  CHECK(reshape(image, {20, 3}).shape() == Shape({N, 20, 3}));
  CHECK(where(greater(table, 0), table, 0.5).shape() == table.shape());
  CHECK(random_normal(image).shape() == image.shape());
  CHECK(log_softmax(pow(table, 2)).shape() == table.shape());
  CHECK(maximum(table, 0.f).shape() == minimum(table, table).shape());
  CHECK(error_text<ShapeError>([&] {
          slice(table, {0, 2}, {N, 2});
        }).find("a slice from 2 of 2 is not within axis 1; received (None, 3)") != std::string::npos);
  CHECK(error_text<ShapeError>([&] { squeeze(table, 1); }).find("axis 1 must have size 1") != std::string::npos);
  CHECK(error_text<ShapeError>([&] { mean(table, {1, -1}); }).find("axis -1 is named twice") != std::string::npos);
  CHECK(error_text<ShapeError>([&] { matmul(image, image); }).find("the inner dimensions must be equal") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([&] { clip(table, 2, 1); }).find("x_min must not be above x_max; received 2 and 1") !=
        std::string::npos);
}

TEST_CASE("Arithmetic that Keras has layers for is recorded as these layers") {
  const SymbolicTensor a = Input({.shape = {3}}), b = Input({.shape = {3}});
  const auto class_of = [](const SymbolicTensor& x) { return x.node()->layer().class_name(); };
  CHECK(class_of(a + b) == "Add");
  CHECK(class_of(a - b) == "Subtract");
  CHECK(class_of(a * b) == "Multiply");
  CHECK(class_of(maximum(a, b)) == "Maximum");
  CHECK(class_of(minimum(a, b)) == "Minimum");
  CHECK(class_of(a * 2.f + 1) == "Rescaling");
  CHECK(class_of(-a) == "Rescaling");
  CHECK(class_of(tanh(a)) == "Activation");
  CHECK(class_of(concat({a, b})) == "Concatenate");
}
