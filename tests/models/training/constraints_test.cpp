#include <doctest/doctest.h>

#include "graft/graft.h"
#include "graft/models/training/optimizer_rules.h"
#include "tests/support/error_text.h"
#include "tests/support/keras_table.h"
#include "tests/support/program_check.h"
#include "tests/support/random_tensor.h"

using namespace graft;
using namespace graft::test;

static Constraint constraint_of(const nlohmann::ordered_json& json) {
  const auto& c = json["config"];
  const std::string name = json["class_name"];
  std::vector<int64_t> axis;
  if (c.contains("axis"))
    axis = c["axis"].is_array() ? c["axis"].get<std::vector<int64_t>>() : std::vector<int64_t>{c["axis"]};
  if (name == "MaxNorm") return MaxNorm(c["max_value"], axis);
  if (name == "UnitNorm") return UnitNorm(axis);
  if (name == "MinMaxNorm") return MinMaxNorm(c["min_value"], c["max_value"], c["rate"], axis);
  REQUIRE(name == "NonNeg");
  return NonNeg();
}

// The variable behind a run of a Program that only applies the constraint.
static Tensor constrained(const Constraint& constraint, const Tensor& weights) {
  const Variable variable("w", weights.clone());
  ops::Builder b(true);
  emit_constraint(b, constraint, variable);
  const Executable executable(b.finish({b.scalar(0)}), {.threads = 1});
  Context context = executable.context();
  context.run();
  return variable.value();
}

TEST_CASE("constraints bring weights to Keras's values") {
  const auto table = keras_table("constraints");
  REQUIRE(table.size() == 16);
  for (const auto& entry : table) {
    INFO(entry["constraint"].dump());
    const Tensor result = constrained(constraint_of(entry["constraint"]), nested_lists(entry["weights"]));
    CHECK(relative_difference(result, nested_lists(entry["result"])) < 1e-6);
  }
}

TEST_CASE("axes of constraints count from the end too, and must exist") {
  const Tensor w = random_tensor({3, 4}, 1);
  CHECK(bit_equal(constrained(MaxNorm(0.5, {-2}), w), constrained(MaxNorm(0.5, {0}), w)));
  CHECK(error_text<ConfigError>([&] { constrained(UnitNorm({2}), w); }) ==
        "the axis of UnitNorm must be one of \"w\", which has shape (3, 4); received 2.");
}

// Layers whose weights training lays out in blocks.
static Model constrained_net() {
  const auto x = Input({.shape = {8, 8, 16}});
  auto y = Conv2D(
      {.filters = 32, .kernel_size = 3, .kernel_constraint = MaxNorm(0.5, {0, 1, 2}), .bias_constraint = NonNeg()})(x);
  y = Flatten()(y);
  y = Dense({.units = 32, .kernel_constraint = UnitNorm()})(y);
  return Model(x, Dense({.units = 3, .kernel_constraint = MinMaxNorm(0.3, 0.6, 0.9)})(y));
}

TEST_CASE("a step of training ends within the constraints, without reference steps and whatever the layouts") {
  const Model model = constrained_net();
  const Tensor x = random_tensor({8, 8, 8, 16}, 2), y = random_tensor({8, 3}, 3);
  const std::vector<Tensor> start = model.get_weights();
  model.compile({.optimizer = SGD({.learning_rate = 0.5}), .loss = "mse"});
  model.train_on_batch(x, y);
  const std::vector<Tensor> ended = model.get_weights();
  const Constraint rules[] = {MaxNorm(0.5, {0, 1, 2}), NonNeg(), UnitNorm()};
  for (size_t i = 0; i < 3; ++i) CHECK(relative_difference(constrained(rules[i], ended[i]), ended[i]) < 2e-6);
  CHECK(compile(model, {.batch = 8, .training = true}).ref_steps() == 0);

  // The same step without constraints, which are then applied by themselves.
  const Model free = constrained_net();
  free.set_weights(start);
  for (const Layer& layer : free.layers())
    for (Weight& weight : layer.impl().weights) weight.constraint = {};
  free.compile({.optimizer = SGD({.learning_rate = 0.5}), .loss = "mse"});
  free.train_on_batch(x, y);
  for (size_t i = 0; i < 3; ++i)
    CHECK(relative_difference(constrained(rules[i], free.get_weights()[i]), ended[i]) < 1e-5);
}

TEST_CASE("frozen weights are not brought back to their constraints") {
  const auto x = Input({.shape = {4}});
  const Dense frozen({.units = 4, .kernel_constraint = NonNeg()});
  const Model model(x, Dense({.units = 2, .kernel_constraint = NonNeg()})(frozen(x)));
  frozen.set_trainable(false);
  const Tensor before = frozen.get_weights()[0];
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.train_on_batch(random_tensor({3, 4}, 1), random_tensor({3, 2}, 2));
  CHECK(bit_equal(frozen.get_weights()[0], before));
  const Tensor moved = model.get_weights()[2];
  for (const float value : moved.data<float>()) CHECK(value >= 0);
}
