#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "graft/models/model/model.h"

namespace graft::io {

/// The files of a saved folder that hold a probe.
inline constexpr const char* kProbeFile = "graft_probe.json";
inline constexpr const char* kProbeData = "graft_probe.bin";

/// Data to verify a saved model by: inputs, and samples of the outputs that every call of a layer had for them.
struct Probe {
  std::string json, data;  ///< the contents of both files; the numbers are little-endian float32
};

/// Runs the model on random inputs. Returns nothing for a model that cannot be run so: with unknown dimensions (except
/// the batch), or with inputs that are not float32.
std::optional<Probe> make_probe(const Model& model);

/// The difference between a layer's output and the stored one.
struct ProbeDifference {
  std::string layer;      ///< path and call: "encoder/conv2d@1"
  double difference = 0;  ///< largest |now - stored|, divided by the stored root mean square
};

struct ProbeResult {
  size_t outputs = 0;  ///< the number of outputs that were compared
  ProbeDifference largest;
  std::optional<ProbeDifference> first;  ///< the first above the tolerance, in order of execution
};
inline constexpr double kProbeTolerance = 1e-4;

/// Recomputes the probe of a saved folder. Throws FormatError when it holds none, or one of another model.
ProbeResult verify_probe(const Model& model, const std::filesystem::path& folder);

}  // namespace graft::io
