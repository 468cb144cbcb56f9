#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"

namespace graft::test {

namespace {

std::string names(const Model& model) {
  std::string text;
  for (const GraphLayer& layer : model.layers()) text += cat(text.empty() ? "" : " ", layer.name());
  return text;
}

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

struct Nested {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Model inner = Model(x, dense("b")(dense("a")(x)), {.name = "inner"});
  SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  Model outer = Model(z, dense("c")(inner(dense("first")(z))), {.name = "outer"});
  Tensor data = Tensor(Shape{2, 2}, std::vector<float>{1, 2, -1, .5f});
};

}  // namespace

TEST_CASE("cut gives two models that together are the one, also within a nested model") {
  const Nested nets;
  for (const char* place : {"first", "inner", "inner/a"}) {
    CAPTURE(place);
    const auto [front, back] = cut(nets.outer, place);
    CHECK(bit_equal(back.predict(front.predict(nets.data)), nets.outer.predict(nets.data)));
    CHECK(front.weights().size() + back.weights().size() == nets.outer.weights().size());
  }
  CHECK(names(cut(nets.outer, "inner/a").first) == "z first inner/a");
  CHECK(error_text<GraphError>([&] { cut(nets.outer, "z"); })
            .starts_with(
                "[Model \"outer\"] \"z\" is an input, not a layer to change.\n  Model changed at surgery_test.cpp:"));
}

TEST_CASE("layers are replaced, inserted and removed in a new model; the given one stays as it is") {
  const Nested nets;
  const Tensor before = nets.outer.predict(nets.data);
  const Dense five = dense("five", 5);
  const Model replaced = replace(nets.outer, "c", five);
  CHECK(names(replaced) == "z first inner five");
  CHECK(replaced.output().shape() == Shape{Shape::none, 5});
  CHECK(names(insert_after(nets.outer, "first", dense("new"))) == "z first new inner c");
  CHECK(names(insert_before(nets.outer, "first", dense("new"))) == "z new first inner c");
  CHECK(names(remove(nets.outer, "first")) == "z inner c");
  CHECK(names(remove(nets.outer, "inner/a")) == "z first inner/b c");
  CHECK(bit_equal(insert_after(nets.outer, "inner/b", Activation("linear")).predict(nets.data), before));
  CHECK(error_text<ShapeError>([&] { replace(nets.outer, "first", dense("wide", 7)); }).find("(None, 7)") !=
        std::string::npos);
  CHECK(names(nets.outer) == "z first inner c");
  CHECK(bit_equal(nets.outer.predict(nets.data), before));
}

TEST_CASE("flatten opens nested models and keeps every bit") {
  const Nested nets;
  const SymbolicTensor y = Input({.shape = {2}});
  const Model twice(y, nets.outer(nets.outer(y)));
  const Model flat = flatten(nets.outer), flat_twice = flatten(twice);
  CHECK(names(flat) == "z first inner/a inner/b c");
  CHECK(bit_equal(flat.predict(nets.data), nets.outer.predict(nets.data)));
  CHECK(bit_equal(flat_twice.predict(nets.data), twice.predict(nets.data)));
  CHECK(flat_twice.chain().size() == 8);
}

TEST_CASE("a model takes inputs of another size with the same weights") {
  const SymbolicTensor image = Input({.shape = {8, 8, 3}});
  const Model model(image, GlobalAveragePooling2D()(Conv2D({.filters = 4, .kernel_size = 3})(image)));
  const Model larger = with_input_shape(model, {16, 16, 3});
  CHECK(larger.input().shape() == Shape{Shape::none, 16, 16, 3});
  CHECK(larger.weights() == model.weights());
  CHECK_THROWS_AS(with_input_shape(model, {8, 8, 1}), ShapeError);
}

TEST_CASE("clones share their weights, copy them, or draw new ones") {
  const Nested nets;
  const Model shared = clone(nets.outer, Weights::share), copied = clone(nets.outer, Weights::copy),
              fresh = clone(nets.outer, Weights::fresh);
  CHECK(shared.weights() == nets.outer.weights());
  const Tensor before = nets.outer.predict(nets.data);
  CHECK(bit_equal(copied.predict(nets.data), before));
  CHECK_FALSE(bit_equal(fresh.predict(nets.data), before));
  nets.outer.at("c").set_weights({Tensor(Shape{2, 2}), Tensor(Shape{2})});
  CHECK(bit_equal(copied.predict(nets.data), before));
  CHECK(bit_equal(shared.predict(nets.data), nets.outer.predict(nets.data)));
  CHECK(names(copied) == names(nets.outer));
}

}  // namespace graft::test
