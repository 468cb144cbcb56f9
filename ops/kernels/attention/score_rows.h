#pragma once

// Internal: what attention does with rows of scores, between its products.

#include <cstdint>
#include <limits>

#include "graft/ops/kernels/base/random_stream.h"

namespace graft::ops {

/// The largest score of a query that attends to no key: its shares come out as 0, and not as NaN.
constexpr float kNoScore = std::numeric_limits<float>::lowest();

/// Hides the scores from `keys` on up to `all`, and those whose mask is 0. `mask` is null or that of the first key, and
/// step is the distance of its elements.
void hide_scores(float* scores, int64_t keys, int64_t all, const float* mask, int64_t step);

/// Replaces scores by e^(score - largest), where the largest and the total also count the rows that came before for
/// this query. Returns the factor that shares from before have to be multiplied by.
float take_shares(float* scores, int64_t n, float& largest, float& total);
/// Replaces scores by their shares, from what is known of the whole row.
void take_known_shares(float* scores, int64_t n, float largest, float factor);

/// Which shares of a row are dropped: those of the numbers from `first` on in the stream.
struct DroppedShares {
  RandomStream stream;
  uint32_t first;
  float rate;
};
void drop_shares(const DroppedShares& dropped, float* shares, int64_t n);

/// From the gradients of dropped shares, in `diff`, to those of scores: diff = share (diff - moment).
void differentiate_shares(const float* shares, float* diff, int64_t n, float moment);

/// Returns the sum of a[i] b[i].
float dot_row(const float* a, const float* b, int64_t n);
/// Adds factor * from to a row, or multiplies the row.
void add_row(float* to, const float* from, int64_t n, float factor);
void scale_row(float* row, int64_t n, float factor);

}  // namespace graft::ops
