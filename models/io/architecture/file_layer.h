#pragma once

#include <string>

#include "graft/graph/layer.h"

namespace graft::io {

/// A layer of a saved model or of one nested in it.
struct FileLayer {
  std::string name;  ///< its name in the file, by which TF.js finds weights: "conv2d" of "conv2d/kernel"
  std::string path;  ///< its path through the nested models: "encoder/conv2d"
  Layer layer;
};

}  // namespace graft::io
