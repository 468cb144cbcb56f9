#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_names.h"
#include "tests/support/random_tensor.h"

// Models as views: layers, chains, paths, nesting, joining.

namespace graft::test {

namespace {

using Floats = std::vector<float>;

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

Tensor ones(int64_t rows, int64_t columns) { return Tensor::full(Shape{rows, columns}, 1); }

}  // namespace

TEST_CASE("chain gives every call in order: a layer that is called twice stands there twice") {
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

TEST_CASE("layers are found by path through nested models, and near names are told") {
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

TEST_CASE("a model of tensors inside another begins at Inputs of its own") {
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

TEST_CASE("replay takes several inputs, keeps call arguments and scopes names") {
  const SymbolicTensor a = Input({.shape = {2}, .name = "a"}), b = Input({.shape = {2}, .name = "b"});
  const Dense head = dense("head");
  const Model net(SymbolicTensors{a, b}, SymbolicTensors{head(a + b), head(a - b)}, {.name = "net"});
  const SymbolicTensor p = Input({.shape = {2}, .name = "p"}), q = Input({.shape = {2}, .name = "q"});
  auto ys = replay(net, {p, q});
  CHECK(ys.size() == 2);
  auto left = replay(net, {p, q}, {.scope = "left"});
  const Model two(SymbolicTensors{p, q}, SymbolicTensors{left[0], left[1]}, {.name = "two"});
  CHECK(two.layers().at("left/head") == head);
  const TensorList outs = two.predict({ones(2, 2), ones(2, 2)}), expected = net.predict({ones(2, 2), ones(2, 2)});
  CHECK(bit_equal(outs[0], expected[0]));
  CHECK(bit_equal(outs[1], expected[1]));
  CHECK(error_text<ShapeError>([&] { replay(net, p); })
            .starts_with("[Model \"net\"] the replayed model takes 2 tensors (Input \"a\" (None, 2), Input \"b\" "
                         "(None, 2)); received 1.\n"
                         "  Model replayed at structure_test.cpp:"));
}

TEST_CASE("splice joins two models, and puts names that clash behind the second's") {
  const SymbolicTensor x = Input({.shape = {2}}), y = Input({.shape = {2}});
  const Model first(x, dense("same")(x), {.name = "first"}), second(y, dense("same")(y), {.name = "second"});
  const Model both = splice(first, second, {.name = "both"});
  CHECK(names(both.layers().drop_input()) == "same second/same");
  CHECK(bit_equal(both.predict(ones(2, 2)), second.predict(first.predict(ones(2, 2)))));
  const Model thrice = splice(both, Model(y, dense("same")(y), {.name = "second"}));
  CHECK(names(thrice.layers().drop_input()) == "same second/same second_1/same");
  const Model wide(y, dense("other", 5)(y), {.name = "wide"});
  CHECK(error_text<ShapeError>([&] { splice(splice(first, wide), second); }).find("at the seam") != std::string::npos);
}

TEST_CASE("splice names the output and the input that do not fit, both shapes, and a layer between them") {
  const SymbolicTensor x = Input({.shape = {2}}), image = Input({.shape = {4, 4, 3}, .name = "image"});
  const Model wide(x, dense("wide", 5)(x), {.name = "a"}), narrow(x, dense("narrow")(x), {.name = "b"});
  const unsigned line = __LINE__ + 1;
  CHECK(error_text<ShapeError>([&] { splice(wide, narrow); }) ==
        cat("[Dense \"narrow\"] the kernel was made for 2 inputs; received (None, 5) from Dense \"wide\"; at the seam, "
            "Dense \"wide\" of Model \"a\" gives (None, 5) where Model \"b\" has Input (None, 2).\n"
            "  Hint: put Dense({.units = 2}) between the two.\n  Layer called at structure_test.cpp:",
            line, "."));
  const Model maps(image, Conv2D({.filters = 5, .kernel_size = 1})(image), {.name = "maps"});
  CHECK(error_text<ShapeError>([&] {
          splice(maps, narrow);
        }).find("Hint: put GlobalAveragePooling2D() or Flatten() between the two.") != std::string::npos);
  CHECK(error_text<ShapeError>([&] {
          splice(maps, maps);
        }).find("Hint: put Conv2D({.filters = 3, .kernel_size = 1}) between the two.") != std::string::npos);
}

namespace {

// Two outputs, p3 and p4, and a model that takes them as coarse and fine.
struct Pyramid {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Model backbone = Model(x, SymbolicTensors{dense("p3", 3)(x), dense("p4", 4)(x)}, {.name = "backbone"});
  SymbolicTensor coarse = Input({.shape = {4}, .name = "coarse"}), fine = Input({.shape = {3}, .name = "fine"});
  Model head = Model(SymbolicTensors{coarse, fine}, dense("out")(dense("p3", 3)(coarse) - fine), {.name = "head"});
};

}  // namespace

TEST_CASE("splice by name: outputs into inputs in any order, what goes nowhere stays an output") {
  const Pyramid nets;
  const Tensor data = random_tensor({3, 2}, 1);
  const TensorList parts = nets.backbone.predict(data);
  const Model joined = splice(nets.backbone, nets.head, {.name = "net", .map = {{"p3", "fine"}, {"p4", "coarse"}}});
  CHECK(joined.name() == "net");
  CHECK(bit_equal(joined.predict(data), nets.head.predict({parts[1], parts[0]})));
  CHECK(names(joined.layers().drop_input()) == "p4 head/p3 p3 head/subtract head/out");

  const Model one(nets.fine, dense("one")(nets.fine), {.name = "one"});
  const Model rest = splice(nets.backbone, one, {.map = {{"p3", "fine"}}});
  const TensorList values = rest.predict(data);
  REQUIRE(values.size() == 2);
  CHECK(bit_equal(values[0], one.predict(parts[0])));
  CHECK(bit_equal(values[1], parts[1]));

  const SymbolicTensor y = Input({.shape = {3}, .name = "y"});
  const Model sum(SymbolicTensors{nets.fine, y}, nets.fine + y, {.name = "sum"});
  const Model doubled = splice(nets.backbone, sum, {.map = {{"p3", "fine"}, {"p3", "y"}}});
  CHECK(doubled.outputs().size() == 2);
  const Tensors both = doubled.predict(data);
  for (size_t i = 0; i < 9; ++i) CHECK(both[0].data<float>()[i] == 2 * parts[0].data<float>()[i]);
}

TEST_CASE("splice tells names that are unknown, missing or named twice, and numbers that differ") {
  const Pyramid nets;
  using Map = std::vector<std::pair<std::string, std::string>>;
  const auto refused = [&](const Map& map) {
    return error_text<GraphError>([&] { splice(nets.backbone, nets.head, {.map = map}); });
  };
  CHECK(refused({{"p5", "fine"}})
            .starts_with("[splice] Model \"backbone\" has no output \"p5\"; it has \"p3\" (None, 3), \"p4\" (None, "
                         "4).\n  Models spliced at structure_test.cpp:"));
  CHECK(refused({{"p3", "find"}})
            .starts_with("[splice] Model \"head\" has no input \"find\"; it has \"coarse\" (None, 4), \"fine\" "
                         "(None, 3).\n"));
  CHECK(refused({{"p3", "fine"}, {"p4", "fine"}})
            .starts_with("[splice] input \"fine\" of Model \"head\" is named twice."));
  CHECK(refused({{"p3", "fine"}})
            .starts_with("[splice] input \"coarse\" (None, 4) of Model \"head\" is given nothing; Model \"backbone\" "
                         "gives \"p3\" (None, 3), \"p4\" (None, 4).\n  Hint: name each input once in .map; "));
  const Model one(nets.x, nets.backbone.outputs()[0], {.name = "one"});
  CHECK(error_text<ShapeError>([&] { splice(one, nets.head); })
            .starts_with("[splice] Model \"one\" gives 1 (\"p3\" (None, 3)), Model \"head\" takes 2 (\"coarse\" (None, "
                         "4), \"fine\" (None, 3)); by order their numbers must be equal.\n  Hint: "));
  CHECK(error_text<ShapeError>([&] { splice(nets.backbone, nets.head); })
            .find("at the seam, Dense \"p3\" of Model "
                  "\"backbone\" gives (None, 3)") != std::string::npos);
}

TEST_CASE("replay records a part: from and to any inner tensors, through nested models") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Dense shared = dense("shared");
  const Model inner(x, dense("b")(shared(dense("a")(x))), {.name = "inner"});
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const Model outer(z, dense("last")(inner(dense("first")(z)) + z), {.name = "outer"});
  const Tensor data = random_tensor({3, 2}, 1);
  const SymbolicTensor p = Input({.shape = {2}, .name = "p"});

  const SymbolicTensors middle = replay(outer, p, {.from = "first", .to = "inner/shared"});
  CHECK(names(Model(p, middle).layers()) == "p inner/a inner/shared");
  const Model front(x, inner.at("shared").output());
  CHECK(bit_equal(Model(p, middle).predict(data), front.predict(data)));

  const SymbolicTensors left = replay(outer, p, {.scope = "left", .to = {"first", outer.at("inner/a").output()}});
  CHECK(names(Model(p, left).layers()) == "p left/first left/inner/a");
  const Model tail(p, replay(outer, {p, p}, {.from = {"inner/shared@0", "z"}, .to = outer.output()}));
  CHECK(names(tail.layers()) == "p inner/b add last");
  CHECK(error_text<GraphError>([&] { replay(outer, p, {.from = "inner/shared"}); })
            .starts_with("[Model \"outer\"] the part to replay takes more than \"inner/shared\": past it leads Input "
                         "\"z\" -> Add \"add\" -> Dense \"last\".\n"
                         "  Hint: name a tensor on that way too, such as \"add\".\n  Model replayed at "));
  CHECK(error_text<GraphError>([&] {
          replay(outer, p, {.to = "inner/shard"});
        }).starts_with("[Model \"outer\"] there is no layer \"inner/shard\""));
  CHECK(error_text<ShapeError>([&] {
          replay(outer, {p, p}, {.from = "first", .to = "inner"});
        }).starts_with("[Model \"outer\"] the replayed model takes 1 tensor"));
}

TEST_CASE("add_loss wants a value of this model's tensors") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), stranger = Input({.shape = {2}, .name = "stranger"});
  const Model model(x, dense("a")(x), {.name = "net"});
  const std::string text = error_text<GraphError>([&] { model.add_loss(mean(stranger)); });
  CHECK(text.starts_with("[Model \"net\" add_loss] the model is disconnected"));
  CHECK(text.find("Input \"stranger\"") != std::string::npos);
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
