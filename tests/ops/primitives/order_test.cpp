// Order and scans along an axis: sort, argsort, top_k, search_sorted, scan and recurrence.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();

/// Applies f to each line along an axis: f(elements of x's line, elements of the result's line).
template <class F>
Tensor along(const Tensor& x, int axis, int64_t length, F f) {
  Tensor out(x.shape().with(axis, length));
  int64_t inner = 1;
  for (int64_t i = axis + 1; i < x.shape().rank(); ++i) inner *= x.shape()[i];
  const int64_t n = x.shape()[axis];
  for (int64_t o = 0; o < x.elements() / (n * inner); ++o)
    for (int64_t i = 0; i < inner; ++i) {
      std::vector<float> from(static_cast<size_t>(n)), to(static_cast<size_t>(length));
      for (int64_t k = 0; k < n; ++k)
        from[static_cast<size_t>(k)] = x.data<float>()[static_cast<size_t>((o * n + k) * inner + i)];
      f(from, to);
      for (int64_t k = 0; k < length; ++k)
        out.data<float>()[static_cast<size_t>((o * length + k) * inner + i)] = to[static_cast<size_t>(k)];
    }
  return out;
}

Tensor with_ties(const Shape& shape, uint64_t seed) {
  Tensor x = noise(shape, seed);
  for (float& v : x.data<float>()) v = std::round(v * 2);
  return x;
}

Tensor order(const Tensor& x, int axis, bool descending, int64_t count) {
  return along(x, axis, count, [descending](const std::vector<float>& from, std::vector<float>& to) {
    std::vector<size_t> places(from.size());
    std::iota(places.begin(), places.end(), size_t{0});
    std::stable_sort(places.begin(), places.end(),
                     [&](size_t a, size_t b) { return descending ? from[a] > from[b] : from[a] < from[b]; });
    for (size_t k = 0; k < to.size(); ++k) to[k] = static_cast<float>(places[k]);
  });
}

const Shape kShapes[] = {{2, 20, 3, 5}, {3, 4, 70}, {1, 1, 5}, {400, 9}, {7}};

}  // namespace

TEST_CASE("argsort: a stable order along any axis, of all elements or of the first ones") {
  for (const Shape& shape : kShapes)
    for (int axis = 0; axis < shape.rank(); ++axis)
      for (const bool descending : {false, true})
        for (const int64_t count : {shape[axis], (shape[axis] + 1) / 2}) {
          const Tensor x = with_ties(shape, 1);
          check_values(
              cat("argsort ", shape, ' ', axis, ' ', descending, ' ', count),
              [=](Builder& b, const Values& v) { return b.argsort(v[0], axis, descending, count); }, {x},
              order(x, axis, descending, count), 0);
        }
}

TEST_CASE("argsort: infinities are in order, zeros of both signs are equal, and NaN counts as the largest") {
  const Tensor x({8}, std::vector<float>{kNaN, 1, -kInfinity, 0, -0.f, kInfinity, -1, -kNaN});
  const auto argsort = [](bool descending) {
    return [descending](Builder& b, const Values& v) { return b.argsort(v[0], 0, descending); };
  };
  check_values("up", argsort(false), {x}, Tensor({8}, std::vector<float>{2, 6, 3, 4, 1, 5, 0, 7}), 0);
  check_values("down", argsort(true), {x}, Tensor({8}, std::vector<float>{0, 7, 5, 1, 3, 4, 6, 2}), 0);
}

TEST_CASE("sort and top_k: values in order, whose gradients go to their places") {
  const Tensor x = spaced({2, 6, 4}, 3);
  for (int axis = 0; axis < 3; ++axis) {
    const Emit sort = [axis](Builder& b, const Values& v) { return b.sort(v[0], axis, true); };
    const auto sorted = [](const std::vector<float>& from, std::vector<float>& to) {
      std::vector<float> all = from;
      std::sort(all.begin(), all.end(), std::greater<>());
      std::copy_n(all.begin(), to.size(), to.begin());
    };
    check_values(cat("sort ", axis), sort, {x}, along(x, axis, x.shape()[axis], sorted), 0);
    check_gradients(cat("sort ", axis), sort, {x});
    const Emit top = [axis](Builder& b, const Values& v) { return b.top_k(v[0], axis, 2).values; };
    check_values(cat("top_k ", axis), top, {x}, along(x, axis, 2, sorted), 0);
    check_gradients(cat("top_k ", axis), top, {x});
  }
}

