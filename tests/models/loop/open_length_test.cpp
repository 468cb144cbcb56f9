#include <doctest/doctest.h>

#include "graft/graft.h"

// Models of sequences whose length only the data give.

namespace graft::test {

namespace {

// The class of each step of a sequence.
Model tagger(int64_t length) {
  const SymbolicTensor x = Input({.shape = {length, 3}});
  const SymbolicTensor y = GRU({.units = 5, .return_sequences = true})(x);
  return Model(x, Dense({.units = 4, .activation = "softmax"})(y));
}

struct Data {
  Tensor x, y;
};

Data draw(int64_t rows, int64_t length) {
  Random random(7);
  Data data{Tensor({rows, length, 3}), Tensor({rows, length}, DType::s32)};
  for (float& value : data.x.data<float>()) value = random.normal();
  for (int32_t& number : data.y.data<int32_t>()) number = static_cast<int32_t>(random.below(4));
  return data;
}

void compile_for_classes(const Model& model) {
  model.compile({.optimizer = "sgd",
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy", "sparse_top_k_categorical_accuracy"}});
}

}  // namespace

TEST_CASE("a model of sequences of any length trains on class numbers as one of a fixed length does") {
  const Model open = tagger(Shape::none), fixed = tagger(5);
  fixed.set_weights(open.get_weights());
  const Data data = draw(8, 5);
  for (const Model& model : {open, fixed}) compile_for_classes(model);
  const FitConfig config{.batch_size = 4, .epochs = 2, .verbose = 0, .shuffle = false};
  CHECK(open.fit(data.x, data.y, config).history["loss"] == fixed.fit(data.x, data.y, config).history["loss"]);
  CHECK(open.evaluate(data.x, data.y)["accuracy"] == fixed.evaluate(data.x, data.y)["accuracy"]);
  const Tensors weights = open.get_weights(), expected = fixed.get_weights();
  for (size_t i = 0; i < weights.size(); ++i) CHECK(bit_equal(weights[i], expected[i]));

  const Data longer = draw(8, 9);
  const float before = open.evaluate(longer.x, longer.y)["loss"];
  open.fit(longer.x, longer.y, {.epochs = 20, .verbose = 0});
  CHECK(open.evaluate(longer.x, longer.y)["loss"] < before);
}

TEST_CASE("a model of sequences of any length trains on one-hot classes") {
  const Model open = tagger(Shape::none);
  const Data data = draw(8, 6);
  open.compile({.optimizer = "sgd", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  const auto numbers = Input({.shape = {6}, .dtype = DType::s32});
  const Tensor hot = Model(numbers, one_hot(numbers, 4)).predict(data.y);
  const float before = open.evaluate(data.x, hot)["loss"];
  open.fit(data.x, hot, {.epochs = 20, .verbose = 0});
  CHECK(open.evaluate(data.x, hot)["loss"] < before);
}

}  // namespace graft::test
