#include "graft/graph/walk.h"

#include <doctest/doctest.h>

#include "graft/graph/layers/layers.h"

using namespace graft;

TEST_CASE("A walk passes every call the values of its inputs and returns the values of the outputs") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const SymbolicTensor left = Dense({.units = 4, .name = "left"})(x), right = Dense({.units = 4, .name = "right"})(x);
  const SymbolicTensor sum = Add({.name = "sum"})({left, right});
  const auto graph = Graph::make(x, SymbolicTensors{sum, left});
  std::vector<std::string> called;
  const auto text = [&](const std::shared_ptr<const Node>& node, const std::vector<std::string>& given) {
    called.push_back(graph->name_of(*node));
    std::string joined;
    for (const std::string& one : given) joined += cat(joined.empty() ? "" : ", ", one);
    return std::vector<std::string>{cat(graph->name_of(*node), "(", joined, ")")};
  };
  const std::vector<std::string> outputs = walk(*graph, std::vector<std::string>{"data"}, text);
  CHECK(outputs == std::vector<std::string>{"sum(left(data), right(data))", "left(data)"});
  CHECK(called == std::vector<std::string>{"left", "right", "sum"});  // the Input is not called
}

TEST_CASE("A tensor that is an input of the graph keeps its value in a walk") {
  const SymbolicTensor x = Input({.shape = {4}});
  const SymbolicTensor middle = Dense({.units = 4})(x), end = Dense({.units = 4})(middle);
  const auto graph = Graph::make(middle, SymbolicTensors{end, middle});
  const auto plus_one = [](const std::shared_ptr<const Node>&, const std::vector<int>& given) {
    return std::vector<int>{given[0] + 1};
  };
  CHECK(walk(*graph, std::vector<int>{10}, plus_one) == std::vector<int>{11, 10});
}
