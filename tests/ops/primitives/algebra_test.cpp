// Linear algebra: factors multiplied together give the matrix again, and gradients are those of central differences.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/compile/rows.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

const std::vector<Shape>& squares() {
  static const std::vector<Shape> all{{1, 1}, {3, 3}, {2, 4, 4}, {2, 3, 5, 5}, {1, 17, 17}};
  return all;
}

const std::vector<Shape>& rectangles() {
  static const std::vector<Shape> all{{5, 3}, {3, 5}, {2, 4, 4}, {2, 3, 6, 2}, {1, 1, 7}, {3, 8, 1}};
  return all;
}

Shape with_last(const Shape& shape, int64_t rows, int64_t columns) { return shape.with(-2, rows).with(-1, columns); }

// Random numbers with 2 added along the diagonal.
Tensor regular(const Shape& shape, uint64_t seed = 1) {
  Tensor out = noise(shape, seed);
  const int64_t n = shape[-1], rows = shape[-2];
  for (int64_t i = 0; i < out.elements(); ++i) {
    float& x = out.data<float>()[static_cast<size_t>(i)];
    x = 0.5f * x + (i / n % rows == i % n ? 2.f : 0.f);
  }
  return out;
}

// x x^T + 1 of any matrices, which is symmetric and positive definite.
Value definite(Builder& b, Value x) {
  const Dims& dims = b.dims(x);
  Tensor unit(Shape{dims[dims.size() - 2], dims[dims.size() - 2]});
  for (int64_t i = 0; i < unit.shape()[0]; ++i) unit.data<float>()[static_cast<size_t>(i * unit.shape()[0] + i)] = 1;
  Dims filled(dims.size(), 1);
  filled[dims.size() - 1] = filled[dims.size() - 2] = unit.shape()[0];
  return b.add(b.matmul(x, x, false, true), b.reshape(b.constant(unit), filled));
}

// x with the numbers (..., n) as factors of its columns.
Value scaled(Builder& b, Value x, Value numbers) {
  Dims dims = b.dims(numbers);
  dims.insert(dims.end() - 1, 1);
  return b.mul(x, b.reshape(numbers, dims));
}

Tensor unit(const Shape& shape) {
  Tensor out(shape);
  const int64_t n = shape[-1];
  for (int64_t i = 0; i < out.elements(); ++i)
    out.data<float>()[static_cast<size_t>(i)] = i / n % shape[-2] == i % n ? 1.f : 0.f;
  return out;
}

// The determinant by the rule of Laplace, along the first row.
double laplace(const std::vector<double>& a, size_t n) {
  if (n == 1) return a[0];
  double out = 0;
  for (size_t c = 0; c < n; ++c) {
    std::vector<double> minor;
    for (size_t i = 1; i < n; ++i)
      for (size_t k = 0; k < n; ++k)
        if (k != c) minor.push_back(a[i * n + k]);
    out += (c % 2 ? -1 : 1) * a[c] * laplace(minor, n - 1);
  }
  return out;
}

}  // namespace

TEST_CASE("cholesky: L L^T is the matrix, L is a lower triangle, gradients") {
  for (const Shape& shape : squares()) {
    const Tensor x = noise(shape, 1);
    const Tensor a = compute([](Builder& b, const Values& in) { return definite(b, in[0]); }, {x});
    const auto product = [](Builder& b, const Values& in) {
      const Value l = b.cholesky(in[0]);
      return b.matmul(l, l, false, true);
    };
    check_values(cat("cholesky ", shape), product, {a}, a, 2e-6);
    check_gradients(
        cat("cholesky ", shape), [](Builder& b, const Values& in) { return b.cholesky(definite(b, in[0])); }, {x}, {},
        5e-3);
  }
  check_values(
      "cholesky", [](Builder& b, const Values& in) { return b.cholesky(in[0]); }, {Tensor(Shape{2, 2}, {4, 100, 2, 5})},
      Tensor(Shape{2, 2}, {2, 0, 1, 2}), 0);
  const Tensor bad =
      compute([](Builder& b, const Values& in) { return b.cholesky(in[0]); }, {Tensor(Shape{2, 2}, {1, 2, 2, 1})});
  CHECK(std::isnan(bad.data<float>()[3]));
}

