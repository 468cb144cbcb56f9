#pragma once

// Internal: the cross-entropy of each row of a matrix of classes, and its gradient.

#include <cstdint>

namespace graft::ops {

/// Shares of classes are limited to this range before their logarithm is taken, as Keras does.
constexpr float kLeastShare = 1e-7f, kMostShare = 1 - 1e-7f;

/// The predicted values are a matrix whose rows follow each other in memory: `rows` rows of `classes` floats.
struct CrossEntropyRows {
  int64_t rows = 0, classes = 0;
  bool from_logits = false;  ///< the predicted values are before the softmax; else shares, divided by their sum
  bool sparse = false;       ///< the target of a row is the number of its class; else a share of each class
};

/// loss[r] = -sum over the classes of target log(share). A class number that no class has costs nothing.
void cross_entropy_rows(int threads, const CrossEntropyRows& of, const float* target, const float* predicted,
                        float* loss);
/// The gradient of that for the predicted values, from the gradient of each row's loss. `through_softmax`: the
/// predicted values are shares that a softmax made, and the gradient is the one for what went into it.
void cross_entropy_gradient_rows(int threads, const CrossEntropyRows& of, bool through_softmax, const float* target,
                                 const float* predicted, const float* diff_loss, float* diff_predicted);

}  // namespace graft::ops
