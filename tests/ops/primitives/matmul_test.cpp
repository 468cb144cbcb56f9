#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

struct Case {
  Shape a, b;
  bool transpose_a, transpose_b;
  Shape to;
};

const Case kCases[] = {
    {{4, 5}, {5, 6}, false, false, {4, 6}},
    {{5, 4}, {5, 6}, true, false, {4, 6}},
    {{4, 5}, {6, 5}, false, true, {4, 6}},
    {{5, 4}, {6, 5}, true, true, {4, 6}},
    {{1, 5}, {5, 6}, false, false, {1, 6}},
    {{4, 5}, {5, 1}, false, false, {4, 1}},
    {{4, 1}, {1, 6}, false, false, {4, 6}},
    {{1, 1}, {1, 1}, false, false, {1, 1}},
    {{3, 4, 5}, {3, 5, 6}, false, false, {3, 4, 6}},
    {{3, 5, 4}, {3, 6, 5}, true, true, {3, 4, 6}},
    {{3, 4, 5}, {1, 5, 6}, false, false, {3, 4, 6}},
    {{1, 4, 5}, {3, 6, 5}, false, true, {3, 4, 6}},
    {{3, 4, 5}, {5, 6}, false, false, {3, 4, 6}},
    {{5, 4}, {3, 5, 6}, true, false, {3, 4, 6}},
    {{2, 3, 4, 5}, {2, 3, 6, 5}, false, true, {2, 3, 4, 6}},
    {{2, 1, 4, 5}, {1, 3, 5, 6}, false, false, {2, 3, 4, 6}},
};

// One matrix of a batch, seen through its transpose.
struct Matrix {
  const float* at;
  size_t rows, columns;
  bool transposed;
  double operator()(size_t r, size_t c) const {
    return static_cast<double>(transposed ? at[c * columns + r] : at[r * columns + c]);
  }
};

Matrix matrix(const Tensor& x, const Shape& to, size_t batch, bool transposed) {
  const auto rows = static_cast<size_t>(x.shape()[-2]), columns = static_cast<size_t>(x.shape()[-1]);
  size_t place = 0, stride = 1;
  for (int64_t axis = 3; axis <= to.rank(); ++axis) {
    const auto n = static_cast<size_t>(to[-axis]),
               own = axis <= x.shape().rank() ? static_cast<size_t>(x.shape()[-axis]) : 1;
    if (own > 1) place += batch % n * stride;
    batch /= n;
    stride *= own;
  }
  return {x.data<float>().data() + place * rows * columns, rows, columns, transposed};
}

Tensor loop(const Tensor& a, const Tensor& b, const Case& c) {
  Tensor out(c.to);
  const auto rows = static_cast<size_t>(c.to[-2]), columns = static_cast<size_t>(c.to[-1]);
  const auto depth = static_cast<size_t>(c.a[c.transpose_a ? -2 : -1]);
  for (size_t i = 0; i < out.data<float>().size(); ++i) {
    const size_t batch = i / (rows * columns), r = i / columns % rows, k = i % columns;
    const Matrix left = matrix(a, c.to, batch, c.transpose_a), right = matrix(b, c.to, batch, c.transpose_b);
    double sum = 0;
    for (size_t j = 0; j < depth; ++j) sum += left(r, j) * right(j, k);
    out.data<float>()[i] = static_cast<float>(sum);
  }
  return out;
}

// Softmax along one axis, in double.
Tensor softmax_loop(const Tensor& x, int64_t axis, bool log) {
  Tensor out(x.shape());
  const auto n = static_cast<size_t>(x.shape()[axis]);
  size_t stride = 1;
  for (int64_t i = axis + 1; i < x.shape().rank(); ++i) stride *= static_cast<size_t>(x.shape()[i]);
  for (size_t i = 0; i < x.data<float>().size(); ++i) {
    const size_t first = i - i / stride % n * stride;
    double top = -1e30, sum = 0;
    for (size_t k = 0; k < n; ++k) top = std::max(top, static_cast<double>(x.data<float>()[first + k * stride]));
    for (size_t k = 0; k < n; ++k) sum += std::exp(static_cast<double>(x.data<float>()[first + k * stride]) - top);
    const double shifted = static_cast<double>(x.data<float>()[i]) - top;
    out.data<float>()[i] = static_cast<float>(log ? shifted - std::log(sum) : std::exp(shifted) / sum);
  }
  return out;
}

}  // namespace

