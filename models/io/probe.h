#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "graft/models/model/model.h"

namespace graft::io {

/// The names of a probe's files in a saved folder.
inline constexpr const char* kProbeFile = "graft_probe.json";
inline constexpr const char* kProbeData = "graft_probe.bin";

/// Data that verify a saved model: inputs, and samples of the outputs that every layer call had for them.
struct Probe {
  std::string json, data;  ///< the contents of the two files; the numbers in `data` are little-endian float32
};

/// Runs the model on random inputs. Returns nothing for a model that cannot be run on them, since it has unknown
/// dimensions besides the batch, or inputs that are not float32.
std::optional<Probe> make_probe(const Model& model);

/// The difference between a layer's output and the stored one.
struct ProbeDifference {
  std::string layer;      ///< its path and call, such as "encoder/conv2d@1"
  double difference = 0;  ///< largest |now - stored|, divided by the stored root mean square
};

struct ProbeResult {
  size_t outputs = 0;  ///< the number of outputs that were compared
  ProbeDifference largest;
  std::optional<ProbeDifference> first;  ///< the first output above the tolerance, in the order of execution
};
inline constexpr double kProbeTolerance = 1e-4;

/// Recomputes the probe of a saved folder. Throws FormatError when the folder has no probe or that of another model.
ProbeResult verify_probe(const Model& model, const std::filesystem::path& folder);

}  // namespace graft::io
