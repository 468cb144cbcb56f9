#include "graft/ops/kernels/windows.h"

#include <algorithm>
#include <cstring>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

void copy_window(const Windows& w, const float* image, int64_t window, float* to) {
  const int64_t top = window / w.columns.windows, left = window % w.columns.windows;
  const auto bytes = static_cast<size_t>(w.channels) * sizeof(float);
  for (int64_t k = 0; k < w.rows.kernel; ++k)
    for (int64_t l = 0; l < w.columns.kernel; ++l, to += w.channels) {
      const int64_t y = w.rows.pixel(top, k), x = w.columns.pixel(left, l);
      if (y < 0 || y >= w.rows.pixels || x < 0 || x >= w.columns.pixels)
        std::memset(to, 0, bytes);
      else
        std::memcpy(to, image + (y * w.columns.pixels + x) * w.channels, bytes);
    }
}

/// Calls body(window, k) for each window that contains the pixel, as its k-th.
template <class Body>
GRAFT_INLINE void for_each_window(const WindowAxis& axis, int64_t pixel, const Body& body) {
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t at = pixel + axis.padding - k * axis.step;
    if (at >= 0 && at % axis.stride == 0 && at / axis.stride < axis.windows) body(at / axis.stride, k);
  }
}

GRAFT_KERNEL void add_windows(const Windows& w, const float* matrix, int64_t y, int64_t x, float* pixel) {
  const int64_t channels = w.channels;
  std::fill_n(pixel, channels, 0.f);
  for_each_window(w.rows, y, [&](int64_t top, int64_t k) __attribute__((always_inline)) {
    for_each_window(w.columns, x, [&](int64_t left, int64_t l) __attribute__((always_inline)) {
      const float* from =
          matrix + (top * w.columns.windows + left) * w.row_floats() + (k * w.columns.kernel + l) * channels;
#pragma omp simd
      for (int64_t c = 0; c < channels; ++c) pixel[c] += from[c];
    });
  });
}

/// Returns how many items of `floats` floats each are worth a thread.
int64_t grain(int64_t floats) { return std::max<int64_t>(1, kGrain / floats); }

}  // namespace

void images_to_windows(int threads, const Windows& w, const float* images, float* matrix) {
  const int64_t per_image = w.per_image();
  parallel_for(threads, w.images * per_image, grain(w.row_floats()), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      copy_window(w, images + r / per_image * w.image_floats(), r % per_image, matrix + r * w.row_floats());
  });
}

void windows_to_images(int threads, const Windows& w, const float* matrix, float* images) {
  const int64_t area = w.rows.pixels * w.columns.pixels, per_image = w.per_image() * w.row_floats();
  parallel_for(threads, w.images * area, grain(w.channels), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      add_windows(w, matrix + i / area * per_image, i % area / w.columns.pixels, i % w.columns.pixels,
                  images + i * w.channels);
  });
}

}  // namespace graft::ops
