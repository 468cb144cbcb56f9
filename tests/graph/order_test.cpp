#include <doctest/doctest.h>

#include "graft/graph/graph.h"
#include "graft/graph/layers/layers.h"
#include "graft/graph/replay.h"

using namespace graft;

namespace {

std::vector<std::string> layer_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const GraphLayer& layer : graph.layers()) names.push_back(layer.name());
  return names;
}

using Names = std::vector<std::string>;

Layer dense(const char* name) { return Dense({.units = 4, .name = name}); }

}  // namespace

TEST_CASE("Order: a shared layer stands at its greatest depth and keeps its calls in order of execution") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const Layer s = dense("s"), m = dense("m"), e = dense("e");
  const SymbolicTensor end = e(s(m(s(x))));
  const auto graph = Graph::make(x, end);
  CHECK(layer_names(*graph) == Names{"x", "s", "m", "e"});
  const GraphLayer shared = graph->layers().at("s");
  REQUIRE(shared.calls() == 2);
  CHECK(shared.inputs(0) == SymbolicTensors{x});
  CHECK(shared.inputs(1)[0].node()->layer() == m);
  CHECK(graph->call_index(*shared.nodes()[1]) == 1);
  CHECK(graph->layers().at("e").input() == shared.output(1));
}

TEST_CASE("Order: two inputs with branches of length one and two, then add") {
  const SymbolicTensor a = Input({.shape = {4}, .name = "a"}), b = Input({.shape = {4}, .name = "b"});
  const SymbolicTensor c = Add({.name = "c"})({dense("p")(a), dense("q2")(dense("q")(b))});
  CHECK(layer_names(*Graph::make({a, b}, c)) == Names{"b", "a", "q", "p", "q2", "c"});
}

TEST_CASE("Order: an input may stand in the middle") {
  const SymbolicTensor a = Input({.shape = {4}, .name = "A"}), c = Input({.shape = {4}, .name = "C"});
  const SymbolicTensor o = dense("o")(Concatenate({.name = "cc"})({dense("d1")(a), c}));
  CHECK(layer_names(*Graph::make({a, c}, o)) == Names{"A", "d1", "C", "cc", "o"});
}

TEST_CASE("Order: an input that nothing uses comes first among the layers of depth zero") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"}), unused = Input({.shape = {2}, .name = "unused"});
  const auto graph = Graph::make({x, unused}, dense("d")(x));
  CHECK(layer_names(*graph) == Names{"x", "unused", "d"});
  CHECK(graph->nodes().size() == 3);
}

TEST_CASE("Order: calls follow each other so that each finds its inputs made") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const SymbolicTensor left = dense("l")(x), right = dense("r")(left);
  const auto graph = Graph::make(x, {Add({.name = "sum"})({right, left}), left});
  Names order;
  for (const auto& node : graph->nodes()) order.push_back(graph->name_of(*node));
  CHECK(order == Names{"x", "l", "r", "sum"});
}

TEST_CASE("A graph between inner tensors ends at them") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const SymbolicTensor middle = dense("front")(x);
  const SymbolicTensor end = dense("back")(middle);
  const auto graph = Graph::make(middle, end);
  CHECK(layer_names(*graph) == Names{"back"});
  CHECK(graph->inputs()[0] == middle);
}

TEST_CASE("An output may be an input itself") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const auto graph = Graph::make(x, {x, dense("d")(x)});
  CHECK(layer_names(*graph) == Names{"x", "d"});
  const SymbolicTensor other = Input({.shape = {4}});
  const SymbolicTensors again = replay_graph(*graph, other, "", source_location::current());
  CHECK(again[0] == other);
  CHECK(again[1].node()->layer() == graph->layers()[-1]);
}

TEST_CASE("layers() counts from both ends, finds by name and leaves inputs out on demand") {
  const SymbolicTensor x = Input({.shape = {8, 8, 3}});
  SymbolicTensor y = Conv2D({.filters = 4, .kernel_size = {3, 3}, .strides = {2, 2}, .padding = "same"})(x);
  y = GlobalAveragePooling2D()(y);
  const auto graph = Graph::make(x, y);
  CHECK(graph->layers()[-2].output().shape() == Shape({Shape::none, 4, 4, 4}));
  CHECK(graph->layers()[0].class_name() == "InputLayer");
  CHECK(graph->layers().drop_input().size() == 2);
  CHECK(graph->layers().at("conv2d").calls() == 1);
}

TEST_CASE("Re-applying the layers of a chain to another tensor shares their weights") {
  const SymbolicTensor x = Input({.shape = {8, 8, 3}});
  const auto chain = Graph::make(x, Flatten()(Conv2D({.filters = 2, .kernel_size = 3})(x)));
  SymbolicTensor y = Input({.shape = {8, 8, 3}});
  for (size_t i = 1; i < chain->layers().size(); ++i) y = chain->layers()[static_cast<int64_t>(i)](y);
  CHECK(y.shape() == Shape({Shape::none, 72}));
  CHECK(y.node()->inputs()[0].node()->layer().weights() == chain->layers()[1].weights());
}

TEST_CASE("replay keeps call arguments, sharing and several inputs and outputs") {
  const SymbolicTensor a = Input({.shape = {4}}), b = Input({.shape = {4}});
  const Layer shared = dense("s");
  const SymbolicTensor left = shared(a, {.training = false}), right = shared(b);
  const auto graph = Graph::make({a, b}, {left + right, right});
  const SymbolicTensor p = Input({.shape = {4}}), q = Input({.shape = {4}});
  const SymbolicTensors made = replay_graph(*graph, {p, q}, "left", source_location::current());
  REQUIRE(made.size() == 2);
  const SymbolicTensors terms = made[0].node()->inputs();
  CHECK(terms[0].node()->arguments().training == false);
  CHECK(terms[0].node()->inputs() == SymbolicTensors{p});
  CHECK(terms[1] == made[1]);
  CHECK(terms[1].node()->layer() == shared);
  const auto joined = Graph::make({p, q}, made);
  CHECK(joined->layers().at("left/s").calls() == 2);
}
