#pragma once

// Internal: images that are read at any places, in any number of dimensions.

#include <array>
#include <cstdint>

#include "graft/ops/program/functions.h"

namespace graft::ops {

/// Images are (images, pixels of `axes` axes, channels), places (images or 1, places, axes) and results (images,
/// places, channels), all row-major.
struct Mapping {
  static constexpr size_t kAxes = 5;
  int64_t images, channels, places, place_sets;
  size_t axes;
  std::array<int64_t, kAxes> pixels;
  MapArgs args;

  int64_t image_floats() const;
};

void map_coordinates(int threads, const Mapping& m, const float* src, const float* at, float* dst);
/// The gradient for the images.
void map_coordinates_to_src(int threads, const Mapping& m, const float* at, const float* diff_dst, float* diff_src);
/// The gradient for the places; 0 where the nearest pixel is read. There is one set of places for each image.
void map_coordinates_to_places(int threads, const Mapping& m, const float* src, const float* at, const float* diff_dst,
                               float* diff_at);

}  // namespace graft::ops
