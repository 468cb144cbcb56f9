// Parts of a whole trained by themselves, by freezing and by training plans: the program of docs/training.md.
#include <graft/graft.h>

#include <algorithm>
#include <iostream>

using namespace graft;

static Model dense_model(const std::string& name, int64_t in, int64_t hidden, int64_t out) {
  auto x = Input({.shape = {in}});
  return Model(x, Dense({.units = out})(Dense({.units = hidden, .activation = "relu"})(x)), {.name = name});
}

static void freeze_a_part(const Tensor& rows) {
  Model encoder = dense_model("encoder", 8, 16, 4), decoder = dense_model("decoder", 4, 16, 8);
  auto input = Input({.shape = {8}});
  Model whole(input, decoder(encoder(input)));

  encoder.set_trainable(false);
  whole.compile({.optimizer = "adam", .loss = "mse"});
  const std::vector<Tensor> before = encoder.get_weights();
  whole.fit(rows, rows, {.epochs = 3, .verbose = 0});
  std::cout << "the frozen encoder moved: " << (bit_equal(before[0], encoder.get_weights()[0]) ? "no" : "yes") << '\n';
}

static void train_two_against_each_other(const Tensor& rows) {
  Model generator = dense_model("generator", 2, 16, 8);
  Model discriminator = dense_model("discriminator", 8, 16, 1);
  auto real = Input({.shape = {8}}), noise = Input({.shape = {2}});
  auto of_real = discriminator(real), of_fake = discriminator(generator(noise));
  auto d_loss = mean(softplus(-of_real)) + mean(softplus(of_fake));
  auto g_loss = mean(softplus(-of_fake));

  Trainer d(
      {.inputs = {real, noise}, .loss = d_loss, .update = discriminator.trainable_variables(), .optimizer = Adam()});
  Trainer g({.inputs = {noise}, .loss = g_loss, .update = generator.trainable_variables(), .optimizer = Adam()});
  Random random(3);
  for (int step = 0; step < 20; ++step) {
    Tensor z(Shape{rows.shape()[0], 2});
    for (float& value : z.data<float>()) value = random.normal();
    const float discriminator_loss = d.step({rows, z}), generator_loss = g.step({z});
    if (step % 10 == 9) std::cout << "losses " << discriminator_loss << ", " << generator_loss << '\n';
  }

  JointTrainer both({d, g});
  const std::vector<float> losses = both.step({rows, Tensor(Shape{rows.shape()[0], 2})});
  std::cout << "in one step " << losses[0] << ", " << losses[1] << '\n';
}

static void choose_statistics(const Tensor& rows) {
  auto x = Input({.shape = {8}});
  BatchNormalization norm;
  Dense head({.units = 1});
  auto y = head(norm(x));
  Trainer trainer({.inputs = {x},
                   .loss = mean(square(y)),
                   .update = head.trainable_variables(),
                   .batch_norm_elsewhere = Statistics::batch_only});
  std::cout << "loss by the statistics of the batch: " << trainer.step({rows}) << '\n';
}

// A variational layer: fresh noise in every run, and a divergence that joins the loss.
static void add_a_loss(const Tensor& rows) {
  auto x = Input({.shape = {8}});
  auto mu = Dense({.units = 2})(x), log_var = Dense({.units = 2})(x);
  auto code = mu + exp(log_var * 0.5f) * random_normal(mu);
  Model vae(x, Dense({.units = 8})(code));
  vae.add_loss(mean(square(mu) + exp(log_var) - log_var - 1.f) * 0.5f);
  vae.compile({.optimizer = "adam", .loss = "mse"});
  vae.fit(rows, rows, {.epochs = 2, .verbose = 0});
}

// Sequences of unequal length: steps of zeros are masked, and count neither in the loss nor in the metric.
static void train_on_sequences() {
  Random random(5);
  Tensor sequences(Shape{16, 6, 3}), labels(Shape{16, 6, 1}), certainty(Shape{16, 6});
  for (float& value : sequences.data<float>()) value = random.normal();
  for (size_t row = 0; row < 16; row += 2) std::ranges::fill(sequences.data<float>().subspan(row * 18 + 9, 9), 0.f);
  for (float& value : certainty.data<float>()) value = random.uniform(0.5f, 1);

  auto x = Input({.shape = {6, 3}});
  auto y = Masking()(x);
  y = LSTM(
      {.units = 8, .activity_regularizer = L2(0.01), .recurrent_constraint = MaxNorm(1), .return_sequences = true})(y);
  Model tagger(x, Dense({.units = 1, .activation = "sigmoid", .bias_constraint = NonNeg()})(y));
  tagger.compile({.loss = "bce", .metrics = {"accuracy"}, .weighted_metrics = {"accuracy"}});
  tagger.fit(sequences, labels, {.epochs = 2, .verbose = 0, .sample_weight = certainty});
  const Logs logs = tagger.evaluate(sequences, labels, {.sample_weight = certainty});
  std::cout << "right " << logs["accuracy"] << ", by certainty " << logs["weighted_accuracy"] << '\n';
}

int main() {
  Random random(1);
  Tensor rows(Shape{64, 8});
  for (float& value : rows.data<float>()) value = random.normal();
  freeze_a_part(rows);
  train_two_against_each_other(rows);
  choose_statistics(rows);
  add_a_loss(rows);
  train_on_sequences();
}