TEST_CASE("solve: what is solved, multiplied with the matrix, is the right side again; gradients") {
  for (const Shape& shape : squares())
    for (const int64_t columns : {1, 3})
      for (const bool transpose : {false, true}) {
        const Tensor a = regular(shape), right = noise(with_last(shape, shape[-1], columns), 2);
        const std::string title = cat("solve ", shape, ' ', columns, transpose);
        check_values(
            title,
            [&](Builder& b, const Values& in) { return b.matmul(in[0], b.solve(in[0], in[1], transpose), transpose); },
            {a, right}, right, 1e-5);
        check_gradients(
            title, [&](Builder& b, const Values& in) { return b.solve(in[0], in[1], transpose); }, {a, right}, {},
            5e-3);
      }
}

TEST_CASE("solve_triangular: reads one triangle only; gradients") {
  for (const Shape& shape : squares())
    for (const bool lower : {false, true})
      for (const bool transpose : {false, true}) {
        Tensor a = regular(shape), cut = a.clone();
        const int64_t n = shape[-1];
        for (int64_t i = 0; i < a.elements(); ++i) {
          float& x = cut.data<float>()[static_cast<size_t>(i)];
          if (lower ? i % n > i / n % n : i % n < i / n % n) x = 0;
        }
        const Tensor right = noise(with_last(shape, n, 2), 2);
        const std::string title = cat("solve_triangular ", shape, lower, transpose);
        check_values(
            title,
            [&](Builder& b, const Values& in) {
              return b.matmul(in[2], b.solve_triangular(in[0], in[1], lower, transpose), transpose);
            },
            {a, right, cut}, right, 1e-5);
        check_gradients(
            title, [&](Builder& b, const Values& in) { return b.solve_triangular(in[0], in[1], lower, transpose); },
            {a, right}, {}, 5e-3);
      }
}

TEST_CASE("inverse: times the matrix is the unit matrix; gradients") {
  for (const Shape& shape : squares()) {
    const Tensor a = regular(shape);
    check_values(
        cat("inverse ", shape), [](Builder& b, const Values& in) { return b.matmul(in[0], b.inverse(in[0])); }, {a},
        unit(shape), 1e-5);
    check_gradients(
        cat("inverse ", shape), [](Builder& b, const Values& in) { return b.inverse(in[0]); }, {a}, {}, 5e-3);
  }
}

TEST_CASE("determinant, and its sign and logarithm: Laplace's rule; gradients") {
  for (const Shape& shape : {Shape{1, 1}, {3, 3}, {2, 4, 4}, {2, 3, 5, 5}}) {
    const Tensor a = noise(shape, 8);
    const auto n = static_cast<size_t>(shape[-1]);
    std::vector<float> found, signs, logs;
    for (size_t k = 0; k < static_cast<size_t>(a.elements()); k += n * n) {
      const auto begin = a.data<float>().begin() + static_cast<std::ptrdiff_t>(k);
      const double value = laplace(std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(n * n)), n);
      found.push_back(static_cast<float>(value));
      signs.push_back(value > 0 ? 1.f : -1.f);
      logs.push_back(static_cast<float>(std::log(std::abs(value))));
    }
    std::vector<int64_t> batch(shape.dims().begin(), shape.dims().end() - 2);
    if (batch.empty()) batch = {1};
    const Shape to(batch);
    const Emit determinant = [](Builder& b, const Values& in) { return b.determinant(in[0]); };
    const Emit log = [](Builder& b, const Values& in) { return b.sign_log_det(in[0])[1]; };
    check_values(cat("determinant ", shape), determinant, {a}, Tensor(to, found), 2e-6);
    check_values(cat("log ", shape), log, {a}, Tensor(to, logs), 5e-6);
    check_values(
        cat("sign ", shape), [](Builder& b, const Values& in) { return b.sign_log_det(in[0])[0]; }, {a},
        Tensor(to, signs), 0);
    check_gradients(cat("determinant ", shape), determinant, {regular(shape)});
    check_gradients(cat("log ", shape), log, {regular(shape)});
  }
  check_values(
      "singular", [](Builder& b, const Values& in) { return b.sign_log_det(in[0])[0]; },
      {Tensor(Shape{2, 2}, {1, 2, 2, 4})}, Tensor(Shape{1}, {0}), 0);
}

