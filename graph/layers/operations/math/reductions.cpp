#include "graft/graph/layers/operations/math/reductions.h"

#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor mean(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Mean", x, axes, keepdims);
}
SymbolicTensor sum(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Sum", x, axes, keepdims);
}
SymbolicTensor prod(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Prod", x, axes, keepdims);
}
SymbolicTensor max(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Max", x, axes, keepdims);
}
SymbolicTensor min(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Min", x, axes, keepdims);
}
SymbolicTensor stddev(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Std", x, axes, keepdims);
}
SymbolicTensor var(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Var", x, axes, keepdims);
}
SymbolicTensor logsumexp(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Logsumexp", x, axes, keepdims);
}
SymbolicTensor ptp(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Ptp", x, axes, keepdims);
}
SymbolicTensor median(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Median", x, axes, keepdims);
}
SymbolicTensor all(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("All", x, axes, keepdims);
}
SymbolicTensor any(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Any", x, axes, keepdims);
}
SymbolicTensor count_nonzero(const Operand& x, const std::vector<int64_t>& axes) {
  return record("CountNonzero", {x}, {{"axis", axes_of(axes)}});
}

SymbolicTensor nansum(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nansum", x, axes, keepdims);
}
SymbolicTensor nanprod(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanprod", x, axes, keepdims);
}
SymbolicTensor nanmax(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanmax", x, axes, keepdims);
}
SymbolicTensor nanmin(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanmin", x, axes, keepdims);
}
SymbolicTensor nanmean(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanmean", x, axes, keepdims);
}
SymbolicTensor nanstd(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanstd", x, axes, keepdims);
}
SymbolicTensor nanvar(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanvar", x, axes, keepdims);
}
SymbolicTensor nanmedian(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Nanmedian", x, axes, keepdims);
}

SymbolicTensor quantile(const Operand& x, double q, const std::vector<int64_t>& axes, const std::string& method,
                        bool keepdims) {
  const Literals settings{{"axis", axes_of(axes)}, {"method", method}, {"keepdims", keepdims}};
  if (method == "linear") return record("Quantile", {x}, settings, {{"q", q}});
  return record("Percentile", {x}, settings, {{"q", 100 * q}});  // Keras's Quantile always interpolates
}
SymbolicTensor nanquantile(const Operand& x, double q, const std::vector<int64_t>& axes, const std::string& method,
                           bool keepdims) {
  return record("Nanquantile", {x}, {{"axis", axes_of(axes)}, {"method", method}, {"keepdims", keepdims}}, {{"q", q}});
}

SymbolicTensor average(const Operand& x, const Argument& weights, int64_t axis) {
  return record("Average", {x, weights}, {{"axis", axis}});
}
SymbolicTensor norm(const Operand& x, const std::vector<int64_t>& axes, bool keepdims, std::optional<double> ord) {
  return record("Norm", {x}, {{"ord", literal_of(ord)}, {"axis", axes_of(axes)}, {"keepdims", keepdims}});
}
SymbolicTensors moments(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return record_all("Moments", {x}, {{"axes", Literal(axes)}, {"keepdims", keepdims}});
}

SymbolicTensor argmax(const Operand& x, int64_t axis, bool keepdims) {
  return record("Argmax", {x}, {{"axis", axis}, {"keepdims", keepdims}});
}
SymbolicTensor argmin(const Operand& x, int64_t axis, bool keepdims) {
  return record("Argmin", {x}, {{"axis", axis}, {"keepdims", keepdims}});
}

SymbolicTensor cumsum(const Operand& x, std::optional<int64_t> axis) {
  return record("Cumsum", {x}, {{"axis", literal_of(axis)}});
}
SymbolicTensor cumprod(const Operand& x, std::optional<int64_t> axis) {
  return record("Cumprod", {x}, {{"axis", literal_of(axis)}});
}
SymbolicTensor nancumsum(const Operand& x, std::optional<int64_t> axis) {
  return record("Nancumsum", {x}, {{"axis", literal_of(axis)}});
}
SymbolicTensor nancumprod(const Operand& x, std::optional<int64_t> axis) {
  return record("Nancumprod", {x}, {{"axis", literal_of(axis)}});
}

SymbolicTensor diff(const Operand& x, int64_t n, int64_t axis) {
  return record("Diff", {x}, {{"n", n}, {"axis", axis}});
}
SymbolicTensor trapezoid(const Operand& y, double dx, int64_t axis) {
  return record("Trapezoid", {y}, {{"dx", dx}, {"axis", axis}});
}

}  // namespace graft
