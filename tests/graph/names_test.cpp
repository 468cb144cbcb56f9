#include <doctest/doctest.h>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/layers.h"
#include "graft/graph/replay.h"
#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

TEST_CASE("Classes become names as in Keras") {
  CHECK(snake_case("Conv2DTranspose") == "conv2d_transpose");
  CHECK(snake_case("BatchNormalization") == "batch_normalization");
  CHECK(snake_case("MaxPooling2D") == "max_pooling2d");
  CHECK(snake_case("LeakyReLU") == "leaky_re_lu");
  CHECK(snake_case("PReLU") == "p_re_lu");
  CHECK(snake_case("ReLU") == "re_lu");
  CHECK(snake_case("ELU") == "elu");
  CHECK(snake_case("InputLayer") == "input_layer");
  CHECK(snake_case("UpSampling2D") == "up_sampling2d");
}

TEST_CASE("Layers without a name are numbered per graph, in layer order") {
  const SymbolicTensor x = Input({.shape = {8, 8, 3}});
  const Layer second = Conv2D({.filters = 3, .kernel_size = 1}), first = Conv2D({.filters = 3, .kernel_size = 1});
  const SymbolicTensor y = second(first(x));
  const auto graph = Graph::make(x, y);
  CHECK(graph->layers()[0].name() == "input_layer");
  CHECK(graph->layers()[1].name() == "conv2d");
  CHECK(graph->layers()[1] == first);
  CHECK(graph->layers()[2].name() == "conv2d_1");
  const auto part = Graph::make(y.node()->inputs(), y);
  CHECK(part->layers()[0].name() == "conv2d");
}

TEST_CASE("A call is labelled by its layer's name, and by its number where the layer is called before") {
  const SymbolicTensor x = Input({.shape = {4}});
  const Layer dense = Dense({.units = 4});
  const SymbolicTensor once = dense(x), twice = dense(once);
  const auto graph = Graph::make(x, twice);
  CHECK(graph->label_of(*once.node()) == "dense");
  CHECK(graph->label_of(*twice.node()) == "dense@1");
  CHECK(call_mark(0).empty());
  CHECK(call_mark(12) == "@12");
  const SymbolicTensor other = dense(x);
  CHECK(error_text<GraphError>([&] { graph->label_of(*other.node()); }).find("is not part of this model") !=
        std::string::npos);
}

TEST_CASE("A number that a user's name contains is not used again") {
  const SymbolicTensor x = Input({.shape = {4}});
  const SymbolicTensor y = Dense({.units = 4})(Dense({.units = 4, .name = "dense"})(Dense({.units = 4})(x)));
  const auto graph = Graph::make(x, y);
  CHECK(graph->layers()[1].name() == "dense_1");
  CHECK(graph->layers()[2].name() == "dense");
  CHECK(graph->layers()[3].name() == "dense_2");
}

TEST_CASE("Two layers of one name in one scope are an error that lists both calls") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const unsigned line = __LINE__ + 1;
  const SymbolicTensor y = Dense({.units = 4, .name = "d"})(x);
  const SymbolicTensor z = Activation({.activation = "relu", .name = "d"})(y);
  CHECK(error_text<GraphError>([&] { Graph::make(x, z); }) ==
        cat("two layers are named \"d\": Dense \"d\" called at names_test.cpp:", line,
            " and Activation \"d\" called at names_test.cpp:", line + 1,
            "; names must be unique within a model.\n"
            "  Hint: replay(model, tensors, {.scope = \"left\"}) puts a scope before the names of one part.\n"
            "  Layer called at names_test.cpp:",
            line + 1, "."));
}

TEST_CASE("A scope keeps the same names apart") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const auto part = [&](const char*) {
    const SymbolicTensor in = Input({.shape = {4}});
    return Graph::make(in, Dense({.units = 4})(Dense({.units = 4, .name = "d"})(in)));
  };
  const SymbolicTensor left = replay_graph(*part("left"), x, "left", source_location::current());
  const SymbolicTensor right = replay_graph(*part("right"), left, "outer/right", source_location::current());
  const auto graph = Graph::make(x, right);
  std::vector<std::string> names;
  for (const GraphLayer& layer : graph->layers()) names.push_back(layer.name());
  CHECK(names == std::vector<std::string>{"x", "left/d", "left/dense", "outer/right/d", "outer/right/dense"});
}
