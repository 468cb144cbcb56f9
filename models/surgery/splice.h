#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graft/core/source_location.h"
#include "graft/models/model/model.h"

namespace graft {

/// Settings of splice.
struct SpliceOptions {
  std::string name = {};                                      ///< the name of the joined model
  std::vector<std::pair<std::string, std::string>> map = {};  ///< {a's output, b's input}; by order, when left out
};

/// Joins a's outputs to b's inputs in one model. The weights are shared with both; names of b that clash are scoped by
/// b's name.
///
/// By order, every output of a goes into the input of b at its place, and their numbers must be equal. By name,
/// `splice(backbone, head, {.map = {{"p3", "fine"}, {"p4", "coarse"}}})`: an output has the name of the layer that
/// gives it (`"lstm:1"` where that has several outputs), an input that of its Input. Every input of b is named once; an
/// output may go into several. The joined model gives b's outputs, then those of a that go nowhere, in order.
///
/// Throws GraphError for names that are unknown, missing or named twice, listing the names there are; ShapeError for
/// numbers that differ, or naming the output and the input that do not fit, with both shapes.
Model splice(const Model& a, const Model& b, SpliceOptions options = {},
             source_location location = source_location::current());

}  // namespace graft