TEST_CASE("matmul: values and gradients for every transpose and every way to broadcast a batch") {
  for (const Case& c : kCases) {
    const std::string title = cat("matmul ", c.a, c.transpose_a ? "^T " : " ", c.b, c.transpose_b ? "^T" : "");
    const Emit emit = [&c](Builder& b, const Values& v) { return b.matmul(v[0], v[1], c.transpose_a, c.transpose_b); };
    const Tensor a = noise(c.a, 1), b = noise(c.b, 2);
    check_values(title, emit, {a, b}, loop(a, b, c));
    check_gradients(title, emit, {a, b});
  }
}

TEST_CASE("matmul: larger products of odd dims") {
  const Case c{{3, 65, 130}, {3, 130, 33}, false, false, {3, 65, 33}};
  const Tensor a = noise(c.a, 1), b = noise(c.b, 2);
  check_values(
      "matmul", [](Builder& builder, const Values& v) { return builder.matmul(v[0], v[1]); }, {a, b}, loop(a, b, c),
      2e-6);
}

TEST_CASE("matmul: errors show operands that do not fit as they are used") {
  Builder b;
  const Value x = b.input({4, 5}, "x"), y = b.input({6, 7}, "y"), z = b.input({7}, "z");
  CHECK_THROWS_WITH_AS(b.matmul(x, y), "matmul: a (4,5) does not fit b (6,7).", ShapeError);
  CHECK_THROWS_WITH_AS(b.matmul(x, y, false, true), "matmul: a (4,5) does not fit b (6,7) transposed.", ShapeError);
  CHECK_THROWS_WITH_AS(b.matmul(x, z), "matmul: a (4,5) does not fit b (7).", ShapeError);
}

TEST_CASE("softmax: values and gradients along every axis, with and without the logarithm") {
  for (const Shape& shape : {Shape{5, 7}, {3, 1000}, {2, 10, 3, 5}, {2, 1, 3, 3}, {9}, {4, 3, 6}, {128, 10}})
    for (int64_t axis = 0; axis < shape.rank(); ++axis)
      for (const bool log : {false, true}) {
        const Emit emit = [axis, log](Builder& b, const Values& v) {
          return b.softmax(v[0], static_cast<int>(axis), log);
        };
        const Tensor x = noise(shape, 3);
        check_values(cat("softmax ", shape, " axis ", axis, log ? " log" : ""), emit, {x}, softmax_loop(x, axis, log),
                     5e-7);
        if (shape.elements() < 300)
          check_gradients(cat("softmax ", shape, " axis ", axis, log ? " log" : ""), emit, {x});
      }
}

TEST_CASE("softmax: large inputs neither overflow nor turn into NaN") {
  const Tensor x({2, 3}, std::vector<float>{1000, 0, -1000, -1e9f, 5, 5});
  const auto softmax = [](bool log) { return [log](Builder& b, const Values& v) { return b.softmax(v[0], 1, log); }; };
  check_values("softmax", softmax(false), {x}, Tensor({2, 3}, std::vector<float>{1, 0, 0, 0, 0.5f, 0.5f}), 0);
  const float half = std::log(0.5f);
  check_values("log", softmax(true), {x}, Tensor({2, 3}, std::vector<float>{0, -1000, -2000, -1e9f, half, half}), 1e-7);
  Builder b;
  const Value v = b.input({2, 3}, "x");
  CHECK_THROWS_WITH_AS(b.softmax(v, 2), "softmax: there is no axis 2 in (2,3).", ShapeError);
}
