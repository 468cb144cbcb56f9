// A variational autoencoder on Fashion-MNIST: noise and KL divergence are symbolic values like any other. Leaves
// vae_samples.png, and vae_latent.png, a grid of all that it can draw. Run by `tools/example vae`; --small trains for
// a moment.
#include <graft/graft.h>

#include <array>
#include <iostream>

#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"

using namespace graft;

constexpr int64_t kLatent = 2;  // two, so that a plane shows all images that it can draw
constexpr int64_t kPixels = 28 * 28;

// elu, not relu: most pixels are dark, and where all features of a place only darken, relu lets that place die.
static Model make_decoder() {
  auto z = Input({.shape = {kLatent}, .name = "z"});
  auto x = Dense({.units = 128, .activation = "elu"})(z);
  x = Dense({.units = 7 * 7 * 32, .activation = "elu"})(x);
  x = Reshape({.target_shape = {7, 7, 32}})(x);
  for (int64_t filters : {32, 16})
    x = Conv2DTranspose({.filters = filters, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "elu"})(
        x);
  x = Conv2D({.filters = 1, .kernel_size = 3, .padding = "same", .activation = "sigmoid"})(x);
  return Model(z, x, {.name = "decoder"});
}

static Model make_vae(const Model& decoder) {
  auto image = Input({.shape = {28, 28, 1}, .name = "image"});
  auto x = image;
  for (int64_t filters : {16, 32})
    x = Conv2D({.filters = filters, .kernel_size = 3, .strides = 2, .padding = "same", .activation = "relu"})(x);
  x = Dense({.units = 128, .activation = "relu"})(Flatten()(x));
  auto mu = Dense({.units = kLatent, .name = "mu"})(x), log_var = Dense({.units = kLatent, .name = "log_var"})(x);
  auto code = mu + exp(log_var * 0.5) * random_normal(mu);             // reparameterised: the gradient passes the noise
  auto kl = sum(square(mu) + exp(log_var) - log_var - 1, {-1}) * 0.5;  // from the standard normal, for each image

  Model vae(image, decoder(code), {.name = "vae"});
  vae.add_loss(kl / kPixels);  // the other part is a mean over pixels
  vae.add_metric(kl, "kl");
  vae.compile({.optimizer = Adam({.learning_rate = 2e-3}), .loss = "binary_crossentropy"});
  return vae;
}

// The lower bound on an image's log-likelihood in nats, a pixel being the chance that it is white: what training
// raises.
static double evidence(const Model& vae, const Tensor& images) {
  return -static_cast<double>(vae.evaluate(images, images, {.batch_size = 200, .verbose = 0})["loss"]) * kPixels;
}

// The images that the decoder makes from a grid of codes; `code(row, column)` returns each code.
template <class Code>
static void draw(const std::string& path, const Model& decoder, int64_t rows, int64_t columns, const Code& code) {
  std::vector<Tensor> pictures;
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<float> codes;
    for (int64_t column = 0; column < columns; ++column)
      for (const float value : code(row, column)) codes.push_back(value);
    pictures.push_back(decoder.predict(Tensor({columns, kLatent}, std::move(codes))));
  }
  tools::write_png(path, tools::image_grid(pictures, {.scale = 2, .gap = 1}));
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  const tools::FashionMnist data = tools::load_fashion_mnist();
  const Tensor train = tools::pixels(data.train.rows(0, small ? 1000 : 60000));
  const Tensor test = tools::pixels(data.test.rows(0, small ? 200 : 10000));

  const Model decoder = make_decoder(), vae = make_vae(decoder);
  const double before = evidence(vae, test);
  vae.fit(train, train, {.batch_size = 100, .epochs = small ? 2 : 4});
  const double after = evidence(vae, test);
  std::cout << "evidence lower bound on test images: " << before << " nats, after training " << after << '\n';

  Random random(3);
  draw("vae_samples.png", decoder, 10, 20,
       [&](int64_t, int64_t) { return std::array{random.normal(), random.normal()}; });
  draw("vae_latent.png", decoder, 15, 15, [](int64_t row, int64_t column) {
    const auto place = [](int64_t i) { return static_cast<float>(i - 7) / 7 * 2.f; };  // two deviations to each side
    return std::array{place(column), place(row)};
  });
  return after > before ? 0 : 1;
}
