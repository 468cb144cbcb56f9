// A DCGAN on Fashion-MNIST: a generator and a discriminator trained against each other, each by a plan of its own, in
// one step. Writes dcgan_over_time.png, the same noise after ever more steps, and dcgan_samples.png. Run by
// `tools/example dcgan`; --small trains for a few steps.
#include <graft/graft.h>

#include <iostream>

#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"

using namespace graft;

constexpr int64_t kNoise = 64, kFilters = 32, kBatch = 64;

static Model make_generator() {
  auto noise = Input({.shape = {kNoise}});
  auto x = Reshape({.target_shape = {8, 8, 2 * kFilters}})(Dense({.units = 8 * 8 * 2 * kFilters})(noise));
  x = Activation("relu")(BatchNormalization()(x));
  x = Conv2DTranspose({.filters = kFilters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
  x = Activation("relu")(BatchNormalization()(x));
  x = Conv2DTranspose({.filters = 1, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
  return Model(noise, Activation("tanh")(x), {.name = "generator"});
}

static Model make_discriminator() {
  auto image = Input({.shape = {32, 32, 1}});
  auto x = Conv2D({.filters = kFilters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(image);
  x = LeakyReLU({.negative_slope = 0.2f})(x);
  x = Conv2D({.filters = 2 * kFilters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
  x = LeakyReLU({.negative_slope = 0.2f})(BatchNormalization()(x));
  return Model(image, Dense({.units = 1})(Flatten()(x)), {.name = "discriminator"});
}

static Tensor draw_noise(Random& random, int64_t count) {
  Tensor noise(Shape{count, kNoise});
  for (float& value : noise.data<float>()) value = random.normal();
  return noise;
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  const int steps = small ? 4 : 3600, shown = 6;
  set_random_seed(1);
  const Tensor images = tools::load_fashion_mnist().train;

  Model generator = make_generator(), discriminator = make_discriminator();
  auto real = Input({.shape = {32, 32, 1}}), noise = Input({.shape = {kNoise}});
  auto of_real = discriminator(real), of_fake = discriminator(generator(noise));

  // Which variables move is a property of each plan. The other's normalisations go by the batch as well, and keep their
  // statistics; one forward pass serves both.
  const auto optimizer = [] { return Adam({.learning_rate = 2e-4, .beta_1 = 0.5}); };
  Trainer d({.inputs = {real, noise},
             .loss = mean(softplus(-of_real)) + mean(softplus(of_fake)),
             .update = discriminator.trainable_variables(),
             .optimizer = optimizer(),
             .batch_norm_elsewhere = Statistics::batch_only});
  Trainer g({.inputs = {noise},
             .loss = mean(softplus(-of_fake)),
             .update = generator.trainable_variables(),
             .optimizer = optimizer(),
             .batch_norm_elsewhere = Statistics::batch_only});
  JointTrainer both({d, g});

  Random random(2);
  const Tensor same_noise = draw_noise(random, 12);
  std::vector<Tensor> over_time;
  const int64_t batches = images.shape()[0] / kBatch;
  for (int step = 1; step <= steps; ++step) {
    const int64_t row = (step % batches) * kBatch;
    const std::vector<float> losses = both.step({images.rows(row, row + kBatch), draw_noise(random, kBatch)});
    if (step % std::max(1, steps / shown) != 0) continue;
    std::cout << "step " << step << ": discriminator " << losses[0] << ", generator " << losses[1] << std::endl;
    over_time.push_back(tools::pixels(generator.predict(same_noise)));
  }
  tools::write_png("dcgan_over_time.png", tools::image_grid(over_time, {.scale = 2}));

  std::vector<Tensor> samples;
  for (int row = 0; row < 8; ++row) samples.push_back(tools::pixels(generator.predict(draw_noise(random, 12))));
  tools::write_png("dcgan_samples.png", tools::image_grid(samples, {.scale = 2}));
}
