#include <doctest/doctest.h>

#include "graft/graft.h"
#include "graft/graph/layer_impl.h"
#include "graft/models/zoo/autoencoder.h"
#include "graft/models/zoo/mlp.h"
#include "graft/models/zoo/mobilenet_v2.h"
#include "graft/models/zoo/resnet50.h"
#include "graft/models/zoo/unet.h"
#include "tests/support/error_text.h"

// Each rule of lint is tested on a model that breaks it and on a similar one that does not.

namespace graft::test {

namespace {

std::string text(const Model& model) {
  std::string all;
  for (const Finding& finding : lint(model)) all += finding.str() + "\n";
  return all;
}

bool clean(const Model& model) {
  const std::string all = text(model);
  CHECK_MESSAGE(all == "", all);
  return all.empty();
}

std::string here(int line) { return cat("lint_test.cpp:", line); }

Dense dense(const char* name, int64_t units = 2) { return Dense({.units = units, .name = name}); }

// Tied weights: two layers that have weights of their own and share one kernel.
class TiedImpl final : public LayerImpl {
 public:
  explicit TiedImpl(std::optional<Weight> kernel) : kernel_(std::move(kernel)) {}
  std::string class_name() const override { return "Tied"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  void build(std::span<const Shape> inputs) override {
    if (kernel_)
      weights.push_back(*kernel_);
    else
      add_weight("scale", {inputs[0][-1]}, "ones", L2(0.1));
  }
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.mul(inputs[0], b.reshape(b.variable(weights[0].variable), {1, weights[0].variable.shape()[0]}))};
  }

 private:
  std::optional<Weight> kernel_;
};

Layer tied(std::optional<Weight> kernel = {}) { return Layer(std::make_shared<TiedImpl>(std::move(kernel))); }

}  // namespace

TEST_CASE("lint: the networks of the zoo, flat and nested, have no findings") {
  const Model encoder = zoo::encoder({.dim = 32, .size = 32, .channels = 1});
  const Model decoder = zoo::decoder(encoder, {.dim = 32, .size = 32, .channels = 1});
  CHECK(clean(encoder));
  CHECK(clean(zoo::graft_layers(encoder, decoder)));
  const SymbolicTensor image = Input({.shape = {32, 32, 1}});
  const Model nested(image, decoder(encoder(image)));
  nested.compile({.optimizer = "adam", .loss = "mse"});
  CHECK(clean(nested));
  CHECK(clean(zoo::mlp()));
  CHECK(clean(zoo::unet()));
  CHECK(clean(zoo::mobilenet_v2()));
  CHECK(clean(zoo::resnet50()));
}

TEST_CASE("lint: several calls that move the same statistics in one step") {
  const SymbolicTensor a = Input({.shape = {2}, .name = "a"}), b = Input({.shape = {2}, .name = "b"});
  const BatchNormalization norm({.name = "norm"});
  const Model tower(a, norm(a), {.name = "tower"});
  const int line = __LINE__ - 1;
  const SymbolicTensor p = Input({.shape = {2}, .name = "p"}), q = Input({.shape = {2}, .name = "q"});
  const Model twice(SymbolicTensors{p, q}, tower(p) + tower(q));
  CHECK(text(twice) ==
        cat("shared_statistics: tower/norm moves its statistics 2 times in a training step, once for each of the calls "
            "tower/norm and tower@1/norm, called at ",
            here(line),
            ". Hint: a call with {.training = false} leaves them alone; a BatchNormalization of its own for each keeps "
            "them apart.\n"));
  CHECK(clean(tower));
  CHECK(clean(Model(SymbolicTensors{p, q}, tower(p) + tower(q, CallArguments{.training = false})[0])));
  norm.set_trainable(false);
  CHECK(clean(twice));
}

TEST_CASE("lint: a trainable layer that no gradient reaches") {
  const SymbolicTensor x = Input({.shape = {3}, .name = "x"});
  const auto gated = [&](const auto& stop) {
    return Model(x, Add()({dense("open")(x), SymbolicTensor(stop(dense("shut")(x)))}));
  };
  CHECK(text(gated([](auto y) { return stop_gradient(y); }))
            .starts_with("no_gradient: shut is trainable, but no gradient reaches its kernel and bias, called at "
                         "lint_test.cpp:"));
  for (const auto& model :
       {gated([](auto y) { return floor(y); }), gated([](auto y) { return greater(y, 0); }),
        gated([](auto y) { return one_hot(argmax(y), 2); }), gated([](auto y) { return random_normal(y); })}) {
    REQUIRE(lint(model).size() == 1);
    CHECK(lint(model)[0].rule == "no_gradient");
    CHECK(lint(model)[0].layer == "shut");
  }
  CHECK(clean(gated([](auto y) { return relu(y); })));
}

