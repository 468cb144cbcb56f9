#pragma once

#include "graft/models/model/model.h"

namespace graft::zoo {

/// Settings of resnet50.
struct ResNet50Config {
  int64_t size = 224;  ///< height and width of the images in pixels, at least 32
  int64_t channels = 3;
  bool include_top = true;  ///< global average pooling and the classifier; else the last feature map is the output
  int64_t classes = 1000;
};

/// The residual network of 50 layers (He et al., 2015), its layers named as by keras.applications.ResNet50:
/// (N, size, size, channels) -> (N, classes), probabilities. At a size of 224 the feature map is (N, 7, 7, 2048).
/// Throws ConfigError for a size below 32, or no channels or classes.
Model resnet50(const ResNet50Config& config = {});

}  // namespace graft::zoo
