#include <doctest/doctest.h>

#include "graft/graph/layers/layers.h"
#include "tests/support/layer_check.h"

using namespace graft;
using graft::test::check_layer;
using graft::test::run_graph;
using graft::test::run_layer;
using graft::test::spaced;

namespace {

using Values = std::vector<float>;

Values values(const Tensor& tensor) { return {tensor.data<float>().begin(), tensor.data<float>().end()}; }

// 1, 2, ... in this shape.
Tensor counted(const Shape& shape) {
  Values numbers;
  for (int64_t i = 1; i <= shape.elements(); ++i) numbers.push_back(static_cast<float>(i));
  return Tensor(shape, std::move(numbers));
}

// The layer with this kernel and no bias.
Layer with_kernel(const Layer& layer, const Shape& input, const Shape& kernel, const Values& numbers) {
  layer(Input({.shape = input.without_batch()}));
  layer.set_weights({Tensor(kernel, numbers)});
  return layer;
}

// Kernel (1, 10, 100) over the steps 1 to 5.
Values convolved(Conv1DConfig config) {
  config.use_bias = false;
  const Tensor series = counted({1, 5, 1});
  return values(run_layer(with_kernel(Conv1D(config), series.shape(), {3, 1, 1}, {1, 10, 100}), {series}));
}

// Kernel 1, 2, 3 spread from the steps 1 and 10.
Values spread(Conv1DTransposeConfig config) {
  config.use_bias = false;
  const Tensor series(Shape{1, 2, 1}, {1, 10});
  return values(run_layer(with_kernel(Conv1DTranspose(config), series.shape(), {3, 1, 1}, {1, 2, 3}), {series}));
}

}  // namespace

TEST_CASE("Conv1D: every padding, strided and dilated") {
  CHECK(convolved({.filters = 1, .kernel_size = 3}) == Values{321, 432, 543});
  CHECK(convolved({.filters = 1, .kernel_size = 3, .padding = "same"}) == Values{210, 321, 432, 543, 54});
  CHECK(convolved({.filters = 1, .kernel_size = 3, .padding = "causal"}) == Values{100, 210, 321, 432, 543});
  CHECK(convolved({.filters = 1, .kernel_size = 3, .strides = 2, .padding = "causal"}) == Values{100, 321, 543});
  CHECK(convolved({.filters = 1, .kernel_size = 3, .padding = "causal", .dilation_rate = 2}) ==
        Values{100, 200, 310, 420, 531});
}

TEST_CASE("Conv3D: a kernel over three layers of a volume") {
  const Tensor volume = counted({1, 3, 1, 1, 1});
  const Conv3D conv({.filters = 1, .kernel_size = {2, 1, 1}, .use_bias = false});
  CHECK(values(run_layer(with_kernel(conv, volume.shape(), {2, 1, 1, 1, 1}, {1, 10}), {volume})) == Values{21, 32});
}

TEST_CASE("Convolutions: the second axis holds the channels in channels_first, and softmax is over the last axis") {
  const Tensor series = counted({1, 2, 3});
  const Conv1D conv({.filters = 2, .kernel_size = 1, .data_format = "channels_first", .use_bias = false});
  const Tensor y = run_layer(with_kernel(conv, series.shape(), {1, 2, 2}, {1, 2, 10, 20}), {series});
  CHECK(y.shape() == Shape({1, 2, 3}));
  CHECK(values(y) == Values{41, 52, 63, 82, 104, 126});
  const Conv1D even({.filters = 2,
                     .kernel_size = 1,
                     .data_format = "channels_first",
                     .activation = "softmax",
                     .use_bias = false,
                     .kernel_initializer = "zeros"});
  CHECK(values(run_layer(even, {counted({1, 1, 4})})) == Values(8, 0.25F));
}

TEST_CASE("Convolutions: a later call in channels_first may have other sizes, but not other channels") {
  const Conv2D conv({.filters = 2, .kernel_size = 1, .data_format = "channels_first"});
  conv(Input({.shape = {3, 5, 6}}));
  CHECK(conv(Input({.shape = {3, 7, 8}})).shape() == Shape({Shape::none, 2, 7, 8}));
  CHECK_THROWS_AS(conv(Input({.shape = {4, 5, 6}})), ShapeError);
}

TEST_CASE("Conv1D: an activation counts the axes of the series, and LoRA adds a product to the kernel") {
  const Tensor zeros(Shape{1, 4, 1}, {0, 0, 0, 0});
  const Conv1D steps({.filters = 2, .kernel_size = 1, .activation = {"softmax", {{"axis", 1}}}});
  CHECK(values(run_layer(steps, {zeros})) == Values(8, 0.25F));
  const Conv1D conv({.filters = 1, .kernel_size = 2, .use_bias = false, .lora_rank = 1, .lora_alpha = 2});
  conv(Input({.shape = {3, 1}}));
  conv.set_weights({Tensor(Shape{2, 1, 1}, {1, 10}), Tensor(Shape{2, 1, 1}, {1, 2}), Tensor(Shape{1, 1}, {50})});
  CHECK(values(run_layer(conv, {counted({1, 3, 1})})) == Values{101 + 420, 202 + 630});
}

