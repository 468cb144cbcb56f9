#pragma once

// Internal: the graphs that predict runs, which may also return tensors inside a model.

#include <list>
#include <memory>
#include <mutex>

#include "graft/models/model/model.h"
#include "graft/models/step/host_part.h"

namespace graft {

/// The graph of a model with further outputs for a set of taps.
struct TapGraph {
  Taps taps;  ///< keeps the calls alive, so that no new tensor gets their address
  std::shared_ptr<const StagedGraph> staged;
  int64_t number;  ///< numbers the model's graphs; part of the key of an Executable
};

/// The most recently used graphs of a model. Any number of threads may call it at once.
class TapGraphs {
 public:
  /// Throws as Model::at does, and GraphError for a tensor that cannot be computed from the model's inputs.
  TapGraph find(const Model& model, const Taps& taps);

 private:
  static constexpr size_t kCapacity = 8;
  std::mutex mutex_;
  std::list<TapGraph> graphs_;  // the most recently used first
  int64_t made_ = 0;
};

/// Returns the graph that predict runs for these taps; without taps it is the model's own. Throws as TapGraphs::find
/// does.
TapGraph graph_for(const Model& model, const Taps& taps);

}  // namespace graft
