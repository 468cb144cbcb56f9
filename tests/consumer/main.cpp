// A user's program. The first model names its layers in JSON alone, so nothing here makes the linker keep them.
#include <graft/graft.h>

#include <cstdlib>
#include <iostream>

using namespace graft;

static const char* const kJson = R"({
  "class_name": "Functional", "keras_version": "2.15.0", "backend": "tensorflow", "config": {
    "name": "told", "layers": [
      {"class_name": "InputLayer", "name": "image", "inbound_nodes": [], "config":
        {"name": "image", "batch_input_shape": [null, 8, 8, 1], "dtype": "float32"}},
      {"class_name": "Conv2D", "name": "conv", "inbound_nodes": [[["image", 0, 0, {}]]], "config":
        {"name": "conv", "filters": 4, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"}},
      {"class_name": "BatchNormalization", "name": "norm", "inbound_nodes": [[["conv", 0, 0, {}]]], "config":
        {"name": "norm"}},
      {"class_name": "LeakyReLU", "name": "leaky", "inbound_nodes": [[["norm", 0, 0, {}]]], "config":
        {"name": "leaky", "alpha": 0.2}},
      {"class_name": "Flatten", "name": "flat", "inbound_nodes": [[["leaky", 0, 0, {}]]], "config":
        {"name": "flat"}},
      {"class_name": "Dense", "name": "scores", "inbound_nodes": [[["flat", 0, 0, {}]]], "config":
        {"name": "scores", "units": 3, "activation": "softmax"}}],
    "input_layers": [["image", 0, 0]], "output_layers": [["scores", 0, 0]]}})";

static void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "not so: " << what << '\n';
  std::exit(1);
}

int main() {
  const Model told = model_from_json(kJson);
  const Tensor images = Tensor::full({5, 8, 8, 1}, 0.5f);
  const Tensor scores = told.predict(images);
  expect(scores.shape() == Shape{5, 3}, "five images have five rows of three scores");
  float total = 0;
  const Tensor first = scores.rows(0, 1);
  for (const float score : first.data<float>()) total += score;
  expect(total > 0.999f && total < 1.001f, "the scores of an image sum to 1");

  auto input = Input({.shape = {8, 8, 1}});
  Model built(input, Dense({.units = 2})(Flatten()(input)), {.name = "built"});
  built.compile({.optimizer = Adam({.learning_rate = 1e-2f}), .loss = "mse"});
  const Tensor targets(Shape{5, 2});
  const float before = built.train_on_batch(images, targets)["loss"];
  for (int step = 0; step < 20; ++step) built.train_on_batch(images, targets);
  expect(built.train_on_batch(images, targets)["loss"] < before, "training lowers the loss");

  built.save("built");
  const Tensor expected = built.predict(images);
  expect(bit_equal(load_model("built").predict(images), expected), "a saved model gives the same when loaded");
  std::cout << "a program outside the tree builds, runs, trains and saves\n";
}
