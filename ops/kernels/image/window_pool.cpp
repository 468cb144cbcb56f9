#include "graft/ops/kernels/image/window_pool.h"

#include <algorithm>
#include <limits>

#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

/// The pixels of a window, and the channels of them that are looked at.
struct Window {
  int64_t begin[3], end[3];
  int64_t row, plane, pixel;  // floats from row to row, from plane to plane, from pixel to pixel
  int64_t channel, end_channel;
  float divisor;

  /// Calls body(offset) for each pixel, in their order.
  template <class Body>
  GRAFT_INLINE void for_each_pixel(const Body& body) const {
    for (int64_t z = begin[0]; z < end[0]; ++z)
      for (int64_t y = begin[1]; y < end[1]; ++y)
        for (int64_t x = begin[2]; x < end[2]; ++x) body(z * plane + y * row + x * pixel);
  }
};

Window window_at(const WindowPool& pool, const int64_t (&place)[3], int64_t channel, int64_t end_channel) {
  Window w;
  int64_t pixels = 1, kernel = 1;
  for (size_t k = 0; k < 3; ++k) {
    w.begin[k] = pool.axes[k].begin(place[k]);
    w.end[k] = pool.axes[k].end(place[k]);
    pixels *= w.end[k] - w.begin[k];
    kernel *= std::max<int64_t>(1, pool.axes[k].kernel);  // 0 where there is no such axis
  }
  w.pixel = pool.channels;
  w.row = w.pixel * pool.axes[2].pixels;
  w.plane = w.row * pool.axes[1].pixels;
  w.channel = channel;
  w.end_channel = end_channel;
  w.divisor = static_cast<float>(pool.algorithm == Pooling::avg_include_padding ? kernel : pixels);
  return w;
}

/// Calls lanes(c) for each eight of the channels, then one(c) for each that is left.
template <class OfLanes, class OfOne>
GRAFT_INLINE void for_each_channel(const Window& w, const OfLanes& lanes, const OfOne& one) {
  int64_t c = w.channel;
  for (; c + kLanes <= w.end_channel; c += kLanes) lanes(c);
  for (; c < w.end_channel; ++c) one(c);
}

// A NaN stays: it is larger than all that follows it, and replaces all that comes before it.
GRAFT_KERNEL void largest(const Window& w, const float* src, float* dst) {
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  for_each_channel(
      w,
      [&](int64_t c) __attribute__((always_inline)) {
        Lanes most = Lanes{} + kLowest;
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) {
          const Lanes x = load_lanes(src + at + c);
          most = ((x <= most) | (most != most)) ? most : x;
        });
        store_lanes(dst + c, most);
      },
      [&](int64_t c) __attribute__((always_inline)) {
        float most = kLowest;
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) {
          const float x = src[at + c];
          most = x <= most || most != most ? most : x;
        });
        dst[c] = most;
      });
}

GRAFT_KERNEL void mean(const Window& w, const float* src, float* dst) {
  for_each_channel(
      w,
      [&](int64_t c) __attribute__((always_inline)) {
        Lanes sum{};
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) { sum += load_lanes(src + at + c); });
        store_lanes(dst + c, sum / w.divisor);
      },
      [&](int64_t c) __attribute__((always_inline)) {
        float sum = 0;
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) { sum += src[at + c]; });
        dst[c] = sum / w.divisor;
      });
}

/// Gives the gradient of each value of a window to the first pixel that equals it. Adds: windows may overlap.
template <bool kAdds>
GRAFT_INLINE void give_to_first(const Window& w, const float* src, const float* largest, const float* diff, float* to) {
  for_each_channel(
      w,
      [&](int64_t c) __attribute__((always_inline)) {
        const Lanes most = load_lanes(largest + c);
        LaneBits left = reinterpret_cast<LaneBits>(load_lanes(diff + c));
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) {
          const Lanes x = load_lanes(src + at + c);
          const LaneBits wins = reinterpret_cast<LaneBits>((x == most) | (x != x));
          Lanes share = reinterpret_cast<Lanes>(left & wins);
          left &= ~wins;
          if constexpr (kAdds) share += load_lanes(to + at + c);
          store_lanes(to + at + c, share);
        });
      },
      [&](int64_t c) __attribute__((always_inline)) {
        float left = diff[c];
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) {
          const float x = src[at + c];
          const bool wins = x == largest[c] || x != x;
          const float share = wins ? left : 0.f;
          left = wins ? 0.f : left;
          to[at + c] = kAdds ? to[at + c] + share : share;
        });
      });
}
GRAFT_KERNEL void write_to_first(const Window& w, const float* src, const float* largest, const float* diff,
                                 float* to) {
  give_to_first<false>(w, src, largest, diff, to);
}
GRAFT_KERNEL void add_to_first(const Window& w, const float* src, const float* largest, const float* diff, float* to) {
  give_to_first<true>(w, src, largest, diff, to);
}

