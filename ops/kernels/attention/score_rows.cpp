#include "graft/ops/kernels/attention/score_rows.h"

#include "graft/ops/kernels/base/row_math.h"
#include "graft/ops/kernels/base/vector_math.h"

namespace graft::ops {

namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

GRAFT_KERNEL void hide(float* scores, int64_t keys, int64_t all, const float* mask, int64_t step) {
  if (mask && step == 1) {
#pragma omp simd
    for (int64_t i = 0; i < keys; ++i) scores[i] = mask[i] != 0 ? scores[i] : kHidden;
  } else if (mask) {
    for (int64_t i = 0; i < keys; ++i) scores[i] = mask[i * step] != 0 ? scores[i] : kHidden;
  }
  for (int64_t i = keys; i < all; ++i) scores[i] = kHidden;
}

GRAFT_KERNEL float shares(float* scores, int64_t n, float& top, float& total) {
  const float found = graft::ops::largest(scores, n), before = top;
  const float now = found > before || found != found ? found : before;
  const float factor = vector_exp(before - now);
  total = total * factor + sum(n, [=](int64_t i) { return scores[i] = vector_exp(scores[i] - now); });
  top = now;
  return factor;
}

GRAFT_KERNEL void known_shares(float* scores, int64_t n, float largest, float factor) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) scores[i] = factor * vector_exp(scores[i] - largest);
}

GRAFT_KERNEL void drop(RandomStream stream, uint32_t first, float rate, float factor, float* shares, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float kept = shares[i] * factor;
    shares[i] = unit(draw(stream, first + static_cast<uint32_t>(i))) < rate ? 0.f : kept;
  }
}

GRAFT_KERNEL void differentiate(const float* shares, float* diff, int64_t n, float moment) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) diff[i] = shares[i] * (diff[i] - moment);
}

GRAFT_KERNEL float dot(const float* a, const float* b, int64_t n) {
  return sum(n, [a, b](int64_t i) { return a[i] * b[i]; });
}

GRAFT_KERNEL void add(float* to, const float* from, int64_t n, float factor) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) to[i] += factor * from[i];
}

GRAFT_KERNEL void scale(float* row, int64_t n, float factor) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) row[i] *= factor;
}

}  // namespace

void hide_scores(float* scores, int64_t keys, int64_t all, const float* mask, int64_t step) {
  hide(scores, keys, all, mask, step);
}

float take_shares(float* scores, int64_t n, float& largest, float& total) { return shares(scores, n, largest, total); }

void take_known_shares(float* scores, int64_t n, float largest, float factor) {
  known_shares(scores, n, largest, factor);
}

void drop_shares(const DroppedShares& dropped, float* shares, int64_t n) {
  const float factor = dropped.rate < 1 ? 1 / (1 - dropped.rate) : 0;
  drop(dropped.stream, dropped.first, dropped.rate, factor, shares, n);
}

void differentiate_shares(const float* shares, float* diff, int64_t n, float moment) {
  differentiate(shares, diff, n, moment);
}

float dot_row(const float* a, const float* b, int64_t n) { return dot(a, b, n); }
void add_row(float* to, const float* from, int64_t n, float factor) { add(to, from, n, factor); }
void scale_row(float* row, int64_t n, float factor) { scale(row, n, factor); }

}  // namespace graft::ops
