#include <doctest/doctest.h>

#include "graft/graft.h"
#include "graft/tools/data/fashion_mnist.h"
#include "tests/support/random_tensor.h"

// A variational autoencoder: fresh noise in the middle, a divergence that joins the loss.

using namespace graft;
using graft::test::random_tensor;

namespace {

SymbolicTensor divergence(const SymbolicTensor& mu, const SymbolicTensor& log_var) {
  return mean(square(mu) + exp(log_var) - log_var - 1.f) * 0.5f;
}

}  // namespace

TEST_CASE("the gradients of the divergence are those of central differences") {
  const auto x = Input({.shape = {5}});
  const Dense mu({.units = 3}), log_var({.units = 3});
  const auto kl = divergence(mu(x), log_var(x));
  Variables variables = mu.trainable_variables();
  for (const Variable& v : log_var.trainable_variables()) variables.push_back(v);
  const Tensor rows = random_tensor({6, 5}, 1);
  const auto trainer = [&](double rate) {
    return Trainer({.inputs = {x}, .loss = kl, .update = variables, .optimizer = SGD({.learning_rate = rate})});
  };
  std::vector<Tensor> before = values_of(variables);
  trainer(1).step({rows});
  const std::vector<Tensor> after = values_of(variables);
  assign(variables, before);
  Trainer standing = trainer(0);
  constexpr float kStep = 1e-2f;
  for (size_t v = 0; v < variables.size(); ++v)
    for (size_t i = 0; i < before[v].data<float>().size(); ++i) {
      const auto loss_at = [&](float change) {
        Tensor moved = before[v].clone();
        moved.data<float>()[i] += change;
        variables[v].assign(moved);
        return standing.step({rows});
      };
      const float slope = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
      variables[v].assign(before[v]);
      CHECK(before[v].data<float>()[i] - after[v].data<float>()[i] == doctest::Approx(slope).epsilon(2e-3));
    }
}

TEST_CASE("on real images the bound of the evidence rises, and its two parts are reported") {
  set_random_seed(1);
  const Tensor images = tools::load_fashion_mnist().test.rows(0, 512);
  const auto image = Input({.shape = {32, 32, 1}});
  auto h = Conv2D({.filters = 8, .kernel_size = 3, .strides = 4, .padding = "same", .activation = "relu"})(image);
  h = Flatten()(h);
  const auto mu = Dense({.units = 4})(h), log_var = Dense({.units = 4})(h);
  const auto code = mu + exp(log_var * 0.5f) * random_normal(mu);
  auto y = Reshape({.target_shape = {8, 8, 8}})(Dense({.units = 512, .activation = "relu"})(code));
  y = Conv2DTranspose({.filters = 1, .kernel_size = 5, .strides = 4, .padding = "same", .activation = "tanh"})(y);
  const Model vae(image, y);
  const auto kl = divergence(mu, log_var);
  vae.add_loss(kl * 0.01);
  vae.add_metric(kl, "kl");
  vae.compile({.optimizer = Adam({.learning_rate = 2e-3}), .loss = "mse", .metrics = {"mse"}});
  const History history = vae.fit(images, images, {.batch_size = 32, .epochs = 4, .verbose = 0});
  const std::vector<float> loss = history.history["loss"], kls = history.history["kl"], errors = history.history["mse"];
  CHECK(loss.back() < 0.7f * loss.front());
  for (size_t epoch = 0; epoch < loss.size(); ++epoch) {
    CHECK(kls[epoch] > 0);
    CHECK(loss[epoch] == doctest::Approx(errors[epoch] + 0.01f * kls[epoch]).epsilon(1e-4));
  }
}
