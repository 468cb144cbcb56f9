#pragma once

// Internal: the windows of images as rows of a matrix, and back, which makes a convolution one matrix product.

#include <cstdint>

namespace graft::ops {

/// One spatial axis: `windows` windows of `kernel` pixels, cut from an image of `pixels` pixels.
struct WindowAxis {
  int64_t pixels, windows, kernel;
  int64_t stride;   ///< pixels from window to window
  int64_t step;     ///< pixels from place to place in a window: 1 where it is not dilated
  int64_t padding;  ///< pixels of zeros before the image
  int64_t pixel(int64_t window, int64_t k) const { return window * stride + k * step - padding; }
};

/// The images are (images, rows.pixels, columns.pixels, channels), the matrix (images rows.windows columns.windows,
/// rows.kernel columns.kernel channels), both row-major.
struct Windows {
  int64_t images, channels;
  WindowAxis rows, columns;

  int64_t row_floats() const { return rows.kernel * columns.kernel * channels; }
  int64_t image_floats() const { return rows.pixels * columns.pixels * channels; }
  int64_t per_image() const { return rows.windows * columns.windows; }  ///< rows of the matrix
};

/// Each row of the matrix becomes a window of an image; pixels on padding become 0.
void images_to_windows(int threads, const Windows& w, const float* images, float* matrix);
/// Each pixel becomes the sum of its values in all windows that contain it.
void windows_to_images(int threads, const Windows& w, const float* matrix, float* images);

}  // namespace graft::ops
