#include "graft/ops/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/base/row_math.h"
#include "graft/ops/kernels/base/vector_math.h"

namespace graft::ops {

namespace {

GRAFT_INLINE float clipped(float share) {
  const float above = share < kLeastShare ? kLeastShare : share;
  return above > kMostShare ? kMostShare : above;
}

GRAFT_INLINE bool within(float share) { return share > kLeastShare && share <= kMostShare; }

// Returns the class that a number names, or -1 for none.
GRAFT_INLINE int64_t class_of(float number, int64_t n) {
  if (!(number >= 0 && number < static_cast<float>(n))) return -1;
  const auto k = static_cast<int64_t>(number);
  return static_cast<float>(k) == number ? k : -1;
}

GRAFT_KERNEL void losses(const CrossEntropyRows& args, const float* t, const float* x, float* loss, int64_t rows) {
  const int64_t n = args.classes;
  for (int64_t r = 0; r < rows; ++r, x += n, t += args.sparse ? 1 : n) {
    const int64_t k = args.sparse ? class_of(*t, n) : 0;
    if (k < 0) {
      loss[r] = 0;
    } else if (args.from_logits) {
      const float top = largest(x, n);
      const float shift = top + std::log(sum(n, [x, top](int64_t i) { return vector_exp(x[i] - top); }));
      loss[r] = args.sparse ? shift - x[k] : sum(n, [=](int64_t i) { return t[i] * (shift - x[i]); });
    } else {
      const float total = sum(n, [x](int64_t i) { return x[i]; });
      loss[r] = args.sparse ? -std::log(clipped(x[k] / total))
                            : -sum(n, [=](int64_t i) { return t[i] * vector_log(clipped(x[i] / total)); });
    }
  }
}

// The gradient for logits z is g (softmax(z) sum(t) - t).
GRAFT_KERNEL void logit_gradients(bool sparse, const float* t, const float* x, const float* g, float* dx, int64_t rows,
                                  int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, dx += n, t += sparse ? 1 : n) {
    const int64_t k = sparse ? class_of(*t, n) : -1;
    const float weight = sparse ? (k < 0 ? 0.f : 1.f) : sum(n, [t](int64_t i) { return t[i]; });
    const float top = largest(x, n), own = g[r];
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) dx[i] = vector_exp(x[i] - top);
    const float factor = own * weight / sum(n, [dx](int64_t i) { return dx[i]; });
    if (sparse) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dx[i] *= factor;
      if (k >= 0) dx[k] -= own;
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dx[i] = dx[i] * factor - own * t[i];
    }
  }
}

// The gradient for shares p with the sum s is d / s - D / s^2, where d = -g t s / p within the bounds and 0 beyond,
// and D = sum(d p). A softmax before it has the gradient p (dp - sum(dp p)), in which that sum is 0.
GRAFT_KERNEL void share_gradients(bool sparse, bool softmax, const float* t, const float* p, const float* g, float* dp,
                                  int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, p += n, dp += n, t += sparse ? 1 : n) {
    const float total = sum(n, [p](int64_t i) { return p[i]; }), inverse = 1 / total, own = g[r];
    float moment = 0, single = 0;
    const int64_t k = sparse ? class_of(*t, n) : -1;
    if (sparse) {
      if (k >= 0 && within(p[k] / total)) {
        single = -own / (p[k] / total);
        moment = single * p[k];
      }
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dp[i] = 0;
      if (k >= 0) dp[k] = single;
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) {
        const float share = p[i] / total, d = -own * t[i] / share;
        dp[i] = within(share) ? d : 0.f;
      }
      moment = sum(n, [dp, p](int64_t i) { return dp[i] * p[i]; });
    }
    const float shift = moment * inverse * inverse;
    if (softmax) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dp[i] = p[i] * (dp[i] * inverse - shift);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dp[i] = dp[i] * inverse - shift;
    }
  }
}

int64_t grain(const CrossEntropyRows& of) { return std::max<int64_t>(1, kGrain / 8 / of.classes); }
int64_t target_floats(const CrossEntropyRows& of) { return of.sparse ? 1 : of.classes; }

}  // namespace

void cross_entropy_rows(int threads, const CrossEntropyRows& of, const float* target, const float* predicted,
                        float* loss) {
  parallel_for(threads, of.rows, grain(of), [&](int64_t begin, int64_t end) {
    losses(of, target + begin * target_floats(of), predicted + begin * of.classes, loss + begin, end - begin);
  });
}

void cross_entropy_gradient_rows(int threads, const CrossEntropyRows& of, bool through_softmax, const float* target,
                                 const float* predicted, const float* diff_loss, float* diff_predicted) {
  parallel_for(threads, of.rows, grain(of), [&](int64_t begin, int64_t end) {
    const float *t = target + begin * target_floats(of), *x = predicted + begin * of.classes, *g = diff_loss + begin;
    float* dx = diff_predicted + begin * of.classes;
    if (of.from_logits)
      logit_gradients(of.sparse, t, x, g, dx, end - begin, of.classes);
    else
      share_gradients(of.sparse, through_softmax, t, x, g, dx, end - begin, of.classes);
  });
}

}  // namespace graft::ops
