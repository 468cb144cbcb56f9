#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_names.h"

// Models as views: layers, chains, paths, nesting.

namespace graft::test {

namespace {

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

Tensor ones(int64_t rows, int64_t columns) { return Tensor::full(Shape{rows, columns}, 1); }

}  // namespace

TEST_CASE("chain returns every call in order: a layer that is called twice is listed twice") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Dense s = dense("s"), m = dense("m"), e = dense("e");
  const Model model(x, e(s(m(s(x)))));
  CHECK(names(model.layers()) == "x s m e");
  CHECK(names(model.chain()) == "s m s e");
  const SymbolicTensor again = Input({.shape = {2}});
  SymbolicTensor y = again;
  for (const Layer& layer : model.chain()) y = layer(y);
  CHECK(bit_equal(Model(again, y).predict(ones(3, 2)), model.predict(ones(3, 2))));
}

TEST_CASE("chain refuses a model that branches, and names the place and what to write") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor a = dense("a")(x), b = dense("b")(x);
  const Model branching(x, SymbolicTensors{a, b}, {.name = "net"});
  const std::string two = error_text<GraphError>([&] { branching.chain(); });
  CHECK(two ==
        "[Model \"net\"] is not a chain: it has 2 outputs.\n"
        "  Hint: x = replay(model, x) records all its calls again, whatever its shape.");
  const Model skip(x, Add({.name = "sum"})({a, x}), {.name = "skip"});
  CHECK(error_text<GraphError>([&] {
          skip.chain();
        }).starts_with("[Model \"skip\"] is not a chain: Add \"sum\" takes 2 tensors.\n"));
  const Model fork(x, Add({.name = "sum"})({a, b}), {.name = "fork"});
  CHECK(error_text<GraphError>([&] { fork.chain(); })
            .starts_with("[Model \"fork\"] is not a chain: it branches at Input \"x\", from where Dense \"b\" goes on "
                         "beside Dense \"a\".\n"));
  const Layer drop = Dropout({.rate = 0.5, .name = "drop"});
  const Model always(x, drop(x, CallArguments{.training = true}), {.name = "noisy"});
  CHECK(error_text<GraphError>([&] { always.chain(); })
            .starts_with("[Model \"noisy\"] is not a chain: Dropout \"drop\" is called with training = true, which "
                         "calling the layer again "
                         "would lose.\n"));
}

TEST_CASE("layers are found by path through nested models, and errors list near names") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Model inner(x, dense("second", 1)(dense("first", 3)(x)), {.name = "inner"});
  const SymbolicTensor outer_input = Input({.shape = {2}, .name = "outer_input"});
  const Model middle(outer_input, inner(dense("before")(outer_input)), {.name = "middle"});
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model outer(z, dense("last")(middle(z)), {.name = "outer"});

  CHECK(outer.at("last").output() == outer.output());
  const GraphLayer first = outer.at("middle/inner/first");
  CHECK(first == inner.at("first"));
  CHECK(first.name() == "middle/inner/first");
  CHECK(first.output() == outer.at("middle/inner/first").output());  // the same tensor for all who ask
  const Model taps(outer.input(), SymbolicTensors{first.output(), outer.at("middle/inner/second").output()});
  const TensorList values = taps.predict(ones(2, 2));
  const Model reference(inner.input(), inner.at("first").output());
  CHECK(
      bit_equal(values[0], reference.predict(Model(middle.input(), middle.at("before").output()).predict(ones(2, 2)))));
  CHECK(bit_equal(values[1], middle.predict(ones(2, 2))));
  CHECK(error_text<GraphError>([&] { outer.at("middle/inner/frist"); }) ==
        "[Model \"outer\"] there is no layer \"middle/inner/frist\"; the nearest are middle/inner/first, "
        "middle/inner/x, middle/inner, middle/inner/second, middle/outer_input.");
  CHECK(error_text<GraphError>([&] { outer.at("middle/inner/x"); }) ==
        "[Model \"outer\"] \"middle/inner/x\" is an input of a nested model: it stands for what that model is called "
        "on.\n"
        "  Hint: at(\"middle/inner\").input().");
}

TEST_CASE("weights are named by path, a shared one once") {
  const SymbolicTensor x = Input({.shape = {2}});
  const Dense shared = dense("shared");
  const Model inner(x, shared(x), {.name = "inner"});
  const SymbolicTensor z = Input({.shape = {2}});
  const Model outer(z, shared(inner(z)));
  const auto weights = outer.named_weights();
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].first == "inner/shared/kernel");
  CHECK(weights[1].first == "inner/shared/bias");
  CHECK(outer.count_params() == 6);
}

TEST_CASE("a model of tensors inside another begins at new Inputs") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor hidden = dense("a", 3)(x);
  const Model model(x, dense("b")(hidden));
  const Model tail(hidden, model.output());
  CHECK(tail.layers().size() == 2);
  CHECK(tail.input().shape() == Shape{Shape::none, 3});
  const Model front(x, hidden);
  CHECK(bit_equal(tail.predict(front.predict(ones(2, 2))), model.predict(ones(2, 2))));
}

TEST_CASE("a nested model is asked again for inputs of another size") {
  const SymbolicTensor x = Input({.shape = {8, 8, 1}});
  const Model inner(x, Conv2D({.filters = 2, .kernel_size = 3, .strides = 2})(x), {.name = "inner"});
  const SymbolicTensor wide = Input({.shape = {16, 12, 1}});
  CHECK(inner(wide).shape() == Shape{Shape::none, 7, 5, 2});
  const SymbolicTensor colour = Input({.shape = {8, 8, 3}});
  CHECK(error_text<ShapeError>([&] { inner(colour); }).starts_with("[Conv2D] "));
}

TEST_CASE("Sequential is a model of a stack, and must begin with an input") {
  const Sequential stack({Input({.shape = {2}}), dense("a", 3), Activation("relu"), dense("b")}, {.name = "stack"});
  CHECK(stack.class_name() == "Sequential");
  CHECK(names(stack.layers().drop_input()) == "a activation b");
  const Sequential on_top({static_cast<Layer>(stack), static_cast<Layer>(dense("c"))});
  CHECK(on_top.layers().size() == 3);
  CHECK(error_text<GraphError>([] { Sequential({dense("a")}); })
            .starts_with(
                "[Sequential] must begin with an Input; received Dense \"a\".\n"
                "  Hint: Sequential({Input({.shape = {28, 28, 1}}), ...}).\n  Sequential made at structure_test.cpp:"));
  CHECK(error_text<GraphError>([] {
          Sequential(std::vector<Layer>{});
        }).starts_with("[Sequential] a Sequential needs at least an Input"));
}

TEST_CASE("a chain of 100,000 layers is modelled, listed and summed up without recursion") {
  const SymbolicTensor x = Input({.shape = {1}});
  SymbolicTensor y = x;
  for (int i = 0; i < 100000; ++i) y = Activation("relu")(y);
  const Model model(x, y);
  CHECK(model.layers().size() == 100001);
  CHECK(model.chain().size() == 100000);
  CHECK(model.named_weights().empty());
  CHECK(model.summary().size() > 100000);
}

}  // namespace graft::test
