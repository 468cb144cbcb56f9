#include <doctest/doctest.h>

#include <cmath>

#include "graft/graft.h"
#include "tests/support/error_text.h"

// Three steps on 0.5 sum(a w^2) from (1, -2, 3), a = (1, 2, 0.5), beside PyTorch's; Keras's fixtures cover the others.

namespace graft::test {

namespace {

using Floats = std::vector<float>;

struct Bowl {
  explicit Bowl(const Optimizer& optimizer, const Floats& from = {1, -2, 3})
      : dense({.units = 3, .use_bias = false}),
        one(Input({.shape = {1}})),
        a(Input({.shape = {3}})),
        loss(sum(square(dense(one)) * a) * 0.5),
        trainer({.inputs = {one, a}, .loss = loss, .update = dense.weights(), .optimizer = optimizer}) {
    dense.set_weights({Tensor(Shape{1, 3}, from)});
  }
  float step() { return trainer.step({Tensor(Shape{1, 1}, Floats{1}), Tensor(Shape{1, 3}, Floats{1, 2, .5f})}); }
  Floats weights() const {
    const Tensor w = dense.get_weights()[0];
    return {w.data<float>().begin(), w.data<float>().end()};
  }

  Dense dense;
  SymbolicTensor one, a, loss;
  Trainer trainer;
};

void check_steps(const Optimizer& optimizer, const Floats& expected, double tolerance = 1e-5) {
  Bowl bowl(optimizer);
  for (int i = 0; i < 3; ++i) bowl.step();
  const Floats weights = bowl.weights();
  for (size_t i = 0; i < 3; ++i) CHECK(weights[i] == doctest::Approx(expected[i]).epsilon(tolerance));
}

}  // namespace

TEST_CASE("Adam, with and without amsgrad, steps as PyTorch's") {
  check_steps(Adam({.learning_rate = 0.1, .epsilon = 1e-12}), {0.70158631f, -1.7006234f, 2.7003815f});
  check_steps(Adam({.learning_rate = 0.1, .epsilon = 1e-12, .amsgrad = true}), {0.70158631f, -1.7006234f, 2.7003815f});
}

TEST_CASE("RMSprop, centered and with momentum, steps as PyTorch's") {
  check_steps(RMSprop({.learning_rate = 0.1, .momentum = 0.5, .epsilon = 1e-12, .centered = true}),
              {0.020840866f, -0.89694232f, 1.8638736f});
}

TEST_CASE("Adamax, Adagrad and Adadelta step as PyTorch's") {
  check_steps(Adamax({.learning_rate = 0.1}), {0.71549952f, -1.7076483f, 2.7050097f});
  check_steps(Adagrad({.learning_rate = 0.1, .epsilon = 1e-12}), {0.78751278f, -1.7762966f, 2.7776787f});
  check_steps(Adadelta({.learning_rate = 1}), {0.99571246f, -1.9957108f, 2.9957101f});
}

TEST_CASE("Lion moves by the rate along the sign") { check_steps(Lion({.learning_rate = 0.1}), {0.7f, -1.7f, 2.7f}); }

TEST_CASE("weight decay shrinks by rate times decay before the step") {
  // w (1 - 0.1 0.5) - 0.1 a w
  Bowl bowl(SGD({.learning_rate = 0.1, .weight_decay = 0.5}));
  bowl.step();
  const Floats weights = bowl.weights();
  CHECK(weights[0] == doctest::Approx(0.95 - 0.1));
  CHECK(weights[1] == doctest::Approx(-1.9 + 0.4));
  CHECK(weights[2] == doctest::Approx(2.85 - 0.15));
}

TEST_CASE("clipping limits elements, each gradient, or all together") {
  // gradients (1, -4, 1.5)
  Bowl by_value(SGD({.learning_rate = 1, .clipvalue = 1.2}));
  by_value.step();
  CHECK(by_value.weights() == Floats{0, -2 + 1.2f, 3 - 1.2f});
  const float norm = std::sqrt(1.f + 16 + 2.25f);
  for (const bool global : {false, true}) {
    Bowl by_norm(global ? SGD({.learning_rate = 1, .global_clipnorm = 2}) : SGD({.learning_rate = 1, .clipnorm = 2}));
    by_norm.step();
    CHECK(by_norm.weights()[1] == doctest::Approx(-2 + 4 * 2 / norm));
    CHECK(by_norm.weights()[2] == doctest::Approx(3 - 1.5 * 2 / norm));
  }
  Bowl within(SGD({.learning_rate = 1, .clipnorm = 100}));
  within.step();
  CHECK(within.weights()[1] == doctest::Approx(2));
}

TEST_CASE("global_clipnorm leaves a gradient of zeros alone") {
  Bowl bowl(SGD({.learning_rate = 1, .global_clipnorm = 2}), {0, 0, 0});
  CHECK(bowl.step() == 0);
  CHECK(bowl.weights() == Floats{0, 0, 0});
}

TEST_CASE("copies of an optimizer share rate, steps and slots; a name makes a new one") {
  const Optimizer optimizer = SGD({.learning_rate = 0.1, .momentum = 0.9});
  Bowl bowl(optimizer);
  CHECK(optimizer.slots(bowl.dense.weights()[0]).empty());
  bowl.step();
  CHECK(optimizer.iterations() == 1);
  const auto slots = optimizer.slots(bowl.dense.weights()[0]);
  REQUIRE(slots.size() == 1);
  CHECK(slots[0].first == "momentum");
  const Tensor momentum = slots[0].second.value();
  CHECK(momentum.data<float>()[1] == doctest::Approx(0.4));
  CHECK(Optimizer("Adam").learning_rate() == 0.001);
  CHECK(Optimizer("adam").iterations() == 0);
}

TEST_CASE("the learning rate can be set between steps without compiling anew") {
  Bowl bowl(SGD({.learning_rate = 1}));
  bowl.trainer.optimizer().set_learning_rate(0);
  bowl.step();
  CHECK(bowl.weights() == Floats{1, -2, 3});
  bowl.trainer.optimizer().set_learning_rate(0.5);
  bowl.step();
  CHECK(bowl.weights() == Floats{.5f, 0, 2.25f});
}

TEST_CASE("a schedule gives the rate of each step") {
  Bowl bowl(SGD({.learning_rate = PiecewiseConstantDecay({.boundaries = {0}, .values = {0.5, 0}})}));
  bowl.step();
  CHECK(bowl.weights() == Floats{.5f, 0, 2.25f});
  bowl.step();
  CHECK(bowl.weights() == Floats{.5f, 0, 2.25f});
  CHECK(error_text<ConfigError>([&] { bowl.trainer.optimizer().set_learning_rate(1); }) ==
        "[optimizer \"sgd\"] a schedule sets the learning rate.");
}

TEST_CASE("schedules follow Keras's formulas") {
  const Schedule decay = ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.5});
  CHECK(decay(0) == doctest::Approx(0.1));
  CHECK(decay(5) == doctest::Approx(0.1 * std::sqrt(0.5)));
  const Schedule stairs =
      ExponentialDecay({.initial_learning_rate = 0.1, .decay_steps = 10, .decay_rate = 0.5, .staircase = true});
  CHECK(stairs(9) == doctest::Approx(0.1));
  CHECK(stairs(10) == doctest::Approx(0.05));
  const Schedule pieces = PiecewiseConstantDecay({.boundaries = {10, 20}, .values = {1, 0.5, 0.1}});
  CHECK(pieces(10) == 1);
  CHECK(pieces(11) == 0.5);
  CHECK(pieces(21) == 0.1);
  const Schedule line = PolynomialDecay({.initial_learning_rate = 1, .decay_steps = 10, .end_learning_rate = 0});
  CHECK(line(5) == doctest::Approx(0.5));
  CHECK(line(50) == 0);
  const Schedule cycle =
      PolynomialDecay({.initial_learning_rate = 1, .decay_steps = 10, .end_learning_rate = 0, .cycle = true});
  CHECK(cycle(15) == doctest::Approx(0.25));
  const Schedule cosine = CosineDecay({.initial_learning_rate = 1, .decay_steps = 10, .alpha = 0.1});
  CHECK(cosine(5) == doctest::Approx(0.55));
  CHECK(cosine(10) == doctest::Approx(0.1));
  const Schedule warm =
      CosineDecay({.initial_learning_rate = 0, .decay_steps = 10, .warmup_target = 1, .warmup_steps = 4});
  CHECK(warm(1) == doctest::Approx(0.25));
  CHECK(warm(4) == doctest::Approx(1));
  CHECK(warm(9) == doctest::Approx(0.5));
  CHECK(CosineDecay({.initial_learning_rate = 0.02, .decay_steps = 5, .warmup_target = 0.09})(0) ==
        doctest::Approx(0.09));  // without steps to warm up in
  CHECK(InverseTimeDecay({.initial_learning_rate = 1, .decay_steps = 10, .decay_rate = 0.5})(20) ==
        doctest::Approx(0.5));
}

