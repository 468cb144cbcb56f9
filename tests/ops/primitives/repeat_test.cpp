// Slices with steps, and moves that show elements more than once.

#include <doctest/doctest.h>

#include "graft/core/error.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

Tensor row(const std::vector<float>& values) { return Tensor({static_cast<int64_t>(values.size())}, values); }

Emit padded(const Dims& before, const Dims& after, PadMode mode) {
  return [=](Builder& b, const Values& v) { return b.pad(v[0], before, after, mode); };
}

/// x[begin[0] + steps[0] i, ...]
Tensor strided(const Tensor& x, const Dims& begin, const Dims& sizes, const Dims& steps) {
  Tensor out{Shape(sizes)};
  for (int64_t i = 0; i < out.elements(); ++i) {
    int64_t rest = i, place = 0, stride = 1;
    for (size_t axis = sizes.size(); axis-- > 0; rest /= sizes[axis]) {
      place += (begin[axis] + rest % sizes[axis] * steps[axis]) * stride;
      stride *= x.shape()[static_cast<int64_t>(axis)];
    }
    out.data<float>()[static_cast<size_t>(i)] = x.data<float>()[static_cast<size_t>(place)];
  }
  return out;
}

}  // namespace

TEST_CASE("strided_slice: steps of any sign along any axes, and their gradients") {
  struct Case {
    Dims from, begin, sizes, steps;
  };
  const Case cases[] = {
      {{2, 3, 7, 6}, {0, 2, 1, 5}, {2, 3, 3, 3}, {1, -1, 2, -2}},
      {{2, 20, 5, 4}, {1, 19, 4, 3}, {2, 20, 5, 4}, {-1, -1, -1, -1}},
      {{9}, {8}, {3}, {-4}},
      {{4, 5}, {3, 0}, {1, 3}, {-7, 2}},
      {{3, 40, 41}, {0, 1, 40}, {3, 20, 41}, {1, 2, -1}},
  };
  for (const Case& c : cases) {
    const Tensor x = noise(Shape(c.from), 1);
    const Emit slice = [&c](Builder& b, const Values& v) { return b.strided_slice(v[0], c.begin, c.sizes, c.steps); };
    check_values(cat("strided_slice ", x.shape()), slice, {x}, strided(x, c.begin, c.sizes, c.steps), 0);
    if (x.elements() < 1000) check_gradients(cat("strided_slice ", x.shape()), slice, {x});
  }
}

TEST_CASE("flip: the order along some axes is reversed") {
  const Tensor x({2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const auto flip = [](const std::vector<int>& axes) {
    return [axes](Builder& b, const Values& v) { return b.flip(v[0], axes); };
  };
  check_values("flip 1", flip({1}), {x}, Tensor({2, 3}, std::vector<float>{2, 1, 0, 5, 4, 3}), 0);
  check_values("flip all", flip({0, 1}), {x}, Tensor({2, 3}, std::vector<float>{5, 4, 3, 2, 1, 0}), 0);
  check_gradients("flip", flip({0, 2}), {noise({2, 3, 4}, 1)});
}

TEST_CASE("repeat and tile: each element, or the whole, several times") {
  const Tensor x({2, 2}, std::vector<float>{1, 2, 3, 4});
  const Emit repeat = [](Builder& b, const Values& v) { return b.repeat(v[0], 2, 1); };
  const Emit tile = [](Builder& b, const Values& v) { return b.tile(v[0], {2, 2}); };
  check_values("repeat", repeat, {x}, Tensor({2, 4}, std::vector<float>{1, 1, 2, 2, 3, 3, 4, 4}), 0);
  check_values("tile", tile, {x}, Tensor({4, 4}, std::vector<float>{1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4}),
               0);
  for (int axis = 0; axis < 4; ++axis)
    check_gradients(cat("repeat ", axis), [axis](Builder& b, const Values& v) { return b.repeat(v[0], 3, axis); },
                    {noise({2, 3, 2, 2}, 1)});
  check_gradients("tile", [](Builder& b, const Values& v) { return b.tile(v[0], {2, 1, 3, 2}); },
                  {noise({2, 3, 2, 2}, 1)});
}

TEST_CASE("pad: mirrors with and without the edge, the edge, and the other end, also beyond the whole length") {
  const Tensor x = row({1, 2, 3});
  check_values("reflect", padded({5}, {3}, PadMode::reflect), {x}, row({2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2}), 0);
  check_values("symmetric", padded({4}, {4}, PadMode::symmetric), {x}, row({3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1}), 0);
  check_values("edge", padded({2}, {1}, PadMode::edge), {x}, row({1, 1, 1, 2, 3, 3}), 0);
  check_values("wrap", padded({2}, {4}, PadMode::wrap), {x}, row({2, 3, 1, 2, 3, 1, 2, 3, 1}), 0);
  check_values("one element", padded({2}, {1}, PadMode::reflect), {row({7})}, row({7, 7, 7, 7}), 0);
  for (const PadMode mode : {PadMode::reflect, PadMode::symmetric, PadMode::edge, PadMode::wrap})
    check_gradients(cat("pad ", static_cast<int>(mode)), padded({0, 0, 1, 2}, {0, 1, 2, 0}, mode),
                    {noise({2, 3, 4, 3}, 1)});
}

TEST_CASE("slices with steps and repetitions: errors name what does not fit") {
  Builder b;
  const Value x = b.input({2, 3}, "x");
  CHECK_THROWS_WITH_AS(b.strided_slice(x, {0, 1}, {2, 3}, {1, -1}),
                       "strided_slice: (2,3) elements from (0,1) on, in steps of (1,-1), are not all within (2,3).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.flip(x, {2}), "flip: there is no axis 2 in (2,3).", ShapeError);
  CHECK_THROWS_WITH_AS(b.repeat(x, 0, 1), "repeat: needs a count of 1 or more; received 0.", ShapeError);
  CHECK_THROWS_WITH_AS(b.tile(x, {2}), "tile: needs a number, 1 or more, for each axis of (2,3); received (2).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.pad(x, {0, -1}, {0, 0}, PadMode::edge),
                       "pad: needs a number, 0 or more, for each axis of (2,3); received (0,-1) and (0,0).",
                       ShapeError);
}
