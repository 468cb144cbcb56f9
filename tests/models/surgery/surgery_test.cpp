#include <doctest/doctest.h>

#include <functional>

#include "graft/graft.h"
#include "tests/support/captured_errors.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_names.h"
#include "tests/support/random_tensor.h"
#include "tests/support/temporary_folder.h"

namespace graft::test {

namespace {

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

struct Nested {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Model inner = Model(x, dense("b")(dense("a")(x)), {.name = "inner"});
  SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  Model outer = Model(z, dense("c")(inner(dense("first")(z))), {.name = "outer"});
  Tensor data = Tensor(Shape{2, 2}, std::vector<float>{1, 2, -1, .5f});
};

}  // namespace

TEST_CASE("cut returns two models that together equal the one, also inside a nested model") {
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

TEST_CASE("cut at several tensors: the second model takes them in order") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), y = Input({.shape = {3}, .name = "y"});
  const SymbolicTensor a = dense("a")(x), b = dense("b")(dense("between")(a));
  const Model model(SymbolicTensors{x, y}, dense("out")(dense("c")(b) + a + dense("d")(y)), {.name = "net"});
  const TensorList data{random_tensor({3, 2}, 1), random_tensor({3, 3}, 2)};
  const auto [front, back] = cut(model, {"between", a, "y"});
  CHECK(bit_equal(back.predict(front.predict(data)), model.predict(data)));
  CHECK(back.inputs()[2] == y);
  CHECK(names(front) == "x a between y");
  CHECK(error_text<GraphError>([&] { cut(model, {"between", "y"}); })
            .starts_with(
                "[Model \"net\"] a cut at \"between\", \"y\" does not separate the model: it is bypassed by Input "
                "\"x\" -> Dense \"a\" -> Add \"add\" -> Add \"add_1\" -> Dense \"out\".\n"
                "  Hint: name a tensor on that path too, such as \"a\".\n  Model changed at surgery_test.cpp:"));
  CHECK(error_text<GraphError>([&] { cut(model, {"between", "a", "a", "y"}); }).find("listed twice") !=
        std::string::npos);
  const Nested nets;
  const auto [head, rest] = cut(nets.outer, {"inner/a"});
  CHECK(bit_equal(rest.predict(head.predict(nets.data)), nets.outer.predict(nets.data)));
}

TEST_CASE("a cut that paths bypass is refused, and the error names the shortest path") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  SymbolicTensor y = x;
  for (int i = 0; i < 9; ++i) y = dense(cat("d", i).c_str())(y);
  const Model model(x, Add({.name = "sum"})({dense("main")(x), y}), {.name = "net"});
  CHECK(error_text<GraphError>([&] { cut(model, "d3"); })
            .find("it is bypassed by Input \"x\" -> Dense \"main\" -> Add "
                  "\"sum\".") != std::string::npos);
  CHECK(
      error_text<GraphError>([&] { cut(model, "main"); })
          .find(
              "it is bypassed by Input \"x\" -> Dense \"d0\" -> Dense \"d1\" -> Dense \"d2\" -> ... -> Dense \"d8\" -> "
              "Add \"sum\".") != std::string::npos);
}

TEST_CASE("a layer is replaced by a model, or at one of its calls") {
  const Nested nets;
  const Model replaced = replace(nets.outer, "c", nets.inner);
  CHECK(names(replaced) == "z first inner");
  CHECK(replaced.at("inner").calls() == 2);
  const SymbolicTensor x = Input({.shape = {2}});
  const Dense twice = dense("twice");
  const Model model(x, twice(twice(x)), {.name = "net"});
  CHECK(names(replace(model, "twice@1", dense("other"))) == "input_layer twice other");
  CHECK(names(insert_after(model, "twice@0", dense("other"))) == "input_layer twice other");
  CHECK(remove(model, "twice@1").output() == model.at("twice@0").output());
  CHECK(error_text<GraphError>([&] {
          replace(model, "twice:0", dense("other"));
        }).starts_with("[Model \"net\"] \"twice:0\" is one output of a layer, not a layer to change.\n"));
  const Model two(x, SymbolicTensors{dense("a")(x), dense("b")(x)}, {.name = "two"});
  CHECK(error_text<GraphError>([&] {
          replace(model, "twice@1", two);
        }).starts_with("[Model \"net\"] Dense \"twice\" gives 1 tensor; its replacement gives 2.\n"));
}