TEST_CASE("settings out of range are refused") {
  CHECK(error_text<ConfigError>([] { Optimizer("adamm"); }) ==
        "there is no optimizer \"adamm\"; known are adadelta, adagrad, adam, adamax, adamw, lion, rmsprop, sgd.");
  CHECK(error_text<ConfigError>([] { SGD({.clipnorm = 1, .clipvalue = 1}); }) ==
        "[optimizer \"sgd\"] only one of clipnorm, clipvalue and global_clipnorm may be set.");
  CHECK(error_text<ConfigError>([] { Adam({.learning_rate = -1}); }) ==
        "[optimizer \"adam\"] learning_rate must be 0 or more; received -1.");
  CHECK(error_text<ConfigError>([] { Adam({.beta_1 = 1}); }) ==
        "[optimizer \"adam\"] beta_1 must be in [0, 1); received 1.");
  CHECK(error_text<ConfigError>([] { RMSprop({.clipvalue = 0}); }) ==
        "[optimizer \"rmsprop\"] clipvalue must be above 0; received 0.");
  CHECK(error_text<ConfigError>([] { SGD({.nesterov = true}); }) ==
        "[optimizer \"sgd\"] nesterov needs a momentum above 0.");
  CHECK(error_text<ConfigError>([] { ExponentialDecay({.decay_steps = 0}); }) ==
        "[ExponentialDecay] decay_steps must be at least 1; received 0.");
  CHECK(error_text<ConfigError>([] { PiecewiseConstantDecay({.boundaries = {5}, .values = {1}}); }) ==
        "[PiecewiseConstantDecay] needs one value more than boundaries; received 1 values and 1 boundaries.");
}

}  // namespace graft::test
