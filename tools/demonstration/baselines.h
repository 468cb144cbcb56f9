#pragma once

#include "graft/core/random.h"
#include "graft/core/tensor.h"

namespace graft::tools {

// Baselines to compare a model with. Rows are samples: (N, ...) of float32, read as (N, D). Labels are (N) of int32.

/// The mean of all rows, (D).
Tensor mean_row(const Tensor& rows);

/// The mean of the rows of each class, (classes, D). Throws DataError for a label outside, or a class without rows.
Tensor class_means(const Tensor& rows, const Tensor& labels, int64_t classes);

/// The number of the nearest centroid for each row, (N) of int32.
Tensor nearest(const Tensor& centroids, const Tensor& rows);

/// The fraction of the labels that are equal in both lists.
double agreement(const Tensor& a, const Tensor& b);

/// The mean squared difference of two tensors of one shape.
double mean_squared_error(const Tensor& a, const Tensor& b);

/// The directions of greatest variance, in descending order.
struct PrincipalComponents {
  Tensor mean;        ///< (D)
  Tensor directions;  ///< (K, D), orthonormal

  /// Reconstructs each row from its first k components. Throws ConfigError if there are fewer.
  Tensor reconstruct(const Tensor& rows, int64_t k) const;
};
/// Finds them by orthogonal iteration on the covariance of the rows. Throws ConfigError unless 1 <= components <= D.
PrincipalComponents principal_components(const Tensor& rows, int64_t components, Random random, int iterations = 30);

}  // namespace graft::tools