// keras.ops.lu_factor([[2, 1, 1], [4, 3, 3], [8, 7, 9]]), which gives the inverse of the order.
TEST_CASE("lu: the factors, with the largest number on the diagonal") {
  const Tensor a(Shape{3, 3}, {2, 1, 1, 4, 3, 3, 8, 7, 9});
  check_values(
      "lu", [](Builder& b, const Values& in) { return b.lu(in[0])[0]; }, {a},
      Tensor(Shape{3, 3}, {8, 7, 9, 0.25, -0.75, -1.25, 0.5, 2. / 3, -2. / 3}), 1e-6);
  check_values(
      "order", [](Builder& b, const Values& in) { return b.lu(in[0])[1]; }, {a}, Tensor(Shape{3}, {2, 0, 1}), 0);
}

TEST_CASE("qr: Q R is the matrix, Q is orthogonal, R is a triangle with LAPACK's signs; gradients") {
  for (const Shape& shape : rectangles())
    for (const bool complete : {false, true}) {
      const Tensor a = regular(shape);
      const int64_t rows = shape[-2], inner = complete ? rows : std::min(rows, shape[-1]);
      const std::string title = cat("qr ", shape, complete);
      check_values(
          title,
          [&](Builder& b, const Values& in) {
            const Values factors = b.qr(in[0], complete);
            return b.matmul(factors[0], factors[1]);
          },
          {a}, a, 2e-6);
      check_values(
          title,
          [&](Builder& b, const Values& in) {
            const Value q = b.qr(in[0], complete)[0];
            return b.matmul(q, q, true);
          },
          {a}, unit(with_last(shape, inner, inner)), 2e-6);
      if (inner != shape[-1]) continue;
      for (const size_t part : {size_t{0}, size_t{1}})
        check_gradients(
            title, [&](Builder& b, const Values& in) { return b.qr(in[0], complete)[part]; }, {a}, {}, 5e-3);
      check_gradients(
          title,
          [&](Builder& b, const Values& in) {
            const Values factors = b.qr(in[0], complete);
            return b.mul(b.matmul(factors[1], factors[0], false, true), b.scalar(0.5f));
          },
          {a}, {}, 5e-3);
    }
  check_values(
      "r", [](Builder& b, const Values& in) { return b.qr(in[0])[1]; }, {Tensor(Shape{2, 2}, {3, 1, 4, 2})},
      Tensor(Shape{2, 2}, {-5, -2.2, 0, 0.4}), 1e-6);
}

TEST_CASE("eigh: values and vectors make the matrix again, values grow; gradients") {
  for (const Shape& shape : squares()) {
    const Tensor x = noise(shape, 3);
    const Tensor a = compute([](Builder& b, const Values& in) { return definite(b, in[0]); }, {x});
    check_values(
        cat("eigh ", shape),
        [](Builder& b, const Values& in) {
          const Values parts = b.eigh(in[0]);
          return b.matmul(scaled(b, parts[1], parts[0]), parts[1], false, true);
        },
        {a}, a, 2e-6);
    const Tensor values = compute([](Builder& b, const Values& in) { return b.eigh(in[0])[0]; }, {a});
    for (int64_t i = 1; i < values.elements(); ++i)
      if (i % shape[-1] != 0)
        CHECK(values.data<float>()[static_cast<size_t>(i)] >= values.data<float>()[static_cast<size_t>(i - 1)]);
    if (shape[-1] > 5) continue;
    check_gradients(
        cat("eigenvalues ", shape), [](Builder& b, const Values& in) { return b.eigh(definite(b, in[0]))[0]; }, {x}, {},
        5e-3);
    check_gradients(
        cat("eigenvectors ", shape),
        [](Builder& b, const Values& in) {
          const Value v = b.eigh(definite(b, in[0]))[1];
          return b.eltwise(v, Eltwise::square);
        },
        {x}, {}, 3e-2);
  }
}

TEST_CASE("svd: its parts make the matrix again, values fall, vectors are orthogonal; gradients") {
  for (const Shape& shape : rectangles()) {
    const Tensor a = regular(shape, 5);
    const int64_t inner = std::min(shape[-1], shape[-2]);
    check_values(
        cat("svd ", shape),
        [](Builder& b, const Values& in) {
          const Values parts = b.svd(in[0]);
          return b.matmul(scaled(b, parts[0], parts[1]), parts[2], false, true);
        },
        {a}, a, 2e-6);
    for (const size_t side : {size_t{0}, size_t{2}})
      check_values(
          cat("svd ", shape, ' ', side),
          [&](Builder& b, const Values& in) {
            const Value vectors = b.svd(in[0])[side];
            return b.matmul(vectors, vectors, true);
          },
          {a}, unit(with_last(shape, inner, inner)), 2e-6);
    check_gradients(cat("singular values ", shape), [](Builder& b, const Values& in) { return b.svd(in[0])[1]; }, {a});
    for (const size_t side : {size_t{0}, size_t{2}})
      check_gradients(
          cat("singular vectors ", shape, ' ', side),
          [&](Builder& b, const Values& in) {
            const Value vectors = b.svd(in[0])[side];
            return b.eltwise(vectors, Eltwise::square);
          },
          {a}, {}, 3e-2);
  }
}

