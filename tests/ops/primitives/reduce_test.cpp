#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

Shape reduced(Shape shape, const std::vector<int>& axes) {
  for (const int axis : axes) shape = shape.with(axis, 1);
  return shape;
}

// The element of the reduced tensor that element i of `shape` belongs to.
size_t home(size_t i, const Shape& shape, const Shape& to) {
  size_t out = 0, stride = 1;
  for (int64_t axis = shape.rank(); axis-- > 0;) {
    const auto n = static_cast<size_t>(shape[axis]), m = static_cast<size_t>(to[axis]);
    if (m > 1) out += i % n * stride;
    i /= n;
    stride *= m;
  }
  return out;
}

Tensor loop(Reduction algorithm, const Tensor& x, const std::vector<int>& axes) {
  const Shape to = reduced(x.shape(), axes);
  std::vector<std::vector<double>> groups(static_cast<size_t>(to.elements()));
  for (size_t i = 0; i < x.data<float>().size(); ++i)
    groups[home(i, x.shape(), to)].push_back(static_cast<double>(x.data<float>()[i]));
  Tensor out(to);
  for (size_t k = 0; k < groups.size(); ++k) {
    double sum = 0, product = 1;
    for (const double v : groups[k]) sum += v, product *= v;
    const auto [low, high] = std::minmax_element(groups[k].begin(), groups[k].end());
    const double value = algorithm == Reduction::sum    ? sum
                         : algorithm == Reduction::mean ? sum / static_cast<double>(groups[k].size())
                         : algorithm == Reduction::prod ? product
                         : algorithm == Reduction::max  ? *high
                                                        : *low;
    out.data<float>()[k] = static_cast<float>(value);
  }
  return out;
}

struct Case {
  Shape shape;
  std::vector<int> axes;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{2, 3, 4, 5}, {0, 1, 2, 3}},
      {{2, 3, 4, 5}, {2, 3}},
      {{2, 20, 4, 5}, {0, 2, 3}},
      {{2, 3, 4, 5}, {1}},
      {{2, 3, 4, 5}, {0}},
      {{2, 3, 4, 5}, {3}},
      {{2, 3, 4, 5}, {0, 2}},
      {{2, 3, 4, 5}, {1, 3}},
      {{1, 1, 7, 9}, {2, 3}},
      {{5, 7}, {0}},
      {{5, 7}, {1}},
      {{5, 7}, {0, 1}},
      {{9}, {0}},
      {{2, 3, 7}, {2}},
      {{2, 3, 7}, {1}},
      {{4, 1, 3, 3}, {0, 2, 3}},
  };
  return all;
}

const std::vector<Case>& large_cases() {
  static const std::vector<Case> all{
      {{8, 3, 100, 101}, {0, 2, 3}},
      {{2, 32, 128, 128}, {0, 2, 3}},
      {{300, 1100}, {0}},
      {{300, 1100}, {1}},
      {{1, 64, 90, 91}, {2, 3}},
      {{4, 64, 56, 56}, {2, 3}},
      {{1000003}, {0}},
      {{3, 20, 64, 65}, {0, 1, 2, 3}},
      {{40000, 5}, {1}},
      {{2, 300, 40, 41}, {1}},
  };
  return all;
}

struct Named {
  const char* name;
  Reduction algorithm;
};
const Named kAll[] = {
    {"sum", Reduction::sum}, {"mean", Reduction::mean}, {"max", Reduction::max}, {"min", Reduction::min}};

Emit reduce(Reduction algorithm, const std::vector<int>& axes) {
  return [algorithm, axes](Builder& b, const Values& x) { return b.reduce(algorithm, x[0], axes); };
}

}  // namespace

TEST_CASE("reduce: every function over every choice of axes equals a plain loop") {
  for (const Case& c : cases())
    for (const Named& op : kAll) {
      const Tensor x = noise(c.shape, 3);
      check_values(cat(op.name, ' ', c.shape, " axes ", c.axes[0], "..", c.axes.size()), reduce(op.algorithm, c.axes),
                   {x}, loop(op.algorithm, x, c.axes));
    }
}

TEST_CASE("reduce: products over every choice of axes, and their gradients") {
  for (const Case& c : cases()) {
    const Tensor x = noise(c.shape, 3), near_one = spaced(c.shape, 1, 1);
    const std::string title = cat("prod ", c.shape, " axes ", c.axes[0], "..", c.axes.size());
    check_values(title, reduce(Reduction::prod, c.axes), {x}, loop(Reduction::prod, x, c.axes));
    check_gradients(title, reduce(Reduction::prod, c.axes), {near_one});
  }
  const Tensor x = Tensor::full({2, 300, 41}, 1.01f);
  check_values("prod", reduce(Reduction::prod, {1}), {x}, loop(Reduction::prod, x, {1}), 1e-5);
}

TEST_CASE("reduce: the gradient of a product is right where elements are zero") {
  check_gradients("one zero, two and none", reduce(Reduction::prod, {1}),
                  {Tensor({3, 3}, std::vector<float>{2, 0, 3, 0, 4, 0, 1, 2, 3})});
}

