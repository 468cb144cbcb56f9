#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graft/models/model/model.h"
#include "graft/ops/run/executable.h"

namespace graft::bench {

/// The names of the networks of the zoo that are measured.
std::vector<std::string> model_names();
/// A network whose weights no mistake of a fold or a layout can hide behind: no scale of a normalization is 1, no shift
/// 0, and its statistics are those of a batch, so that the outputs are neither all the same nor saturated. The same at
/// every call. Throws ConfigError listing the names.
Model make_model(const std::string& name);
/// The loss it is trained with. Throws likewise.
std::string loss_of(const std::string& name);
/// model.json and weights.safetensors in the folder, which is made.
void save(const Model& model, const std::filesystem::path& folder);

/// What a step is given.
struct Batch {
  Tensor input, target;
};
/// Numbers from -1 to 1; the target is the input where the network is to give it back, class numbers elsewhere.
Batch draw_batch(const std::string& name, const Model& model, int64_t rows);
/// The training of all that is measured: Adam, with the loss that belongs to the network.
void compile_for_training(const std::string& name, const Model& model, Precision precision);

/// A Context of the pass or the training step, its inputs filled.
struct ContextOptions {
  bool training = false;
  int64_t batch = 1;
  Precision precision = "float32";
  int threads = 0;  ///< 0: all cores
  bool tune = false;
};
Executable make_executable(const std::string& name, const Model& model, const ContextOptions& options);
Context make_context(const Executable& executable, const Batch& batch);

}  // namespace graft::bench
