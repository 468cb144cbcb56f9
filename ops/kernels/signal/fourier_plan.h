#pragma once

// Internal: Fourier transforms whose lengths have no large prime factor, on eight rows at once: row r of number i is
// stored at 8 i + r. Factors of cosines and sines are computed once, when a Program is compiled.

#include <cstdint>
#include <vector>

namespace graft::ops {

/// Real and imaginary parts, in arrays of their own.
struct ComplexRows {
  float *real, *imag;
};

/// One pass over the numbers: `count` times `stride` butterflies of `radix` numbers each.
struct FourierStage {
  int64_t radix, count, stride;
  std::vector<float> twiddles_real = {}, twiddles_imag = {};  ///< by butterfly and number
  std::vector<float> roots_real = {}, roots_imag = {};        ///< the powers of a root of 1
};

/// Stockham's passes, which leave the numbers in their natural order.
class FourierPlan {
 public:
  FourierPlan(int64_t n, bool inverse);
  /// False for lengths with a prime factor that is faster transformed as a convolution.
  static bool fits(int64_t n);

  int64_t size() const { return n_; }
  /// Transforms the numbers at `from` and uses `other`, of the same size; returns the one of the two with the result.
  ComplexRows run(ComplexRows from, ComplexRows other) const;

 private:
  int64_t n_;
  std::vector<FourierStage> stages_;
};

}  // namespace graft::ops
