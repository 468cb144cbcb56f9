#pragma once

#include <string>

#include "graft/graph/layer.h"

namespace graft::io {

/// A layer of a saved model or of one nested in it.
struct FileLayer {
  std::string name;  ///< in the file, where TF.js finds weights by it: "conv2d" of "conv2d/kernel"
  std::string path;  ///< through the nested models: "encoder/conv2d"
  Layer layer;
};

}  // namespace graft::io
