#include <doctest/doctest.h>

#include <cmath>

#include "graft/graph/layer_impl.h"
#include "tests/support/error_text.h"
#include "tests/support/fixtures.h"
#include "tests/support/keras_table.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::test;

static Emit penalty(const Regularizer& regularizer) {
  return [regularizer](ops::Builder& b, const ops::Values& in) { return emit_penalty(b, regularizer, in[0]); };
}

static Regularizer regularizer_of(const nlohmann::ordered_json& json) {
  const auto& c = json["config"];
  if (json["class_name"] != "OrthogonalRegularizer") return L1L2(c.value("l1", 0.0), c.value("l2", 0.0));
  return OrthogonalRegularizer(c["factor"], c["mode"] == "columns");
}

TEST_CASE("regularizers give Keras's penalties") {
  const auto table = keras_table("regularizers");
  REQUIRE(table.size() == 14);
  for (const auto& entry : table) {
    INFO(entry["regularizer"].dump());
    const Tensor value = compute(penalty(regularizer_of(entry["regularizer"])), {nested_lists(entry["weights"])});
    CHECK(value.data<float>()[0] == doctest::Approx(entry["value"].get<double>()).epsilon(1e-5));
  }
}

// All elements are positive, so that no cosine is at the edge of its absolute value.
TEST_CASE("penalties have the gradients of central differences") {
  for (const bool columns : {false, true}) {
    check_gradients("orthogonal", penalty(OrthogonalRegularizer(0.5, columns)), {spaced({4, 3}, 1, 2)});
    check_gradients("orthogonal", penalty(OrthogonalRegularizer(0.5, columns)), {spaced({3, 4}, 1, 2)});
  }
  check_gradients("all", penalty({.l1 = 0.3, .l2 = 0.2, .orthogonal = 0.4}), {spaced({3, 3}, 1, 2)});
  check_gradients("rank 4", penalty(L1L2(0.3, 0.2)), {spaced({2, 3, 2, 2})});
}

TEST_CASE("a vector of zeros is orthogonal to all others and has no gradient that is not a number") {
  const Tensor x(Shape{3, 2}, {1, 1, 0, 0, 1, 0});
  const Tensor value = compute(penalty(OrthogonalRegularizer(1)), {x});
  CHECK(value.data<float>()[0] == doctest::Approx(std::sqrt(0.5) / 3));
}

TEST_CASE("OrthogonalRegularizer says what it takes") {
  ops::Builder b;
  CHECK(error_text<ShapeError>([&] { emit_penalty(b, OrthogonalRegularizer(), b.input({2, 3, 4}, "x")); }) ==
        "OrthogonalRegularizer takes a matrix; received a value of shape (2,3,4).");
  CHECK(error_text<ShapeError>([&] { emit_penalty(b, OrthogonalRegularizer(0.1, true), b.input({3, 1}, "x")); }) ==
        "OrthogonalRegularizer needs two columns or more; received a matrix of shape (3,1).");
}
