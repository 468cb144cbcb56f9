#include "graft/ops/kernels/product/small_product.h"

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/unrolled.h"

namespace graft::ops {

namespace {

// A width that depends on a template is forgotten by GCC without a word.
template <int64_t kWidth>
struct VectorOf;
template <>
struct VectorOf<8> {
  using Type = float __attribute__((vector_size(32)));
};
template <>
struct VectorOf<16> {
  using Type = float __attribute__((vector_size(64)));
};

/// kRows rows and kVectors vectors of columns, whose sums stay in registers.
template <int64_t kWidth, int kRows, int kVectors>
GRAFT_INLINE void tile(int64_t depth, const float* left, int64_t left_row, int64_t step, const float* right,
                       int64_t right_row, float* to, int64_t to_row, bool add) {
  using Vector = typename VectorOf<kWidth>::Type;
  static_assert(sizeof(Vector) == kWidth * sizeof(float));
  Vector sums[kRows * kVectors] = {};
  const auto place = [=](int i)
                         __attribute__((always_inline)) { return to + i / kVectors * to_row + i % kVectors * kWidth; };
  if (add)
    unrolled<kRows * kVectors>(
        [&](auto i) __attribute__((always_inline)) { __builtin_memcpy(&sums[i], place(i), sizeof(Vector)); });
  for (int64_t k = 0; k < depth; ++k, left += step, right += right_row) {
    Vector columns[kVectors];
    unrolled<kVectors>([&](auto c) __attribute__((always_inline)) {
      __builtin_memcpy(&columns[c], right + c * kWidth, sizeof(Vector));
    });
    unrolled<kRows * kVectors>([&](auto i) __attribute__((always_inline)) {
      sums[i] += left[i / kVectors * left_row] * columns[i % kVectors];
    });
  }
  unrolled<kRows * kVectors>(
      [&](auto i) __attribute__((always_inline)) { __builtin_memcpy(place(i), &sums[i], sizeof(Vector)); });
}

template <int64_t kWidth, int kRows>
GRAFT_INLINE void row_of_tiles(const ProductSize& size, const LeftMatrix& left, const RightMatrix& right, float* to,
                               int64_t to_row, bool add) {
  const auto from = [&](int64_t c)
                        __attribute__((always_inline)) { return right.data + c / kPanel * right.panel + c % kPanel; };
  int64_t c = 0;
  for (; c + 2 * kWidth <= size.columns; c += 2 * kWidth)
    tile<kWidth, kRows, 2>(size.depth, left.data, left.row, left.step, from(c), right.row, to + c, to_row, add);
  if (c < size.columns)
    tile<kWidth, kRows, 1>(size.depth, left.data, left.row, left.step, from(c), right.row, to + c, to_row, add);
}

template <int64_t kWidth>
GRAFT_INLINE void product(const ProductSize& size, LeftMatrix left, const RightMatrix& right, float* to, int64_t to_row,
                          bool add) {
  int64_t rows = size.rows;
  for (; rows >= kTileRows; rows -= kTileRows) {
    row_of_tiles<kWidth, kTileRows>(size, left, right, to, to_row, add);
    left.data += kTileRows * left.row;
    to += kTileRows * to_row;
  }
  switch (rows) {
    case 5:
      return row_of_tiles<kWidth, 5>(size, left, right, to, to_row, add);
    case 4:
      return row_of_tiles<kWidth, 4>(size, left, right, to, to_row, add);
    case 3:
      return row_of_tiles<kWidth, 3>(size, left, right, to, to_row, add);
    case 2:
      return row_of_tiles<kWidth, 2>(size, left, right, to, to_row, add);
    case 1:
      return row_of_tiles<kWidth, 1>(size, left, right, to, to_row, add);
    default:
      return;
  }
}

// The width of a vector is written into the code, so the compiler's clones of one function cannot choose it.
#ifdef GRAFT_KERNEL_CLONES
__attribute__((target("arch=x86-64-v4"))) void product_by_16(const ProductSize& size, const LeftMatrix& left,
                                                             const RightMatrix& right, float* to, int64_t to_row,
                                                             bool add) {
  product<16>(size, left, right, to, to_row, add);
}
bool has_vectors_of_16() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vl");
  return has;
}
#endif

GRAFT_KERNEL void product_by_8(const ProductSize& size, const LeftMatrix& left, const RightMatrix& right, float* to,
                               int64_t to_row, bool add) {
  product<8>(size, left, right, to, to_row, add);
}

}  // namespace

void small_product(const ProductSize& size, const LeftMatrix& left, const RightMatrix& right, float* to, int64_t to_row,
                   bool add) {
#ifdef GRAFT_KERNEL_CLONES
  if (has_vectors_of_16()) return product_by_16(size, left, right, to, to_row, add);
#endif
  product_by_8(size, left, right, to, to_row, add);
}

}  // namespace graft::ops
