#pragma once

// Internal: loops without a counter. They are inlined into GRAFT_KERNEL functions.

#include <type_traits>
#include <utility>

#include "graft/ops/kernels/base/isa.h"

namespace graft::ops {

/// Calls step(i) for i = 0 ... kCount - 1, each a constant, so that arrays indexed by them become registers. GCC leaves
/// those of a loop in memory.
template <int kCount, class Step>
GRAFT_INLINE void unrolled(const Step& step) {
  const auto all = [&]<int... i>(std::integer_sequence<int, i...>)
                       __attribute__((always_inline)) { (step(std::integral_constant<int, i>{}), ...); };
  all(std::make_integer_sequence<int, kCount>{});
}

}  // namespace graft::ops
