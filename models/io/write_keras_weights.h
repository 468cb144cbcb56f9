#pragma once

#include "graft/models/io/base/hdf5_writer.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Writes `.weights.h5` of Keras 3, either a file or the part of a `.keras` archive, as load_keras3_weights reads it.
/// Each group has the name of its layer, by which Keras finds it. A layer that nested models share is written at each
/// of its places, because Keras makes a layer at each.
void write_keras3_weights(Hdf5Writer& file, const Model& model);

/// Writes the weights of an `.h5` of Keras, in the legacy form that Keras 3 and TF.js's converter read: a group for
/// each layer of the model with its weights, those that can be trained first, as load_legacy_weights reads it.
void write_legacy_weights(Hdf5Writer& file, const Model& model);

}  // namespace graft::io
