#include "graft/ops/kernels/signal/fourier_plan.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "graft/ops/kernels/base/lanes.h"

namespace graft::ops {

namespace {

constexpr int64_t kLargestRadix = 31;

/// Eight complex numbers.
struct ComplexLanes {
  Lanes real, imag;
};

GRAFT_INLINE ComplexLanes load(const ComplexRows& x, int64_t i) {
  return {load_lanes(x.real + kLanes * i), load_lanes(x.imag + kLanes * i)};
}
GRAFT_INLINE void store(const ComplexRows& x, int64_t i, const ComplexLanes& value) {
  store_lanes(x.real + kLanes * i, value.real);
  store_lanes(x.imag + kLanes * i, value.imag);
}
GRAFT_INLINE ComplexLanes add(const ComplexLanes& a, const ComplexLanes& b) {
  return {a.real + b.real, a.imag + b.imag};
}
GRAFT_INLINE ComplexLanes subtract(const ComplexLanes& a, const ComplexLanes& b) {
  return {a.real - b.real, a.imag - b.imag};
}
GRAFT_INLINE ComplexLanes multiply(const ComplexLanes& a, float real, float imag) {
  return {a.real * real - a.imag * imag, a.real * imag + a.imag * real};
}

// The butterflies of one stage for one place within the stride: numbers step `step` apart, results next to each other
// up to the stride.
struct Butterfly {
  const FourierStage& stage;
  const ComplexRows& from;
  const ComplexRows& to;
  int64_t first;  // of its twiddles
  int64_t source, step, target;

  GRAFT_INLINE ComplexLanes number(int64_t r) const { return load(from, source + r * step); }
  GRAFT_INLINE void put(int64_t k, const ComplexLanes& sum) const {
    const auto at = static_cast<size_t>(first + k);
    store(to, target + k * stage.stride, multiply(sum, stage.twiddles_real[at], stage.twiddles_imag[at]));
  }

  GRAFT_INLINE void radix2() const {
    const ComplexLanes a = number(0), b = number(1);
    put(0, add(a, b));
    put(1, subtract(a, b));
  }
  GRAFT_INLINE void radix4() const {
    const ComplexLanes a = number(0), b = number(1), c = number(2), d = number(3);
    const ComplexLanes even = add(a, c), odd = add(b, d), left = subtract(a, c);
    const ComplexLanes right = multiply(subtract(b, d), stage.roots_real[1], stage.roots_imag[1]);
    put(0, add(even, odd));
    put(1, add(left, right));
    put(2, subtract(even, odd));
    put(3, subtract(left, right));
  }
  GRAFT_INLINE void any_radix() const {
    ComplexLanes numbers[kLargestRadix];
    for (int64_t r = 0; r < stage.radix; ++r) numbers[r] = number(r);
    for (int64_t k = 0; k < stage.radix; ++k) {
      ComplexLanes sum = numbers[0];
      for (int64_t r = 1; r < stage.radix; ++r) {
        const auto root = static_cast<size_t>(r * k % stage.radix);
        sum = add(sum, multiply(numbers[r], stage.roots_real[root], stage.roots_imag[root]));
      }
      put(k, sum);
    }
  }
};

GRAFT_KERNEL void run_stage(const FourierStage& stage, const ComplexRows& from, const ComplexRows& to) {
  for (int64_t j = 0; j < stage.count; ++j)
    for (int64_t q = 0; q < stage.stride; ++q) {
      const Butterfly butterfly{stage,
                                from,
                                to,
                                j * stage.radix,
                                q + stage.stride * j,
                                stage.stride * stage.count,
                                q + stage.stride * stage.radix * j};
      if (stage.radix == 4)
        butterfly.radix4();
      else if (stage.radix == 2)
        butterfly.radix2();
      else
        butterfly.any_radix();
    }
}

int64_t next_radix(int64_t n) {
  if (n % 4 == 0) return 4;
  for (int64_t radix = 2; radix * radix <= n; ++radix)
    if (n % radix == 0) return radix;
  return n;
}

// The power of the root of 1 of that order.
void add_root(std::vector<float>& real, std::vector<float>& imag, int64_t power, int64_t order, bool inverse) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(power % order) / static_cast<double>(order);
  real.push_back(static_cast<float>(std::cos(angle)));
  imag.push_back(static_cast<float>(inverse ? std::sin(angle) : -std::sin(angle)));
}

}  // namespace

FourierPlan::FourierPlan(int64_t n, bool inverse) : n_(n) {
  int64_t stride = 1;
  for (int64_t length = n; length > 1;) {
    const int64_t radix = next_radix(length), count = length / radix;
    FourierStage stage{radix, count, stride};
    for (int64_t j = 0; j < count; ++j)
      for (int64_t k = 0; k < radix; ++k) add_root(stage.twiddles_real, stage.twiddles_imag, j * k, length, inverse);
    for (int64_t k = 0; k < radix; ++k) add_root(stage.roots_real, stage.roots_imag, k, radix, inverse);
    stages_.push_back(std::move(stage));
    length = count;
    stride *= radix;
  }
}

bool FourierPlan::fits(int64_t n) {
  for (int64_t length = n; length > 1;) {
    const int64_t radix = next_radix(length);
    if (radix > kLargestRadix) return false;
    length /= radix;
  }
  return true;
}

ComplexRows FourierPlan::run(ComplexRows from, ComplexRows other) const {
  for (const FourierStage& stage : stages_) {
    run_stage(stage, from, other);
    std::swap(from, other);
  }
  return from;
}

}  // namespace graft::ops
