#include "graft/core/shape.h"

#include <doctest/doctest.h>

#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

constexpr int64_t none = Shape::none;

TEST_CASE("a shape prints as Keras prints it") {
  CHECK(Shape({none, 28, 28, 1}).str() == "(None, 28, 28, 1)");
  CHECK(Shape({5}).str() == "(5,)");
  CHECK(Shape().str() == "()");
}

TEST_CASE("dimensions are counted from either end") {
  const Shape shape{none, 28, 14, 3};
  CHECK(shape[0] == none);
  CHECK(shape[3] == 3);
  CHECK(shape[-1] == 3);
  CHECK(shape[-3] == 28);
  CHECK(error_text<ShapeError>([&] { return shape[4]; }) ==
        "shape (None, 28, 14, 3) has no dimension 4: its rank is 4.");
  CHECK(error_text<ShapeError>([&] { return shape[-5]; }) ==
        "shape (None, 28, 14, 3) has no dimension -5: its rank is 4.");
}

TEST_CASE("a dimension below none is refused") {
  CHECK(error_text<ShapeError>([] { Shape({3, -2}); }) ==
        "a dimension must be 0 or more, or Shape::none; received -2.");
}

TEST_CASE("elements are the product of known dimensions") {
  CHECK(Shape({2, 3, 4}).elements() == 24);
  CHECK(Shape().elements() == 1);
  CHECK(Shape({2, 0, 4}).elements() == 0);
  CHECK_FALSE(Shape({none, 3}).known());
  CHECK(error_text<ShapeError>([] { return Shape({none, 3}).elements(); }) ==
        "the number of elements of (None, 3) is unknown.");
  CHECK(error_text<ShapeError>([] { return Shape({int64_t{1} << 40, int64_t{1} << 40}).elements(); }) ==
        "shape (1099511627776, 1099511627776) has more elements than can be counted in 64 bits.");
  CHECK(Shape({int64_t{1} << 40, 0, int64_t{1} << 40}).elements() == 0);
}

TEST_CASE("a shape accepts another where both are known and equal") {
  CHECK(Shape({none, 3}).accepts({7, 3}));
  CHECK(Shape({7, 3}).accepts({none, 3}));
  CHECK_FALSE(Shape({none, 3}).accepts({7, 4}));
  CHECK_FALSE(Shape({none, 3}).accepts({3}));
}

TEST_CASE("the batch is dropped, replaced and put before") {
  CHECK(Shape({none, 4, 5}).without_batch() == Shape{4, 5});
  CHECK(Shape({none, 4}).with_batch(8) == Shape{8, 4});
  CHECK(Shape({4, 5}).prepended(none) == Shape{none, 4, 5});
  CHECK(Shape({4, 5}).with(-1, 9) == Shape{4, 9});
  CHECK(error_text<ShapeError>([] { return Shape().without_batch(); }) == "a shape of rank 0 has no batch dimension.");
  CHECK(error_text<ShapeError>([] { return Shape().with_batch(1); }) == "a shape of rank 0 has no batch dimension.");
}

TEST_CASE("shapes broadcast as in NumPy, none included") {
  CHECK(broadcast({4, 1, 3}, {5, 1}) == Shape{4, 5, 3});
  CHECK(broadcast({}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast({none, 3}, {1, 1}) == Shape{none, 3});
  CHECK(broadcast({none, 3}, {3}) == Shape{none, 3});
  CHECK(broadcast({none, 3}, {none, 1}) == Shape{none, 3});
  CHECK(broadcast({none, 1}, {5, 2}) == Shape{5, 2});
  CHECK(broadcast({0, 2}, {1, 2}) == Shape{0, 2});
  CHECK(error_text<ShapeError>([] { return broadcast({4, 2}, {4, 3}); }) ==
        "shapes (4, 2) and (4, 3) do not broadcast: dimension -1 is 2 and 3, which must be equal or 1.");
}

TEST_CASE("an axis is counted from the front") {
  CHECK(normalized_axis(-1, 4) == 3);
  CHECK(normalized_axis(2, 4) == 2);
  CHECK(error_text<ShapeError>([] { return normalized_axis(4, 4); }) ==
        "axis must be from -4 to 3 for rank 4; received 4.");
  CHECK(error_text<ShapeError>([] { return normalized_axis(0, 0); }) ==
        "a tensor of rank 0 has no axes; received axis 0.");
}
