// Training and running in bfloat16: the numbers stay near float32's, what is kept stays float32.

#include <doctest/doctest.h>

#include "graft/core/error.h"
#include "graft/graft.h"
#include "graft/models/zoo/resnet50.h"
#include "tests/support/bf16.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::test;

namespace {

// Two kinds of images that differ in one corner.
struct Data {
  Tensor x = noise({64, 8, 8, 3}, 1), y{Shape{64, 1}};
  Data() {
    for (int64_t n = 0; n < 64; ++n) {
      y.data<float>()[static_cast<size_t>(n)] = static_cast<float>(n % 2);
      for (int64_t i = 0; i < 12; ++i)
        x.data<float>()[static_cast<size_t>(n * 192 + i)] += 3.f * static_cast<float>(n % 2);
    }
  }
};

Model classifier() {
  set_random_seed(3);
  const auto image = Input({.shape = {8, 8, 3}});
  auto x = Conv2D({.filters = 16, .kernel_size = {3, 3}, .padding = "same"})(image);
  x = Activation("relu")(BatchNormalization()(x));
  x = Flatten()(MaxPooling2D()(x));
  return Model(image, Dense({.units = 2, .activation = "softmax"})(x));
}

float last_loss(Precision precision, Model& model) {
  const Data data;
  model.compile(
      {.optimizer = Adam({.learning_rate = 1e-2f}), .loss = "sparse_categorical_crossentropy", .precision = precision});
  float loss = 0;
  for (int i = 0; i < 20; ++i) loss = model.train_on_batch(data.x, data.y)["loss"];
  return loss;
}

}  // namespace

TEST_CASE("precision: a classifier learns in bf16 what it learns in float32" * needs_bf16()) {
  Model exact = classifier(), rounded = classifier();
  const float start = [] {
    Model fresh = classifier();
    const Data data;
    fresh.compile({.optimizer = Adam({.learning_rate = 0.f}), .loss = "sparse_categorical_crossentropy"});
    return fresh.train_on_batch(data.x, data.y)["loss"];
  }();
  const float expected = last_loss("float32", exact), found = last_loss("bf16", rounded);
  CHECK(expected < start / 4);
  CHECK(found < start / 4);
  const Data data;
  const auto scores = rounded.evaluate(data.x, data.y);
  CHECK(scores["loss"] < start / 2);
}

TEST_CASE("precision: weights, statistics and what is given out are float32, changed in small steps" * needs_bf16()) {
  Model model = classifier();
  const std::vector<Tensor> before = model.get_weights();
  const Data data;
  model.compile(
      {.optimizer = SGD({.learning_rate = 1e-5f}), .loss = "sparse_categorical_crossentropy", .precision = "bf16"});
  model.train_on_batch(data.x, data.y);
  const std::vector<Tensor> after = model.get_weights();
  for (size_t i = 0; i < before.size(); ++i) {
    CHECK(after[i].dtype() == DType::f32);
    CHECK(relative_difference(after[i], before[i]) < 0.3);
  }
  const double moved = relative_difference(after[0], before[0]);  // the kernel: less than bfloat16 could resolve
  CHECK(moved > 0);
  CHECK(moved < 1. / 256);
  const Tensor exact = model.predict(data.x), rounded = model.predict(data.x, {.precision = "bf16"});
  CHECK(rounded.dtype() == DType::f32);
  CHECK(relative_difference(rounded, exact) < 0.02);
  CHECK(relative_difference(rounded, exact) > 0);
}

TEST_CASE("precision: compile and Trainer take it" * needs_bf16()) {
  const Model model = classifier();
  const Executable executable = compile(model, {.batch = 4, .precision = "bf16"});
  CHECK(executable.precision() == "bf16");
  CHECK(executable.report().find("bf16") != std::string::npos);
  const auto image = Input({.shape = {8, 8, 3}});
  Trainer trainer({.inputs = {image},
                   .loss = mean(square(model(image))),
                   .update = model.trainable_variables(),
                   .optimizer = SGD({.learning_rate = 0.01f}),
                   .precision = "bf16"});
  const Tensor x = noise({4, 8, 8, 3}, 2);
  const float first = trainer.step({x});
  for (int i = 0; i < 10; ++i) trainer.step({x});
  CHECK(trainer.step({x}) < first);
}

TEST_CASE("precision: no run of ResNet-50 in bf16 changes a layout or the type of an image" * needs_bf16()) {
  const Executable executable = compile(zoo::resnet50({.size = 64, .classes = 10}), {.batch = 2, .precision = "bf16"});
  CHECK(executable.reorders() == 0);
  int casts = 0;
  for (const StepReport& step : executable.steps()) casts += !step.prepared && step.primitive == "cast";
  CHECK(casts == 1);  // of the input
}

TEST_CASE("precision: a word that is none is one error") {
  CHECK(error_text<ConfigError>([] {
          Precision::parse("half");
        }).find("precision must be \"float32\" or \"bf16\"; received \"half\"") != std::string::npos);
}