GRAFT_KERNEL void add_to_all(const Window& w, const float* diff, float* to) {
  for_each_channel(
      w,
      [&](int64_t c) __attribute__((always_inline)) {
        const Lanes share = load_lanes(diff + c) / w.divisor;
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) {
          store_lanes(to + at + c, load_lanes(to + at + c) + share);
        });
      },
      [&](int64_t c) __attribute__((always_inline)) {
        const float share = diff[c] / w.divisor;
        w.for_each_pixel([&](int64_t at) __attribute__((always_inline)) { to[at + c] += share; });
      });
}

int64_t pixels_of(const WindowPool& pool) { return pool.axes[0].pixels * pool.axes[1].pixels * pool.axes[2].pixels; }
int64_t windows_of(const WindowPool& pool) {
  return pool.axes[0].windows * pool.axes[1].windows * pool.axes[2].windows;
}

/// Channels [begin, end) of an image's gradient.
class ImageGradient {
 public:
  ImageGradient(const WindowPool& pool, const float* src, const float* dst, const float* diff, float* to)
      : pool_(pool),
        src_(src),
        dst_(dst),
        diff_(diff),
        to_(to),
        tiled_(std::ranges::all_of(pool.axes, &PoolAxis::is_tiled)) {}

  void run(int64_t image, int64_t begin, int64_t end) const {
    const int64_t pixels = image * pixels_of(pool_) * pool_.channels;
    const bool writes = pool_.algorithm == Pooling::max && tiled_;
    for (int64_t p = 0; !writes && p < pixels_of(pool_); ++p)
      std::fill(to_ + pixels + p * pool_.channels + begin, to_ + pixels + p * pool_.channels + end, 0.f);
    int64_t at = image * windows_of(pool_) * pool_.channels;
    for (int64_t z = 0; z < pool_.axes[0].windows; ++z)
      for (int64_t y = 0; y < pool_.axes[1].windows; ++y)
        for (int64_t x = 0; x < pool_.axes[2].windows; ++x, at += pool_.channels) {
          const Window w = window_at(pool_, {z, y, x}, begin, end);
          if (pool_.algorithm != Pooling::max)
            add_to_all(w, diff_ + at, to_ + pixels);
          else
            (writes ? write_to_first : add_to_first)(w, src_ + pixels, dst_ + at, diff_ + at, to_ + pixels);
        }
  }

 private:
  const WindowPool& pool_;
  const float *src_, *dst_, *diff_;
  float* to_;
  const bool tiled_;
};

}  // namespace

int64_t PoolAxis::begin(int64_t window) const {
  return kernel == 0 ? window * pixels / windows : std::clamp<int64_t>(window * stride - padding, 0, pixels);
}

int64_t PoolAxis::end(int64_t window) const {
  return kernel == 0 ? ((window + 1) * pixels + windows - 1) / windows
                     : std::clamp<int64_t>(window * stride - padding + kernel, 0, pixels);
}

bool PoolAxis::is_tiled() const {
  return kernel == 0 ? pixels % windows == 0 : padding == 0 && stride == kernel && windows * kernel == pixels;
}

void WindowPool::run(int threads, const float* src, float* dst) const {
  const int64_t row = axes[2].windows * channels, rows = images * axes[0].windows * axes[1].windows;
  const int64_t cost = std::max<int64_t>(1, images * pixels_of(*this) * channels / std::max<int64_t>(1, rows));
  parallel_for(threads, rows, std::max<int64_t>(1, kGrain / cost), [&](int64_t from, int64_t to) {
    for (int64_t r = from; r < to; ++r) {
      const int64_t y = r % axes[1].windows, z = r / axes[1].windows % axes[0].windows,
                    image = r / axes[1].windows / axes[0].windows;
      for (int64_t x = 0; x < axes[2].windows; ++x)
        (algorithm == Pooling::max ? largest : mean)(window_at(*this, {z, y, x}, 0, channels),
                                                     src + image * pixels_of(*this) * channels,
                                                     dst + r * row + x * channels);
    }
  });
}

// Threads share the images, and of few images the channels.
void WindowPool::run_backward(int threads, const float* src, const float* dst, const float* diff_dst,
                              float* diff_src) const {
  const ImageGradient gradient(*this, src, dst, diff_dst, diff_src);
  const int64_t parts = std::clamp<int64_t>((threads + images - 1) / std::max<int64_t>(1, images), 1,
                                            std::max<int64_t>(1, channels / kLanes));
  const int64_t cost = std::max<int64_t>(1, pixels_of(*this) * channels / parts);
  parallel_for(threads, images * parts, std::max<int64_t>(1, kGrain / cost), [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; ++i) {
      const int64_t part = i % parts;
      gradient.run(i / parts, channels * part / parts, channels * (part + 1) / parts);
    }
  });
}

}  // namespace graft::ops