TEST_CASE("lint: a gradient may come through an added loss or through frozen layers") {
  const SymbolicTensor x = Input({.shape = {3}, .name = "x"});
  const SymbolicTensor score = dense("score")(x);
  const Model model(x, argmax(score));
  CHECK(lint(model).size() == 1);
  model.add_loss(mean(square(score)));
  CHECK(clean(model));
  const Dense after = dense("after");
  after.set_trainable(false);
  CHECK(clean(Model(x, after(dense("before")(x)))));
  const Dense still = dense("still");
  still.set_trainable(false);
  CHECK(clean(Model(x, dense("moving")(stop_gradient(still(x))))));
}

TEST_CASE("lint: an input that nothing needs, in the model or in a nested one") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), y = Input({.shape = {2}, .name = "y"});
  const Model inner(SymbolicTensors{x, y}, dense("d")(x), {.name = "inner"});
  CHECK(text(inner) ==
        "unused_input: y is an input that no output and no added loss needs. Hint: leave it out of the inputs, or use "
        "it.\n");
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  const std::vector<Finding> found = lint(Model(z, inner({z, dense("wasted")(z)})));
  REQUIRE(found.size() == 2);
  CHECK(found[0].rule == "dead_branch");
  CHECK(found[0].layer == "wasted");
  CHECK(found[1].rule == "unused_input");
  CHECK(found[1].layer == "inner/y");
  inner.add_loss(mean(y));
  CHECK(clean(inner));
}

TEST_CASE("lint: a branch of a nested model that nothing uses is named at its end") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor hidden = dense("hidden")(x);
  const SymbolicTensor unused = dense("last")(dense("first")(hidden));
  const int line = __LINE__ - 1;
  const Model inner(x, SymbolicTensors{dense("used")(hidden), unused}, {.name = "inner"});
  const SymbolicTensor z = Input({.shape = {2}, .name = "z"});
  CHECK(text(Model(z, inner(z)[0])) == cat("dead_branch: inner/last has an output that nothing uses, called at ",
                                           here(line), ". Hint: make it an output, or leave it out.\n"));
  CHECK(clean(inner));
  CHECK(clean(Model(z, Add()(inner(z)))));
}

TEST_CASE("lint: flags that changed after compile") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Dense body = dense("body");
  const Model model(x, dense("head")(body(x)));
  model.compile({.optimizer = "adam", .loss = "mse"});
  body.set_trainable(false);
  CHECK(text(model) ==
        "changed_flags: body trains 2 of its variables, as its flags were at compile(), not the 0 that are trainable "
        "now. Hint: call compile() again after set_trainable(), or give a Trainer the variables to update.\n");
  model.compile({.optimizer = "adam", .loss = "mse"});
  CHECK(clean(model));
}

TEST_CASE("lint: two layers that penalise one variable, but not one layer called twice") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const Layer first = tied();
  const SymbolicTensor y = first(x);
  const Weight scale = first.impl().weights[0];
  const std::vector<Finding> found = lint(Model(x, tied(scale)(y)));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "repeated_penalty");
  CHECK(found[0].message.starts_with("adds a penalty on scale, which tied adds too, called at lint_test.cpp:"));
  CHECK(clean(Model(x, first(y))));
  CHECK(clean(Model(x, tied(Weight{scale.variable, {}})(y))));
}

TEST_CASE("lint: layers of one name in several nested models, and equal paths") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"}), y = Input({.shape = {2}, .name = "y"});
  const Dense head = dense("head");
  const Model left(x, head(x), {.name = "left"}), right(x, dense("head")(x), {.name = "right"});
  const std::vector<Finding> found = lint(Model(y, right(left(y))));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "clashing_names");
  CHECK(found[0].layer == "right/head");
  CHECK(found[0].message.starts_with("has the name of left/head, which is another layer"));
  CHECK(clean(Model(y, Model(x, head(x), {.name = "again"})(left(y)))));  // one layer, shared
  CHECK(clean(Model(y, replay(right, replay(left, y, {.scope = "a"}), {.scope = "b"}))));
  const Model same_path(y, left(replay(right, y, {.scope = "left"})));
  REQUIRE(lint(same_path).size() == 1);
  CHECK(lint(same_path)[0].message.starts_with("is the path of two layers"));
}

TEST_CASE("lint: unknown sizes are replaced by a fixed one, and a model that does not accept it is an error") {
  const SymbolicTensor image = Input({.shape = {Shape::none, Shape::none, 3}});
  const SymbolicTensor features = GlobalAveragePooling2D()(Conv2D({.filters = 2, .kernel_size = 3})(image));
  CHECK(clean(Model(image, dense("scores")(features))));
  const SymbolicTensor fixed = Input({.shape = {2}, .batch_size = 7});
  CHECK(clean(Model(fixed, dense("d")(fixed))));
}

}  // namespace graft::test
