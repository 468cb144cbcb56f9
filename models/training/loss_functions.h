#pragma once

// Internal: the arithmetic of the losses, as in Keras 3, its clipping included.

#include "graft/graph/symbolic_tensor.h"

/// Each function records a value per sample: (N, ..., C) and (N, ..., C) -> (N, ...), the mean over the last axis
/// unless the loss sums there. y_true and y_pred already fit each other, which Loss sees to.
namespace graft::loss_functions {

SymbolicTensor squared_error(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor absolute_error(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor percentage_error(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor logarithmic_error(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor huber(const SymbolicTensor& y_true, const SymbolicTensor& y_pred, double delta = 1);
SymbolicTensor log_cosh(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor cosine_similarity(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor poisson(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor kl_divergence(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor hinge(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor squared_hinge(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);
SymbolicTensor categorical_hinge(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);

SymbolicTensor binary_crossentropy(const SymbolicTensor& y_true, const SymbolicTensor& y_pred, bool from_logits = false,
                                   double label_smoothing = 0);
/// Throws ShapeError when the number of classes is not known; so does the next.
SymbolicTensor categorical_crossentropy(const SymbolicTensor& y_true, const SymbolicTensor& y_pred,
                                        bool from_logits = false, double label_smoothing = 0);
/// y_true holds class numbers, (N) or (N, 1).
SymbolicTensor sparse_categorical_crossentropy(const SymbolicTensor& y_true, const SymbolicTensor& y_pred,
                                               bool from_logits = false);

/// Class numbers (N), from (N) as they are or from (N, 1) without the last dimension.
SymbolicTensor class_numbers(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);

}  // namespace graft::loss_functions
