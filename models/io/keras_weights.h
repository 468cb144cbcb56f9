#pragma once

#include "graft/models/io/base/hdf5.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Reads `.weights.h5` of Keras 3, alone or out of a `.keras` archive: arrays lie by the class and the position of
/// their layer, layers/conv2d_1/vars/0, nested models' in layers/functional/layers/... Where the file also tells the
/// names of the layers, and all fit, they decide. Throws FormatError: a missing array, a shape that does not fit.
void load_keras3_weights(const Hdf5File& file, const Model& model);

/// Reads the weights of an `.h5` of Keras 1 and 2, or Keras 3's legacy form: a group for each top-level layer, with the
/// names of its weights; nested models lie flat in theirs. Weights are matched by name, because their order depends on
/// what was trainable; by order only where the names say nothing.
void load_legacy_weights(const Hdf5File& file, const Model& model);

/// Whether the file has Keras 3's layout or the legacy one.
bool has_legacy_weights(const Hdf5File& file);

}  // namespace graft::io
