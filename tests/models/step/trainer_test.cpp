#include <doctest/doctest.h>

#include <cmath>

#include "graft/graft.h"
#include "graft/graph/layer_impl.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"

// Training plans: what normalisations do in them, and several as one step.

using namespace graft;
using graft::test::error_text;
using graft::test::random_tensor;

namespace {

Model dense_net(const std::string& name, int64_t in, int64_t out) {
  const auto x = Input({.shape = {in}});
  auto y = Dense({.units = 6})(x);
  y = BatchNormalization({.momentum = 0.5})(y);
  return Model(x, Dense({.units = out})(LeakyReLU()(y)), {.name = name});
}

std::vector<Tensor> statistics(const Model& model) {
  std::vector<Tensor> values;
  for (const Variable& v : model.non_trainable_variables()) values.push_back(v.value());
  return values;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!bit_equal(a[i], b[i])) return false;
  return true;
}

/// Two networks against each other, as in a GAN.
struct Gan {
  Model generator = dense_net("generator", 3, 5), discriminator = dense_net("discriminator", 5, 1);
  SymbolicTensor real = Input({.shape = {5}}), noise = Input({.shape = {3}});
  SymbolicTensor of_fake = discriminator(generator(noise));
  Tensor x = random_tensor({8, 5}, 1), z = random_tensor({8, 3}, 2);

  TrainerConfig d_config() {
    return {.inputs = {real, noise},
            .loss = mean(softplus(-discriminator(real))) + mean(softplus(of_fake)),
            .update = discriminator.trainable_variables(),
            .optimizer = SGD({.learning_rate = 0.1})};
  }
  TrainerConfig g_config() {
    return {.inputs = {noise},
            .loss = mean(softplus(-of_fake)),
            .update = generator.trainable_variables(),
            .optimizer = Adam()};
  }
};

Gan same_weights_as(const Gan& other) {
  Gan gan;
  gan.generator.set_weights(other.generator.get_weights());
  gan.discriminator.set_weights(other.discriminator.get_weights());
  return gan;
}

}  // namespace

TEST_CASE("a trainer moves only its variables and their statistics; all others keep every bit") {
  for (const Statistics elsewhere : {Statistics::frozen, Statistics::batch_only}) {
    Gan gan;
    TrainerConfig d_config = gan.d_config(), g_config = gan.g_config();
    d_config.batch_norm_elsewhere = g_config.batch_norm_elsewhere = elsewhere;
    Trainer d(d_config), g(g_config);
    const auto g_before = gan.generator.get_weights(), d_before = gan.discriminator.get_weights();
    const auto d_statistics = statistics(gan.discriminator);
    d.step({gan.x, gan.z});
    CHECK(same(gan.generator.get_weights(), g_before));
    CHECK_FALSE(same(gan.discriminator.get_weights(), d_before));
    CHECK_FALSE(same(statistics(gan.discriminator), d_statistics));
    const auto d_between = gan.discriminator.get_weights();
    g.step({gan.z});
    CHECK(same(gan.discriminator.get_weights(), d_between));
    CHECK_FALSE(same(gan.generator.get_weights(), g_before));
  }
}

TEST_CASE("the trainer decides whether a normalisation updates its statistics, keeps them or only uses the batch's") {
  const auto x = Input({.shape = {2}});
  const BatchNormalization norm({.momentum = 0.5, .epsilon = 1e-7});
  const Dense head({.units = 1, .kernel_initializer = "ones"});
  const auto y = head(norm(x));
  const Tensor batch(Shape{2, 2}, std::vector<float>{1, 10, 3, 30});  // means 2 and 20, variances 1 and 100
  const auto loss_of = [&](Statistics own, Statistics elsewhere, const Variables& update) {
    norm.set_weights({Tensor::full(Shape{2}, 1), Tensor(Shape{2}), Tensor(Shape{2}), Tensor::full(Shape{2}, 4)});
    Trainer trainer({.inputs = {x},
                     .loss = mean(square(y)),
                     .update = update,
                     .optimizer = SGD({.learning_rate = 0.0}),
                     .batch_norm = own,
                     .batch_norm_elsewhere = elsewhere});
    return trainer.step({batch});
  };
  const auto moved = [&] {
    const Tensor mean = norm.get_weights()[2];
    return mean.data<float>()[1];
  };
  // By the batch: rows (-1, -1) and (1, 1), sums -2 and 2. By the moving ones: (0.5, 5) and (1.5, 15).
  constexpr float kByBatch = 4, kByMoving = (5.5f * 5.5f + 16.5f * 16.5f) / 2;
  const Variables of_norm = norm.trainable_variables(), of_head = head.trainable_variables();
  CHECK(loss_of(Statistics::update, Statistics::frozen, of_norm) == doctest::Approx(kByBatch));
  CHECK(moved() == 10);
  CHECK(loss_of(Statistics::batch_only, Statistics::frozen, of_norm) == doctest::Approx(kByBatch));
  CHECK(moved() == 0);
  CHECK(loss_of(Statistics::frozen, Statistics::frozen, of_norm) == doctest::Approx(kByMoving));
  CHECK(moved() == 0);
  CHECK(loss_of(Statistics::update, Statistics::frozen, of_head) == doctest::Approx(kByMoving));
  CHECK(moved() == 0);
  CHECK(loss_of(Statistics::update, Statistics::batch_only, of_head) == doctest::Approx(kByBatch));
  CHECK(moved() == 0);
  CHECK(loss_of(Statistics::update, Statistics::update, of_head) == doctest::Approx(kByBatch));
  CHECK(moved() == 10);
}

