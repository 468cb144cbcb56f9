#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The reductions and scans of keras.ops of the same names.

/// Reduce the named axes, or all of them: then the result has rank 0, unless keepdims keeps every axis as 1.
SymbolicTensor mean(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor sum(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor prod(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor max(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor min(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor stddev(const Operand& x, const std::vector<int64_t>& axes = {},
                      bool keepdims = false);  ///< the deviation, with the number of elements as divisor
SymbolicTensor var(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor logsumexp(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor ptp(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);  ///< max - min
SymbolicTensor median(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor all(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor any(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor count_nonzero(const Operand& x, const std::vector<int64_t>& axes = {});

/// The same over the elements that are not NaN.
SymbolicTensor nansum(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanprod(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanmax(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanmin(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanmean(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanstd(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanvar(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor nanmedian(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);

/// Quantiles q of the elements, from 0 to 1; `method` is "linear", "lower", "higher", "midpoint" or "nearest".
SymbolicTensor quantile(const Operand& x, double q, const std::vector<int64_t>& axes = {},
                        const std::string& method = "linear", bool keepdims = false);
SymbolicTensor nanquantile(const Operand& x, double q, const std::vector<int64_t>& axes = {},
                           const std::string& method = "linear", bool keepdims = false);

/// Averages and norms.
SymbolicTensor average(const Operand& x, const Argument& weights, int64_t axis);
SymbolicTensor norm(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false,
                    std::optional<double> ord = {});
SymbolicTensors moments(const Operand& x, const std::vector<int64_t>& axes,
                        bool keepdims = false);  ///< {mean, variance}

/// The place of the first largest or smallest element; without an axis among all in row-major order. No gradient.
SymbolicTensor argmax(const Operand& x, int64_t axis = -1, bool keepdims = false);
SymbolicTensor argmin(const Operand& x, int64_t axis = -1, bool keepdims = false);

/// Sums and products of all elements up to each one, along an axis or over all.
SymbolicTensor cumsum(const Operand& x, std::optional<int64_t> axis = {});
SymbolicTensor cumprod(const Operand& x, std::optional<int64_t> axis = {});
SymbolicTensor nancumsum(const Operand& x, std::optional<int64_t> axis = {});
SymbolicTensor nancumprod(const Operand& x, std::optional<int64_t> axis = {});

/// Differences and areas between neighbours.
SymbolicTensor diff(const Operand& x, int64_t n = 1, int64_t axis = -1);
SymbolicTensor trapezoid(const Operand& y, double dx = 1, int64_t axis = -1);

}  // namespace graft
