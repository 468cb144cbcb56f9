#pragma once

// Internal: what predict runs when it is to return tensors inside a model too.

#include <list>
#include <memory>
#include <mutex>

#include "graft/models/model/model.h"

namespace graft {

/// A model's graph with further outputs, for a set of taps.
struct TappedGraph {
  Taps taps;  // holds the calls, so that no other tensor takes their place in memory
  std::shared_ptr<const Graph> graph;
  int64_t number;  // of this model's: a key for what is compiled of it
};

/// The most recently used few of a model. Any number of threads may ask.
class TappedGraphs {
 public:
  /// Throws as Model::at does, and GraphError for a tensor that cannot be computed from the model's inputs.
  TappedGraph find(const Model& model, const Taps& taps);

 private:
  static constexpr size_t kCapacity = 8;
  std::mutex mutex_;
  std::list<TappedGraph> graphs_;  // the latest first
  int64_t made_ = 0;
};

}  // namespace graft
