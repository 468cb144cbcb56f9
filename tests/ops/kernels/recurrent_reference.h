#pragma once

#include <vector>

#include "graft/ops/kernels/recurrent/shape.h"

namespace graft::test {

/// What the walks of a recurrent cell compute, as plain loops in float64.
struct RecurrentReference {
  ops::RecurrentShape shape;
  std::vector<double> projected, kernel;
  std::vector<double> bias = {}, h = {}, c = {}, mask = {};  ///< may be empty; run() leaves the last states in h and c
  std::vector<double> outputs = {}, last = {}, gates = {}, states = {}, cells = {};

  void run();
};

/// Their gradients, for tanh and logistic.
struct RecurrentGradientReference {
  ops::RecurrentShape shape;
  std::vector<double> kernel;
  std::vector<double> diff_outputs, diff_last, diff_h,
      diff_c;  ///< run() leaves those of the first states in the latter
  std::vector<double> gates, states, cells, mask;
  std::vector<double> diff_projected = {}, diff_recurrent = {};

  void run();
};

}  // namespace graft::test
