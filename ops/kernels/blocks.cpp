#include "graft/ops/kernels/blocks.h"

#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/map.h"
#include "graft/ops/kernels/rare_binary.h"

namespace graft::ops {

GRAFT_KERNEL void copy_block(const Block& b) {
  if (b.column_strides[0] == 1) return map_block1(b, [](float x) { return x; });
  for (int64_t r = 0; r < b.rows; ++r)
    for (int64_t i = 0; i < b.columns; ++i)
      b.data[0][r * b.row_strides[0] + i * b.column_strides[0]] =
          b.data[1][r * b.row_strides[1] + i * b.column_strides[1]];
}

GRAFT_KERNEL void binary_block(Binary algorithm, const Block& b) {
  switch (algorithm) {
    case Binary::add:
      return map_block2(b, [](float x, float y) { return x + y; });
    case Binary::sub:
      return map_block2(b, [](float x, float y) { return x - y; });
    case Binary::mul:
      return map_block2(b, [](float x, float y) { return x * y; });
    case Binary::div:
      return map_block2(b, [](float x, float y) { return x / y; });
    case Binary::min:
      return map_block2(b, [](float x, float y) { return x < y || x != x ? x : y; });
    case Binary::max:
      return map_block2(b, [](float x, float y) { return x > y || x != x ? x : y; });
    case Binary::pow:
      return map_block2(b, [](float x, float y) { return std::pow(x, y); });
    case Binary::eq:
      return map_block2(b, [](float x, float y) { return x == y ? 1.f : 0.f; });
    case Binary::ne:
      return map_block2(b, [](float x, float y) { return x != y ? 1.f : 0.f; });
    case Binary::lt:
      return map_block2(b, [](float x, float y) { return x < y ? 1.f : 0.f; });
    case Binary::le:
      return map_block2(b, [](float x, float y) { return x <= y ? 1.f : 0.f; });
    case Binary::gt:
      return map_block2(b, [](float x, float y) { return x > y ? 1.f : 0.f; });
    case Binary::ge:
      return map_block2(b, [](float x, float y) { return x >= y ? 1.f : 0.f; });
    case Binary::fmin:
      return map_block2(b, [](float x, float y) { return x <= y || y != y ? x : y; });
    case Binary::fmax:
      return map_block2(b, [](float x, float y) { return x >= y || y != y ? x : y; });
    case Binary::logical_and:
      return map_block2(b, [](float x, float y) { return x != 0 && y != 0 ? 1.f : 0.f; });
    case Binary::logical_or:
      return map_block2(b, [](float x, float y) { return x != 0 || y != 0 ? 1.f : 0.f; });
    case Binary::logical_xor:
      return map_block2(b, [](float x, float y) { return (x != 0) != (y != 0) ? 1.f : 0.f; });
    default:
      return rare_binary_block(algorithm, b);
  }
}

GRAFT_KERNEL void where_block(const Block& b) {
  map_block3(b, [](float condition, float x, float y) { return condition != 0 ? x : y; });
}

GRAFT_KERNEL void prelu_block(const Block& b) {
  map_block2(b, [](float x, float slope) {
    const float below = slope * x;
    return x > 0 ? x : below;
  });
}

GRAFT_KERNEL void prelu_gradient_block(const Block& b) {
  map_block3(b, [](float dy, float x, float slope) {
    const float below = slope * dy;
    return x > 0 ? dy : below;
  });
}

}  // namespace graft::ops
