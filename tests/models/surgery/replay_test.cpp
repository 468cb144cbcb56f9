#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_names.h"
#include "tests/support/random_tensor.h"

namespace graft::test {

namespace {

Dense dense(const char* name) { return Dense({.units = 2, .name = name}); }

Tensor ones(int64_t rows, int64_t columns) { return Tensor::full(Shape{rows, columns}, 1); }

}  // namespace

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
                         "  Model replayed at replay_test.cpp:"));
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
  CHECK(
      error_text<GraphError>([&] { replay(outer, p, {.from = "inner/shared"}); })
          .starts_with("[Model \"outer\"] the part to replay takes more than \"inner/shared\": it is bypassed by Input "
                       "\"z\" -> Add \"add\" -> Dense \"last\".\n"
                       "  Hint: name a tensor on that path too, such as \"add\".\n  Model replayed at "));
  CHECK(error_text<GraphError>([&] {
          replay(outer, p, {.to = "inner/shard"});
        }).starts_with("[Model \"outer\"] there is no layer \"inner/shard\""));
  CHECK(error_text<ShapeError>([&] {
          replay(outer, {p, p}, {.from = "first", .to = "inner"});
        }).starts_with("[Model \"outer\"] the replayed model takes 1 tensor"));
}

}  // namespace graft::test
