#pragma once

#include <functional>
#include <optional>
#include <string>

#include "graft/models/io/base/hdf5.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Reads `.weights.h5` of Keras 3, either a file or the part of a `.keras` archive. The path of an array is made of the
/// class and the position of its layer: layers/conv2d_1/vars/0, or layers/functional/layers/... in a nested model.
/// Where the file also stores the names of the layers, and all of them fit, the names decide. Throws FormatError for a
/// missing array and for a shape that does not fit.
///
/// `asset` reads a file of the archive, by the path of the layer: assets/layers/string_lookup/vocabulary.txt. Without
/// it layers that keep a vocabulary there stay as they are.
using ReadAsset = std::function<std::optional<std::string>(const std::string& path)>;
void load_keras3_weights(const Hdf5File& file, const Model& model, const ReadAsset& asset = {});

/// Reads the weights of an `.h5` of Keras 1 and 2, or the legacy form of Keras 3. It has a group for each top-level
/// layer with the names of its weights; the group of a nested model lists all weights inside. Weights are matched by
/// name, since their order depends on which were trainable, and by order where the names do not decide. Throws
/// likewise.
void load_legacy_weights(const Hdf5File& file, const Model& model);

/// Whether the file has the legacy layout; otherwise it has Keras 3's.
bool has_legacy_weights(const Hdf5File& file);

}  // namespace graft::io