TEST_CASE("svd: a matrix of rank 1, and one of zeros, have orthogonal vectors too") {
  for (const float scale : {0.f, 1.f}) {
    Tensor a(Shape{4, 3});
    for (size_t i = 0; i < 12; ++i) a.data<float>()[i] = scale * static_cast<float>(i / 3 + 1);
    const Emit gram = [](Builder& b, const Values& in) {
      const Value u = b.svd(in[0])[0];
      return b.matmul(u, u, true);
    };
    check_values("rank 1", gram, {a}, unit({3, 3}), 1e-6);
  }
}

TEST_CASE("pseudo_inverse: is the inverse of regular matrices, and A P A is A for others; gradients") {
  for (const Shape& shape : rectangles()) {
    const Tensor a = regular(shape, 5);
    check_values(
        cat("pseudo_inverse ", shape),
        [](Builder& b, const Values& in) { return b.matmul(b.matmul(in[0], b.pseudo_inverse(in[0], 1e-5f)), in[0]); },
        {a}, a, 5e-6);
    check_gradients(
        cat("pseudo_inverse ", shape), [](Builder& b, const Values& in) { return b.pseudo_inverse(in[0], 1e-5f); }, {a},
        {}, 1e-2);
  }
  const Tensor flat(Shape{2, 2}, {1, 2, 2, 4});
  check_values(
      "rank 1", [](Builder& b, const Values& in) { return b.pseudo_inverse(in[0], 1e-5f); }, {flat},
      Tensor(Shape{2, 2}, {0.04, 0.08, 0.08, 0.16}), 1e-6);
}

TEST_CASE("algebra: dims that do not fit are refused, and batches may be split into rows") {
  Builder b;
  const Value a = b.input({2, 3, 4}, "a"), square = b.input({2, 4, 4}, "s"), row = b.input({4}, "r");
  CHECK_THROWS_WITH_AS(b.cholesky(a), "cholesky: needs square matrices (..., n, n); received (2,3,4).", ShapeError);
  CHECK_THROWS_AS(b.inverse(a), ShapeError);
  CHECK_THROWS_AS(b.determinant(a), ShapeError);
  CHECK_THROWS_AS(b.eigh(a), ShapeError);
  CHECK_THROWS_WITH_AS(b.svd(row), "svd: needs matrices (..., rows, columns); received (4).", ShapeError);
  CHECK_THROWS_WITH_AS(b.solve(square, a),
                       "solve: needs right sides (..., 4, columns) for matrices (2,4,4); received (2,3,4).",
                       ShapeError);
  CHECK_THROWS_AS(b.solve_triangular(square, row, true), ShapeError);
  Builder rows;
  const Value x = rows.input({6, 3, 3}, "x");
  CHECK(independent_rows(rows.finish({rows.solve(x, x), rows.svd(x)[0], rows.cholesky(x)})) == 6);
}

TEST_CASE("algebra: the same bits for any number of threads") {
  const Tensor a = regular({3000, 6, 6});
  const std::vector<Emit> all{
      [](Builder& b, const Values& in) { return b.cholesky(definite(b, in[0])); },
      [](Builder& b, const Values& in) { return b.solve(in[0], in[0], true); },
      [](Builder& b, const Values& in) { return b.solve_triangular(in[0], in[0], false); },
      [](Builder& b, const Values& in) { return b.determinant(in[0]); },
      [](Builder& b, const Values& in) { return b.sign_log_det(in[0])[1]; },
      [](Builder& b, const Values& in) { return b.qr(in[0])[0]; },
      [](Builder& b, const Values& in) { return b.eigh(definite(b, in[0]))[1]; },
      [](Builder& b, const Values& in) { return b.svd(in[0])[2]; },
  };
  for (size_t i = 0; i < all.size(); ++i)
    CHECK_MESSAGE(bit_equal(compute(all[i], {a}, Lie::row_major, 1), compute(all[i], {a}, Lie::row_major, 3)), i);
}