TEST_CASE("Conv1DTranspose and Conv3DTranspose crop and fill as Keras does") {
  CHECK(spread({.filters = 1, .kernel_size = 3, .strides = 2}) == Values{1, 2, 13, 20, 30});
  CHECK(spread({.filters = 1, .kernel_size = 3, .strides = 2, .padding = "same"}) == Values{1, 2, 13, 20});
  CHECK(spread({.filters = 1, .kernel_size = 3, .strides = 2, .output_padding = 1}) == Values{1, 2, 13, 20, 30, 0});
  CHECK(spread({.filters = 1, .kernel_size = 3, .dilation_rate = 2}) == Values{1, 10, 2, 20, 3, 30});
  const Tensor volume(Shape{1, 1, 2, 1, 1}, {1, 10});
  const Conv3DTranspose conv({.filters = 1, .kernel_size = {1, 3, 1}, .strides = {1, 2, 1}, .use_bias = false});
  CHECK(values(run_layer(with_kernel(conv, volume.shape(), {1, 3, 1, 1, 1}, {1, 2, 3}), {volume})) ==
        Values{1, 2, 13, 20, 30});
}

TEST_CASE("DepthwiseConv1D and SeparableConv1D: the multiplier counts fastest") {
  const Tensor series(Shape{1, 1, 2}, {1, 10});
  const DepthwiseConv1D depthwise({.kernel_size = 1, .depth_multiplier = 2, .use_bias = false});
  CHECK(values(run_layer(with_kernel(depthwise, series.shape(), {1, 2, 2}, {1, 2, 3, 4}), {series})) ==
        Values{1, 2, 30, 40});
  const SeparableConv1D separable({.filters = 1, .kernel_size = 1, .depth_multiplier = 2, .use_bias = false});
  separable(Input({.shape = {1, 2}}));
  separable.set_weights({Tensor(Shape{1, 2, 2}, {1, 2, 3, 4}), Tensor(Shape{1, 4, 1}, {1, 1, 2, 2})});
  CHECK(values(run_layer(separable, {series})) == Values{1 + 2 + 60 + 80});
}

TEST_CASE("LocallyConnected1D and LocallyConnected2D: each window has a kernel and a bias") {
  const Tensor series = counted({1, 5, 1});
  const LocallyConnected1D steps({.filters = 1, .kernel_size = 2, .strides = 3});
  steps(Input({.shape = {5, 1}}));
  steps.set_weights({Tensor(Shape{2, 2, 1}, {1, 10, 100, 1000}), Tensor(Shape{2, 1}, {0.5F, 0.25F})});
  CHECK(values(run_layer(steps, {series})) == Values{21.5F, 5400.25F});
  const Tensor image = counted({1, 2, 1, 2});  // pixels (1, 2) and (3, 4)
  const auto first = [&](const DataFormat& format) {
    const LocallyConnected2D layer({.filters = 1, .kernel_size = {2, 1}, .data_format = format, .use_bias = false});
    const bool turned = format == "channels_first";
    const Tensor x = turned ? Tensor(Shape{1, 2, 2, 1}, {1, 3, 2, 4}) : image;
    return values(run_layer(with_kernel(layer, x.shape(), {1, 4, 1}, {1, 10, 100, 1000}), {x}));
  };
  CHECK(first("channels_last") == Values{1 + 20 + 300 + 4000});   // by pixels, then channels
  CHECK(first("channels_first") == Values{1 + 30 + 200 + 4000});  // by channels, then pixels
}

TEST_CASE("Poolings of series and volumes") {
  const Tensor series = counted({1, 5, 1}), volume = counted({1, 2, 2, 2, 1});
  CHECK(values(run_layer(MaxPooling1D(), {series})) == Values{2, 4});
  CHECK(values(run_layer(AveragePooling1D({.padding = "same"}), {series})) == Values{1.5F, 3.5F, 5});
  CHECK(values(run_layer(MaxPooling3D({.pool_size = {1, 2, 2}}), {volume})) == Values{4, 8});
  CHECK(values(run_layer(AveragePooling3D(), {volume})) == Values{4.5F});
  CHECK(values(run_layer(GlobalMaxPooling1D(), {series})) == Values{5});
  CHECK(values(run_layer(GlobalAveragePooling3D(), {volume})) == Values{4.5F});
  CHECK(run_layer(GlobalMaxPooling3D({.keepdims = true}), {volume}).shape() == Shape({1, 1, 1, 1, 1}));
  const Tensor first = counted({1, 2, 3});
  CHECK(values(run_layer(GlobalAveragePooling1D({.data_format = "channels_first"}), {first})) == Values{2, 5});
  CHECK(values(run_layer(MaxPooling1D({.pool_size = 3, .data_format = "channels_first"}), {first})) == Values{3, 6});
}

