#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graft/ops/program/functions.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft::test;
using graft::ops::Dims;
using graft::ops::Eltwise;

namespace {

/// As the cases give it: alpha is 0.5, beta 0.75.
double applied(int64_t function, double x) {
  const double logistic = 1 / (1 + std::exp(-x));
  switch (static_cast<Eltwise>(function)) {
    case Eltwise::relu:
      return x > 0 ? x : 0.5 * x;
    case Eltwise::tanh:
      return std::tanh(x);
    case Eltwise::logistic:
      return logistic;
    case Eltwise::elu:
      return x > 0 ? x : 0.5 * std::expm1(x);
    case Eltwise::gelu_erf:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.)));
    case Eltwise::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.)) * (x + 0.044715 * x * x * x)));
    case Eltwise::swish:
      return x / (1 + std::exp(-0.5 * x));
    case Eltwise::clip:
      return std::min(std::max(x, 0.5), 0.75);
    default:
      return 0.5 * x + 0.75;
  }
}

}  // namespace

TEST_CASE("kernels: a large product, of matrices that may be transposed, with a bias and a function") {
  check_kernel("product", 3e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const int64_t rows = size[0], columns = size[1], depth = size[2];
    out.resize(1);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c) {
        double sum = in[2][static_cast<size_t>(c)];
        for (int64_t k = 0; k < depth; ++k)
          sum += in[0][static_cast<size_t>(size[3] != 0 ? k * rows + r : r * depth + k)] *
                 in[1][static_cast<size_t>(size[4] != 0 ? c * depth + k : k * columns + c)];
        out[0][static_cast<size_t>(r * columns + c)] = size[5] < 0 ? sum : applied(size[5], sum);
      }
  });
}
