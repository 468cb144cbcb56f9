#include <doctest/doctest.h>

#include <cmath>

#include "graft/graph/layers/layers.h"
#include "tests/support/layer_check.h"

using namespace graft;
using graft::test::run_graph;
using graft::test::run_layer;

namespace {

// A column of pixels with one channel, which shows one spatial axis alone.
Tensor column(const std::vector<float>& pixels) {
  return Tensor(Shape{1, static_cast<int64_t>(pixels.size()), 1, 1}, pixels);
}

std::vector<float> values(const Tensor& tensor) { return {tensor.data<float>().begin(), tensor.data<float>().end()}; }

using Values = std::vector<float>;

Values upto(int n) {
  Values pixels;
  for (int i = 1; i <= n; ++i) pixels.push_back(static_cast<float>(i));
  return pixels;
}

Layer with_kernel(const Layer& layer, const Values& kernel) {
  layer(Input({.shape = {Shape::none, 1, 1}}));
  layer.set_weights({Tensor(Shape{static_cast<int64_t>(kernel.size()), 1, 1, 1}, kernel)});
  return layer;
}

// Kernel (1, 10, 100) over 1, 2, ..., n with stride 2.
Values same(int n, int k) {
  const Values kernel = k == 3 ? Values{1, 10, 100} : Values{1, 10};
  const Conv2D conv({.filters = 1, .kernel_size = {k, 1}, .strides = {2, 1}, .padding = "same", .use_bias = false});
  return values(run_layer(with_kernel(conv, kernel), {column(upto(n))}));
}

// Kernel 1, ..., k spread from the pixels 1 and 10.
Values spread(int k, int stride, const Padding& padding) {
  const Conv2DTranspose conv(
      {.filters = 1, .kernel_size = {k, 1}, .strides = {stride, 1}, .padding = padding, .use_bias = false});
  return values(run_layer(with_kernel(conv, upto(k)), {column({1, 10})}));
}

}  // namespace

TEST_CASE("Conv2D: same padding adds the odd row at the end") {
  CHECK(same(4, 3) == Values{321, 43});
  CHECK(same(5, 3) == Values{210, 432, 54});
  CHECK(same(6, 3) == Values{321, 543, 65});
  CHECK(same(5, 2) == Values{21, 43, 5});
}

TEST_CASE("Conv2DTranspose: crops and fills as Keras does") {
  CHECK(spread(3, 2, "same") == Values{1, 2, 13, 20});
  CHECK(spread(4, 2, "same") == Values{2, 13, 24, 30});
  CHECK(spread(5, 2, "same") == Values{2, 13, 24, 35});
  CHECK(spread(1, 2, "same") == Values{1, 0, 10, 0});
  CHECK(spread(2, 3, "same") == Values{1, 2, 0, 10, 20, 0});
  CHECK(spread(3, 2, "valid") == Values{1, 2, 13, 20, 30});
}

TEST_CASE("Conv2DTranspose: rows that no window reaches hold the bias") {
  const Conv2DTranspose conv({.filters = 1, .kernel_size = {1, 1}, .strides = {2, 1}, .padding = "same"});
  conv(Input({.shape = {Shape::none, 1, 1}}));
  conv.set_weights({Tensor::full({1, 1, 1, 1}, 1), Tensor::full({1}, 5)});
  CHECK(values(run_layer(conv, {column({1, 10})})) == Values{6, 5, 15, 5});
}

TEST_CASE("AveragePooling2D: padding does not count") {
  const AveragePooling2D pool({.pool_size = 3, .strides = 2, .padding = "same"});
  const Tensor ones = run_layer(pool, {Tensor::full({1, 5, 4, 2}, 1)});
  CHECK(bit_equal(ones, Tensor::full({1, 3, 2, 2}, 1)));
}

TEST_CASE("MaxPooling2D: padding never wins over negative pixels") {
  const MaxPooling2D pool({.pool_size = {3, 1}, .strides = {2, 1}, .padding = "same"});
  CHECK(values(run_layer(pool, {column({-4, -3, -2, -1})})) == Values{-2, -1});
}

TEST_CASE("BatchNormalization: the moving variance takes the population variance of the batch") {
  const BatchNormalization norm;
  const Tensor batch(Shape{4, 1}, Values{1, 3, 5, 7});
  const Tensor y = run_layer(norm, {batch}, true);
  CHECK(y.data<float>()[3] == doctest::Approx(3 / std::sqrt(5.001)));
  const std::vector<Tensor> weights = norm.get_weights();
  CHECK(weights[2].item() == doctest::Approx(0.04));
  CHECK(weights[3].item() == doctest::Approx(1.04));
}

