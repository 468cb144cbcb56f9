#include "graft/tools/demonstration/baselines.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/error_text.h"

using namespace graft;
using namespace graft::tools;
using graft::test::error_text;

static Tensor labels(std::vector<int32_t> values) {
  const Shape shape{static_cast<int64_t>(values.size())};
  return Tensor(shape, std::move(values));
}

TEST_CASE("means are taken of all rows, and of each class") {
  const Tensor rows(Shape{3, 1, 2}, std::vector<float>{0, 2, 4, 6, 5, 1});
  CHECK(bit_equal(mean_row(rows), Tensor(Shape{2}, std::vector<float>{3, 3})));
  CHECK(bit_equal(class_means(rows, labels({1, 1, 0}), 2), Tensor(Shape{2, 2}, std::vector<float>{5, 1, 2, 4})));
  CHECK(error_text<DataError>([&] { class_means(rows, labels({1, 2, 0}), 2); }) ==
        "labels must be from 0 to 1; received 2.");
  CHECK(error_text<DataError>([&] { class_means(rows, labels({1, 1, 1}), 2); }) == "class 0 has no rows.");
}

TEST_CASE("a row belongs to the nearest centroid") {
  const Tensor centroids(Shape{2, 1}, std::vector<float>{0, 10});
  const Tensor found = nearest(centroids, Tensor(Shape{3, 1}, std::vector<float>{-3, 6, 4}));
  CHECK(bit_equal(found, labels({0, 1, 0})));
  CHECK(agreement(found, labels({0, 1, 1})) == doctest::Approx(2.0 / 3));
  CHECK(error_text<ShapeError>([&] { agreement(found, labels({0})); }) ==
        "lists of labels must be of one length above 0; received (3,) and (1,).");
}

TEST_CASE("the mean squared error of equal shapes") {
  CHECK(mean_squared_error(Tensor(Shape{2}, std::vector<float>{1, 2}), Tensor(Shape{2}, std::vector<float>{1, 4})) ==
        2);
  CHECK(error_text<ShapeError>([] { mean_squared_error(Tensor(Shape{2}), Tensor(Shape{1, 2})); }) ==
        "tensors must have one shape; received (2,) and (1, 2).");
}

TEST_CASE("principal components find the directions of greatest variance") {
  // Along (0.6, 0.8, 0) with deviation 5, along (0, 0, 1) with deviation 2, across both with 0.1.
  Random random(1);
  Tensor rows(Shape{2000, 3});
  for (int64_t n = 0; n < 2000; ++n) {
    const float a = 5 * random.normal(), b = 2 * random.normal(), c = 0.1f * random.normal();
    const std::span<float> row = rows.data<float>().subspan(static_cast<size_t>(n) * 3, 3);
    row[0] = 0.6f * a - 0.8f * c + 7;
    row[1] = 0.8f * a + 0.6f * c;
    row[2] = b;
  }
  const PrincipalComponents components = principal_components(rows, 2, Random(2));
  const auto axes = components.directions.data<float>();
  CHECK(std::abs(0.6f * axes[0] + 0.8f * axes[1]) > 0.999f);
  CHECK(std::abs(axes[5]) > 0.999f);
  CHECK(mean_squared_error(components.reconstruct(rows, 2), rows) == doctest::Approx(0.01 / 3).epsilon(0.1));
  CHECK(mean_squared_error(components.reconstruct(rows, 1), rows) == doctest::Approx(4.01 / 3).epsilon(0.1));
  CHECK(mean_squared_error(components.reconstruct(rows, 0), rows) == doctest::Approx(29.01 / 3).epsilon(0.1));
  CHECK(error_text<ConfigError>([&] { components.reconstruct(rows, 3); }) == "there are 2 components; received 3.");
  CHECK(error_text<ConfigError>([&] { principal_components(rows, 4, Random(2)); }) ==
        "components must be from 1 to 3; received 4.");
}
