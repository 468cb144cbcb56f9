#pragma once

#include <array>
#include <limits>

#include "graft/graft.h"
#include "tests/models/model/arithmetic_cases.h"
#include "tests/support/layer_check.h"

// The inputs of the cases of arithmetic.

namespace graft::test {

using T = SymbolicTensors;
using Cases = std::vector<ArithmeticCase>;
using Reduce = SymbolicTensor (*)(const Operand&, const std::vector<int64_t>&, bool);

inline Tensor image() { return spaced({2, 3, 2, 4}); }
// Further from image() than the steps of central differences, everywhere.
inline Tensor image_apart() {
  Tensor x = image().clone();
  for (size_t i = 0; i < x.data<float>().size(); ++i) x.data<float>()[i] += i % 2 == 0 ? 0.3f : -0.3f;
  return x;
}
inline Tensor positive() { return spaced({2, 3, 2, 4}, 1, 1, 3); }
inline Tensor positive_rows() { return spaced({3, 4}, 1, 1, 3); }
inline Tensor rows() { return spaced({3, 4}, 2, 0, 2); }

// 0, 1, 2, -1, 0, ...: rounded where they are used, so that the steps of central differences change nothing.
inline Tensor numbers(const Shape& shape) {
  Tensor out(shape);
  for (size_t i = 0; i < out.data<float>().size(); ++i) out.data<float>()[i] = std::array{0.f, 1.f, 2.f, -1.f}[i % 4];
  return out;
}

inline Tensor unit() { return spaced({2, 3, 2, 4}, 1.5); }
inline Tensor broken() {
  Tensor x = image();
  x.data<float>()[1] = std::numeric_limits<float>::quiet_NaN();
  x.data<float>()[20] = std::numeric_limits<float>::infinity();
  return x;
}
inline Tensor some_nan() {
  Tensor x = image();
  x.data<float>()[1] = x.data<float>()[9] = std::numeric_limits<float>::quiet_NaN();
  return x;
}
inline Tensor array() { return Tensor(Shape{4}, std::vector<float>{0.5f, -1.25f, 2, 0.75f}); }
inline Tensor counts() { return Tensor(Shape{4}, std::vector<float>{1, 4, 2, 3}); }
inline Tensor unit_matrix() { return Tensor(Shape{3, 3}, std::vector<float>{3, 0, 0, 0, 4, 0, 0, 0, 5}); }
inline Tensor matrices() { return spaced({2, 3, 3}, 1); }
inline Tensor picture() { return spaced({2, 4, 6, 4}, 1, 0.5); }
inline SymbolicTensor dominant(const T& t) { return t[0] + unit_matrix(); }
inline SymbolicTensor covariance(const T& t) { return matmul(t[0], swapaxes(t[0], 1, 2)) + unit_matrix(); }
inline SymbolicTensor whole(const SymbolicTensor& x) { return cast(round(x * 5), "int32"); }
inline SymbolicTensor truth(const SymbolicTensor& x) { return greater(x, 0); }

}  // namespace graft::test
