#pragma once

#include "graft/models/model/model.h"

namespace graft::zoo {

/// Settings of mlp.
struct MLPConfig {
  int64_t inputs = 784;
  std::vector<int64_t> hidden = {128};  ///< units of the layers between, with ReLU
  int64_t classes = 10;
};

/// A multilayer perceptron: (N, inputs) -> (N, classes), probabilities. Its layers are hidden1, hidden2, ...,
/// predictions. Throws ConfigError for a number below 1.
Model mlp(const MLPConfig& config = {});

}  // namespace graft::zoo
