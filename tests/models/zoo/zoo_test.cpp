#include <doctest/doctest.h>

#include "graft/graft.h"
#include "graft/models/zoo/mlp.h"
#include "graft/models/zoo/mobilenet_v2.h"
#include "graft/models/zoo/resnet50.h"
#include "graft/models/zoo/unet.h"
#include "tests/support/error_text.h"

// The reference networks: Keras's names, shapes and numbers of parameters (those of keras.applications as documented),
// at image sizes that keep the tests fast.

namespace graft::test {

namespace {

Tensor random_images(const Shape& shape) {
  Tensor images(shape);
  Random random(1);
  for (float& v : images.data<float>()) v = random.uniform(-1, 1);
  return images;
}

std::string layer_name(const Model& model, int64_t index) { return model.layers()[index].name(); }

// The architecture alone makes a model of the same text, weights and all; with the weights copied the same outputs.
void check_round_trip(const Model& model, const Tensor& images) {
  const Model again = model_from_json(model.to_json());
  CHECK(again.to_json() == model.to_json());
  again.set_weights(model.get_weights());
  CHECK(bit_equal(again.predict(images), model.predict(images)));
}

}  // namespace

TEST_CASE("zoo: ResNet-50 has the names, shapes and parameters of keras.applications") {
  const Model model = zoo::resnet50();
  CHECK(model.name() == "resnet50");
  CHECK(model.count_params() == 25'636'712);
  CHECK(model.layers().size() == 177);
  CHECK(layer_name(model, 1) == "conv1_pad");
  CHECK(layer_name(model, 2) == "conv1_conv");
  CHECK(layer_name(model, 3) == "conv1_bn");
  CHECK(layer_name(model, -2) == "avg_pool");
  CHECK(layer_name(model, -1) == "predictions");
  CHECK(model.at("conv1_relu").output().shape() == Shape{Shape::none, 112, 112, 64});
  CHECK(model.at("pool1_pool").output().shape() == Shape{Shape::none, 56, 56, 64});
  CHECK(model.at("conv2_block1_0_bn").output().shape() == Shape{Shape::none, 56, 56, 256});
  CHECK(model.at("conv3_block1_1_conv").output().shape() == Shape{Shape::none, 28, 28, 128});
  CHECK(model.at("conv4_block6_2_relu").output().shape() == Shape{Shape::none, 14, 14, 256});
  CHECK(model.at("conv5_block3_add").output().shape() == Shape{Shape::none, 7, 7, 2048});
  CHECK(model.at("conv5_block3_out").output().shape() == Shape{Shape::none, 7, 7, 2048});
  CHECK(model.output().shape() == Shape{Shape::none, 1000});
}

TEST_CASE("zoo: ResNet-50 without its top, with other classes, saved and read") {
  const Model features = zoo::resnet50({.size = 32, .include_top = false});
  CHECK(features.count_params() == 23'587'712);
  CHECK(features.output().shape() == Shape{Shape::none, 1, 1, 2048});
  CHECK(layer_name(features, -1) == "conv5_block3_out");

  const Model small = zoo::resnet50({.size = 32, .channels = 1, .classes = 7});
  CHECK(small.count_params() == 23'587'712 - 2 * 7 * 7 * 64 + 2049 * 7);
  CHECK(small.output().shape() == Shape{Shape::none, 7});
  check_round_trip(small, random_images({2, 32, 32, 1}));
}

TEST_CASE("zoo: MobileNetV2 has the names, shapes and parameters of keras.applications") {
  const Model model = zoo::mobilenet_v2();
  CHECK(model.name() == "mobilenetv2_1.00_224");
  CHECK(model.count_params() == 3'538'984);
  CHECK(layer_name(model, 1) == "Conv1");
  CHECK(layer_name(model, 2) == "bn_Conv1");
  CHECK(layer_name(model, 3) == "Conv1_relu");
  CHECK(layer_name(model, 4) == "expanded_conv_depthwise");
  CHECK(layer_name(model, 8) == "expanded_conv_project_BN");
  CHECK(layer_name(model, 9) == "block_1_expand");
  CHECK(layer_name(model, -5) == "Conv_1");
  CHECK(layer_name(model, -4) == "Conv_1_bn");
  CHECK(layer_name(model, -3) == "out_relu");
  CHECK(layer_name(model, -2) == "global_average_pooling2d");
  CHECK(layer_name(model, -1) == "predictions");
  CHECK(model.at("block_1_pad").output().shape() == Shape{Shape::none, 113, 113, 96});
  CHECK(model.at("block_2_add").output().shape() == Shape{Shape::none, 56, 56, 24});
  CHECK(model.at("block_16_project_BN").output().shape() == Shape{Shape::none, 7, 7, 320});
  CHECK(model.output().shape() == Shape{Shape::none, 1000});
}

TEST_CASE("zoo: MobileNetV2 with other widths, without its top, at odd sizes, saved and read") {
  CHECK(zoo::mobilenet_v2({.size = 32, .include_top = false}).count_params() == 2'257'984);
  CHECK(zoo::mobilenet_v2({.size = 32, .alpha = 0.35, .include_top = false}).count_params() == 410'208);
  CHECK(zoo::mobilenet_v2({.size = 32, .alpha = 0.5}).count_params() == 1'987'224);
  const Model wide = zoo::mobilenet_v2({.size = 96, .alpha = 1.4});
  CHECK(wide.count_params() == 6'156'712);
  CHECK(wide.name() == "mobilenetv2_1.40_96");
  CHECK(wide.at("Conv_1").output().shape() == Shape{Shape::none, 3, 3, 1792});

  // A padding of stride 2 depends on whether the size is even: 35 -> 18 (even) -> 9 (odd) -> 5 -> 3 -> 2.
  const Model odd = zoo::mobilenet_v2({.size = 35, .alpha = 0.35, .include_top = false});
  CHECK(odd.at("block_1_pad").output().shape() == Shape{Shape::none, 19, 19, 48});
  CHECK(odd.at("block_3_pad").output().shape() == Shape{Shape::none, 11, 11, 48});
  CHECK(odd.output().shape() == Shape{Shape::none, 2, 2, 1280});
  check_round_trip(zoo::mobilenet_v2({.size = 32, .alpha = 0.35, .classes = 5}), random_images({2, 32, 32, 3}));
}

TEST_CASE("zoo: U-Net joins each level of the way down to that of the way up") {
  const Model model = zoo::unet({.size = 32, .classes = 2, .base_filters = 8, .depth = 2});
  CHECK(model.count_params() == 29'954);
  CHECK(layer_name(model, 0) == "image");
  CHECK(layer_name(model, 1) == "down1_conv1");
  CHECK(layer_name(model, -1) == "mask");
  CHECK(model.at("down2_pool").output().shape() == Shape{Shape::none, 8, 8, 16});
  CHECK(model.at("bottom_relu2").output().shape() == Shape{Shape::none, 8, 8, 32});
  CHECK(model.at("up2_concat").output().shape() == Shape{Shape::none, 16, 16, 32});
  CHECK(model.at("up1_transpose").output().shape() == Shape{Shape::none, 32, 32, 8});
  CHECK(model.output().shape() == Shape{Shape::none, 32, 32, 2});
  const Tensor images = random_images({2, 32, 32, 3});
  check_round_trip(model, images);

  const Tensor classes = model.predict(images)[0];
  CHECK(classes.data<float>()[0] + classes.data<float>()[1] == doctest::Approx(1));
  CHECK(zoo::unet({.size = 16, .depth = 1}).output().shape() == Shape{Shape::none, 16, 16, 1});
}

TEST_CASE("zoo: MLP has the layers asked for") {
  const Model model = zoo::mlp();
  CHECK(model.count_params() == 785 * 128 + 129 * 10);
  CHECK(model.output().shape() == Shape{Shape::none, 10});
  CHECK(layer_name(model, 1) == "hidden1");
  check_round_trip(model, random_images({3, 784}));
  CHECK(zoo::mlp({.inputs = 4, .hidden = {}, .classes = 2}).count_params() == 10);
  CHECK(zoo::mlp({.inputs = 4, .hidden = {3, 5}, .classes = 2}).count_params() == 15 + 20 + 12);
}

TEST_CASE("zoo: settings that make no network are refused") {
  CHECK(error_text<ConfigError>([] { zoo::resnet50({.size = 31}); }) ==
        "ResNet50Config::size must be at least 32; received 31.");
  CHECK(error_text<ConfigError>([] { zoo::resnet50({.channels = 0}); }) ==
        "ResNet50Config::channels must be at least 1; received 0.");
  CHECK(error_text<ConfigError>([] { zoo::resnet50({.classes = -1}); }) ==
        "ResNet50Config::classes must be at least 1; received -1.");
  CHECK(error_text<ConfigError>([] { zoo::mobilenet_v2({.size = 0}); }) ==
        "MobileNetV2Config::size must be at least 32; received 0.");
  CHECK(error_text<ConfigError>([] { zoo::mobilenet_v2({.alpha = 0}); }) ==
        "MobileNetV2Config::alpha must be above 0; received 0.");
  CHECK(error_text<ConfigError>([] { zoo::unet({.size = 100, .depth = 3}); }) ==
        "UNetConfig::size must be a multiple of 2^depth; received size 100 and depth 3.");
  CHECK(error_text<ConfigError>([] { zoo::unet({.depth = 80}); }) ==
        "UNetConfig::size must be a multiple of 2^depth; received size 128 and depth 80.");
  CHECK(error_text<ConfigError>([] { zoo::unet({.base_filters = 0}); }) ==
        "UNetConfig::base_filters must be at least 1; received 0.");
  CHECK(error_text<ConfigError>([] { zoo::mlp({.hidden = {8, 0}}); }) ==
        "MLPConfig::hidden must be at least 1; received 0.");
}

}  // namespace graft::test
