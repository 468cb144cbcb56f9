#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "graft/core/tensor.h"
#include "graft/models/model/model.h"

namespace graft::test {

/// Where a fixture of tests/data was unpacked.
std::filesystem::path fixture_path(const std::string& name);  ///< "tfjs/merges"
/// The fixtures of "tfjs" or "keras", sorted: "tfjs/activations", ...
std::vector<std::string> fixture_names(const std::string& engine);

/// A file of raw little-endian float32, whose shape is in meta.json. Throws FormatError for another size.
Tensor load_f32(const std::filesystem::path& path, const Shape& shape);

/// One folder of tests/data: what a foreign program computed with the model in it.
struct Fixture {
  std::filesystem::path folder;
  nlohmann::ordered_json meta;  ///< the content of meta.json; meta["train"] where training was recorded
  Tensors inputs, outputs;

  bool trains() const { return meta.contains("train"); }
  Tensors targets() const;                         ///< of the training steps
  Tensors outputs_after(const Model& like) const;  ///< after the last step, shaped like the outputs
};
Fixture load_fixture(const std::string& name);

/// The fixture's model: the model.json of a TF.js folder, the model.keras of a Keras folder.
Model load_model_fixture(const std::string& name);

/// Gives the model the weights that the foreign program had after a training step; `file` is one of
/// meta["train"]["weights_after"]: a .bin in the order of the weightsManifest, or a .weights.h5.
void load_weights_after(const Model& model, const Fixture& fixture, const std::string& file);

}  // namespace graft::test
