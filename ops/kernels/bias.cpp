#include "graft/ops/kernels/bias.h"

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/map.h"
#include "graft/ops/kernels/base/vector_math.h"

namespace graft::ops {

namespace {

GRAFT_KERNEL void run_block(const EltwiseArgs& f, const Block& b) {
  const float alpha = f.alpha, beta = f.beta;
  switch (f.algorithm) {
    case Eltwise::relu:
      return map_block2(b, [alpha](float x, float y) { return x + y > 0 ? x + y : alpha * (x + y); });
    case Eltwise::clip:
      return map_block2(b, [alpha, beta](float x, float y) {
        const float above = x + y < alpha ? alpha : x + y;
        return above > beta ? beta : above;
      });
    case Eltwise::logistic:
      return map_block2(b, [](float x, float y) { return vector_logistic(x + y); });
    case Eltwise::tanh:
      return map_block2(b, [](float x, float y) { return vector_tanh(x + y); });
    case Eltwise::elu:
      return map_block2(b, [alpha](float x, float y) {
        const float below = alpha * vector_expm1(x + y);
        return x + y > 0 ? x + y : below;
      });
    case Eltwise::swish:
      return map_block2(b, [alpha](float x, float y) { return (x + y) * vector_logistic(alpha * (x + y)); });
    default:
      return map_block2(b, [](float x, float y) { return x + y; });
  }
}

}  // namespace

bool bias_takes(Eltwise algorithm) {
  switch (algorithm) {
    case Eltwise::relu:
    case Eltwise::clip:
    case Eltwise::logistic:
    case Eltwise::tanh:
    case Eltwise::elu:
    case Eltwise::swish:
      return true;
    default:
      return false;
  }
}

void add_bias(int threads, const LoopNest& nest, const EltwiseArgs& f, const void* src, const float* bias, void* dst) {
  const std::array<void*, 3> operands{dst, const_cast<void*>(src), const_cast<float*>(bias)};  // only dst is written
  for_each_block(nest, operands, threads, [&f](const Block& block) { run_block(f, block); });
}

}  // namespace graft::ops
