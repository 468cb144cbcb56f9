#pragma once

// Internal: walking several operands of the same dims at once, each by its own strides (0 where it is broadcast).

#include <array>

#include "graft/ops/lowering.h"

namespace graft::ops {

constexpr size_t kMaxOperands = 4;
using Offsets = std::array<int64_t, kMaxOperands>;   ///< in elements, one per operand

/// dims from the outermost to the innermost, as merged as the operands allow. Operand 0 is the destination: its order in
/// memory is the order of the walk.
struct Walk {
  Dims dims;
  std::vector<Dims> strides;   ///< by operand
  size_t operands() const { return strides.size(); }
  int64_t rows() const;        ///< product of all dims but the innermost
  int64_t row() const { return dims.back(); }
  int64_t step(size_t operand) const { return strides[operand].back(); }   ///< within a row
};

/// Strides of an operand seen with the dims `as`: 0 along what it repeats. One element fits any dims.
Dims broadcast_strides(const memory::desc& md, const Dims& as);
Walk make_walk(const Dims& dims, std::vector<Dims> strides);

/// Where each operand stands at the beginning of a row of the walk.
Offsets row_offsets(const Walk& walk, int64_t row);

/// body(offsets, n): n consecutive elements of a row. Rows are shared among the threads; a single long row is cut.
void for_each_row(const Walk& walk, int threads, const std::function<void(const Offsets&, int64_t)>& body);

/// A dense layout for these dims that orders the axes in memory as `like` does, which is plain.
memory::desc dense_like(const Dims& dims, const memory::desc& like);
/// How a result lies when no operand tells: channels last at rank 3 and more.
memory::desc usual_layout(const Dims& dims);

/// Floats in the memory of a layout, padding included.
inline int64_t floats(const memory::desc& md) { return static_cast<int64_t>(md.get_size() / sizeof(float)); }

constexpr int64_t kGrain = 1 << 14;   ///< elements of cheap work that are worth a thread

inline const float* in(void* p) { return static_cast<const float*>(p); }
inline float* out(void* p) { return static_cast<float*>(p); }

}  // namespace graft::ops
