#pragma once

#include "graft/models/model/model.h"

namespace graft::zoo {

/// Settings of encoder and decoder.
struct AutoencoderConfig {
  int64_t dim = 512;  ///< filters of the encoder's last convolution; a multiple of 16
  int64_t size = 64;  ///< height and width of the images; a multiple of 32
  int64_t channels = 3;
};

/// Five 5x5 convolutions of stride 2 (dim / 16 ... dim filters), each with BatchNormalization and LeakyReLU(0.2), then
/// global average pooling: (N, size, size, channels) -> (N, dim).
Model encoder(const AutoencoderConfig& config = {});
/// Dense, Reshape and five 5x5 transposed convolutions of stride 2 back to the encoder's input; tanh at the end.
Model decoder(const Model& encoder, const AutoencoderConfig& config = {});
/// The layers of both, applied one after the other to a new input: the weights are shared with the two.
Model graft_layers(const Model& encoder, const Model& decoder, ModelConfig config = {.name = "autoencoder"});

}  // namespace graft::zoo
