#pragma once

#include "graft/models/model/model.h"

namespace graft::zoo {

/// Settings of mobilenet_v2.
struct MobileNetV2Config {
  int64_t size = 224;  ///< height and width of the images in pixels, at least 32
  int64_t channels = 3;
  double alpha = 1;         ///< multiplies the filters of every block, rounded to multiples of 8
  bool include_top = true;  ///< global average pooling and the classifier; else the last feature map is the output
  int64_t classes = 1000;
};

/// Inverted residuals with linear bottlenecks (Sandler et al., 2018), layers named as by
/// keras.applications.MobileNetV2: (N, size, size, channels) -> (N, classes), probabilities.
/// Throws ConfigError for a size below 32, alpha not above 0, or no channels or classes.
Model mobilenet_v2(const MobileNetV2Config& config = {});

}  // namespace graft::zoo
