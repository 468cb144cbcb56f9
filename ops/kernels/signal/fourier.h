#pragma once

// Internal: Fourier transforms of rows of any length.

#include <cstdint>
#include <vector>

#include "graft/ops/kernels/signal/fourier_plan.h"

namespace graft::ops {

/// Rows of n complex numbers. The inverse is not divided by n: `scale` may do that. A length with a large prime factor
/// is transformed as a convolution (Bluestein), whose length is a power of two.
class FourierTransform {
 public:
  FourierTransform(int64_t n, bool inverse, float scale);

  /// The sources, of which either may be null for zeros.
  struct Source {
    const float *real, *imag;
  };
  /// `work` has memory for `slots` threads.
  void run(int threads, int64_t rows, const Source& from, const ComplexRows& to, float* work, int slots) const;
  int64_t work() const;  ///< floats of work for a thread

 private:
  void run_group(const Source& from, const ComplexRows& to, int64_t rows, float* work) const;
  ComplexRows convolve(ComplexRows x, ComplexRows other) const;

  int64_t n_;
  float scale_;
  bool direct_;
  FourierPlan plan_;                                                        // of n numbers, or of the convolution
  std::vector<float> chirp_real_, chirp_imag_, filter_real_, filter_imag_;  // of a convolution
};

}  // namespace graft::ops
