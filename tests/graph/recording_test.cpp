#include <doctest/doctest.h>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/layers.h"
#include "graft/graph/replay.h"
#include "tests/support/error_text.h"

using namespace graft;

TEST_CASE("A layer call records a node with its layer, inputs, arguments and the user's line") {
  const SymbolicTensor x = Input({.shape = {8}, .name = "x"});
  const Dense dense({.units = 3, .name = "d"});
  const unsigned line = __LINE__ + 1;
  const SymbolicTensor y = dense(x, {.training = false});
  CHECK(y.shape() == Shape({Shape::none, 3}));
  CHECK(y.dtype() == DType::f32);
  CHECK(y.node()->layer() == dense);
  CHECK(y.node()->inputs() == SymbolicTensors{x});
  CHECK(y.node()->arguments().training == false);
  CHECK(y.node()->location().line() == line);
  CHECK(y.origin() == "Dense \"d\"");
  CHECK(x.origin() == "Input \"x\"");
  CHECK(Flatten()(x).origin() == "Flatten");
}

TEST_CASE("A layer makes its weights at the first call, once, and every copy and call shares them") {
  const SymbolicTensor x = Input({.shape = {4}});
  const Layer dense = Dense({.units = 3, .kernel_initializer = "glorot_uniform"});
  CHECK(dense.weights().empty());
  dense(x);
  const Variables first = dense.weights();
  REQUIRE(first.size() == 2);
  CHECK(first[0].name() == "kernel");
  CHECK(first[0].shape() == Shape({4, 3}));
  CHECK(first[1].name() == "bias");
  const Layer copy = dense;
  copy(Input({.shape = {4}}));
  CHECK(copy.weights() == first);
  CHECK(dense.count_params() == 15);
}

TEST_CASE("A node keeps its inputs although the list it was called with changes") {
  SymbolicTensors inputs{Input({.shape = {2}}), Input({.shape = {2}})};
  const SymbolicTensor sum = Add()(inputs);
  inputs.pop_back();
  CHECK(sum.node()->inputs().size() == 2);
}

TEST_CASE("A tensor holds the whole chain of calls it came from, temporary layers included") {
  const SymbolicTensor y = [] {
    const SymbolicTensor x = Input({.shape = {28, 28, 1}});
    return GlobalAveragePooling2D()(Conv2D({.filters = 4, .kernel_size = 3})(x));
  }();
  CHECK(y.node()->inputs()[0].node()->layer().class_name() == "Conv2D");
  CHECK(y.node()->inputs()[0].shape() == Shape({Shape::none, 26, 26, 4}));
}

TEST_CASE("A chain of 100,000 layers is recorded, viewed as a graph and destroyed without recursion") {
  const int64_t length = 100'000;
  SymbolicTensor input = Input({.shape = {1}}), x = input;
  for (int64_t i = 0; i < length; ++i) x = Activation("relu")(x);
  {
    const auto graph = Graph::make(input, x);
    input = {};
    x = {};
    CHECK(graph->nodes().size() == length + 1);
    CHECK(graph->layers()[-1].name() == "activation_99999");
    const SymbolicTensors again = replay_graph(*graph, Input({.shape = {1}}), "copy", source_location::current());
    CHECK(again.shape() == Shape({Shape::none, 1}));
  }
  SUBCASE("also when the tensors die before the graph, and the other way round") {
    SymbolicTensor start = Input({.shape = {1}}), end = start;
    for (int64_t i = 0; i < length; ++i) end = Activation("relu")(end);
    std::shared_ptr<const Graph> graph = Graph::make(start, end);
    graph.reset();
    CHECK(end.shape().rank() == 2);
  }
}

namespace {

// Counts the calls of a layer's methods, which distinguishes linear from quadratic work without a clock.
class Counting final : public LayerImpl {
 public:
  static inline int64_t infers = 0;
  std::string class_name() const override { return "Counting"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    ++infers;
    return {inputs[0]};
  }
  ops::Values emit(ops::Builder&, const ops::Values& inputs, const CallArguments&) const override { return inputs; }
};

}  // namespace

TEST_CASE(
    "Recording a call costs one inference of shapes, however long the chain is and however often a layer is used") {
  Counting::infers = 0;
  const Layer layer(std::make_shared<Counting>());
  SymbolicTensor x = Input({.shape = {1}});
  for (int i = 0; i < 1000; ++i) x = layer(x);
  CHECK(Counting::infers == 1000);
}

namespace {

class Splitting final : public LayerImpl {
 public:
  std::string class_name() const override { return "Splitting"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0], inputs[0]}; }
  ops::Values emit(ops::Builder&, const ops::Values& inputs, const CallArguments&) const override {
    return {inputs[0], inputs[0]};
  }
};

}  // namespace

TEST_CASE("A layer with two outputs returns both, and asking for one is an error") {
  const Layer layer(std::make_shared<Splitting>());
  const SymbolicTensor x = Input({.shape = {1}});
  const SymbolicTensors both = layer.call(x, {}, {}, source_location::current());
  REQUIRE(both.size() == 2);
  CHECK(both[1].origin() == "Splitting output 1");
  CHECK(both[0].node() == both[1].node());
  CHECK(graft::test::error_text<GraphError>([&] {
          layer(x);
        }).starts_with("[Splitting] gives 2 outputs, not the one tensor that is asked for."));
  const auto graph = Graph::make(x, {both[1], both[0]});
  CHECK(graph->nodes().size() == 2);
  CHECK(graph->layers()[-1].outputs(0) == both);
}

TEST_CASE("A ladder of 60 diamonds has 2^60 paths and is searched once per call") {
  const SymbolicTensor input = Input({.shape = {1}});
  SymbolicTensor x = input;
  for (int i = 0; i < 60; ++i) x = x + x;
  CHECK(Graph::make(input, x)->nodes().size() == 61);
}

TEST_CASE("Weights are set and read in Keras's order, all or none") {
  const Layer norm = BatchNormalization();
  norm(Input({.shape = {2}}));
  std::vector<std::string> names;
  for (const Variable& variable : norm.weights()) names.push_back(variable.name());
  CHECK(names == std::vector<std::string>{"gamma", "beta", "moving_mean", "moving_variance"});
  norm.set_weights({Tensor::full({2}, 1), Tensor::full({2}, 2), Tensor::full({2}, 3), Tensor::full({2}, 4)});
  CHECK(bit_equal(norm.get_weights()[3], Tensor::full({2}, 4)));
  CHECK(norm.trainable_variables().size() == 2);
  CHECK(norm.non_trainable_variables().size() == 2);
  norm.set_trainable(false);
  CHECK(norm.trainable_variables().empty());
  CHECK(norm.non_trainable_variables() == norm.weights());
}

TEST_CASE("A layer with a seeded initializer gets the same weights again, one without gets others") {
  const auto kernel = [](const Initializer& initializer) {
    const Layer dense = Dense({.units = 5, .kernel_initializer = initializer});
    dense(Input({.shape = {7}}));
    return dense.get_weights()[0];
  };
  CHECK(bit_equal(kernel(RandomNormal(0, 1, 3)), kernel(RandomNormal(0, 1, 3))));
  CHECK_FALSE(bit_equal(kernel("he_normal"), kernel("he_normal")));
}
