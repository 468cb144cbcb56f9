#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

const std::vector<std::vector<float>> kGradients{{0.5f, -1.0f, 0.25f, 2.0f},
                                                 {-0.25f, -0.5f, 1.0f, 1.5f},
                                                 {1.0f, 0.75f, -0.5f, -1.0f},
                                                 {0.125f, -2.0f, 0.5f, 0.5f},
                                                 {0.5f, 0.5f, 0.5f, -0.25f}};
const std::vector<float> kStart{1.0f, -2.0f, 0.5f, 3.0f};

using Rate = double (*)(int step);
double constant(int) { return 0.1; }
double adam(int t) { return 0.1 * std::sqrt(1 - std::pow(0.99, t)) / (1 - std::pow(0.9, t)); }
double amsgrad(int t) { return 0.1 * std::sqrt(1 - std::pow(0.9, t)) / (1 - std::pow(0.9, t)); }
double adamax(int t) { return 0.1 / (1 - std::pow(0.9, t)); }
double one(int) { return 1; }

struct Case {
  std::string name, rule;
  std::vector<float> slots, settings;  // what the slots begin with
  Rate rate;
  double decay;  // of the variable, before each step
  std::vector<float> expected;
};

// Five steps of torch.optim in double precision, with an epsilon of 1e-12 (adadelta: 1e-4, adagrad: 0) so that it does
// not matter whether it stands inside the root. lion's are worked out by hand: its steps have the size of the rate.
const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"sgd", "sgd", {}, {}, constant, 0, {0.8125f, -1.775f, 0.325f, 2.725f}},
      {"momentum", "momentum", {0}, {0.9f}, constant, 0, {0.53647f, -1.29179f, 0.0442225f, 1.86613f}},
      {"nesterov", "nesterov", {0}, {0.9f}, constant, 0, {0.395323f, -1.137611f, -0.08519975f, 1.704517f}},
      {"rmsprop",
       "rmsprop",
       {0},
       {0.9f, 0, 1e-12f},
       constant,
       0,
       {0.372916293f, -1.52247186f, -0.248112712f, 2.58297825f}},
      {"rmsprop with momentum",
       "rmsprop",
       {0, 0},
       {0.9f, 0.5f, 1e-12f},
       constant,
       0,
       {-0.0243712493f, -1.10212203f, -0.774118586f, 2.1770888f}},
      {"rmsprop centered",
       "rmsprop",
       {0, 0},
       {0.9f, 0, 1e-12f},
       constant,
       0,
       {0.321677913f, -1.47808548f, -0.303980342f, 2.54671615f}},
      {"rmsprop centered with momentum",
       "rmsprop",
       {0, 0, 0},
       {0.9f, 0.5f, 1e-12f},
       constant,
       0,
       {-0.104747357f, -1.02199177f, -0.868768538f, 2.10772235f}},
      {"adam", "adam", {0, 0}, {0.9f, 0.99f, 1e-12f}, adam, 0, {0.679634996f, -1.68541584f, 0.171257768f, 2.67045817f}},
      {"adam with amsgrad",
       "adam",
       {0, 0, 0},
       {0.9f, 0.9f, 1e-12f},
       amsgrad,
       0,
       {0.683596406f, -1.6876111f, 0.172338589f, 2.66878587f}},
      {"adamw",
       "adam",
       {0, 0},
       {0.9f, 0.99f, 1e-12f},
       adam,
       0.1 * 0.2,
       {0.596684271f, -1.50865154f, 0.138472077f, 2.39859079f}},
      {"adamax",
       "adamax",
       {0, 0},
       {0.9f, 0.99f, 1e-12f},
       adamax,
       0,
       {0.761253215f, -1.7494908f, 0.245956501f, 2.71831251f}},
      {"adagrad", "adagrad", {0.1f}, {0}, constant, 0, {0.821211622f, -1.85374308f, 0.312371757f, 2.8694814f}},
      {"adadelta", "adadelta", {0, 0}, {0.9f, 1e-4f}, one, 0, {0.911648041f, -1.94472403f, 0.396358952f, 2.95591227f}},
      // signs of the steps: + - + + +,  - - + - +,  + + - + +,  + + - + +
      {"lion", "lion", {0}, {0.9f, 0.99f}, constant, 0, {0.7f, -1.9f, 0.2f, 2.7f}},
  };
  return all;
}

/// The variable after five steps; each element of kStart and of the gradients stands `repeat` times in a row.
Tensor train(const Case& c, int64_t repeat) {
  const auto repeated = [repeat](const std::vector<float>& values) {
    std::vector<float> out;
    for (const float v : values) out.insert(out.end(), static_cast<size_t>(repeat), v);
    return Tensor({4, repeat}, out);
  };
  const Variable w("w", repeated(kStart));
  Variables slots;
  for (const float first : c.slots)
    slots.emplace_back(cat("slot ", slots.size()), Tensor::full({4, repeat}, first), false);
  Builder b(true);
  const Value gradient = b.input({4, repeat}, "gradient"), rate = b.input({c.decay != 0 ? 2 : 1}, "rate");
  b.update(c.rule, w, gradient, slots, rate, c.settings);
  const Executable exe(b.finish({}));
  Context context = exe.context();
  for (size_t t = 0; t < kGradients.size(); ++t) {
    context.input(0).copy_from(repeated(kGradients[t]));
    std::vector<float> rates{static_cast<float>(c.rate(static_cast<int>(t) + 1))};
    if (c.decay != 0) rates.push_back(static_cast<float>(c.decay));
    context.input(1).copy_from(rates);
    context.run();
  }
  return w.value();
}

}  // namespace

