// The network that Graft began with, on Fashion-MNIST: an encoder and a decoder are made apart and grafted onto each
// other layer by layer; the whole is trained, and the parts have learned. Writes seed_reconstructions.png: test images
// above their reconstructions. Run by `tools/example seed`; --small trains for a moment.
#include <graft/graft.h>

#include <iostream>

#include "graft/tools/data/fashion_mnist.h"
#include "graft/tools/data/images.h"

using namespace graft;

static Model make_encoder(int64_t dim, int64_t size) {
  auto image = Input({.shape = {size, size, 1}});
  auto x = image;
  for (int64_t filters : {dim / 8, dim / 4, dim / 2, dim}) {
    x = Conv2D({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
    x = BatchNormalization()(x);
    x = LeakyReLU({.negative_slope = 0.2f})(x);
  }
  x = GlobalAveragePooling2D()(x);
  return Model(image, x, {.name = "encoder"});
}

static Model make_decoder(const Model& encoder, int64_t dim) {
  Shape map = encoder.layers()[-2].output().shape();
  auto code = Input({.shape = encoder.output().shape().without_batch()});
  auto x = Dense({.units = map[1] * map[2] * dim})(code);
  x = Reshape({.target_shape = {map[1], map[2], dim}})(x);
  for (int64_t filters : {dim / 2, dim / 4, dim / 8}) {
    x = Conv2DTranspose({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
    x = BatchNormalization()(x);
    x = Activation("relu")(x);
  }
  x = Conv2DTranspose({.filters = 1, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
  return Model(code, Activation("tanh")(x), {.name = "decoder"});
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  const tools::FashionMnist data = tools::load_fashion_mnist();
  const Tensor train = data.train.rows(0, small ? 128 : 60000), test = data.test.rows(0, small ? 128 : 10000);

  const int64_t size = 32, dim = 64;
  Model encoder = make_encoder(dim, size), decoder = make_decoder(encoder, dim);
  auto input = Input({.shape = {size, size, 1}});
  SymbolicTensor x = input;
  for (const Layer& layer : encoder.chain()) x = layer(x);
  for (const Layer& layer : decoder.chain()) x = layer(x);
  Model autoencoder(input, x, {.name = "autoencoder"});

  autoencoder.compile({.optimizer = Adam({.learning_rate = 2e-3}), .loss = "mse"});
  autoencoder.fit(train, train, {.batch_size = 128, .epochs = small ? 1 : 4, .verbose = 2});
  std::cout << "squared error of a test pixel from -1 to 1: " << autoencoder.evaluate(test, test)["loss"] << '\n';

  const Tensor shown = test.rows(0, 14), codes = encoder.predict(shown);
  std::cout << "the parts give what the whole gives: "
            << (relative_difference(decoder.predict(codes), autoencoder.predict(shown)) < 1e-5 ? "yes" : "no") << '\n';
  const std::vector<Tensor> rows{tools::pixels(shown), tools::pixels(decoder.predict(codes))};
  tools::write_png("seed_reconstructions.png", tools::image_grid(rows, {.scale = 2}));
  autoencoder.save("seed_autoencoder");
}