TEST_CASE("BatchNormalization: two calls in one model update twice, in order") {
  const BatchNormalization norm;
  const SymbolicTensor a = Input({.shape = {1}}), b = Input({.shape = {1}});
  const auto graph = Graph::make({a, b}, {norm(a), norm(b)});
  run_graph(*graph, {Tensor(Shape{2, 1}, Values{9, 11}), Tensor(Shape{2, 1}, Values{19, 21})}, true);
  CHECK(norm.get_weights()[2].item() == doctest::Approx(0.299));
}

TEST_CASE("BatchNormalization: inference and a frozen layer use the moving statistics and keep them") {
  const BatchNormalization norm({.epsilon = 0.25});
  const Tensor x(Shape{2, 1}, Values{3, 5});
  norm(Input({.shape = {1}}));
  norm.set_weights({Tensor::full({1}, 2), Tensor::full({1}, 1), Tensor::full({1}, 3), Tensor::full({1}, 3.75f)});
  const auto kept = norm.get_weights();
  const auto check_kept = [&](bool training) {
    CHECK(values(run_layer(norm, {x}, training)) == Values{1, 3});  // 2 (x - 3) / sqrt(3.75 + 0.25) + 1
    for (size_t i = 0; i < kept.size(); ++i) CHECK(bit_equal(norm.get_weights()[i], kept[i]));
  };
  check_kept(false);
  norm.set_trainable(false);
  check_kept(true);
}

