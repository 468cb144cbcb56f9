#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graft/models/model/model.h"
#include "graft/ops/run/executable.h"

namespace graft::bench {

/// The names of the networks of the zoo that are measured.
std::vector<std::string> model_names();
/// A network whose weights reveal mistakes in folds and layouts: no scale of a normalization is 1, no shift is 0, and
/// its statistics are those of a batch, so that the outputs are neither all the same nor saturated. Every call returns
/// the same network. Throws ConfigError listing the names.
Model make_model(const std::string& name);
/// The loss that the network is trained with. Throws likewise.
std::string loss_of(const std::string& name);
/// Writes model.json and weights.safetensors into the folder, which it makes.
void save(const Model& model, const std::filesystem::path& folder);

/// The input and the target of a step.
struct Batch {
  Tensor input, target;
};
/// Draws numbers from -1 to 1; the target is the input if the network reconstructs it, and class numbers otherwise.
Batch draw_batch(const std::string& name, const Model& model, int64_t rows);
/// Compiles the network for training with Adam and its own loss.
void compile_for_training(const std::string& name, const Model& model, Precision precision);

/// Options of a Context of the pass or the training step, whose inputs are filled.
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
