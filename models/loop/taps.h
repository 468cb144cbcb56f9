#pragma once

// Internal: the graphs that predict runs when it is to return tensors inside a model too.

#include <list>
#include <memory>
#include <mutex>

#include "graft/models/model/model.h"

namespace graft {

/// A model's graph with further outputs, for a set of taps.
struct TapGraph {
  Taps taps;  ///< keeps the calls alive, so that no other tensor is made at their place in memory
  std::shared_ptr<const Graph> graph;
  int64_t number;  ///< counts the model's graphs from 0, the one without taps: part of the key of what is compiled
};

/// The most recently used graphs of a model. Any number of threads may ask.
class TapGraphs {
 public:
  /// Throws as Model::at does, and GraphError for a tensor that cannot be computed from the model's inputs.
  TapGraph find(const Model& model, const Taps& taps);

 private:
  static constexpr size_t kCapacity = 8;
  std::mutex mutex_;
  std::list<TapGraph> graphs_;  // the one used last comes first
  int64_t made_ = 0;
};

/// The graph that predict runs for these taps: the model's own when there are none. Throws as TapGraphs::find.
TapGraph graph_for(const Model& model, const Taps& taps);

}  // namespace graft