// torch.nn.functional.layer_norm(x, x.shape[-axes:], gamma, beta, 1e-3) of the squares of 0, 1, ..., 11 as (1, 2, 2, 3)
TEST_CASE("LayerNormalization: over channels and over whole images it is PyTorch's, in training as in inference") {
  Tensor x(Shape{1, 2, 2, 3});
  for (size_t i = 0; i < 12; ++i) x.data<float>()[i] = static_cast<float>(i * i);
  const LayerNormalization channels, images({.axis = {1, 2, 3}});
  for (const Layer& layer : {Layer(channels), Layer(images)}) layer(Input({.shape = {2, 2, 3}}));
  channels.set_weights({Tensor(Shape{3}, Values{1, 2, 3}), Tensor(Shape{3}, Values{0, 1, -1})});
  const Tensor places(Shape{2, 2, 3}, Values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  images.set_weights({places, Tensor::full({2, 2, 3}, 1)});
  const Tensor of_channels(x.shape(), Values{-0.9804109f, 0.2156713f, 3.1177263f, -1.1706555f, 0.7964077f, 2.8173549f,
                                             -1.1945646f, 0.8834568f, 2.7585073f, -1.2038283f, 0.9183851f, 2.7339103f});
  const Tensor of_images(x.shape(), Values{1, -0.0445768f, -0.9369074f, -1.5247462f, -1.6558466f, -1.1779633f,
                                           0.0611503f, 2.2137399f, 5.4320517f, 9.8683319f, 15.6748257f, 23.0037785f});
  for (const bool training : {false, true}) {
    CHECK(relative_difference(run_layer(channels, {x}, training), of_channels) <= 1e-6);
    CHECK(relative_difference(run_layer(images, {x}, training), of_images) <= 1e-6);
  }
}

TEST_CASE("LayerNormalization: the weights are gamma, then beta, each only if it exists") {
  const auto names = [](const LayerNormalization& layer) {
    layer(Input({.shape = {5, 2}}));
    std::string text;
    for (const Variable& v : layer.weights()) text += cat(v.name(), v.shape(), ' ');
    return text;
  };
  CHECK(names(LayerNormalization()) == "gamma(2,) beta(2,) ");
  CHECK(names(LayerNormalization({.axis = {1, -1}, .center = false})) == "gamma(2, 5) ");
  CHECK(names(LayerNormalization({.scale = false})) == "beta(2,) ");
  CHECK(names(LayerNormalization({.center = false, .scale = false})).empty());
}

TEST_CASE("A call's own training argument wins over the mode of the program") {
  const SymbolicTensor x = Input({.shape = {100}});
  const Dropout dropout(0.5);
  const auto graph = Graph::make(x, {dropout(x, {.training = false}), dropout(x, {.training = true})});
  const Tensor ones = Tensor::full({1, 100}, 1);
  for (const bool training : {false, true}) {
    const std::vector<Tensor> out = run_graph(*graph, {ones}, training);
    CHECK(bit_equal(out[0], ones));
    float zeros = 0;
    for (const float value : out[1].data<float>()) {
      CHECK((value == 0 || value == 2));
      zeros += value == 0 ? 1.f : 0.f;
    }
    CHECK(zeros > 20);
    CHECK(zeros < 80);
  }
}

TEST_CASE("Merging aligns ranks behind the batch, arithmetic at the end") {
  const Tensor rows(Shape{2, 2}, Values{1, 2, 3, 4}), stack = Tensor::full({2, 2, 2}, 10);
  CHECK(values(run_layer(Add(), {rows, stack})) == Values{11, 12, 11, 12, 13, 14, 13, 14});
  const SymbolicTensor a = Input({.shape = {2}}), b = Input({.shape = {2, 2}});
  CHECK(values(run_graph(*Graph::make({a, b}, a + b), {rows, stack})[0]) == Values{11, 12, 13, 14, 11, 12, 13, 14});
}

TEST_CASE("Activations follow Keras 3") {
  const auto apply = [](const ActivationName& name, float x) {
    return run_layer(Activation(name), {Tensor(Shape{1, 1}, Values{x})}).item();
  };
  const auto near = [](double x) { return doctest::Approx(x).epsilon(1e-5); };
  CHECK(apply("leaky_relu", -2) == near(-0.4));
  CHECK(apply("hard_sigmoid", 1) == near(4. / 6));
  CHECK(apply("hard_sigmoid_v2", 1) == near(0.7));
  CHECK(apply("selu", -1) == near(1.0507009873554805 * 1.6732632423543772 * (std::exp(-1.) - 1)));
  CHECK(apply("gelu", 1) == near(0.8413447));
  CHECK(apply("silu", 1) == near(0.7310586));
  CHECK(apply("hard_silu", 1) == near(4. / 6));
  CHECK(apply("mish", 1) == near(0.8650984));
  CHECK(apply("log_sigmoid", 2) == near(-0.1269280));
  CHECK(apply("log_sigmoid", -30) == near(-30));
  CHECK(apply("hard_tanh", 2) == near(1));
  CHECK(apply("tanh_shrink", 1) == near(1 - std::tanh(1.)));
  CHECK(apply("soft_shrink", -2) == near(-1.5));
  CHECK(apply("hard_shrink", 0.4f) == near(0));
  CHECK(apply("hard_shrink", 0.6f) == near(0.6));
  CHECK(apply("softplus", 1) == near(1.3132617));
  CHECK(apply("softsign", -3) == near(-0.75));
  CHECK(apply("squareplus", 0) == near(1));
  CHECK(apply("sparse_plus", 0) == near(0.25));
  CHECK(apply("sparse_plus", -2) == near(0));
  CHECK(apply("sparse_plus", 3) == near(3));
  CHECK(apply("relu6", 7) == near(6));
}

TEST_CASE("Softmax of an image is over its channels") {
  const Tensor x(Shape{1, 1, 2, 2}, Values{0, std::log(3.f), 5, 5});
  const Tensor y = run_layer(Activation("softmax"), {x});
  CHECK(relative_difference(y, Tensor(Shape{1, 1, 2, 2}, Values{0.25f, 0.75f, 0.5f, 0.5f})) < 1e-6);
}

TEST_CASE("Reshape, Flatten and Permute move values in Keras's order") {
  const Tensor x(Shape{1, 2, 2, 3}, upto(12));
  CHECK(values(run_layer(Flatten(), {x})) == upto(12));
  CHECK(values(run_layer(Reshape({.target_shape = {3, 2, 2}}), {x})) == upto(12));
  CHECK(values(run_layer(Permute({.dims = {3, 1, 2}}), {x})) == Values{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12});
}

TEST_CASE("DepthwiseConv2D orders its channels as Keras does: multiplier fastest") {
  const DepthwiseConv2D conv({.kernel_size = 1, .depth_multiplier = 2, .use_bias = false});
  conv(Input({.shape = {1, 1, 2}}));
  conv.set_weights({Tensor(Shape{1, 1, 2, 2}, Values{1, 10, 100, 1000})});
  CHECK(values(run_layer(conv, {Tensor(Shape{1, 1, 1, 2}, Values{2, 3})})) == Values{2, 20, 300, 3000});
}
