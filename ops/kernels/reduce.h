#pragma once

// Internal: sums, means, products and extremes over axes. Sums are taken in float lanes over short stretches and in
// double over these; how the work is cut does not depend on the number of threads, so neither do the results.

#include <cstdint>

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// Each result is made of contiguous runs of numbers, or each row of `columns` results of rows of as many numbers.
/// The work is cut into tasks: (row of results) x (chunk of the reduced elements).
class Reducer {
 public:
  /// kept: the axes that stay, with the operands src and dst; reduced: the others, with the operand src. What a sum or
  /// a mean finds is multiplied by `scale`, 1 / elements for a mean.
  Reducer(Reduction algorithm, const LoopNest& kept, const LoopNest& reduced, double scale);

  int64_t partials() const { return chunks_ > 1 ? outer_ * chunks_ * columns_ : 0; }  ///< doubles of scratch
  /// `partials` may be null where none are needed.
  void run(int threads, const float* src, float* dst, double* partials) const;

 private:
  size_t outer_levels() const { return columns_ > 1 ? kept_.levels - 1 : kept_.levels; }
  bool short_runs_in_order() const;
  void task(int64_t row, int64_t chunk, const float* src, float* dst, double* partial) const;
  void reduce(const float* x, int64_t rows, int64_t n, double* totals) const;
  void reduce_narrow(const float* x, int64_t rows, int64_t n, double* totals) const;
  void store(const double* totals, int64_t n, float* dst) const;
  void join(double* partial, float* dst) const;

  Reduction algorithm_;
  LoopNest kept_, reduced_;
  double scale_;
  int64_t columns_ = 1, outer_ = 1, length_ = 1, chunks_ = 1;  // length: elements that are reduced to one result
};

}  // namespace graft::ops