TEST_CASE("a joint step is the first step of each trainer, from the same weights") {
  Gan gan;
  Gan alone_d = same_weights_as(gan), alone_g = same_weights_as(gan);
  const auto by_batch = [](TrainerConfig config) {
    config.batch_norm_elsewhere = Statistics::batch_only;
    return config;
  };
  const Trainer d(by_batch(gan.d_config())), g(by_batch(gan.g_config()));
  JointTrainer both({d, g});
  REQUIRE(both.inputs() == SymbolicTensors{gan.real, gan.noise});
  const std::vector<float> losses = both.step({gan.x, gan.z});
  const float d_loss = Trainer(by_batch(alone_d.d_config())).step({gan.x, gan.z});
  const float g_loss = Trainer(by_batch(alone_g.g_config())).step({gan.z});
  REQUIRE(losses.size() == 2);
  CHECK(losses[0] == doctest::Approx(d_loss).epsilon(1e-6));
  CHECK(losses[1] == doctest::Approx(g_loss).epsilon(1e-6));
  const auto close = [](const Model& a, const Model& b) {
    const auto x = a.get_weights(), y = b.get_weights();
    for (size_t i = 0; i < x.size(); ++i)
      for (size_t k = 0; k < x[i].data<float>().size(); ++k)
        CHECK(x[i].data<float>()[k] == doctest::Approx(y[i].data<float>()[k]).epsilon(1e-5));
  };
  close(gan.discriminator, alone_d.discriminator);
  close(gan.generator, alone_g.generator);
}

TEST_CASE("a joint step computes the common part of its plans once") {
  Gan gan;
  const auto by_batch = [](TrainerConfig config) {
    config.batch_norm = config.batch_norm_elsewhere = Statistics::batch_only;
    return config;
  };
  const Trainer d(by_batch(gan.d_config())), g(by_batch(gan.g_config()));
  const auto count = [](const Executable& exe) {
    std::map<std::string, size_t> steps;
    for (const StepReport& step : exe.steps()) ++steps[step.primitive];
    return steps;
  };
  const Model forward(gan.noise, gan.of_fake);
  auto both = count(JointTrainer({d, g}).executable(8)), of_d = count(d.executable(8)), of_g = count(g.executable(8));
  // Four dense layers and two normalisations lie between the noise and the judgement of the fake.
  CHECK(both["inner_product"] == of_d["inner_product"] + of_g["inner_product"] - 4);
  CHECK(both["batch_norm_training"] == of_d["batch_norm_training"] + of_g["batch_norm_training"] - 2);
  CHECK(both["update"] == of_d["update"] + of_g["update"]);
}

TEST_CASE("joint trainers share the trainers' optimizers: single and joint steps continue one state") {
  Gan gan;
  const Trainer d(gan.d_config()), g(gan.g_config());
  JointTrainer both({d, g});
  both.step({gan.x, gan.z});
  Trainer(g).step({gan.z});
  both.step({gan.x, gan.z});
  CHECK(g.optimizer().iterations() == 3);
  CHECK(d.optimizer().iterations() == 2);
}

TEST_CASE("joint trainers with one optimizer use it one after the other within the step") {
  Gan gan;
  const Optimizer shared = Adam();
  TrainerConfig d_config = gan.d_config(), g_config = gan.g_config();
  d_config.optimizer = g_config.optimizer = shared;
  JointTrainer both({Trainer(d_config), Trainer(g_config)});
  both.step({gan.x, gan.z});
  CHECK(shared.iterations() == 1);
}

TEST_CASE("trainers that cannot share a step are refused in one line") {
  Gan gan;
  TrainerConfig other = gan.g_config();
  other.threads = 1;
  CHECK(error_text<ConfigError>([&] {
          JointTrainer({});
        }).starts_with("[JointTrainer] there must be at least one trainer; received an empty list.\n"));
  CHECK(
      error_text<ConfigError>([&] {
        JointTrainer({Trainer(gan.d_config()), Trainer(other)});
      }).starts_with("[JointTrainer] one step runs all trainers, so their threads must be equal; received 0 and 1.\n"));
  JointTrainer both({Trainer(gan.d_config()), Trainer(gan.g_config())});
  CHECK_THROWS_AS(both.step({gan.z}), ShapeError);
}

// -- penalties and constraints ----------------------------------------------------------------------------------------

