#pragma once

#include <set>
#include <string>
#include <vector>

#include "graft/graph/call_arguments.h"
#include "graft/graph/layer.h"

namespace graft::test {

/// A layer for the JSON round trip, none of whose settings is at its default.
struct Sample {
  Layer layer;
  std::set<std::string> required = {};  ///< keys without a default
};

/// Samples of the layers of core, activations, normalization, regularization and merging.
std::vector<Sample> core_samples();
/// Samples of the layers of series, images and volumes.
std::vector<Sample> spatial_samples();
/// Samples of the layers of preprocessing.
std::vector<Sample> preprocessing_samples();
/// Samples of recurrent layers, their cells and attention layers.
std::vector<Sample> sequence_samples();
/// Samples of augmentations of images.
std::vector<Sample> augmentation_samples();
/// All of them: every class of layers has one at least.
std::vector<Sample> all_samples();

/// What a sample can be called on, the batch among the dimensions. Several samples of a class are counted from 0.
/// Empty: nobody has said.
std::vector<InputSpec> inputs_of(const std::string& class_name, size_t sample);

}  // namespace graft::test
