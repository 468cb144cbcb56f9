#pragma once

// Internal: what the masks of predictions do to losses and metrics.

#include "graft/graph/symbolic_tensor.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The values of a loss, whose mean is then only over those that the mask of the prediction counts: masked ones become
/// 0, and the others grow by the number of all over the number of these. Without a mask they stay as they are. A loss
/// that is a scalar stays too.
SymbolicTensor within_mask(const SymbolicTensor& values, const SymbolicTensor& prediction);

/// The values of a metric with the mask of the prediction, times the weights where some are given, as a mask of their
/// own, over which a TrainingStep takes the mean.
SymbolicTensor counted_values(const SymbolicTensor& values, const SymbolicTensor& prediction,
                              const SymbolicTensor& weights = {});

/// A mask or weights, in Keras's order of axes, with the rank of `dims`: axes of 1 are added behind its own, or the
/// last one is removed. Throws ShapeError where that does not broadcast to `dims`.
ops::Value along_rows(ops::Builder& builder, ops::Value mask, const ops::Dims& dims);

}  // namespace graft
