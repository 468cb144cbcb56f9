#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

// Element by element: f(index of the result) is its value.
template <class F>
Tensor filled(const Shape& shape, F f) {
  Tensor out(shape);
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
  for (float& v : out.data<float>()) {
    v = f(index);
    for (size_t axis = index.size(); axis-- > 0 && ++index[axis] == shape[static_cast<int64_t>(axis)];) index[axis] = 0;
  }
  return out;
}

using Index = std::vector<int64_t>;

float at(const Tensor& x, const Index& index) {
  int64_t place = 0;
  for (size_t axis = 0; axis < index.size(); ++axis)
    place = place * x.shape()[static_cast<int64_t>(axis)] + index[axis];
  return x.data<float>()[static_cast<size_t>(place)];
}

bool inside(const Tensor& x, const Index& index) {
  for (size_t axis = 0; axis < index.size(); ++axis)
    if (index[axis] < 0 || index[axis] >= x.shape()[static_cast<int64_t>(axis)]) return false;
  return true;
}

}  // namespace

TEST_CASE("concat: joins operands one after the other along any axis") {
  struct Case {
    Shape a, b;
    int axis;
    Shape to;
  };
  const Case cases[] = {
      {{2, 3, 4, 5}, {2, 1, 4, 5}, 1, {2, 4, 4, 5}},
      {{2, 20, 4, 5}, {2, 3, 4, 5}, 1, {2, 23, 4, 5}},
      {{2, 3, 4, 5}, {2, 3, 1, 5}, 2, {2, 3, 5, 5}},
      {{2, 3, 4, 5}, {2, 3, 4, 2}, 3, {2, 3, 4, 7}},
      {{2, 3, 4, 5}, {1, 3, 4, 5}, 0, {3, 3, 4, 5}},
      {{2, 1, 1, 1}, {2, 2, 1, 1}, 1, {2, 3, 1, 1}},
      {{4, 3}, {4, 5}, 1, {4, 8}},
      {{3}, {1}, 0, {4}},
      {{1, 64, 40, 41}, {1, 32, 40, 41}, 1, {1, 96, 40, 41}},
  };
  for (const Case& c : cases) {
    const Tensor a = noise(c.a, 1), b = noise(c.b, 2);
    const auto axis = static_cast<size_t>(c.axis);
    const Tensor expected = filled(c.to, [&](Index i) {
      if (i[axis] < c.a[c.axis]) return at(a, i);
      i[axis] -= c.a[c.axis];
      return at(b, i);
    });
    const Emit emit = [&c](Builder& builder, const Values& v) { return builder.concat(v, c.axis); };
    check_values(cat("concat ", c.a, ' ', c.b), emit, {a, b}, expected, 0);
    if (c.to.elements() < 5000) check_gradients(cat("concat ", c.a, ' ', c.b), emit, {a, b});
  }
}

TEST_CASE("slice and pad: undo each other, and are each other's gradients") {
  struct Case {
    Shape inner;
    Dims before, after;
    Shape outer;
  };
  const Case cases[] = {
      {{2, 3, 4, 5}, {0, 0, 1, 2}, {0, 0, 2, 1}, {2, 3, 7, 8}},
      {{1, 3, 4, 5}, {1, 2, 0, 0}, {0, 1, 0, 0}, {2, 6, 4, 5}},
      {{2, 1, 4, 5}, {0, 0, 1, 1}, {0, 0, 1, 1}, {2, 1, 6, 7}},
      {{3, 4}, {2, 0}, {1, 3}, {6, 7}},
      {{5}, {0}, {2}, {7}},
      {{2, 3, 5}, {0, 0, 1}, {0, 0, 1}, {2, 3, 7}},
      {{4, 20, 30, 31}, {0, 0, 3, 3}, {0, 0, 3, 3}, {4, 20, 36, 37}},
  };
  for (const Case& c : cases) {
    const Tensor small = noise(c.inner, 1), large = noise(c.outer, 2);
    const Tensor padded = filled(c.outer, [&](Index i) {
      for (size_t axis = 0; axis < i.size(); ++axis) i[axis] -= c.before[axis];
      return inside(small, i) ? at(small, i) : -1.5f;
    });
    const Tensor sliced = filled(c.inner, [&](Index i) {
      for (size_t axis = 0; axis < i.size(); ++axis) i[axis] += c.before[axis];
      return at(large, i);
    });
    const Emit pad = [&c](Builder& b, const Values& v) { return b.pad(v[0], c.before, c.after, -1.5f); };
    const Emit slice = [&c](Builder& b, const Values& v) { return b.slice(v[0], c.before, c.inner.dims()); };
    check_values(cat("pad ", c.inner), pad, {small}, padded, 0);
    check_values(cat("slice ", c.outer), slice, {large}, sliced, 0);
    if (c.outer.elements() > 5000) continue;
    check_gradients(cat("pad ", c.inner), pad, {small});
    check_gradients(cat("slice ", c.outer), slice, {large});
  }
}

