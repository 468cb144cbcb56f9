// Up-sampling by whole factors, nearest or linear between pixel centres. Each spatial axis is a sparse matrix; forward
// and backward are the same loop, the latter with the matrices transposed.

#include <algorithm>
#include <cmath>
#include <span>

#include "graft/core/error.h"
#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/map.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

struct Tap {
  int64_t index;
  float weight;
};

/// What each pixel of the result is made of, along one axis: pixel i of taps [first[i], first[i + 1]).
struct Axis {
  std::vector<int64_t> first{0};
  std::vector<Tap> taps = {};
  int64_t size() const { return static_cast<int64_t>(first.size()) - 1; }
  std::span<const Tap> at(int64_t i) const {
    const auto begin = static_cast<size_t>(first[static_cast<size_t>(i)]);
    return std::span(taps).subspan(begin, static_cast<size_t>(first[static_cast<size_t>(i) + 1]) - begin);
  }
  void close_pixel() { first.push_back(static_cast<int64_t>(taps.size())); }
};

Axis up_sampling(int64_t n, int64_t factor, Interpolation interpolation) {
  Axis axis;
  for (int64_t i = 0; i < n * factor; ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5, floor = std::floor(at);
    const auto below = std::max<int64_t>(static_cast<int64_t>(floor), 0);
    const auto above = std::min(static_cast<int64_t>(floor) + 1, n - 1);
    const auto part = static_cast<float>(at - floor);
    if (interpolation == Interpolation::nearest) {
      axis.taps.push_back({i / factor, 1});
    } else if (below == above || part == 0) {
      axis.taps.push_back({below, 1});
    } else {
      axis.taps.push_back({below, 1 - part});
      axis.taps.push_back({above, part});
    }
    axis.close_pixel();
  }
  return axis;
}

Axis transposed(const Axis& axis, int64_t n) {
  Axis out;
  for (int64_t source = 0; source < n; ++source) {
    for (int64_t i = 0; i < axis.size(); ++i)
      for (const Tap& tap : axis.at(i))
        if (tap.index == source) out.taps.push_back({i, tap.weight});
    out.close_pixel();
  }
  return out;
}

/// One row of the result out of an image, channels last.
struct Row {
  const float* image;
  float* dst;
  int64_t image_width, channels;
  std::span<const Tap> taps;
};

// 8 k channels of a pixel: they stay in registers while its taps are added up.
template <int k>
GRAFT_INLINE void add_taps(const Row& row, std::span<const Tap> column_taps, int64_t channel, float* dst) {
  Lanes sum[k] = {};
  for (const Tap& y : row.taps)
    for (const Tap& x : column_taps) {
      const float* src = row.image + (y.index * row.image_width + x.index) * row.channels + channel;
      const float weight = y.weight * x.weight;
      for (int i = 0; i < k; ++i) sum[i] += weight * lanes(src + kLanes * i);
    }
  for (int i = 0; i < k; ++i) lanes(dst + channel + kLanes * i) = sum[i];
}

GRAFT_INLINE void add_taps_of_rest(const Row& row, std::span<const Tap> column_taps, int64_t channel, float* dst) {
  for (int64_t c = channel; c < row.channels; ++c) {
    float sum = 0;
    for (const Tap& y : row.taps)
      for (const Tap& x : column_taps)
        sum += y.weight * x.weight * row.image[(y.index * row.image_width + x.index) * row.channels + c];
    dst[c] = sum;
  }
}

GRAFT_KERNEL void run_row(const Row& row, const Axis& columns) {
  for (int64_t i = 0; i < columns.size(); ++i) {
    float* dst = row.dst + i * row.channels;
    int64_t channel = 0;
    for (; channel + 8 * kLanes <= row.channels; channel += 8 * kLanes) add_taps<8>(row, columns.at(i), channel, dst);
    for (; channel + kLanes <= row.channels; channel += kLanes) add_taps<1>(row, columns.at(i), channel, dst);
    add_taps_of_rest(row, columns.at(i), channel, dst);
  }
}