TEST_CASE("GlobalAveragePooling1D: masked steps do not count") {
  const SymbolicTensor x = Input({.shape = {3, 2}}), mask = Input({.shape = {3}});
  const SymbolicTensor y = GlobalAveragePooling1D()(x, {.mask = {mask}});
  const Tensor steps(Shape{1, 3, 2}, {1, 2, 3, 4, 50, 60}), counts(Shape{1, 3}, {1, 1, 0});
  CHECK(values(run_graph(*Graph::make({x, mask}, {y}), {steps, counts})[0]) == Values{2, 3});
}

TEST_CASE("Adaptive poolings share the pixels evenly") {
  const Tensor series = counted({1, 5, 1});
  CHECK(values(run_layer(AdaptiveAveragePooling1D({.output_size = 2}), {series})) == Values{2, 4});
  CHECK(values(run_layer(AdaptiveMaxPooling1D({.output_size = 3}), {series})) == Values{2, 4, 5});
  const Tensor image = counted({1, 1, 2, 3});
  const AdaptiveMaxPooling2D rows({.output_size = {2, 1}, .data_format = "channels_first"});
  CHECK(values(run_layer(rows, {image})) == Values{3, 6});
  CHECK(values(run_layer(AdaptiveAveragePooling2D({.output_size = 1}), {counted({1, 2, 3, 1})})) == Values{3.5F});
  const Tensor volume = counted({1, 3, 1, 2, 1});
  CHECK(values(run_layer(AdaptiveMaxPooling3D({.output_size = {2, 1, 1}}), {volume})) == Values{4, 6});
  CHECK(values(run_layer(AdaptiveAveragePooling3D({.output_size = {1, 1, 2}}), {volume})) == Values{3, 4});
}

TEST_CASE("Cropping, padding and up-sampling of series and volumes") {
  const Tensor series = counted({1, 5, 1}), volume = counted({1, 1, 1, 2, 1});
  CHECK(values(run_layer(Cropping1D({.cropping = {1, 2}}), {series})) == Values{2, 3});
  CHECK(values(run_layer(ZeroPadding1D({.padding = {1, 0}}), {series})) == Values{0, 1, 2, 3, 4, 5});
  CHECK(values(run_layer(UpSampling1D(), {volume.reshaped({1, 2, 1})})) == Values{1, 1, 2, 2});
  CHECK(values(run_layer(Cropping3D({.cropping = {0, 0, 1}}), {counted({1, 1, 1, 3, 1})})) == Values{2});
  CHECK(values(run_layer(ZeroPadding3D({.padding = {{0, 1}, {0, 0}, {0, 0}}}), {volume})) == Values{1, 2, 0, 0});
  CHECK(values(run_layer(UpSampling3D({.size = {1, 2, 1}}), {volume})) == Values{1, 2, 1, 2});
  const UpSampling2D wide({.size = {1, 2}, .data_format = "channels_first", .interpolation = "bilinear"});
  CHECK(values(run_layer(wide, {counted({1, 1, 1, 2})})) == Values{1, 1.25F, 1.75F, 2});
}

TEST_CASE("Flatten: channels_first moves the channels behind first") {
  CHECK(values(run_layer(Flatten({.data_format = "channels_first"}), {counted({1, 2, 3})})) ==
        Values{1, 4, 2, 5, 3, 6});
}

TEST_CASE("Resizing crops and pads to the proportions of the output") {
  const Tensor image = counted({1, 2, 4, 1});
  const Resizing cropped({.height = 1, .width = 1, .interpolation = "nearest", .crop_to_aspect_ratio = true});
  CHECK(values(run_layer(cropped, {image})) == Values{7});
  const Resizing padded(
      {.height = 2, .width = 2, .interpolation = "nearest", .pad_to_aspect_ratio = true, .fill_value = 9});
  CHECK(values(run_layer(padded, {image})) == Values{2, 4, 9, 9});
  const Resizing mean({.height = 1, .width = 1, .antialias = true});
  CHECK(values(run_layer(mean, {counted({1, 1, 2, 1})})) == Values{1.5F});
}

TEST_CASE("CenterCrop takes the middle, or enlarges what is too small") {
  CHECK(values(run_layer(CenterCrop({.height = 2, .width = 2}), {counted({1, 3, 3, 1})})) == Values{1, 2, 4, 5});
  CHECK(values(run_layer(CenterCrop({.height = 2, .width = 2}), {counted({1, 1, 2, 1})})) == Values{1, 1, 1, 1});
}

