#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_names.h"
#include "tests/support/random_tensor.h"

namespace graft::test {

namespace {

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

Tensor ones(int64_t rows, int64_t columns) { return Tensor::full(Shape{rows, columns}, 1); }

}  // namespace

TEST_CASE("splice joins two models, and puts the second's name before names that clash") {
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
  const std::string text = error_text<ShapeError>([&] { splice(wide, narrow); });
  CHECK(text ==
        cat("[Dense \"narrow\"] the kernel was made for 2 inputs; received (None, 5) from Dense \"wide\"; at the seam, "
            "Dense \"wide\" of Model \"a\" gives (None, 5) where Model \"b\" has Input (None, 2).\n"
            "  Hint: put Dense({.units = 2}) between the two.\n  Layer called at splice_test.cpp:",
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

TEST_CASE("splice by name joins outputs to inputs in any order, and unused outputs stay outputs") {
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

TEST_CASE("splice refuses names that are unknown, missing or named twice, and numbers that differ") {
  const Pyramid nets;
  using Map = std::vector<std::pair<std::string, std::string>>;
  const auto refused = [&](const Map& map) {
    return error_text<GraphError>([&] { splice(nets.backbone, nets.head, {.map = map}); });
  };
  CHECK(refused({{"p5", "fine"}})
            .starts_with("[splice] Model \"backbone\" has no output \"p5\"; it has \"p3\" (None, 3), \"p4\" (None, "
                         "4).\n  Models spliced at splice_test.cpp:"));
  CHECK(refused({{"p3", "find"}})
            .starts_with("[splice] Model \"head\" has no input \"find\"; it has \"coarse\" (None, 4), \"fine\" "
                         "(None, 3).\n"));
  CHECK(refused({{"p3", "fine"}, {"p4", "fine"}})
            .starts_with("[splice] input \"fine\" of Model \"head\" is named twice."));
  CHECK(refused({{"p3", "fine"}})
            .starts_with("[splice] input \"coarse\" (None, 4) of Model \"head\" gets no tensor; Model \"backbone\" "
                         "gives \"p3\" (None, 3), \"p4\" (None, 4).\n  Hint: name each input once in .map; "));
  const Model one(nets.x, nets.backbone.outputs()[0], {.name = "one"});
  CHECK(error_text<ShapeError>([&] { splice(one, nets.head); })
            .starts_with("[splice] Model \"one\" gives 1 (\"p3\" (None, 3)), Model \"head\" takes 2 (\"coarse\" (None, "
                         "4), \"fine\" (None, 3)); joined by order, both must have the same number.\n  Hint: "));
  CHECK(error_text<ShapeError>([&] { splice(nets.backbone, nets.head); })
            .find("at the seam, Dense \"p3\" of Model "
                  "\"backbone\" gives (None, 3)") != std::string::npos);
}

}  // namespace graft::test