TEST_CASE("a block between tensors is replaced by a layer or a model") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor stem = dense("stem")(x), a = dense("a")(stem), b = dense("b")(a),
                       sum = Add({.name = "sum"})({b, stem});
  const Model model(x, dense("out")(sum), {.name = "net"});
  const Dense other = dense("other");
  const Model replaced = replace(model, "stem", "sum", other);
  CHECK(names(replaced) == "x stem other out");
  CHECK(replaced.at("stem") == model.at("stem"));
  const SymbolicTensor y = Input({.shape = {2}});
  const Model as_block(y, replay(model, y, {.from = stem, .to = sum}), {.name = "block"});
  const Tensor data = random_tensor({3, 2}, 1);
  CHECK(bit_equal(replace(model, "stem", "sum", as_block).predict(data), model.predict(data)));

  const Model two(y, SymbolicTensors{dense("left")(y), dense("right")(y)}, {.name = "two"});
  const Model forked = replace(model, {stem}, {a, b}, two);  // a goes nowhere else, b into the sum
  CHECK(names(forked) == "x stem two sum out");
  CHECK(error_text<GraphError>([&] { replace(model, "a", "sum", other); })
            .starts_with(
                "[Model \"net\"] the block from \"a\" to \"sum\" takes other inputs too: it is bypassed by Input \"x\" "
                "-> Dense \"stem\" -> Add \"sum\".\n"));
  CHECK(error_text<GraphError>([&] {
          replace(model, "x", "b", other);
        }).starts_with("[Model \"net\"] the block holds Dense \"stem\", which is also used outside of it.\n  Hint: "));
  CHECK(error_text<GraphError>([&] {
          replace(model, "stem", "sum", two);
        }).starts_with("[Model \"net\"] the block gives 1 (\"sum\"); Functional \"two\" gives 2.\n"));
  const Nested nets;
  CHECK(names(replace(nets.outer, "first", "inner/b", other)) == "z first other c");
}

TEST_CASE("one error lists every layer that cannot take its inputs after a change") {
  const SymbolicTensor x = Input({.shape = {4, 4, 1}, .name = "x"});
  const SymbolicTensor flat = Flatten()(x);
  const Model nested(flat, dense("deep")(flat), {.name = "nested"});
  const Model model(x, dense("a")(flat) + dense("b")(dense("fits", 3)(dense("c")(flat))) + nested(flat),
                    {.name = "net"});
  const std::vector<Tensor> before = model.get_weights();
  const std::string text = error_text<ShapeError>([&] { with_input_shape(model, {8, 8, 1}); });
  CHECK(text.starts_with("[Model \"net\"] 3 layers cannot take their new inputs:\n    [Dense \"a\"] "));
  for (const char* layer : {"[Dense \"c\"] ", "[Dense \"deep\"] "}) CHECK(text.find(layer) != std::string::npos);
  CHECK(text.find("fits") == std::string::npos);
  CHECK(text.find("\n  Model changed at surgery_test.cpp:") != std::string::npos);
  CHECK(model.get_weights().size() == before.size());
}

TEST_CASE("each of several inputs takes its own shape, and rename puts a prefix before names") {
  const SymbolicTensor a = Input({.shape = {8, 8, 1}, .name = "a"}), b = Input({.shape = {4}, .name = "b"});
  const auto pooled = GlobalAveragePooling2D()(Conv2D({.filters = 4, .kernel_size = 3, .name = "conv"})(a));
  const Model model(SymbolicTensors{a, b}, pooled + b, {.name = "net"});
  const Model larger = with_input_shape(model, {Shape{16, 12, 1}, Shape{4}});
  CHECK(larger.inputs()[0].shape() == Shape{Shape::none, 16, 12, 1});
  CHECK(larger.weights() == model.weights());
  CHECK(with_input_shape(model, std::vector<Shape>{{9, 9, 1}, {4}}).inputs().size() == 2);
  CHECK(error_text<GraphError>([&] {
          with_input_shape(model, {4});
        }).starts_with("[Model \"net\"] has 2 inputs; received 1 shape.\n"));

  const Model renamed = rename(model, "left");
  CHECK(names(renamed) == "left/a left/conv left/global_average_pooling2d left/b left/add");
  CHECK(renamed.weights() == model.weights());
  CHECK(names(model) == "a conv global_average_pooling2d b add");
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

TEST_CASE("losses of add_loss stay with their model, and models made from it warn about that") {
  const Nested nets;
  nets.outer.add_loss(square(nets.outer.output()));
  const SymbolicTensor x = Input({.shape = {2}});
  const TemporaryFolder folder;
  const auto told = [&](const std::function<void()>& make) {
    const CapturedErrors errors;
    make();
    return errors.text();
  };
  const auto line = [](const char* operation) {
    return cat("graft: warning: Model \"outer\": losses and metrics of add_loss() and add_metric() are not part of ",
               operation, "; add them again to the model that is trained\n");
  };
  CHECK(told([&] { replay(nets.outer, x); }) == line("the replayed model"));
  CHECK(told([&] { splice(nets.inner, nets.outer); }) == line("the spliced model"));
  CHECK(told([&] { flatten(nets.outer); }) == line("the changed model"));
  CHECK(told([&] { cut(nets.outer, "first"); }) == line("the changed model"));
  CHECK(told([&] { clone(nets.outer, Weights::copy); }) == line("the clone"));
  CHECK(told([&] { nets.outer.save(folder / "net"); }) == line("the saved model"));
  CHECK(told([&] { flatten(nets.inner); }).empty());
}

}  // namespace graft::test
