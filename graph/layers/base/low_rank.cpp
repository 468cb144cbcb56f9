#include "graft/graph/layers/base/low_rank.h"

namespace graft {

ops::Value low_rank(ops::Builder& b, const Variable& first, const Variable& second, int64_t rank,
                    std::optional<double> alpha) {
  const double factor = alpha.value_or(static_cast<double>(rank)) / static_cast<double>(rank);
  const ops::Dims left = first.shape().dims();
  const ops::Value flat = b.reshape(b.variable(first), {ops::elements(left) / left.back(), left.back()});
  ops::Dims dims = left;
  dims.back() = second.shape()[-1];
  return b.reshape(b.scale(b.matmul(flat, b.variable(second)), static_cast<float>(factor)), dims);
}

}  // namespace graft
