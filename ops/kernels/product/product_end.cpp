#include "graft/ops/kernels/product/product_end.h"

#include "graft/ops/kernels/base/vector_math.h"
#include "graft/ops/kernels/product/small_product.h"

namespace graft::ops {

namespace {

template <class F>
GRAFT_INLINE void each(const float* bias, int64_t rows, int64_t columns, float* data, int64_t row, F f) {
  float biases[kColumns] = {};
  for (int64_t c = 0; bias && c < columns; ++c) biases[c] = bias[c];
  for (int64_t r = 0; r < rows; ++r, data += row)
    if (columns == kColumns) {
#pragma omp simd
      for (int64_t c = 0; c < kColumns; ++c) data[c] = f(data[c] + biases[c]);
    } else {
      for (int64_t c = 0; c < columns; ++c) data[c] = f(data[c] + biases[c]);
    }
}

// NaN goes through each of them.
GRAFT_KERNEL void finish(const EltwiseArgs& f, const float* bias, int64_t rows, int64_t columns, float* data,
                         int64_t row) {
  const float alpha = f.alpha, beta = f.beta;
  const auto with = [=](auto function)
                        __attribute__((always_inline)) { each(bias, rows, columns, data, row, function); };
  switch (f.algorithm) {
    case Eltwise::relu:
      if (alpha == 0) return with([](float x) { return x < 0 ? 0.f : x; });
      return with([alpha](float x) { return x < 0 ? alpha * x : x; });
    case Eltwise::clip:
      return with([alpha, beta](float x) { return x < alpha ? alpha : x > beta ? beta : x; });
    case Eltwise::logistic:
      return with([](float x) { return vector_logistic(x); });
    case Eltwise::tanh:
      return with([](float x) { return vector_tanh(x); });
    case Eltwise::swish:
      return with([alpha](float x) { return x * vector_logistic(alpha * x); });
    case Eltwise::elu:
      return with([alpha](float x) { return x < 0 ? alpha * vector_expm1(x) : x; });
    case Eltwise::gelu_erf:
      return with([](float x) { return x * vector_normal_cdf(x); });
    case Eltwise::gelu_tanh:
      return with([](float x) { return x * vector_logistic(1.59576912f * x * (1.f + 0.044715f * x * x)); });
    default:
      return with([alpha, beta](float x) { return alpha * x + beta; });  // linear
  }
}

}  // namespace

bool product_applies(const EltwiseArgs& activation) {
  switch (activation.algorithm) {
    case Eltwise::relu:
    case Eltwise::clip:
    case Eltwise::logistic:
    case Eltwise::tanh:
    case Eltwise::swish:
    case Eltwise::elu:
    case Eltwise::gelu_erf:
    case Eltwise::gelu_tanh:
    case Eltwise::linear:
      return true;
    default:
      return false;
  }
}

void finish_product(const ProductEnd& end, int64_t rows, int64_t columns, float* data, int64_t row) {
  constexpr EltwiseArgs kSame{Eltwise::linear, 1, 0};
  if (end.bias || end.activation) finish(end.activation ? *end.activation : kSame, end.bias, rows, columns, data, row);
}

}  // namespace graft::ops