TEST_CASE("reduce: extremes of lines with a NaN are NaN, wherever it is") {
  for (const Case& c : {Case{{2, 70}, {1}}, {{70, 2}, {0}}, {{3, 5}, {1}}, {{2, 300, 40}, {1}}, {{9000}, {0}}})
    for (const int64_t place : {0, 1, 2, 4})
      for (const Reduction algorithm : {Reduction::max, Reduction::min}) {
        Tensor x = noise(c.shape, 2);
        const auto axis = static_cast<int64_t>(c.axes[0]);
        const int64_t stride = axis + 1 == x.shape().rank() ? 1 : x.shape()[axis + 1];
        x.data<float>()[static_cast<size_t>(place * stride)] = std::nanf("");
        const Tensor y = compute(reduce(algorithm, c.axes), {x});
        CHECK_MESSAGE(std::isnan(y.data<float>()[0]), c.shape, ' ', place);
        if (y.elements() > 1) CHECK(std::isfinite(y.data<float>()[1]));
      }
}

TEST_CASE("reduce: large sums are as exact as a sum in double, up to float") {
  for (const Case& c : large_cases())
    for (const Named& op : kAll) {
      Tensor x = noise(c.shape, 3);
      for (float& v : x.data<float>()) v += 1;  // away from cancelling
      check_values(cat(op.name, ' ', c.shape), reduce(op.algorithm, c.axes), {x}, loop(op.algorithm, x, c.axes), 3e-7);
    }
}

TEST_CASE("reduce: the number of threads changes no bit") {
  for (const Case& c : large_cases()) {
    const Tensor x = noise(c.shape, 3);
    for (const Lie lie : {Lie::row_major, Lie::channels_last}) {
      const Emit sum = reduce(Reduction::sum, c.axes);
      CHECK(bit_equal(compute(sum, {x}, lie, 1), compute(sum, {x}, lie, 2)));
    }
  }
}

TEST_CASE("reduce: gradients are those of central differences") {
  for (const Case& c : cases())
    for (const Named& op : kAll)
      check_gradients(cat(op.name, ' ', c.shape), reduce(op.algorithm, c.axes), {spaced(c.shape, 4)});
}

TEST_CASE("reduce: equal largest values share the gradient") {
  Builder b(true);
  const Value x = b.input({4}, "x");
  const Executable exe(b.finish(gradients(b, b.reduce(Reduction::max, x, {0}), Values{x})));
  Context context = exe.context();
  context.input(0).copy_from(std::vector<float>{1, 3, 3, 0});
  context.run();
  CHECK(bit_equal(context.output(0).tensor(), Tensor({4}, std::vector<float>{0, 0.5f, 0.5f, 0})));
}

TEST_CASE("reduce: the search for NaN does not look at its scratch memory") {
  const env::Scoped check("GRAFT_CHECK", "1");
  const Tensor x = Tensor::full({300000}, 1e-3f);
  CHECK(compute(reduce(Reduction::sum, {0}), {x}).item() == doctest::Approx(300));
}

TEST_CASE("reduce: over axes of size 1 it is the value itself") {
  Builder b;
  const Value x = b.input({1, 3, 1}, "x");
  CHECK(b.reduce(Reduction::max, x, {0, 2}) == x);
  CHECK_THROWS_WITH_AS(b.reduce(Reduction::sum, x, {3}), "reduce: there is no axis 3 in (1,3,1).", ShapeError);
}

TEST_CASE("sum_to and broadcast_to undo each other's dims") {
  const Case repeated[] = {{{1, 3, 1, 1}, {0, 2, 3}}, {{2, 1, 4, 5}, {1}}, {{1, 1, 1, 1}, {0, 1, 2, 3}}};
  for (const Case& c : repeated) {
    const Tensor x = noise({2, 3, 4, 5}, 4), small = noise(c.shape, 5);
    const Dims to = c.shape.dims(), from = x.shape().dims();
    const Emit sum = [to](Builder& b, const Values& v) { return b.sum_to(v[0], to); };
    const Emit repeat = [from](Builder& b, const Values& v) { return b.broadcast_to(v[0], from); };
    check_values("sum_to", sum, {x}, loop(Reduction::sum, x, c.axes));
    check_gradients("sum_to", sum, {x});
    Tensor expected(x.shape());
    for (size_t i = 0; i < 120; ++i) expected.data<float>()[i] = small.data<float>()[home(i, x.shape(), c.shape)];
    check_values("broadcast_to", repeat, {small}, expected, 0);
    check_gradients("broadcast_to", repeat, {small});
  }
  const Tensor one({1}, std::vector<float>{3});
  check_values(
      "broadcast_to of one number", [](Builder& b, const Values& v) { return b.broadcast_to(v[0], {2, 3, 4}); }, {one},
      Tensor::full({2, 3, 4}, 3), 0);
  check_values(
      "sum_to one number", [](Builder& b, const Values& v) { return b.sum_to(v[0], {1}); },
      {Tensor::full({2, 3, 4}, 1)}, Tensor::full({1}, 24), 0);
  Builder b;
  const Value x = b.input({2, 3}, "x");
  CHECK_THROWS_WITH_AS(b.sum_to(x, {2, 4}), "sum_to: (2,3) does not repeat (2,4).", ShapeError);
  CHECK_THROWS_WITH_AS(b.broadcast_to(x, {4, 3}), "broadcast_to: (2,3) cannot be repeated to (4,3).", ShapeError);
}