TEST_CASE("search_sorted: numbers below, or up to, each value") {
  const Tensor sorted({5}, std::vector<float>{-1, 0, 0, 2, kNaN}),
      values({2, 4}, std::vector<float>{-2, -1, -0.f, 1, 2, 3, kInfinity, kNaN});
  const auto search = [](bool right) {
    return [right](Builder& b, const Values& v) { return b.search_sorted(v[0], v[1], right); };
  };
  check_values("left", search(false), {sorted, values}, Tensor({2, 4}, std::vector<float>{0, 0, 1, 3, 3, 4, 4, 4}), 0);
  check_values("right", search(true), {sorted, values}, Tensor({2, 4}, std::vector<float>{0, 1, 3, 3, 4, 4, 4, 5}), 0);
}

TEST_CASE("scan: cumulative sums and products along any axis, from either end") {
  for (const Shape& shape : kShapes)
    for (int axis = 0; axis < shape.rank(); ++axis)
      for (const bool reverse : {false, true})
        for (const Scan algorithm : {Scan::sum, Scan::prod}) {
          const Tensor x = noise(shape, 3);
          const auto plain = [=](std::vector<float> from, std::vector<float>& to) {
            if (reverse) std::reverse(from.begin(), from.end());
            double state = algorithm == Scan::sum ? 0 : 1;
            for (size_t k = 0; k < to.size(); ++k)
              to[k] = static_cast<float>(algorithm == Scan::sum ? state += from[k] : state *= from[k]);
            if (reverse) std::reverse(to.begin(), to.end());
          };
          const Emit scan = [=](Builder& b, const Values& v) { return b.scan(algorithm, v[0], axis, reverse); };
          const std::string title = cat("scan ", shape, ' ', axis, ' ', reverse, static_cast<int>(algorithm));
          check_values(title, scan, {x}, along(x, axis, shape[axis], plain), 1e-6);
          if (shape.elements() < 1000 && shape[axis] < 30) check_gradients(title, scan, {noise(shape, 4)});
        }
}

TEST_CASE("scan: the gradient of cumulative products is right where elements are zero") {
  const Emit scan = [](Builder& b, const Values& v) { return b.scan(Scan::prod, v[0], 1); };
  check_gradients("cumprod", scan, {Tensor({2, 4}, std::vector<float>{2, 0, 3, 4, 0, 1, 0, 2})});
}

TEST_CASE("recurrence: each element is carried on to the next by its factor") {
  const Tensor x({4}, std::vector<float>{1, 2, 3, 4}), factors({4}, std::vector<float>{kNaN, 2, 0, -1});
  const auto recur = [](bool reverse) {
    return [reverse](Builder& b, const Values& v) { return b.recurrence(v[0], v[1], 0, reverse); };
  };
  check_values("forward", recur(false), {x, factors}, Tensor({4}, std::vector<float>{1, 4, 3, 1}), 0);
  const Tensor back({4}, std::vector<float>{1, 2, 0.5f, kNaN});
  check_values("backward", recur(true), {x, back}, Tensor({4}, std::vector<float>{13, 12, 5, 4}), 0);
  for (const bool reverse : {false, true})
    for (int axis = 0; axis < 3; ++axis)
      check_gradients(cat("recurrence ", axis, ' ', reverse),
                      [=](Builder& b, const Values& v) { return b.recurrence(v[0], v[1], axis, reverse); },
                      {noise({2, 5, 3}, 1), noise({2, 5, 3}, 2)});
}

TEST_CASE("order: errors name what does not fit") {
  Builder b;
  const Value x = b.input({2, 3}, "x"), y = b.input({3, 2}, "y");
  CHECK_THROWS_WITH_AS(b.sort(x, 2), "argsort: there is no axis 2 in (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.top_k(x, 1, 4), "argsort: along axis 1 of (2,3) there are not 4 elements.", ShapeError);
  CHECK_THROWS_WITH_AS(b.top_k(x, 1, 0), "top_k: needs one element or more; received 0.", ShapeError);
  CHECK_THROWS_WITH_AS(b.argsort(b.input({(1 << 24) + 1}, "z"), 0),
                       "argsort: takes at most 16777216 elements along an axis; received (16777217).", ShapeError);
  CHECK_THROWS_WITH_AS(b.search_sorted(x, y), "search_sorted: the sorted values must have rank 1; received (2,3).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.scan(Scan::sum, x, 2), "scan: there is no axis 2 in (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.recurrence(x, y, 0), "recurrence: needs a factor for each element of (2,3); received (3,2).",
                       ShapeError);
}
