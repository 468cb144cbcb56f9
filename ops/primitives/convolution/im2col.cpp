// Windows of images as rows of a matrix, and back: what makes a convolution one matrix product.

#include "graft/ops/primitives/convolution/im2col.h"

#include <algorithm>
#include <cstring>

#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/lanes.h"
#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

/// One spatial axis: `pixels` of the image, `windows` that fit into it.
struct Axis {
  int64_t pixels, windows, kernel, stride, step, padding;
  int64_t pixel(int64_t window, int64_t k) const { return window * stride + k * step - padding; }
};

/// Images, channels last, and their windows.
struct Windows {
  int64_t images, channels;
  Axis rows, columns;

  Windows(const Dims& image, const Dims& kernel, const ConvArgs& args, int64_t matrix_rows)
      : images(image[0]),
        channels(image[1]),
        rows(axis(image, kernel, args, 0)),
        columns(axis(image, kernel, args, 1)) {
    columns.windows = matrix_rows / images / rows.windows;
  }

  int64_t row_floats() const { return rows.kernel * columns.kernel * channels; }
  int64_t image_floats() const { return rows.pixels * columns.pixels * channels; }
  /// body(begin, end) over `n` things of `floats` each.
  template <class Body>
  static void in_parallel(const Run& run, int64_t n, int64_t floats, const Body& body) {
    parallel_for(run.threads, n, std::max<int64_t>(1, kGrain / floats), body);
  }

 private:
  static Axis axis(const Dims& image, const Dims& kernel, const ConvArgs& args, size_t i) {
    const int64_t step = args.dilates[i] + 1, extent = (kernel[i] - 1) * step + 1;
    const int64_t room = image[i + 2] + args.padding_l[i] + args.padding_r[i] - extent;
    return {image[i + 2], room / args.strides[i] + 1, kernel[i], args.strides[i], step, args.padding_l[i]};
  }
};

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

/// Calls body(window, k) for each window that has the pixel at its place k.
template <class Body>
GRAFT_INLINE void for_each_window(const Axis& axis, int64_t pixel, const Body& body) {
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

}  // namespace

std::string WindowMove::attributes() const {
  const auto join = [](const Dims& dims) { return cat(dims[0], 'x', dims[1]); };
  std::string out = cat("kernel=", join(kernel), " strides=", join(args.strides), " padding=", join(args.padding_l),
                        ',', join(args.padding_r));
  return args.dilates == Dims{0, 0} ? out : out + cat(" dilates=", join(args.dilates));
}

void Im2Col::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &image = lowering.dims(self.inputs[0]), &matrix = lowering.dims(self.outputs[0]);
  const Windows w(image, kernel, args, matrix[0]);
  lowering.kernel(self, "im2col", {lowering.as(self.inputs[0], onednn::channels_last(image))},
                  {lowering.define(self.outputs[0], onednn::row_major(matrix))},
                  [w, rows = matrix[0]](const Run& run, std::span<void* const> p) {
                    const int64_t per_image = w.rows.windows * w.columns.windows;
                    Windows::in_parallel(run, rows, w.row_floats(), [&](int64_t begin, int64_t end) {
                      for (int64_t r = begin; r < end; ++r)
                        copy_window(w, in(p[0]) + r / per_image * w.image_floats(), r % per_image,
                                    out(p[1]) + r * w.row_floats());
                    });
                  });
}

void Col2Im::realise(Lowering& lowering, const Instruction& self) const {
  const Dims &matrix = lowering.dims(self.inputs[0]), &image = lowering.dims(self.outputs[0]);
  const Windows w(image, kernel, args, matrix[0]);
  lowering.kernel(self, "col2im", {lowering.row_major(self.inputs[0])},
                  {lowering.define(self.outputs[0], onednn::channels_last(image))},
                  [w, per_image = matrix[0] / image[0] * w.row_floats()](const Run& run, std::span<void* const> p) {
                    const int64_t area = w.rows.pixels * w.columns.pixels;
                    Windows::in_parallel(run, w.images * area, w.channels, [&](int64_t begin, int64_t end) {
                      for (int64_t i = begin; i < end; ++i)
                        add_windows(w, in(p[0]) + i / area * per_image, i % area / w.columns.pixels,
                                    i % w.columns.pixels, out(p[1]) + i * w.channels);
                    });
                  });
}

}  // namespace graft::ops
