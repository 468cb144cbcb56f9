#pragma once

// Internal: the names that other programs give the weights of a layer.

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graft/models/model/model.h"

namespace graft::io {

/// Returns dense, dense_1, ...: the number counts the layers of one class within one container.
class ClassCounter {
 public:
  std::string next(const std::string& class_name);

 private:
  std::unordered_map<std::string, int> counts_;
};

/// The layers inside one by their paths in files of Keras 3: "cell", "cells/lstm_cell_1".
std::vector<std::pair<std::string, Layer>> inner_paths(const LayerImpl& layer);

/// The variables of a layer that is no model by their paths in files of Keras 3: "vars/0", "cell/vars/1". Models inside
/// are left out.
std::vector<std::pair<std::string, Variable>> keras3_variables(const Layer& layer);

struct NamedVariable {
  std::string path;  ///< "encoder/conv2d/kernel"
  Variable variable;
};

/// Adds the variables of a layer, those of a nested model by their paths in it, without layers that take any weights.
void collect(const Layer& layer, const std::string& path, std::vector<NamedVariable>& found);

/// The variable that each name of a weight means, "dense/kernel:0": that whose path has the longest equal end. Where
/// the names do not decide, the variables in Keras's order, trainable ones first; there are as many names as variables.
/// In a nested model the names of its layers decide too.
std::vector<const NamedVariable*> matched(const std::vector<NamedVariable>& variables,
                                          const std::vector<std::string>& names, bool nested);

/// "dense/kernel" for the weight "block/dense/kernel:0" of the layer "block".
std::string name_in_layer(const std::string& weight, const std::string& layer);

/// In alphabetical order, but 2 before 10, dense_2 before dense_10 and "vars" first.
std::vector<std::string> in_order_of_numbers(std::vector<std::string> names);

}  // namespace graft::io
