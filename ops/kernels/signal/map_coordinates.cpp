#include "graft/ops/kernels/signal/map_coordinates.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

int64_t modulo(int64_t a, int64_t n) { return (a % n + n) % n; }

// The pixel of an axis that is at a place beyond its ends too, or -1 for the fill value.
int64_t pixel_at(int64_t place, int64_t n, FillMode mode) {
  if (place >= 0 && place < n) return place;
  switch (mode) {
    case FillMode::nearest:
      return std::clamp<int64_t>(place, 0, n - 1);
    case FillMode::wrap:
      return modulo(place, n);
    case FillMode::mirror: {
      if (n == 1) return 0;
      const int64_t around = modulo(place, 2 * n - 2);
      return std::min(around, 2 * n - 2 - around);
    }
    case FillMode::reflect: {
      const int64_t around = modulo(place, 2 * n);
      return std::min(around, 2 * n - 1 - around);
    }
    default:
      return -1;
  }
}

/// What a place reads along one axis: a pixel and its share, or two.
struct AxisTaps {
  int64_t pixels[2];
  float shares[2], slopes[2];  // slopes: the derivatives of the shares by the place
};

// A place that is no number, or too far away for one, reads the fill value.
AxisTaps taps_at(float place, int64_t n, const MapArgs& args) {
  constexpr float kFar = 1e15f;
  if (!(std::abs(place) < kFar)) return {{-1, -1}, {1, 0}, {0, 0}};
  if (!args.linear) {
    const auto nearest = static_cast<int64_t>(std::round(place));
    return {{pixel_at(nearest, n, args.fill_mode), -1}, {1, 0}, {0, 0}};
  }
  const float below = std::floor(place), part = place - below;
  const auto first = static_cast<int64_t>(below);
  return {{pixel_at(first, n, args.fill_mode), pixel_at(first + 1, n, args.fill_mode)}, {1 - part, part}, {-1, 1}};
}

/// The corners around a place: pixels of the image with their shares.
class Corners {
 public:
  Corners(const Mapping& m, const float* at) : m_(m) {
    for (size_t a = 0; a < m.axes; ++a) taps_[a] = taps_at(at[a], m.pixels[a], m.args);
  }

  size_t count() const { return m_.args.linear ? size_t{1} << m_.axes : 1; }
  // Where the corner's channels begin, counted in pixels; -1 for the fill value.
  int64_t pixel(size_t corner) const {
    int64_t out = 0;
    for (size_t a = 0; a < m_.axes; ++a) {
      const int64_t at = taps_[a].pixels[side(corner, a)];
      if (at < 0) return -1;
      out = out * m_.pixels[a] + at;
    }
    return out;
  }
  float share(size_t corner) const {
    float out = 1;
    for (size_t a = 0; a < m_.axes; ++a) out *= taps_[a].shares[side(corner, a)];
    return out;
  }
  // The derivative of the share by the place along an axis.
  float slope(size_t corner, size_t axis) const {
    float out = 1;
    for (size_t a = 0; a < m_.axes; ++a)
      out *= a == axis ? taps_[a].slopes[side(corner, a)] : taps_[a].shares[side(corner, a)];
    return out;
  }

 private:
  static size_t side(size_t corner, size_t axis) { return corner >> axis & 1; }

  const Mapping& m_;
  std::array<AxisTaps, Mapping::kAxes> taps_;
};

void read_place(const Mapping& m, const float* image, const float* at, float* dst) {
  const Corners corners(m, at);
  std::fill_n(dst, m.channels, 0.f);
  for (size_t k = 0; k < corners.count(); ++k) {
    const float share = corners.share(k);
    if (share == 0) continue;
    const int64_t pixel = corners.pixel(k);
    for (int64_t c = 0; c < m.channels; ++c)
      dst[c] += share * (pixel < 0 ? m.args.fill_value : image[pixel * m.channels + c]);
  }
}

void add_place(const Mapping& m, const float* at, const float* diff_dst, float* diff_image) {
  const Corners corners(m, at);
  for (size_t k = 0; k < corners.count(); ++k) {
    const int64_t pixel = corners.pixel(k);
    const float share = corners.share(k);
    for (int64_t c = 0; pixel >= 0 && c < m.channels; ++c) diff_image[pixel * m.channels + c] += share * diff_dst[c];
  }
}

void slopes_of_place(const Mapping& m, const float* image, const float* at, const float* diff_dst, float* diff_at) {
  const Corners corners(m, at);
  std::fill_n(diff_at, m.axes, 0.f);
  for (size_t k = 0; k < corners.count(); ++k) {
    const int64_t pixel = corners.pixel(k);
    float along = 0;
    for (int64_t c = 0; c < m.channels; ++c)
      along += diff_dst[c] * (pixel < 0 ? m.args.fill_value : image[pixel * m.channels + c]);
    for (size_t a = 0; a < m.axes; ++a) diff_at[a] += corners.slope(k, a) * along;
  }
}

// How many places are worth a thread.
int64_t grain(const Mapping& m) {
  return std::max<int64_t>(1, kGrain / ((m.channels + static_cast<int64_t>(m.axes)) << m.axes));
}

// The set of places of an image.
const float* places_of(const Mapping& m, const float* at, int64_t image) {
  return m.place_sets == 1 ? at : at + image * m.places * static_cast<int64_t>(m.axes);
}

}  // namespace

int64_t Mapping::image_floats() const {
  int64_t out = channels;
  for (size_t a = 0; a < axes; ++a) out *= pixels[a];
  return out;
}

void map_coordinates(int threads, const Mapping& m, const float* src, const float* at, float* dst) {
  const auto axes = static_cast<int64_t>(m.axes);
  parallel_for(threads, m.images * m.places, grain(m), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      read_place(m, src + k / m.places * m.image_floats(), places_of(m, at, k / m.places) + k % m.places * axes,
                 dst + k * m.channels);
  });
}

void map_coordinates_to_src(int threads, const Mapping& m, const float* at, const float* diff_dst, float* diff_src) {
  const auto axes = static_cast<int64_t>(m.axes);
  const int64_t images = std::max<int64_t>(1, grain(m) / std::max<int64_t>(1, m.places));
  parallel_for(threads, m.images, images, [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      float* to = diff_src + image * m.image_floats();
      std::fill_n(to, m.image_floats(), 0.f);
      for (int64_t k = 0; k < m.places; ++k)
        add_place(m, places_of(m, at, image) + k * axes, diff_dst + (image * m.places + k) * m.channels, to);
    }
  });
}

void map_coordinates_to_places(int threads, const Mapping& m, const float* src, const float* at, const float* diff_dst,
                               float* diff_at) {
  const auto axes = static_cast<int64_t>(m.axes);
  parallel_for(threads, m.images * m.places, grain(m), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      slopes_of_place(m, src + k / m.places * m.image_floats(), places_of(m, at, k / m.places) + k % m.places * axes,
                      diff_dst + k * m.channels, diff_at + k * axes);
  });
}

}  // namespace graft::ops
