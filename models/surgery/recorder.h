#pragma once

// Internal: recording a model again with changes.

#include <functional>
#include <map>

#include "graft/models/model/misfits.h"
#include "graft/models/model/paths.h"

namespace graft {

/// Records a model again, call by call. A call whose inputs have not changed is kept itself. Calls that cannot take
/// their new inputs are gathered for one error; meanwhile their old outputs stand in for new ones.
class Recorder {
 public:
  /// Records a call of a layer with the arguments and the scope of the call that is replaced.
  using Record = std::function<SymbolicTensors(const Layer& layer, const SymbolicTensors& inputs)>;
  /// Records what takes the place of a call; `inputs` are tensors of the new model. Returns its outputs.
  using Change = std::function<SymbolicTensors(const Node& call, const SymbolicTensors& inputs, const Record& record)>;

  explicit Recorder(source_location location) : location_(location) {}
  /// Opens the nested models around these calls and, where a change is given, makes it to each of them.
  Recorder& at(std::vector<CallPath> places, Change change = {});
  /// Opens all nested models.
  Recorder& open_all();

  /// Records the graph on other inputs; returns its new outputs. Throws one ShapeError listing all calls that cannot
  /// follow.
  SymbolicTensors run(const Graph& graph, const SymbolicTensors& inputs);
  /// The outputs of what the call has become in the latest run.
  const SymbolicTensors& made(const CallPath& place) const { return made_.at(place); }

 private:
  /// The calls of nested models around the place of the walk, with what they pass on to the calls inside.
  struct Surroundings {
    CallPath calls = {};
    std::string scope = {};
    CallArguments arguments = {};
  };
  SymbolicTensors record_all(const Graph& graph, const SymbolicTensors& inputs, const Surroundings& around);
  SymbolicTensors record(const Graph& graph, const std::shared_ptr<const Node>& node, const SymbolicTensors& inputs,
                         const Surroundings& around);
  SymbolicTensors call_like(const std::shared_ptr<const Node>& node, const Layer& layer, const SymbolicTensors& given,
                            const Surroundings& around);
  bool is_place(const CallPath& call) const;
  bool opens(const CallPath& call) const;

  source_location location_;
  std::vector<CallPath> places_;
  Change change_;
  bool open_all_ = false;
  std::map<CallPath, SymbolicTensors> made_;  // by place
  Misfits misfits_;
};

/// Returns all tensors of a, then all of b.
SymbolicTensors together(SymbolicTensors a, const SymbolicTensors& b);

/// A model's outputs and tensors inside it, in one recording in which the nested models that hold some are opened.
struct Opened {
  SymbolicTensors outputs, tensors;
};
/// Throws as find_tensor does.
Opened open_at(const Model& model, const Taps& taps, source_location location);

/// The calls of a model that lead from some tensors to others; nested models that hold one of these are opened.
struct Part {
  SymbolicTensors from, to;  ///< the model's inputs and outputs where none are named
  SymbolicTensors outputs;   ///< of the whole, in the same recording
  std::shared_ptr<const Graph> graph;
};
/// Throws as find_tensor does, and GraphError naming a path from an input to `to` that passes none of `from`, after the
/// broken rule: "a cut at "a" does not separate the model".
Part part_between(const Model& model, const Taps& from, const Taps& to, const std::string& rule,
                  source_location location);

}  // namespace graft
