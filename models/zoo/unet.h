#pragma once

#include "graft/models/model/model.h"

namespace graft::zoo {

/// Settings of unet.
struct UNetConfig {
  int64_t size = 128;  ///< height and width of the images in pixels; a multiple of 2^depth
  int64_t channels = 3;
  int64_t classes = 1;        ///< 1: a sigmoid for every pixel; more: a softmax over the classes
  int64_t base_filters = 32;  ///< filters of the first level; each level below has twice as many
  int64_t depth = 4;          ///< halvings of the image, and doublings back
};

/// A network for segmentation (Ronneberger et al., 2015): on the way down and up two 3x3 convolutions a level, each
/// with BatchNormalization and ReLU; every level of the way down is concatenated to that of the way up. (N, size, size,
/// channels) -> (N, size, size, classes). Layers are named down1_conv1, bottom_conv1, up1_conv1, mask. Throws
/// ConfigError for a number below 1 and for a size that cannot be halved `depth` times.
Model unet(const UNetConfig& config = {});

}  // namespace graft::zoo
