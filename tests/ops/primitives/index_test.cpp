// Rows and elements by number: take, take_along_axis, scatter, one_hot and argmin.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Tensor numbers(const Shape& shape, const std::vector<float>& values) { return Tensor(shape, values); }

Emit scatter(Scatter how) {
  return [how](Builder& b, const Values& v) { return b.scatter(how, v[0], v[1], v[2]); };
}

}  // namespace

TEST_CASE("take: the axis of the values is replaced by the axes of the indices") {
  const Tensor x = numbers({2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const auto take = [](int axis) { return [axis](Builder& b, const Values& v) { return b.take(v[0], v[1], axis); }; };
  const Tensor pair = numbers({1, 2}, {-1, 0});
  check_values("take 0", take(0), {x, numbers({1}, {1})}, numbers({1, 3, 2}, {6, 7, 8, 9, 10, 11}), 0);
  check_values("take 1", take(1), {x, pair}, numbers({2, 1, 2, 2}, {4, 5, 0, 1, 10, 11, 6, 7}), 0);
  check_values("take 2", take(2), {x, numbers({3}, {1, 5, 0.5f})},
               numbers({2, 3, 3}, {1, 0, 0, 3, 0, 0, 5, 0, 0, 7, 0, 0, 9, 0, 0, 11, 0, 0}), 0);
  for (int axis = 0; axis < 3; ++axis)
    check_gradients(cat("take ", axis), take(axis), {noise({2, 3, 2}, 1), numbers({2, 2}, {0, 1, 1, -1})}, {1});
}

TEST_CASE("take_along_axis: elements of each line, and their gradients") {
  const auto take = [](int axis) {
    return [axis](Builder& b, const Values& v) { return b.take_along_axis(v[0], v[1], axis); };
  };
  const Tensor x = numbers({2, 3}, {0, 1, 2, 3, 4, 5});
  check_values("last axis", take(1), {x, numbers({2, 2}, {2, 0, -1, 7})}, numbers({2, 2}, {2, 0, 5, 0}), 0);
  check_values("first axis", take(0), {x, numbers({1, 3}, {1, 0, 1})}, numbers({1, 3}, {3, 1, 5}), 0);
  check_values("repeated", take(1), {x, numbers({1, 2}, {1, 1})}, numbers({2, 2}, {1, 1, 4, 4}), 0);
  for (int axis = 0; axis < 4; ++axis) {
    Tensor picked = noise(Shape({2, 3, 4, 5}).with(axis, 7), 3);
    for (float& v : picked.data<float>()) v = std::floor(std::abs(v)) - 1;
    check_gradients(cat("take_along_axis ", axis), take(axis), {noise({2, 3, 4, 5}, 1), picked}, {1});
    Tensor expected(picked.shape());
    const Tensor from = noise({2, 3, 4, 5}, 1);
    int64_t inner = 1;
    for (int i = axis + 1; i < 4; ++i) inner *= from.shape()[i];
    const int64_t count = from.shape()[axis];
    for (int64_t i = 0; i < expected.elements(); ++i) {
      auto k = static_cast<int64_t>(picked.data<float>()[static_cast<size_t>(i)]);
      if (k < 0) k += count;
      const int64_t place = (i / (7 * inner) * count + k) * inner + i % inner;
      expected.data<float>()[static_cast<size_t>(i)] = k < count ? from.data<float>()[static_cast<size_t>(place)] : 0;
    }
    check_values(cat("take_along_axis ", axis), take(axis), {from, picked}, expected, 0);
  }
}

TEST_CASE("scatter: rows take updates in their order") {
  const Tensor x = numbers({3, 2}, {1, 2, 3, 4, 5, 6}), which = numbers({3}, {2, 0, 2}),
               updates = numbers({3, 2}, {9, -1, 7, 8, 2, 3});
  check_values("set", scatter(Scatter::set), {x, which, updates}, numbers({3, 2}, {7, 8, 3, 4, 2, 3}), 0);
  check_values("add", scatter(Scatter::add), {x, which, updates}, numbers({3, 2}, {8, 10, 3, 4, 16, 8}), 0);
  check_values("max", scatter(Scatter::max), {x, which, updates}, numbers({3, 2}, {7, 8, 3, 4, 9, 6}), 0);
  check_values("min", scatter(Scatter::min), {x, which, updates}, numbers({3, 2}, {1, 2, 3, 4, 2, -1}), 0);
  check_values("mul", scatter(Scatter::mul), {x, which, updates}, numbers({3, 2}, {7, 16, 3, 4, 90, -18}), 0);
  const Tensor beyond = numbers({3}, {3, -1, 0.5f});
  check_values("out of range", scatter(Scatter::set), {x, beyond, updates}, numbers({3, 2}, {1, 2, 3, 4, 7, 8}), 0);
}

TEST_CASE("scatter: gradients for the rows and their updates") {
  const Tensor which = numbers({4}, {1, 3, 1, 0}), distinct = numbers({4}, {1, 3, 4, 0});
  for (const Scatter how : {Scatter::add, Scatter::max, Scatter::min, Scatter::mul})
    check_gradients(cat("scatter ", static_cast<int>(how)), scatter(how),
                    {spaced({5, 2, 3}, 3, 0.2, 1), which, spaced({4, 2, 3}, 2, -0.1, 2)}, {1});
  check_gradients("scatter set", scatter(Scatter::set), {noise({5, 6}, 1), distinct, noise({4, 6}, 2)}, {1});
}

TEST_CASE("scatter: the gradient of a product is right where factors are zero") {
  const Tensor which = numbers({4}, {0, 0, 1, 1});
  check_gradients("zeros", scatter(Scatter::mul), {numbers({3, 1}, {2, 3, 0}), which, numbers({4, 1}, {0, 5, 0, 0})},
                  {1});
}

TEST_CASE("one_hot: the classes become any axis") {
  const auto one_hot = [](int axis) {
    return [axis](Builder& b, const Values& v) { return b.one_hot(v[0], 3, axis); };
  };
  const Tensor x = numbers({2, 2}, {0, 2, 1, 5});
  check_values("last", one_hot(2), {x}, numbers({2, 2, 3}, {1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0}), 0);
  check_values("middle", one_hot(1), {x}, numbers({2, 3, 2}, {1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0}), 0);
  check_values("first", one_hot(0), {x}, numbers({3, 2, 2}, {1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0}), 0);
}

TEST_CASE("argmin and argmax: the first of equals, and the first NaN") {
  const Tensor x = numbers({3, 4}, {2, 1, 1, 3, 5, kNaN, 7, kNaN, -1, -2, 4, 4});
  const auto find = [](bool smallest, int axis) {
    return [=](Builder& b, const Values& v) { return smallest ? b.argmin(v[0], axis) : b.argmax(v[0], axis); };
  };
  check_values("argmin 1", find(true, 1), {x}, numbers({3, 1}, {1, 1, 1}), 0);
  check_values("argmax 1", find(false, 1), {x}, numbers({3, 1}, {3, 1, 2}), 0);
  check_values("argmin 0", find(true, 0), {x}, numbers({1, 4}, {2, 1, 0, 1}), 0);
  check_values("argmax 0", find(false, 0), {x}, numbers({1, 4}, {1, 1, 1, 1}), 0);
}

TEST_CASE("rows by number: errors name the operands that do not fit") {
  Builder b;
  const Value x = b.input({2, 3}, "x"), y = b.input({3, 3}, "y"), k = b.input({2}, "k");
  CHECK_THROWS_WITH_AS(b.take(x, k, 2), "take: there is no axis 2 in (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.take_along_axis(x, y, 1),
                       "take_along_axis: operands must have equal ranks and dims that are equal or 1 except along axis "
                       "1; received (2,3) and (3,3).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.scatter(Scatter::max, x, k, y),
                       "scatter: needs row numbers of rank 1 and a row of updates for each; received (2) and (3,3) for "
                       "rows of (2,3).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.one_hot(x, 3, 3), "one_hot: there is no axis 3 in a result of rank 3.", ShapeError);
  CHECK_THROWS_WITH_AS(b.argmin(x, -1), "argmin: there is no axis -1 in (2,3).", ShapeError);
}
