// Up-sampling by whole factors, nearest or linear between pixel centres. Each spatial axis is a sparse matrix; forward
// and backward are the same loop, the latter with the matrices transposed.

#include <algorithm>
#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/builder.h"
#include "graft/ops/kernels/layout.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/map.h"

namespace graft::ops {

namespace {

struct Tap {
  int64_t index;
  float weight;
};

/// What each pixel of the result is made of, along one axis.
using Axis = std::vector<std::vector<Tap>>;

void add_tap(std::vector<Tap>& taps, int64_t index, float weight) {
  for (Tap& tap : taps)
    if (tap.index == index) {
      tap.weight += weight;
      return;
    }
  if (weight != 0) taps.push_back({index, weight});
}

Axis up_sampling(int64_t n, int64_t factor, Interpolation interpolation) {
  Axis axis(static_cast<size_t>(n * factor));
  for (int64_t i = 0; i < n * factor; ++i) {
    auto& taps = axis[static_cast<size_t>(i)];
    if (interpolation == Interpolation::nearest) {
      add_tap(taps, i / factor, 1);
      continue;
    }
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5, floor = std::floor(at);
    const auto below = static_cast<int64_t>(floor), above = below + 1;
    const auto part = static_cast<float>(at - floor);
    add_tap(taps, std::max<int64_t>(below, 0), 1 - part);
    add_tap(taps, std::min(above, n - 1), part);
  }
  return axis;
}

Axis transposed(const Axis& axis, int64_t n) {
  Axis out(static_cast<size_t>(n));
  for (size_t i = 0; i < axis.size(); ++i)
    for (const Tap& tap : axis[i]) out[static_cast<size_t>(tap.index)].push_back({static_cast<int64_t>(i), tap.weight});
  return out;
}

GRAFT_KERNEL void weighted_copy(const float* src, float weight, float* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) dst[i] = weight * src[i];
}

GRAFT_KERNEL void weighted_add(const float* src, float weight, float* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) dst[i] += weight * src[i];
}

/// Images, channels last: (planes, height, width, channels).
struct Loop {
  Axis rows, columns;
  int64_t from_height, from_width, channels;

  void operator()(const Run& run, std::span<void* const> p, int64_t planes) const {
    const auto height = static_cast<int64_t>(rows.size()), width = static_cast<int64_t>(columns.size());
    const int64_t grain = std::max<int64_t>(1, kGrain / (width * channels));
    parallel_for(run.threads, planes * height, grain, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        row(in(p[0]) + r / height * from_height * from_width * channels, rows[static_cast<size_t>(r % height)],
            out(p[1]) + r * width * channels);
    });
  }

  void row(const float* image, const std::vector<Tap>& row_taps, float* dst) const {
    for (const auto& column_taps : columns) {
      bool first = true;
      for (const Tap& y : row_taps)
        for (const Tap& x : column_taps) {
          const float* src = image + (y.index * from_width + x.index) * channels;
          (first ? weighted_copy : weighted_add)(src, y.weight * x.weight, dst, channels);
          first = false;
        }
      dst += channels;
    }
  }
};

class Resample final : public Primitive {
 public:
  Resample(Dims factors, Interpolation interpolation, bool backward)
      : factors_(std::move(factors)), interpolation_(interpolation), backward_(backward) {}
  std::string_view name() const override { return backward_ ? "resample_backward" : "resample"; }
  std::string attributes() const override {
    return cat("factors=", to_string(factors_), interpolation_ == Interpolation::nearest ? " nearest" : " linear");
  }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<Resample>(factors_, interpolation_, !backward_), {diff_dst[0]},
                    {b.dims(self.inputs[0])});
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Dims& small = backward_ ? to : from;
    const bool image = small.size() == 4;
    const Axis rows = image ? axis(small[2], factors_[0]) : Axis{{Tap{0, 1}}};
    const Axis columns = axis(small.back(), factors_.back());
    const Loop loop{rows, columns, image ? from[2] : 1, from.back(), from[1]};
    lowering.kernel(self, std::string(name()), {lowering.as(self.inputs[0], onednn::channels_last(from))},
                    {lowering.define(self.outputs[0], onednn::channels_last(to))},
                    [loop, planes = from[0]](const Run& run, std::span<void* const> p) { loop(run, p, planes); });
  }

 private:
  Axis axis(int64_t n, int64_t factor) const {
    const Axis up = up_sampling(n, factor, interpolation_);
    return backward_ ? transposed(up, n) : up;
  }

  Dims factors_;
  Interpolation interpolation_;
  bool backward_;
};

}  // namespace

Value Builder::resample(Value src, const Dims& spatial_factors, Interpolation interpolation) {
  const Dims& from = dims(src);
  const bool fits = (from.size() == 3 || from.size() == 4) && spatial_factors.size() + 2 == from.size() &&
                    std::all_of(spatial_factors.begin(), spatial_factors.end(), [](int64_t f) { return f >= 1; });
  if (!fits)
    throw ShapeError(cat("resample: needs a factor of 1 or more for each spatial axis of src (N, C, [H,] W); received ",
                         to_string(spatial_factors), " for ", to_string(from)));
  Dims to = from;
  for (size_t i = 0; i < spatial_factors.size(); ++i) to[i + 2] *= spatial_factors[i];
  return to == from ? src
                    : append(std::make_shared<Resample>(spatial_factors, interpolation, false), {src}, {to})[0];
}

}  // namespace graft::ops
