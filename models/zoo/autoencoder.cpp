#include "graft/models/zoo/autoencoder.h"

#include "graft/graph/layers/layers.h"

namespace graft::zoo {

Model encoder(const AutoencoderConfig& config) {
  const int64_t dim = config.dim;
  auto image = Input({.shape = {config.size, config.size, config.channels}, .name = "image"});
  auto x = image;
  for (const int64_t filters : {dim / 16, dim / 8, dim / 4, dim / 2, dim}) {
    x = Conv2D({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(x);
    x = BatchNormalization()(x);
    x = LeakyReLU({.negative_slope = 0.2f})(x);
  }
  return Model(image, GlobalAveragePooling2D()(x), {.name = "encoder"});
}

Model decoder(const Model& encoder, const AutoencoderConfig& config) {
  const int64_t dim = config.dim;
  const Shape map = encoder.layers()[-2].output().shape();  // what global pooling saw: (None, h, w, dim)
  auto code = Input({.shape = encoder.output().shape().without_batch(), .name = "code"});
  auto z = Dense({.units = map[1] * map[2] * dim})(code);
  z = Reshape({.target_shape = {map[1], map[2], dim}})(z);
  for (const int64_t filters : {dim / 2, dim / 4, dim / 8, dim / 16}) {
    z = Conv2DTranspose({.filters = filters, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(z);
    z = BatchNormalization()(z);
    z = Activation("relu")(z);
  }
  z = Conv2DTranspose({.filters = config.channels, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = "same"})(z);
  return Model(code, Activation("tanh")(z), {.name = "decoder"});
}

Model graft_layers(const Model& encoder, const Model& decoder, ModelConfig config) {
  auto input = Input({.shape = encoder.input().shape().without_batch()});
  SymbolicTensor x = input;
  for (const Layer& layer : encoder.chain()) x = layer(x);
  for (const Layer& layer : decoder.chain()) x = layer(x);
  return Model(input, x, std::move(config));
}

}  // namespace graft::zoo
