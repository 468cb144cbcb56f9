#include <filesystem>
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>
#include "graft/core/file.h"
#include "graft/graft.h"
#include "tests/support/places.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;

// TF.js opens what Graft saves and computes the same numbers (tests/tfjs/check.mjs; tools/setup test installs TF.js).

static bool has_tfjs() { return std::filesystem::exists(npm_folder() / "node_modules/@tensorflow/tfjs"); }

static void write_f32(const std::filesystem::path& path, const Tensor& tensor) {
  write_file(path, {reinterpret_cast<const char*>(tensor.raw()), tensor.bytes()});
}

static nlohmann::json write_all(const TemporaryFolder& folder, const std::string& kind, const Tensors& tensors) {
  nlohmann::json entries = nlohmann::json::array();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string file = cat(kind, '_', i, ".f32");
    write_f32(folder / file, tensors[i]);
    entries.push_back({{"shape", tensors[i].shape().dims()}, {"file", file}});
  }
  return entries;
}

static void check_in_tfjs(const Model& model) {
  Random random(3);
  for (const auto& [path, variable] : model.named_weights()) {  // statistics as after training
    if (!path.ends_with("moving_mean") && !path.ends_with("moving_variance")) continue;
    Tensor value(variable.shape());
    for (float& x : value.data<float>()) x = random.uniform(0.5f, 1.5f);
    Variable(variable).assign(value);
  }
  Tensors inputs;
  for (const SymbolicTensor& input : model.inputs()) {
    inputs.emplace_back(input.shape().with_batch(2));
    for (float& value : inputs.back().data<float>()) value = random.uniform(-1, 1);
  }
  TemporaryFolder folder;
  model.save(folder / "model");
  const nlohmann::json test = {{"tolerance", 1e-5},
                               {"inputs", write_all(folder, "input", inputs)},
                               {"outputs", write_all(folder, "output", model.predict(inputs))}};
  write_file(folder / "case.json", test.dump());
  const ProgramResult result =
      run_program({"node", source_folder() / "tests/tfjs/check.mjs", npm_folder(), folder.path()});
  INFO(result.out, result.err);
  CHECK(result.status == 0);
  CHECK(result.out.starts_with("tfjs 4.22.0: "));
}

static Model encoder_of(int64_t dim, int64_t size) {
  auto image = Input({.shape = {size, size, 3}});
  auto x = image;
  for (const int64_t filters : {dim / 4, dim / 2, dim}) {
    x = Conv2D({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
    x = BatchNormalization()(x);
    x = LeakyReLU({.negative_slope = 0.2f})(x);
  }
  return Model(image, GlobalAveragePooling2D()(x), {.name = "encoder"});
}

static Model decoder_of(int64_t dim, int64_t size) {
  auto code = Input({.shape = {dim}});
  auto x = Dense({.units = size / 8 * (size / 8) * dim})(code);
  x = Reshape({.target_shape = {size / 8, size / 8, dim}})(x);
  for (const int64_t filters : {dim / 2, dim / 4}) {
    x = Conv2DTranspose({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
    x = BatchNormalization()(x);
    x = Activation("relu")(x);
  }
  x = Conv2DTranspose({.filters = 3, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
  return Model(code, Activation("tanh")(x), {.name = "decoder"});
}

TEST_CASE("TF.js opens the seed's autoencoder, nested and flat" * doctest::skip(!has_tfjs())) {
  const Model encoder = encoder_of(16, 32), decoder = decoder_of(16, 32);
  auto input = Input({.shape = {32, 32, 3}});
  check_in_tfjs(Model(input, decoder(encoder(input)), {.name = "nested"}));
  check_in_tfjs(Model(input, replay(decoder, replay(encoder, input)), {.name = "flat"}));
}

TEST_CASE("TF.js opens shared layers, calls at two depths, and a model inside two others" *
          doctest::skip(!has_tfjs())) {
  auto a = Input({.shape = {5}, .name = "a"}), b = Input({.shape = {5}, .name = "b"});
  const Dense shared({.units = 5, .activation = "tanh", .name = "shared"});
  auto deep = shared(Dense({.units = 5})(Dense({.units = 5})(a)));
  auto near = shared(b);
  check_in_tfjs(Model({a, b}, {Concatenate()({deep, near}), shared(shared(near)), Multiply()({deep, deep})}));

  auto p = Input({.shape = {4}});
  const Model inner(p, Dense({.units = 4})(p), {.name = "inner"});
  auto q = Input({.shape = {4}});
  const Model outer(q, inner(Dense({.units = 4})(inner(q))), {.name = "outer"});
  auto x = Input({.shape = {4}});
  check_in_tfjs(Model(x, Add()({outer(x), inner(x), inner(inner(x))})));
}

TEST_CASE("TF.js opens a Sequential, alone and nested" * doctest::skip(!has_tfjs())) {
  const Sequential stack({Input({.shape = {8, 8, 2}}), ZeroPadding2D({.padding = 1}),
                          Conv2D({.filters = 3, .kernel_size = 3}), MaxPooling2D(), PReLU(), Flatten(),
                          Dropout({.rate = 0.5f}), Dense({.units = 2, .activation = "softmax"})});
  check_in_tfjs(stack);
  auto x = Input({.shape = {8, 8, 2}});
  check_in_tfjs(Model(x, stack(UpSampling2D({.size = 2})(Cropping2D({.cropping = 2})(x)))));
}

TEST_CASE("TF.js opens normalised rows, sequences and images, over one axis and several" * doctest::skip(!has_tfjs())) {
  auto row = Input({.shape = {6}}), image = Input({.shape = {4, 5, 3}});
  const auto random = RandomNormal(0.5, 1, 7);
  auto x = LayerNormalization({.beta_initializer = random, .gamma_initializer = random})(row);
  x = LayerNormalization({.axis = {-2, -1}, .epsilon = 0.1, .scale = false})(Reshape({.target_shape = {3, 2}})(x));
  auto y = LayerNormalization({.gamma_initializer = random})(image);
  y = LayerNormalization({.axis = {1, 2, 3}, .center = false, .gamma_initializer = random})(y);
  check_in_tfjs(Model({row, image}, {x, y}));
}

TEST_CASE("TF.js opens a detector on a classifier's layers, and what cut, replace and rename give" *
          doctest::skip(!has_tfjs())) {
  const auto stage = [](const SymbolicTensor& x, int64_t filters, const char* name) {
    auto y = Conv2D({.filters = filters, .kernel_size = 3, .strides = 2, .padding = "same", .use_bias = false})(x);
    return Activation({.activation = "relu", .name = name})(BatchNormalization()(y));
  };
  auto image = Input({.shape = {16, 16, 1}});
  auto x = stage(stage(image, 4, "fine"), 4, "coarse");
  const Model classifier(image, Dense({.units = 3, .name = "classes"})(GlobalAveragePooling2D()(x)));
  auto map = Input({.shape = {Shape::none, Shape::none, 4}}), scene = Input({.shape = {32, 32, 1}});
  const Model head(map, Conv2D({.filters = 5, .kernel_size = 1})(map), {.name = "head"});
  const SymbolicTensors maps = replay(classifier, scene, {.to = {"fine", "coarse"}});
  check_in_tfjs(Model(scene, {head(maps[0]), head(maps[1])}, {.name = "detector"}));

  const auto [front, back] = cut(classifier, "fine");
  check_in_tfjs(front);
  check_in_tfjs(back);
  check_in_tfjs(replace(classifier, "classes", Dense({.units = 7, .activation = "softmax"})));
  check_in_tfjs(rename(classifier, "left"));
}