/// Images, channels last: (planes, height, width, channels).
struct Loop {
  Axis rows, columns;
  int64_t from_height, from_width, channels;

  void operator()(const Run& run, std::span<void* const> p, int64_t planes) const {
    const int64_t height = rows.size(), width = columns.size();
    const int64_t grain = std::max<int64_t>(1, kGrain / (width * channels));
    parallel_for(run.threads, planes * height, grain, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        run_row({in(p[0]) + r / height * from_height * from_width * channels, out(p[1]) + r * width * channels,
                 from_width, channels, rows.at(r % height)},
                columns);
    });
  }
};

class Resample final : public Primitive, public HasWays {
 public:
  Resample(Dims factors, Interpolation interpolation, bool backward)
      : factors_(std::move(factors)), interpolation_(interpolation), backward_(backward) {}
  std::string_view name() const override { return backward_ ? "resample_backward" : "resample"; }
  std::string attributes() const override {
    return cat("factors=", to_string(factors_), interpolation_ == Interpolation::nearest ? " nearest" : " linear");
  }
  Traits traits(const Program&, const Instruction&) const override { return {.cheap = !backward_, .row_inputs = {0}}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return b.append(std::make_shared<Resample>(factors_, interpolation_, !backward_), {diff_dst[0]},
                    {b.dims(self.inputs[0])});
  }

  std::vector<std::string_view> ways(const Program& program, const Instruction& self) const override {
    return program.dims(self.inputs[0]).size() == 4 ? std::vector{way::resampling} : std::vector<std::string_view>{};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    if (lowering.way(self) == way::resampling) return realise_by_onednn(lowering, self);
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const Dims& small = backward_ ? to : from;
    const bool image = small.size() == 4;
    const Axis rows = image ? axis(small[2], factors_[0]) : Axis{{0, 1}, {{0, 1}}};
    const Axis columns = axis(small.back(), factors_.back());
    const Loop loop{rows, columns, image ? from[2] : 1, from.back(), from[1]};
    lowering.kernel(self, std::string(name()), {lowering.as(self.inputs[0], onednn::channels_last(from))},
                    {lowering.define(self.outputs[0], onednn::channels_last(to))},
                    [loop, planes = from[0]](const Run& run, std::span<void* const> p) { loop(run, p, planes); });
  }

 private:
  void realise_by_onednn(Lowering& lowering, const Instruction& self) const {
    const Dims &from = lowering.dims(self.inputs[0]), &to = lowering.dims(self.outputs[0]);
    const ThreadScope scope(lowering.threads_for(std::max(elements(from), elements(to)), Lowering::kElementGrain));
    const memory::desc src = onednn::channels_last(from), dst = onednn::channels_last(to);
    const auto algorithm = interpolation_ == Interpolation::nearest ? dnnl::algorithm::resampling_nearest
                                                                    : dnnl::algorithm::resampling_linear;
    const auto attr = onednn::user_scratchpad();
    const auto forward = [&](dnnl::prop_kind kind, const memory::desc& small, const memory::desc& large) {
      return onednn::make_pd<dnnl::resampling_forward>(attr, kind, algorithm, small, large);
    };
    const Operand x = lowering.as(self.inputs[0], src), y = lowering.define(self.outputs[0], dst);
    if (!backward_) {
      const auto pd = forward(dnnl::prop_kind::forward_inference, src, dst);
      lowering.primitive(self, pd, dnnl::resampling_forward(pd), {{DNNL_ARG_SRC, x, false}, {DNNL_ARG_DST, y, true}});
      return;
    }
    const auto hint = forward(dnnl::prop_kind::forward_training, dst, src);
    const auto pd = onednn::make_pd_hint<dnnl::resampling_backward>(hint, attr, algorithm, dst, src);
    lowering.primitive(self, pd, dnnl::resampling_backward(pd),
                       {{DNNL_ARG_DIFF_DST, x, false}, {DNNL_ARG_DIFF_SRC, y, true}});
  }

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
  return to == from ? src : append(std::make_shared<Resample>(spatial_factors, interpolation, false), {src}, {to})[0];
}

}  // namespace graft::ops
