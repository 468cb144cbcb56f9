#include <doctest/doctest.h>

#include <cmath>

#include "graft/graft.h"
#include "tests/support/fixtures.h"

// Steps of training against those that Keras and TF.js made from the same weights and data.

namespace graft::test {

using Json = nlohmann::ordered_json;

static std::optional<double> optional(const Json& config, const char* key) {
  return config.contains(key) && !config[key].is_null() ? std::optional(config[key].get<double>()) : std::nullopt;
}

static Optimizer keras_optimizer(const std::string& name, const Json& c) {
  const double rate = c["learning_rate"];
  const auto norm = optional(c, "clipnorm"), value = optional(c, "clipvalue"), global = optional(c, "global_clipnorm");
  if (name == "SGD")
    return SGD({.learning_rate = rate,
                .momentum = c["momentum"],
                .nesterov = c["nesterov"],
                .weight_decay = optional(c, "weight_decay"),
                .clipnorm = norm,
                .clipvalue = value,
                .global_clipnorm = global});
  if (name == "RMSprop")
    return RMSprop({.learning_rate = rate,
                    .rho = c["rho"],
                    .momentum = c["momentum"],
                    .epsilon = c["epsilon"],
                    .centered = c["centered"],
                    .clipnorm = norm,
                    .clipvalue = value,
                    .global_clipnorm = global});
  if (name == "Adam")
    return Adam({.learning_rate = rate, .beta_1 = c["beta_1"], .beta_2 = c["beta_2"], .epsilon = c["epsilon"]});
  REQUIRE(name == "AdamW");
  return AdamW({.learning_rate = rate,
                .weight_decay = c["weight_decay"],
                .beta_1 = c["beta_1"],
                .beta_2 = c["beta_2"],
                .epsilon = c["epsilon"]});
}

static Optimizer tfjs_optimizer(const std::string& name, const Json& c) {
  const double rate = c["learningRate"];
  if (name == "sgd") return SGD({.learning_rate = rate});
  if (name == "momentum") return SGD({.learning_rate = rate, .momentum = c["momentum"]});
  if (name == "rmsprop") return RMSprop({.learning_rate = rate, .rho = c["decay"], .epsilon = c["epsilon"]});
  REQUIRE(name == "adam");
  // TF.js adds epsilon to the root of v / (1 - beta_2^t), Keras to that of v: exact in the first step, near in the
  // next.
  const double beta_2 = c["beta2"], epsilon = c["epsilon"];
  return Adam(
      {.learning_rate = rate, .beta_1 = c["beta1"], .beta_2 = beta_2, .epsilon = epsilon * std::sqrt(1 - beta_2)});
}

static CompileConfig compile_config(const Json& train) {
  CompileConfig config;
  config.optimizer = train["optimizer"].is_string()
                         ? tfjs_optimizer(train["optimizer"], train["optimizer_config"])
                         : keras_optimizer(train["optimizer"]["class_name"], train["optimizer"]["config"]);
  if (train["loss"].is_string())
    config.loss.emplace_back(train["loss"].get<std::string>());
  else
    for (const Json& name : train["loss"]) config.loss.emplace_back(name.get<std::string>());
  return config;
}

// The total before each step.
static std::vector<float> losses_of(const Json& train) {
  std::vector<float> losses;
  for (const Json& entry : train.contains("losses") ? train["losses"] : train["losses_before_each_step"])
    losses.push_back(entry.is_array() ? entry[0].get<float>() : entry.get<float>());
  return losses;
}

static void check_close(const std::vector<Tensor>& ours, const std::vector<Tensor>& theirs, double tolerance) {
  REQUIRE(ours.size() == theirs.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    CAPTURE(i);
    CHECK(ours[i].shape() == theirs[i].shape());
    CHECK(relative_difference(ours[i], theirs[i]) < tolerance);
  }
}

static std::vector<Tensor> weights_after(const std::string& name, const Fixture& fixture, const std::string& file) {
  const Model other = load_model_fixture(name);
  load_weights_after(other, fixture, file);
  return other.get_weights();
}

// Predictions, then every step's loss, the weights after the first and the last step, and what they predict.
static void check_training(const std::string& name) {
  CAPTURE(name);
  const Fixture fixture = load_fixture(name);
  const Json& train = fixture.meta["train"];
  const Model model = load_model_fixture(name);
  check_close(model.predict(fixture.inputs), fixture.outputs, 1e-5);
  model.compile(compile_config(train));
  const std::vector<float> losses = losses_of(train);
  for (size_t step = 1; step <= losses.size(); ++step) {
    CAPTURE(step);
    const float loss = model.train_on_batch(fixture.inputs, fixture.targets())["loss"];
    CHECK(loss == doctest::Approx(losses[step - 1]).epsilon(1e-5));
    const Json& files = train["weights_after"];
    const bool first = step == 1;
    if (first || step == losses.size())
      check_close(model.get_weights(), weights_after(name, fixture, files[first ? 0 : 1]), 1e-4);
  }
  check_close(model.predict(fixture.inputs), fixture.outputs_after(model), 1e-4);
}

TEST_CASE("SGD steps as Keras's") { check_training("keras/opt_sgd"); }
TEST_CASE("SGD with Nesterov momentum steps as Keras's") { check_training("keras/opt_nesterov"); }
TEST_CASE("RMSprop steps as Keras's") { check_training("keras/opt_rmsprop"); }
TEST_CASE("Adam steps as Keras's") { check_training("keras/opt_adam"); }
TEST_CASE("AdamW steps as Keras's") { check_training("keras/opt_adamw"); }
TEST_CASE("clipnorm limits each gradient as Keras's does") { check_training("keras/opt_sgd_clipnorm"); }
TEST_CASE("global_clipnorm limits all gradients together as Keras's does") {
  check_training("keras/opt_sgd_globalclip");
}
TEST_CASE("L1 and L2 penalties move weights as Keras's do") { check_training("keras/reg_l1l2"); }
TEST_CASE("binary cross-entropy trains as Keras's") { check_training("keras/loss_bce"); }
TEST_CASE("categorical cross-entropy trains as Keras's") { check_training("keras/loss_cce"); }
TEST_CASE("sparse categorical cross-entropy trains as Keras's") { check_training("keras/loss_sparse"); }
TEST_CASE("hinge trains as Keras's") { check_training("keras/loss_hinge"); }
TEST_CASE("huber trains as Keras's") { check_training("keras/loss_huber"); }
TEST_CASE("KL divergence trains as Keras's") { check_training("keras/loss_kld"); }
TEST_CASE("an autoencoder with batch normalisation trains as in Keras") { check_training("keras/autoencoder"); }
TEST_CASE("a residual network trains as in Keras") { check_training("keras/resnet"); }

TEST_CASE("a perceptron under momentum trains as in TF.js") { check_training("tfjs/mlp_momentum"); }
TEST_CASE("a perceptron under RMSprop trains as in TF.js") { check_training("tfjs/mlp_rmsprop"); }
TEST_CASE("a perceptron with penalties under Adam trains as in TF.js") { check_training("tfjs/mlp_adam_l2"); }
TEST_CASE("sparse cross-entropy under Adam trains as in TF.js") { check_training("tfjs/mlp_cce_sparse"); }
TEST_CASE("a residual network trains as in TF.js") { check_training("tfjs/resnet_sgd"); }
TEST_CASE("two inputs and two outputs train as in TF.js") { check_training("tfjs/two_in_two_out"); }
TEST_CASE("a layer that is called twice trains as in TF.js") { check_training("tfjs/shared_layer_twice"); }

}  // namespace graft::test
