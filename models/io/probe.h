#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "graft/models/model/model.h"

namespace graft::io {

/// What a saved model carries to be checked by: inputs, and samples of what every call of a layer gave for them.
struct Probe {
  std::string json, data;  ///< graft_probe.json, and the numbers, little-endian float32
};

/// Runs the model on inputs of its own. Nothing for a model that cannot be run so: with dimensions that are not known
/// (but for the batch's), or inputs that are not float32.
std::optional<Probe> make_probe(const Model& model);

/// One layer's output against what was stored.
struct ProbeDifference {
  std::string layer;      ///< path and call: "encoder/conv2d@1"
  double difference = 0;  ///< largest |now - stored|, divided by the stored root mean square
};

struct ProbeResult {
  size_t outputs = 0;  ///< compared
  ProbeDifference largest;
  std::optional<ProbeDifference> first;  ///< the first in order of execution above the tolerance
};
inline constexpr double kProbeTolerance = 1e-4;

/// Recomputes the probe of a saved folder. Throws FormatError when it holds none, or one of another model.
ProbeResult verify_probe(const Model& model, const std::filesystem::path& folder);

}  // namespace graft::io
