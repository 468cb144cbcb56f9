#pragma once

#include "graft/models/io/base/hdf5.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Reads `.weights.h5` of Keras 3, alone or from a `.keras` archive. An array is stored by the class and the position
/// of its layer, layers/conv2d_1/vars/0, or layers/functional/layers/... in a nested model. Where the file also has the
/// names of the layers, and all of them fit, they decide. Throws FormatError: a missing array, a shape that does not
/// fit.
void load_keras3_weights(const Hdf5File& file, const Model& model);

/// Reads the weights of an `.h5` of Keras 1 and 2, or Keras 3's legacy form: a group for each top-level layer, with the
/// names of its weights; those of nested models are flat in theirs. Weights are matched by name, as their order depends
/// on what was trainable, and by order only where the names do not decide. Throws likewise.
void load_legacy_weights(const Hdf5File& file, const Model& model);

/// Whether the file has the legacy layout; otherwise it has Keras 3's.
bool has_legacy_weights(const Hdf5File& file);

}  // namespace graft::io
