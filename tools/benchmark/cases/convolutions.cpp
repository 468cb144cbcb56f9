#include "graft/tools/benchmark/cases/convolutions.h"

namespace graft::bench {

// Padded as Keras does for "same".
static SquareConvolution timed(int64_t images, int64_t pixels, int64_t from, int64_t to, int64_t kernel,
                               int64_t stride) {
  const int64_t padding = (pixels / stride - 1) * stride + kernel - pixels, before = padding / 2;
  return {images, pixels, from, to, kernel, stride, before, padding - before, true};
}

std::vector<SquareConvolution> square_convolutions(int64_t lanes) {
  std::vector<SquareConvolution> out;
  for (const int64_t kernel : {2, 3, 4, 5, 6})
    for (const int64_t stride : {1, 2})
      for (const int64_t before : {0, 1, 2})
        for (const int64_t pixels : {7, 8}) {
          const bool taps = stride == 1 ? kernel <= 3 : kernel >= 4;
          if (taps && before < kernel) out.push_back({2, pixels, lanes, 2 * lanes, kernel, stride, before, 1});
        }
  for (const int64_t channels : {1, 3, 5}) out.push_back({1, 6, 3 * lanes, channels * lanes, 3, 1, 1, 1});
  out.push_back({3, 30, lanes, lanes, 3, 1, 1, 1});
  out.push_back({5, 21, 2 * lanes, lanes, 5, 2, 1, 2});
  out.push_back(timed(4, 64, 64, 64, 3, 1));
  out.push_back(timed(8, 28, 128, 128, 3, 1));
  out.push_back(timed(8, 14, 256, 256, 3, 1));
  out.push_back(timed(32, 32, 32, 64, 5, 2));
  out.push_back(timed(32, 16, 64, 128, 5, 2));
  out.push_back(timed(32, 4, 256, 512, 5, 2));
  return out;
}

}  // namespace graft::bench
