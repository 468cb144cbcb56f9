#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/layer_names.h"

namespace graft::test {

namespace {

Dense dense(const char* name) { return Dense({.units = 2, .name = name}); }

struct Nested {
  SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  Model inner = Model(x, dense("b")(dense("a")(x)), {.name = "inner"});
  SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  Model outer = Model(z, dense("c")(inner(dense("first")(z))), {.name = "outer"});
  Tensor data = Tensor(Shape{2, 2}, std::vector<float>{1, 2, -1, .5f});
};

}  // namespace

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
