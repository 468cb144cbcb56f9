#pragma once

// Internal: recording a model again with changes.

#include <functional>
#include <map>

#include "graft/models/model/misfits.h"
#include "graft/models/model/paths.h"

namespace graft {

/// Records a model anew, call by call. Where a call's inputs are those it had, the call itself is kept. Calls that do
/// not take their new inputs are gathered: what they gave before stands in for what they would give.
class Recorder {
 public:
  /// Records a call like the one in question, with its arguments and scope; of the same layer, or of another.
  using Record = std::function<SymbolicTensors(const Layer& layer, const SymbolicTensors& inputs)>;
  /// What stands in the place of a call: its inputs are of the new model already.
  using Change = std::function<SymbolicTensors(const Node& call, const SymbolicTensors& inputs, const Record& record)>;

  explicit Recorder(std::source_location location) : location_(location) {}
  /// The nested models around these calls are opened, and where there is a change, it is made to each of them.
  Recorder& at(std::vector<CallPath> places, Change change = {});
  /// All nested models are opened.
  Recorder& open_all();

  /// What the graph's outputs become on other inputs. Throws one ShapeError telling all calls that cannot follow.
  SymbolicTensors run(const Graph& graph, const SymbolicTensors& inputs);
  /// After a run: what the call became.
  const SymbolicTensors& made(const CallPath& place) const { return made_.at(place); }

 private:
  /// Where the walk is: in a call of a nested model, or in the outermost model.
  struct Surroundings {
    CallPath calls = {};
    std::string scope = {};
    CallArguments arguments = {};
  };
  SymbolicTensors record_all(const Graph& graph, const SymbolicTensors& inputs, const Surroundings& around);
  SymbolicTensors record(const Graph& graph, const std::shared_ptr<const Node>& node, const SymbolicTensors& inputs,
                         const Surroundings& around);
  SymbolicTensors call_like(const std::shared_ptr<const Node>& node, const Layer& layer, const SymbolicTensors& inputs,
                            const Surroundings& around);
  bool is_place(const CallPath& call) const;
  bool opens(const CallPath& call) const;

  std::source_location location_;
  std::vector<CallPath> places_;
  Change change_;
  bool open_all_ = false;
  std::map<CallPath, SymbolicTensors> made_;  // of the places
  Misfits misfits_;
};

SymbolicTensors together(SymbolicTensors a, const SymbolicTensors& b);

/// A model's outputs with tensors inside it, of one and the same recording: nested models that hold some are opened.
struct Opened {
  SymbolicTensors outputs, tensors;
};
/// Throws as find_tensor does.
Opened open_at(const Model& model, const Taps& taps, std::source_location location);

/// The calls of a model that lead from some tensors to others; nested models that hold one of these are opened.
struct Part {
  SymbolicTensors from, to;  ///< the model's inputs and outputs, where none are named
  SymbolicTensors outputs;   ///< of the whole, in the same recording
  std::shared_ptr<const Graph> graph;
};
/// Throws as find_tensor does, and GraphError naming a way from an input to `to` that passes none of `from`, behind the
/// rule that this breaks: "a cut at "a" does not separate the model".
Part part_between(const Model& model, const Taps& from, const Taps& to, const std::string& rule,
                  std::source_location location);

}  // namespace graft