TEST_CASE("moves: errors name the operands that do not fit") {
  Builder b;
  const Value x = b.input({2, 3}, "x"), y = b.input({3, 3}, "y");
  CHECK_THROWS_WITH_AS(b.concat({x, y}, 1),
                       "concat: operands must have equal dims except along axis 1; received (2,3) and (3,3).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.concat({x}, 2), "concat: there is no axis 2 in (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.concat({}, 0), "concat: needs one operand or more.", ShapeError);
  CHECK_THROWS_WITH_AS(b.slice(x, {1, 1}, {1, 3}), "slice: (1,3) elements from (1,1) on are not all within (2,3).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.pad(x, {0, -1}, {0, 0}),
                       "pad: needs a number, 0 or more, for each axis of (2,3); received (0,-1) and (0,0).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.argmax(x, 2), "argmax: there is no axis 2 in (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.one_hot(x, 0), "one_hot: needs one class or more; received 0.", ShapeError);
  CHECK_THROWS_WITH_AS(
      b.resample(x, {2}, Interpolation::nearest),
      "resample: needs a factor of 1 or more for each spatial axis of src (N, C, spatial); received (2) for (2,3).",
      ShapeError);
}

TEST_CASE("one_hot: each number becomes a row; a number that is no class becomes a row of zeros") {
  const Tensor indices({2, 3}, std::vector<float>{0, 2, 1, 3, -1, 0.5f});
  const Tensor expected = filled(
      {2, 3, 3}, [&](const Index& i) { return at(indices, {i[0], i[1]}) == static_cast<float>(i[2]) ? 1.f : 0.f; });
  const Emit emit = [](Builder& b, const Values& v) { return b.one_hot(v[0], 3); };
  check_values("one_hot", emit, {indices}, expected, 0);
}

TEST_CASE("argmax: the first of the largest along any axis") {
  Tensor x = noise({2, 20, 3, 5}, 4);
  for (float& v : x.data<float>()) v = std::round(v * 2);  // with ties
  for (int axis = 0; axis < 4; ++axis) {
    const Tensor expected = filled(x.shape().with(axis, 1), [&](Index i) {
      int64_t best = 0;
      float top = at(x, i);
      for (int64_t k = 1; k < x.shape()[axis]; ++k) {
        i[static_cast<size_t>(axis)] = k;
        if (at(x, i) > top) top = at(x, i), best = k;
      }
      return static_cast<float>(best);
    });
    check_values(
        cat("argmax ", axis), [axis](Builder& b, const Values& v) { return b.argmax(v[0], axis); }, {x}, expected, 0);
  }
}

TEST_CASE("stop_gradient: passes the value and no gradient") {
  Builder b(true);
  const Value x = b.input({3}, "x");
  const Value loss = b.reduce(Reduction::sum, b.mul(x, b.stop_gradient(x)), {0});
  const Executable exe(b.finish({loss, gradients(b, loss, Values{x})[0]}));
  Context context = exe.context();
  context.input(0).copy_from(std::vector<float>{1, 2, 3});
  context.run();
  CHECK(context.output(0).data<float>()[0] == 14);
  CHECK(bit_equal(context.output(1).tensor(), Tensor({3}, std::vector<float>{1, 2, 3})));
}

// torch.nn.functional.interpolate(x, scale_factor, mode="bilinear", align_corners=False) of [[1, 2], [4, 8]] / of 1, 2,
// 4
TEST_CASE("resample: linear is PyTorch's bilinear with half-pixel centres") {
  const Emit two_three = [](Builder& b, const Values& v) { return b.resample(v[0], {2, 3}, Interpolation::linear); };
  const Tensor expected({1, 1, 4, 6}, std::vector<float>{1,     1,     1.3333334f, 1.6666667f, 2,    2,
                                                         1.75f, 1.75f, 2.3333335f, 2.9166667f, 3.5f, 3.5f,
                                                         3.25f, 3.25f, 4.3333335f, 5.4166665f, 6.5f, 6.5f,
                                                         4,     4,     5.3333335f, 6.6666665f, 8,    8});
  check_values("bilinear", two_three, {Tensor({1, 1, 2, 2}, std::vector<float>{1, 2, 4, 8})}, expected, 1e-7);
  const Emit line = [](Builder& b, const Values& v) { return b.resample(v[0], {2}, Interpolation::linear); };
  check_values("linear", line, {Tensor({1, 1, 3}, std::vector<float>{1, 2, 4})},
               Tensor({1, 1, 6}, std::vector<float>{1, 1.25f, 1.75f, 2.5f, 3.5f, 4}), 1e-7);
}

TEST_CASE("resample: nearest repeats pixels; the gradients of both are those of central differences") {
  for (const Shape& shape : {Shape{2, 3, 4, 5}, {1, 1, 3, 3}, {2, 20, 3, 2}, {3, 64, 28, 28}})
    for (const Dims& factors : {Dims{2, 2}, {3, 1}, {1, 4}}) {
      const Tensor x = noise(shape, 6);
      const Shape to{shape[0], shape[1], shape[2] * factors[0], shape[3] * factors[1]};
      const Tensor expected =
          filled(to, [&](const Index& i) { return at(x, {i[0], i[1], i[2] / factors[0], i[3] / factors[1]}); });
      const auto emit = [&factors](Interpolation how) {
        return [&factors, how](Builder& b, const Values& v) { return b.resample(v[0], factors, how); };
      };
      check_values(cat("nearest ", shape), emit(Interpolation::nearest), {x}, expected, 0);
      if (shape.elements() > 5000) continue;
      check_gradients(cat("nearest ", shape), emit(Interpolation::nearest), {x});
      check_gradients(cat("linear ", shape), emit(Interpolation::linear), {x});
    }
}
