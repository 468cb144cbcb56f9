#include "graft/ops/kernels/signal/fourier.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

int64_t convolution_length(int64_t n) { return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(2 * n - 1))); }

// Eight rows, fewer at the end, from row-major to lanes; zeros beside them and where there is no source.
void load_rows(const float* from, int64_t rows, int64_t n, float* to) {
  if (!from || rows < kLanes) std::fill_n(to, kLanes * n, 0.f);
  for (int64_t r = 0; from && r < rows; ++r)
    for (int64_t i = 0; i < n; ++i) to[kLanes * i + r] = from[r * n + i];
}

void store_rows(const float* from, int64_t rows, int64_t n, float scale, float* to) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < n; ++i) to[r * n + i] = scale * from[kLanes * i + r];
}

// Multiplies the numbers with factors, the same for the eight rows.
GRAFT_KERNEL void multiply(const ComplexRows& x, int64_t n, const float* real, const float* imag) {
  for (int64_t i = 0; i < n; ++i)
#pragma omp simd
    for (int64_t k = kLanes * i; k < kLanes * (i + 1); ++k) {
      const float a = x.real[k], b = x.imag[k];
      x.real[k] = a * real[i] - b * imag[i];
      x.imag[k] = a * imag[i] + b * real[i];
    }
}

/// The factors of numbers before and after the convolution.
struct Chirp {
  std::vector<float> real, imag;
};

Chirp chirp(int64_t n, bool inverse) {
  Chirp out;
  for (int64_t i = 0; i < n; ++i) {
    const double angle = std::numbers::pi * static_cast<double>(i * i % (2 * n)) / static_cast<double>(n);
    out.real.push_back(static_cast<float>(std::cos(angle)));
    out.imag.push_back(static_cast<float>(inverse ? std::sin(angle) : -std::sin(angle)));
  }
  return out;
}

}  // namespace

FourierTransform::FourierTransform(int64_t n, bool inverse, float scale)
    : n_(n),
      scale_(scale),
      direct_(FourierPlan::fits(n)),
      plan_(direct_ ? n : convolution_length(n), direct_ && inverse) {
  if (direct_) return;
  const Chirp factors = chirp(n, inverse);
  chirp_real_ = factors.real;
  chirp_imag_ = factors.imag;
  const int64_t length = plan_.size();
  const auto floats = static_cast<size_t>(kLanes * length);
  std::vector<float> memory(4 * floats);
  const ComplexRows x{memory.data(), memory.data() + floats}, other{x.real + 2 * floats, x.imag + 2 * floats};
  for (int64_t i = 0; i < n; ++i)
    for (const int64_t at : {i, (length - i) % length}) {
      x.real[kLanes * at] = factors.real[static_cast<size_t>(i)];
      x.imag[kLanes * at] = -factors.imag[static_cast<size_t>(i)];
    }
  const ComplexRows filter = plan_.run(x, other);
  for (int64_t i = 0; i < length; ++i) {
    filter_real_.push_back(filter.real[kLanes * i] / static_cast<float>(length));
    filter_imag_.push_back(filter.imag[kLanes * i] / static_cast<float>(length));
  }
}

int64_t FourierTransform::work() const { return 4 * kLanes * plan_.size(); }

void FourierTransform::run(int threads, int64_t rows, const Source& from, const ComplexRows& to, float* work,
                           int slots) const {
  const int64_t groups = (rows + kLanes - 1) / kLanes;
  const int64_t worth = std::max<int64_t>(1, groups * plan_.size() * kLanes / kGrain);
  const int64_t parts = std::min<int64_t>({worth, groups, threads, slots});
  parallel_for(threads, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part)
      for (int64_t g = groups * part / parts; g < groups * (part + 1) / parts; ++g) {
        const int64_t first = g * kLanes * n_;
        run_group({from.real ? from.real + first : nullptr, from.imag ? from.imag + first : nullptr},
                  {to.real + first, to.imag + first}, std::min(kLanes, rows - g * kLanes), work + part * this->work());
      }
  });
}

void FourierTransform::run_group(const Source& from, const ComplexRows& to, int64_t rows, float* work) const {
  const int64_t floats = kLanes * plan_.size();
  const ComplexRows x{work, work + floats}, other{work + 2 * floats, work + 3 * floats};
  load_rows(from.real, rows, n_, x.real);
  load_rows(from.imag, rows, n_, x.imag);
  const ComplexRows result = direct_ ? plan_.run(x, other) : convolve(x, other);
  store_rows(result.real, rows, n_, scale_, to.real);
  store_rows(result.imag, rows, n_, scale_, to.imag);
}

// The way back from the product of two transforms is a transform with real and imaginary parts exchanged.
ComplexRows FourierTransform::convolve(ComplexRows x, ComplexRows other) const {
  const int64_t length = plan_.size(), rest = kLanes * (length - n_);
  multiply(x, n_, chirp_real_.data(), chirp_imag_.data());
  std::fill_n(x.real + kLanes * n_, rest, 0.f);
  std::fill_n(x.imag + kLanes * n_, rest, 0.f);
  ComplexRows product = plan_.run(x, other);
  ComplexRows free = product.real == x.real ? other : x;
  multiply(product, length, filter_real_.data(), filter_imag_.data());
  const ComplexRows back = plan_.run({product.imag, product.real}, {free.imag, free.real});
  const ComplexRows result{back.imag, back.real};
  multiply(result, n_, chirp_real_.data(), chirp_imag_.data());
  return result;
}

}  // namespace graft::ops
