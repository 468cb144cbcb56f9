#include "graft/ops/kernels/eltwise.h"

#include <cmath>
#include <limits>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/special.h"

namespace graft::ops {

namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

template <class F>
GRAFT_INLINE void loop(const float* src, float* dst, int64_t n, F f) {
  for (int64_t i = 0; i < n; ++i) dst[i] = f(src[i]);
}

// Functions that no compiler makes vectors of.
void run_rare(Eltwise algorithm, const float* src, float* dst, int64_t n) {
  switch (algorithm) {
    case Eltwise::tan:
      return loop(src, dst, n, [](float x) { return std::tan(x); });
    case Eltwise::arcsin:
      return loop(src, dst, n, [](float x) { return std::asin(x); });
    case Eltwise::arccos:
      return loop(src, dst, n, [](float x) { return std::acos(x); });
    case Eltwise::arctan:
      return loop(src, dst, n, [](float x) { return std::atan(x); });
    case Eltwise::sinh:
      return loop(src, dst, n, [](float x) { return std::sinh(x); });
    case Eltwise::cosh:
      return loop(src, dst, n, [](float x) { return std::cosh(x); });
    case Eltwise::arcsinh:
      return loop(src, dst, n, [](float x) { return std::asinh(x); });
    case Eltwise::arccosh:
      return loop(src, dst, n, [](float x) { return std::acosh(x); });
    case Eltwise::arctanh:
      return loop(src, dst, n, [](float x) { return std::atanh(x); });
    case Eltwise::expm1:
      return loop(src, dst, n, [](float x) { return std::expm1(x); });
    case Eltwise::log1p:
      return loop(src, dst, n, [](float x) { return std::log1p(x); });
    case Eltwise::log2:
      return loop(src, dst, n, [](float x) { return std::log2(x); });
    case Eltwise::log10:
      return loop(src, dst, n, [](float x) { return std::log10(x); });
    case Eltwise::exp2:
      return loop(src, dst, n, [](float x) { return std::exp2(x); });
    case Eltwise::cbrt:
      return loop(src, dst, n, [](float x) { return std::cbrt(x); });
    case Eltwise::erfc:
      return loop(src, dst, n, [](float x) { return std::erfc(x); });
    case Eltwise::erfinv:
      return loop(src, dst, n, erfinv);
    case Eltwise::sinc:
      return loop(src, dst, n, sinc);
    case Eltwise::sinc_slope:
      return loop(src, dst, n, sinc_slope);
    case Eltwise::bessel_i0:
      return loop(src, dst, n, bessel_i0);
    case Eltwise::bessel_i1:
      return loop(src, dst, n, bessel_i1);
    default:
      return;  // the others are oneDNN's
  }
}

GRAFT_KERNEL void run_own(EltwiseArgs args, const float* src, float* dst, int64_t n) {
  const float alpha = args.alpha;
  switch (args.algorithm) {
    case Eltwise::floor:
      return loop(src, dst, n, [](float x) { return std::floor(x); });
    case Eltwise::sign:
      return loop(src, dst, n, [](float x) { return x != x ? x : static_cast<float>((x > 0) - (x < 0)); });
    case Eltwise::pow:
      return loop(src, dst, n, [alpha](float x) { return std::pow(x, alpha); });
    case Eltwise::reciprocal:
      return loop(src, dst, n, [](float x) { return 1.f / x; });
    case Eltwise::rsqrt:
      return loop(src, dst, n, [](float x) { return 1.f / std::sqrt(x); });
    case Eltwise::sin:
      return loop(src, dst, n, [](float x) { return std::sin(x); });
    case Eltwise::cos:
      return loop(src, dst, n, [](float x) { return std::cos(x); });
    case Eltwise::erf:
      return loop(src, dst, n, [](float x) { return std::erf(x); });
    case Eltwise::ceil:
      return loop(src, dst, n, [](float x) { return std::ceil(x); });
    case Eltwise::trunc:
      return loop(src, dst, n, [](float x) { return std::trunc(x); });
    case Eltwise::isnan:
      return loop(src, dst, n, [](float x) { return x != x ? 1.f : 0.f; });
    case Eltwise::isinf:
      return loop(src, dst, n, [](float x) { return std::abs(x) > kLargest ? 1.f : 0.f; });
    case Eltwise::isfinite:
      return loop(src, dst, n, [](float x) { return std::abs(x) <= kLargest ? 1.f : 0.f; });
    case Eltwise::signbit:
      return loop(src, dst, n, [](float x) { return std::signbit(x) ? 1.f : 0.f; });
    case Eltwise::logical_not:
      return loop(src, dst, n, [](float x) { return x == 0 ? 1.f : 0.f; });
    default:
      return run_rare(args.algorithm, src, dst, n);
  }
}

}  // namespace

void eltwise_floats(int threads, const EltwiseArgs& f, const float* src, float* dst, int64_t n) {
  constexpr int64_t kFunctionGrain = 1 << 12;  // a function takes longer than an addition
  parallel_for(threads, n, kFunctionGrain,
               [&](int64_t begin, int64_t end) { run_own(f, src + begin, dst + begin, end - begin); });
}

}  // namespace graft::ops
