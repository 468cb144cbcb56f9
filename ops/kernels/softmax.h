#pragma once

// Internal: softmax and its logarithm of each row of a matrix, and their gradients.

#include <cstdint>

namespace graft::ops {

/// A matrix whose rows follow each other in memory: `rows` rows of `n` floats.
struct SoftmaxRows {
  int64_t rows = 0, n = 0;
  bool log = false;  ///< the logarithm of the softmax instead of itself
};

/// y = softmax(x), row by row; y may be x.
void softmax_rows(int threads, const SoftmaxRows& of, const float* x, float* y);
/// The gradient dx for x, from the result y and its gradient dy; dx may be either of them.
void softmax_gradient_rows(int threads, const SoftmaxRows& of, const float* dy, const float* y, float* dx);

}  // namespace graft::ops
