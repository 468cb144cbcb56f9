#pragma once

// Internal: the parts of a graph that are computed on the host, ahead of its Program and after it.

#include <memory>
#include <vector>

#include "graft/core/tensor.h"
#include "graft/graph/graph.h"

namespace graft {

/// A part of a graph that is computed in one go: layers on the host, or one Program.
struct Stage {
  bool on_host = false;
  std::shared_ptr<const Graph> graph;  ///< from tensors of earlier stages, or of the whole, to those that others need
};

/// A graph in stages, in their order. Most graphs are one Program; layers that take strings or exact integers run on
/// the host (LayerImpl::runs_on_host), as late layers of such a kind do on what a Program has computed.
class StagedGraph {
 public:
  /// Opens the nested models that hold layers for the host, then orders the calls into stages. Throws GraphError for a
  /// layer of a Program that is given strings.
  explicit StagedGraph(std::shared_ptr<const Graph> graph);

  /// The graph without nested models that hold layers for the host; its inputs are those of the graph that was given.
  const Graph& graph() const& { return *graph_; }
  const Graph& graph() const&& = delete;
  const std::vector<Stage>& stages() const& { return stages_; }
  const std::vector<Stage>& stages() const&& = delete;  // a loop over the stages of a temporary would outlive them
  /// Whether one Program computes all of it.
  bool is_program() const { return stages_.size() == 1 && !stages_[0].on_host; }

  /// The stage on the host that comes first; null where the Program does.
  const Graph* prologue() const&;
  /// The only Program. Throws GraphError where there is none, or several between which the host computes.
  const std::shared_ptr<const Graph>& program() const&;

 private:
  std::shared_ptr<const Graph> graph_;
  std::vector<Stage> stages_;
};

/// Computes a stage on the host; `inputs` are in the order of its inputs. Inputs are cast to the types that the stage
/// was recorded with. Errors name the layer and the user's line.
Tensors compute_on_host(const Graph& stage, const Tensors& inputs);

}  // namespace graft
