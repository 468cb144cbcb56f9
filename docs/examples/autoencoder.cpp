// The program of the README.
#include <graft/graft.h>

#include <iostream>

using namespace graft;

int main() {
  auto image = Input({.shape = {16, 16, 1}, .name = "image"});
  auto x = Conv2D({.filters = 8, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(image);
  x = BatchNormalization()(x);
  x = LeakyReLU({.negative_slope = 0.2f})(x);
  x = Dense({.units = 16, .name = "code"})(Flatten()(x));
  Model encoder(image, x, {.name = "encoder"});

  auto code = Input({.shape = {16}});
  auto z = Reshape({.target_shape = {8, 8, 8}})(Dense({.units = 512})(code));
  z = Conv2DTranspose({.filters = 1, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(z);
  Model decoder(code, Activation("tanh")(z), {.name = "decoder"});

  // Graft: every layer of both, called again on a new input. The weights are shared, nothing is computed.
  auto input = Input({.shape = {16, 16, 1}});
  SymbolicTensor y = input;
  for (const Layer& layer : encoder.chain()) y = layer(y);
  for (const Layer& layer : decoder.chain()) y = layer(y);
  Model autoencoder(input, y, {.name = "autoencoder"});

  Tensor images(Shape{64, 16, 16, 1});
  Random random(1);
  for (float& pixel : images.data<float>()) pixel = random.uniform(-1, 1);

  autoencoder.compile({.optimizer = Adam({.learning_rate = 1e-2f}), .loss = "mse"});
  autoencoder.fit(images, images, {.batch_size = 16, .epochs = 5});
  std::cout << autoencoder.summary() << encoder.predict(images) << '\n';  // the encoder learned with the whole

  autoencoder.save("autoencoder");  // TF.js and Netron open it
  plot_model(autoencoder, "autoencoder.svg", {.show_shapes = true});
}