TEST_CASE("update: five steps of every rule are PyTorch's") {
  for (const Case& c : cases())
    for (const int64_t repeat : {1, 7, 30000}) {
      const Tensor w = train(c, repeat);
      for (size_t i = 0; i < 4; ++i)
        for (const size_t k : {size_t{0}, static_cast<size_t>(repeat - 1)}) {
          INFO(c.name, ", element ", i);
          CHECK(std::abs(w.data<float>()[i * static_cast<size_t>(repeat) + k] - c.expected[i]) < 2e-6);
        }
    }
}

TEST_CASE("update: works on the layout that a convolution chose for its weights, including padding") {
  for (const Case& c : cases()) {
    const Variable kernel("kernel", noise({3, 3, 5, 20}, 1)), flat("flat", kernel.value());
    const Tensor gradient = noise({3, 3, 5, 20}, 2);
    for (const Variable& w : {kernel, flat}) {
      Builder b(true);
      const Value x = b.input({2, 5, 8, 8}, "x"), g = b.input({3, 3, 5, 20}, "gradient");
      const Value y = b.conv(x, b.transpose(b.variable(w), {3, 2, 0, 1}), {}, {{1, 1}, {0, 0}, {1, 1}, {1, 1}});
      Variables slots;
      for (const float first : c.slots) slots.emplace_back("slot", Tensor::full(w.shape(), first), false);
      b.update(c.rule, w, g, slots, b.scalar(0.1f), c.settings);
      const Executable exe(w == kernel ? b.finish({y}) : b.finish({}));  // without the convolution: Keras's layout
      CHECK(exe.ref_steps() == 0);
      Context context = exe.context();
      context.input(1).copy_from(gradient);
      for (int i = 0; i < 3; ++i) context.run();
    }
    CHECK_MESSAGE(bit_equal(kernel.value(), flat.value()), c.name);
  }
}

TEST_CASE("update: unknown rules and wrong dims are named") {
  Builder b(true);
  const Variable w("w", Tensor({2, 3})), slot("slot", Tensor({3, 2}));
  const Value g = b.input({2, 3}, "g"), wrong = b.input({3, 2}, "wrong"), rate = b.scalar(0.1f);
  CHECK_THROWS_WITH_AS(b.update("sgdx", w, g, {}, rate, {}),
                       "update: there is no rule \"sgdx\" with 0 slots and 0 settings.", ConfigError);
  CHECK_THROWS_WITH_AS(b.update("momentum", w, g, {}, rate, {0.9f}),
                       "update: there is no rule \"momentum\" with 0 slots and 1 settings.", ConfigError);
  CHECK_THROWS_WITH_AS(b.update("sgd", w, wrong, {}, rate, {}),
                       "update: variable \"w\" has dims (2,3); received a gradient of (3,2).", ShapeError);
  CHECK_THROWS_WITH_AS(b.update("sgd", w, g, {}, g, {}),
                       "update: learning_rate must have dims (1), or (2) with a decay; received (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.update("momentum", w, g, {slot}, rate, {0.9f}),
                       "update: slot \"slot\" must have dims (2,3); received (3,2).", ShapeError);
}

TEST_CASE("moving_average: keeps its momentum and takes the rest from the batch, run after run") {
  const Variable moving("moving", Tensor({3}, std::vector<float>{0, 1, -4}));
  Builder b(true);
  CHECK_THROWS_WITH_AS(b.moving_average(moving, b.scalar(1), 0.5f),
                       "moving_average: the variable has dims (3); received (1).", ShapeError);
  b.moving_average(moving, b.input({3}, "batch"), 0.75f);
  const Executable exe(b.finish({}));
  Context context = exe.context();
  context.input(0).copy_from(std::vector<float>{4, 8, 4});
  context.run();
  CHECK(bit_equal(moving.value(), Tensor({3}, std::vector<float>{1, 2.75f, -2})));
  context.run();
  CHECK(bit_equal(moving.value(), Tensor({3}, std::vector<float>{1.75f, 4.0625f, -0.5f})));
}

TEST_CASE("assign: the variable takes the value, even one computed from the variable") {
  const Variable state("state", Tensor({2}, std::vector<float>{1, 2}));
  Builder b(true);
  const Value old = b.variable(state);
  CHECK_THROWS_WITH_AS(b.assign(state, b.scalar(1)), "assign: the variable has dims (2); received (1).", ShapeError);
  b.assign(state, b.scale(old, 2, 1));
  const Executable exe(b.finish({b.stop_gradient(b.scale(old, 10))}));
  Context context = exe.context();
  context.run();
  CHECK(bit_equal(state.value(), Tensor({2}, std::vector<float>{3, 5})));
  context.run();
  CHECK(bit_equal(state.value(), Tensor({2}, std::vector<float>{7, 11})));
}