TEST_CASE("a trainer adds the penalties of the calls that its loss needs, each trainer of a joint step its own") {
  const auto x = Input({.shape = {4}}), z = Input({.shape = {4}});
  const Dense shared({.units = 3, .activity_regularizer = L2(0.5)}), other({.units = 2, .activity_regularizer = L1(2)});
  const auto of_x = shared(x), of_both = other(of_x + shared(z));
  Trainer first(
      {.inputs = {x}, .loss = mean(of_x), .update = shared.weights(), .optimizer = SGD({.learning_rate = 0})});
  Trainer second(
      {.inputs = {x, z}, .loss = mean(of_both), .update = other.weights(), .optimizer = SGD({.learning_rate = 0})});
  const Tensor a = random_tensor({8, 4}, 1), b = random_tensor({8, 4}, 2);
  const auto sum = [](const Tensor& values, double power) {
    double total = 0;
    for (const float value : values.data<float>()) total += std::pow(std::abs(value), power);
    return total;
  };
  const auto average = [](const Tensor& values) {
    double total = 0;
    for (const float value : values.data<float>()) total += value;
    return total / static_cast<double>(values.elements());
  };
  const Tensors outputs = Model({x, z}, {of_x, shared(z), of_both}).predict({a, b});
  const double own = 0.5 * sum(outputs[0], 2) / 8;
  const double both = own + 0.5 * sum(outputs[1], 2) / 8 + 2 * sum(outputs[2], 1) / 8;
  CHECK(first.step({a}) == doctest::Approx(average(outputs[0]) + own));
  CHECK(second.step({a, b}) == doctest::Approx(average(outputs[2]) + both));
  const std::vector<float> joint = JointTrainer({first, second}).step({a, b});
  CHECK(joint[0] == doctest::Approx(average(outputs[0]) + own));
  CHECK(joint[1] == doctest::Approx(average(outputs[2]) + both));
}

// As Keras 3.15 does on TensorFlow: TimeDistributed passes the layer's own call by, but not those within a model.
TEST_CASE("the layers of a model inside TimeDistributed add their penalties for each step") {
  const auto x = Input({.shape = {4, 3}}), row = Input({.shape = {3}});
  const Dense dense({.units = 2, .activity_regularizer = L2(0.1)});
  const Model inner(row, BatchNormalization({.momentum = 1})(dense(row))), plain(row, dense(row));
  const Tensor data = random_tensor({5, 4, 3}, 1);
  const auto penalty = [&](const SymbolicTensor& y) {
    return Trainer(
               {.inputs = {x}, .loss = mean(y * 0), .update = dense.weights(), .optimizer = SGD({.learning_rate = 0})})
        .step({data});
  };
  const Tensor outputs = Model(x, TimeDistributed(dense)(x)).predict(data);
  double sum = 0;
  for (const float value : outputs.data<float>()) sum += value * value;
  CHECK(penalty(TimeDistributed(dense)(x)) == 0);
  CHECK(penalty(TimeDistributed(plain)(x)) == doctest::Approx(0.1 * sum / 5));
  CHECK(penalty(TimeDistributed(inner)(x)) == doctest::Approx(0.1 * sum / 5));  // its statistics move in each step
  const auto video = Reshape({.target_shape = {2, 2, 3}})(x);
  CHECK(penalty(TimeDistributed(TimeDistributed(plain))(video)) == doctest::Approx(0.1 * sum / 5));
}

TEST_CASE("a trainer constrains the variables that it moves and no others") {
  const auto x = Input({.shape = {4}});
  const Dense moved({.units = 3, .kernel_constraint = NonNeg()}), kept({.units = 2, .kernel_constraint = NonNeg()});
  const auto y = kept(moved(x));
  const Tensor before = kept.get_weights()[0];
  Trainer trainer({.inputs = {x}, .loss = mean(square(y)), .update = moved.weights(), .optimizer = "sgd"});
  trainer.step({random_tensor({5, 4}, 1)});
  const Tensor kernel = moved.get_weights()[0];
  for (const float value : kernel.data<float>()) CHECK(value >= 0);
  CHECK(bit_equal(kept.get_weights()[0], before));
}

TEST_CASE("a cell's own activity_regularizer is refused, with the layer and the cell") {
  LSTMCell cell({.units = 2, .name = "cell"});
  cell.impl().activity_regularizer = L2(0.1);
  const auto x = Input({.shape = {3, 4}});
  const Model model(x, RNN({.cell = cell, .name = "walk"})(x), {.name = "net"});
  model.compile({.loss = "mse"});
  CHECK(model.predict(Tensor(Shape{1, 3, 4})).shape() == Shape{1, 2});
  CHECK(error_text<ConfigError>([&] {
          model.train_on_batch(Tensor(Shape{1, 3, 4}), Tensor(Shape{1, 2}));
        }).starts_with("[RNN \"walk\"] the activity_regularizer of a cell is not trained; LSTMCell \"cell\" has one."));
}