TEST_CASE("RandomCrop: a part of the image in training, the whole image otherwise") {
  const Tensor image = counted({2, 4, 4, 1});
  const RandomCrop crop({.height = 2, .width = 2});
  CHECK(values(run_layer(crop, {image})) == values(image));
  const Values part = values(run_layer(crop, {image}, true));
  REQUIRE(part.size() == 8);
  const auto first = static_cast<int>(part[0]) - 1;
  CHECK(first / 4 <= 2);
  CHECK(first % 4 <= 2);
  for (const size_t i : {0, 1, 2, 3}) {
    CHECK(part[i] == part[0] + Values{0, 1, 4, 5}[i]);
    CHECK(part[i + 4] == part[i] + 16);
  }
}

TEST_CASE("Executed shapes and gradients: convolutions of series and volumes") {
  const Tensor series = spaced({2, 6, 4}), volume = spaced({1, 3, 4, 3, 2}), image = spaced({2, 4, 5, 3});
  check_layer("Conv1D", Conv1D({.filters = 4, .kernel_size = 3, .padding = "causal", .activation = "tanh"}),
              {{series}});
  check_layer("groups", Conv1D({.filters = 4, .kernel_size = 2, .strides = 2, .groups = 2}), {{series}});
  check_layer("Conv3D", Conv3D({.filters = 2, .kernel_size = {2, 3, 1}, .padding = "same"}), {{volume}});
  check_layer("Conv1DTranspose", Conv1DTranspose({.filters = 3, .kernel_size = 3, .strides = 2}), {{series}});
  check_layer("Conv3DTranspose",
              Conv3DTranspose({.filters = 2, .kernel_size = 2, .strides = {1, 2, 1}, .padding = "same"}), {{volume}});
  check_layer("DepthwiseConv1D", DepthwiseConv1D({.kernel_size = 3, .depth_multiplier = 2}), {{series}});
  check_layer("LocallyConnected1D", LocallyConnected1D({.filters = 3, .kernel_size = 3, .strides = 2}), {{series}});
  check_layer("LocallyConnected2D", LocallyConnected2D({.filters = 2, .kernel_size = {2, 3}, .activation = "tanh"}),
              {{image}});
  check_layer("SeparableConv1D", SeparableConv1D({.filters = 3, .kernel_size = 3, .dilation_rate = 2}), {{series}});
  check_layer("channels_first",
              Conv2D({.filters = 2, .kernel_size = 2, .data_format = "channels_first", .activation = "glu"}),
              {{spaced({2, 3, 4, 5})}});
  check_layer("channels_first, transposed",
              Conv2DTranspose({.filters = 2, .kernel_size = 2, .strides = 2, .data_format = "channels_first"}),
              {{image}});
}

TEST_CASE("Executed shapes and gradients: poolings and sizes of series and volumes") {
  const Tensor series = spaced({2, 5, 3}), volume = spaced({1, 3, 4, 3, 2}), image = spaced({2, 4, 5, 3});
  check_layer("MaxPooling1D", MaxPooling1D({.pool_size = 3, .strides = 1, .padding = "same"}), {{series}});
  check_layer("AveragePooling3D", AveragePooling3D({.pool_size = 2, .padding = "same"}), {{volume}});
  check_layer("MaxPooling2D", MaxPooling2D({.data_format = "channels_first"}), {{image}});
  check_layer("AveragePooling2D", AveragePooling2D({.data_format = "channels_first"}), {{image}});
  check_layer("AdaptiveMaxPooling3D", AdaptiveMaxPooling3D({.output_size = 2}), {{volume}});
  check_layer("AdaptiveAveragePooling1D", AdaptiveAveragePooling1D({.output_size = 3}), {{series}});
  check_layer("GlobalMaxPooling2D", GlobalMaxPooling2D({.data_format = "channels_first", .keepdims = true}), {{image}});
  check_layer("GlobalAveragePooling2D", GlobalAveragePooling2D({.data_format = "channels_first"}), {{image}});
  check_layer("Cropping2D", Cropping2D({.cropping = {{1, 1}, {1, 0}}, .data_format = "channels_first"}), {{image}});
  check_layer("ZeroPadding2D", ZeroPadding2D({.padding = {{0, 1}, {2, 0}}, .data_format = "channels_first"}),
              {{image}});
  check_layer("UpSampling3D", UpSampling3D(), {{volume}});
  check_layer("Resizing", Resizing({.height = 3, .width = 7, .interpolation = "bicubic", .antialias = true}),
              {{image}});
  check_layer("CenterCrop", CenterCrop({.height = 5, .width = 3}), {{image}});
  check_layer("Flatten", Flatten({.data_format = "channels_first"}), {{image}});
}
