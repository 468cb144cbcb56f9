#include <doctest/doctest.h>

#include "graft/graph/graph.h"
#include "graft/graph/layers/layers.h"
#include "graft/graph/replay.h"
#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

TEST_CASE("The error for a wrong rank has layer, rule, origin, hint and line") {
  const SymbolicTensor image = Input({.shape = {784}, .name = "image"});
  const Conv2D conv({.filters = 8, .kernel_size = 3, .name = "enc1"});
  const unsigned line = __LINE__ + 1;
  const std::string text = error_text<ShapeError>([&] { conv(image); });
  CHECK(text ==
        cat("[Conv2D \"enc1\"] input must have rank 4 (N, H, W, C); received (None, 784) from Input \"image\".\n"
            "  Hint: Reshape({.target_shape = {28, 28, 1}}) makes an image of it.\n"
            "  Layer called at errors_test.cpp:",
            line, "."));
}

TEST_CASE("Errors of arithmetic name the line of the operator") {
  const SymbolicTensor a = Input({.shape = {3}, .name = "a"}), b = Input({.shape = {4}, .name = "b"});
  const unsigned line = __LINE__ + 1;
  const std::string text = error_text<ShapeError>([&] { a + b; });
  CHECK(text ==
        cat("[Add] shapes (None, 3) and (None, 4) do not broadcast: dimension -1 is 3 and 4, which must be equal or 1; "
            "received (None, 3) from Input \"a\", (None, 4) from Input \"b\".\n  Layer called at errors_test.cpp:",
            line, "."));
}

TEST_CASE("A second call must fit the weights of the first") {
  const Layer conv = Conv2D({.filters = 2, .kernel_size = 1, .name = "c"});
  conv(Input({.shape = {4, 4, 3}, .name = "rgb"}));
  const std::string text = error_text<ShapeError>([&] { conv(Input({.shape = {4, 4, 1}, .name = "gray"})); });
  CHECK(
      text.starts_with("[Conv2D \"c\"] the weights were made for input (None, 4, 4, 3), so the rank and the last "
                       "dimension must be the same; received (None, 4, 4, 1) from Input \"gray\"."));
}

TEST_CASE("A wrong number of inputs is an error") {
  const SymbolicTensor x = Input({.shape = {3}});
  CHECK(error_text<ShapeError>([&] { Flatten()({x, x}); }).starts_with("[Flatten] expects 1 input; received 2."));
  CHECK(error_text<ShapeError>([&] { Subtract()(x); }).starts_with("[Subtract] expects 2 inputs; received 1."));
  CHECK(error_text<ShapeError>([&] {
          Add()(SymbolicTensors{});
        }).starts_with("[Add] joins two tensors or more; received 0."));
  CHECK(error_text<GraphError>([&] {
          Flatten()(SymbolicTensor());
        }).starts_with("[Flatten] input 0 is an empty SymbolicTensor."));
  CHECK(error_text<GraphError>([&] { Layer()(x); }).starts_with("an empty Layer was called."));
}

TEST_CASE("An empty output is an error, not an empty tensor") {
  const SymbolicTensor x = Input({.shape = {3, 3, 1}, .name = "x"});
  CHECK(
      error_text<ShapeError>([&] { Conv2D({.filters = 1, .kernel_size = 5, .name = "c"})(x); })
          .starts_with("[Conv2D \"c\"] a window of 5 pixels does not fit into 3 with padding \"valid\", so the output "
                       "would be empty; received (None, 3, 3, 1) from Input \"x\"."));
  CHECK(error_text<ShapeError>([&] { Cropping2D({.cropping = {2, 0}})(x); })
            .starts_with("[Cropping2D] cropping 4 of 3 pixels (axis 1) leaves nothing; received (None, 3, 3, 1) from "
                         "Input \"x\"."));
}

TEST_CASE("Settings out of range are reported where the layer is made") {
  const unsigned line = __LINE__ + 1;
  const std::string text = error_text<ConfigError>([&] { Conv2D({.filters = 0, .kernel_size = 3, .name = "c"}); });
  CHECK(text ==
        cat("[Conv2D \"c\"] filters must be at least 1; received 0.\n  Layer made at errors_test.cpp:", line, "."));
  CHECK(error_text<ConfigError>([&] {
          Conv2D({.filters = 3, .kernel_size = 3, .groups = 2});
        }).starts_with("[Conv2D] groups must divide filters; received groups 2 and filters 3."));
  CHECK(error_text<ConfigError>([&] {
          Conv2D({.filters = 3, .kernel_size = 3, .strides = 2, .dilation_rate = 2});
        }).starts_with("[Conv2D] strides and dilation_rate cannot both be above 1; received {2, 2} and {2, 2}."));
  CHECK(error_text<ConfigError>([&] { Dropout(1.5); }).starts_with("[Dropout] rate must be in [0, 1]; received 1.5."));
  CHECK(error_text<ConfigError>([&] {
          MaxPooling2D({.pool_size = {2, 0}});
        }).starts_with("[MaxPooling2D] pool_size must be at least 1; received {2, 0}."));
  CHECK(error_text<ConfigError>([&] {
          Input({.shape = {28, 0, 1}, .name = "x"});
        }).starts_with("[Input \"x\"] every dimension must be at least 1, or None; received (28, 0, 1)."));
  CHECK(error_text<ConfigError>([&] {
          Permute({.dims = {2, 2}});
        }).starts_with("[Permute] dims must be a permutation of 1, 2, ...; received (2,2)."));
}

TEST_CASE("A disconnected model names the missing input, what was reached and the call that needs it") {
  const SymbolicTensor a = Input({.shape = {4}, .name = "a"}), b = Input({.shape = {4}, .name = "b"});
  const SymbolicTensor left = Dense({.units = 4, .name = "d"})(a);
  const unsigned line = __LINE__ + 1;
  const SymbolicTensor sum = Add({.name = "sum"})({left, b});
  CHECK(
      error_text<GraphError>([&] { Graph::make(a, sum); }) ==
      cat("the model is disconnected: its output from Add \"sum\" needs Input \"b\" (None, 4), which is not among its "
          "inputs (Input \"a\"); reached before it: Input \"a\", Dense \"d\".\n"
          "  Hint: add Input \"b\" to the inputs, or record that part on one of them.\n"
          "  Add \"sum\" called at errors_test.cpp:",
          line, "."));
}

TEST_CASE("A graph refuses no outputs, empty tensors and an input named twice") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  CHECK(error_text<GraphError>([&] { Graph::make(x, {}); }) == "a model needs at least one output.");
  CHECK(error_text<GraphError>([&] { Graph::make(SymbolicTensor(), x); }) ==
        "an empty SymbolicTensor cannot be an input or an output of a model.");
  CHECK(error_text<GraphError>([&] { Graph::make({x, x}, x); }) ==
        "Input \"x\" is listed twice among the inputs of a model.");
}

TEST_CASE("output() of a layer that is called twice lists the calls") {
  const SymbolicTensor x = Input({.shape = {4}, .name = "x"});
  const Layer s = Dense({.units = 4, .name = "s"});
  const unsigned line = __LINE__ + 1;
  const auto graph = Graph::make(x, s(s(x)));
  CHECK(
      error_text<GraphError>([&] { graph->layers()[1].output(); }) ==
      cat("[Dense \"s\"] is called 2 times in this model, so output() does not say which (0: on Input \"x\" (None, 4) "
          "at errors_test.cpp:",
          line, "; 1: on Dense \"s\" (None, 4) at errors_test.cpp:", line,
          ").\n  Hint: write output(0), or the path \"s@0\", for the first call."));
  CHECK(error_text<GraphError>([&] { graph->layers()[1].output(2); }).find("; received call 2.") != std::string::npos);
  CHECK(error_text<GraphError>([&] { graph->layers()[2]; }) == "layer index 2 is out of range: there are 2 layers.");
  CHECK(error_text<GraphError>([&] { graph->layers().at("t"); }) == "there is no layer \"t\"; the layers are x, s.");
}

TEST_CASE("A seam that does not fit names both sides") {
  const SymbolicTensor z = Input({.shape = {8}, .name = "z"});
  const auto decoder = Graph::make(z, Dense({.units = 4, .name = "d1"})(z));
  const SymbolicTensor code = Dense({.units = 7, .name = "code"})(Input({.shape = {3}, .name = "x"}));
  const unsigned line = __LINE__ + 1;
  const source_location here = source_location::current();
  CHECK(
      error_text<ShapeError>([&] { replay_graph(*decoder, code, "", here); }) ==
      cat("[Dense \"d1\"] the kernel was made for 8 inputs; received (None, 7) from Dense \"code\"; at the seam, Dense "
          "\"code\" gives (None, 7) where the replayed model has Input \"z\" (None, 8).\n"
          "  Hint: put Dense({.units = 8}) between the two.\n"
          "  Layer called at errors_test.cpp:",
          line, "."));
  CHECK(error_text<ShapeError>([&] { replay_graph(*decoder, {code, code}, "", here); }) ==
        cat("the replayed model takes 1 tensor (Input \"z\" (None, 8)); received 2.\n  Model replayed at "
            "errors_test.cpp:",
            line, "."));
}

TEST_CASE("set_weights names the first weight that does not fit and changes none") {
  const Layer dense = Dense({.units = 2, .name = "d"});
  dense(Input({.shape = {3}}));
  const Tensor before = dense.get_weights()[0];
  CHECK(error_text<ShapeError>([&] { dense.set_weights({Tensor::full({3, 2}, 1), Tensor::full({3}, 1)}); }) ==
        "[Dense \"d\"] weight 1 (bias) has shape (2,); received (3,).");
  CHECK(error_text<ShapeError>([&] { dense.set_weights({Tensor::full({3, 2}, 1)}); }) ==
        "[Dense \"d\"] has 2 weights; received 1.");
  CHECK(bit_equal(dense.get_weights()[0], before));
}

TEST_CASE("Tensors among the arguments of a call must have the shapes of the layer") {
  const SymbolicTensor x = Input({.shape = {5, 4}, .name = "x"});
  const SymbolicTensor mask = Input({.shape = {9}, .name = "m"}), state = Input({.shape = {4}, .name = "s"});
  const auto rule = [&](const Layer& layer, const SymbolicTensors& inputs, const CallArguments& arguments) {
    const std::string text = error_text<ShapeError>([&] { layer(inputs, arguments); });
    return text.substr(0, text.find('\n'));
  };
  const std::string of_mask = "must be (None, 5); received (None, 9) from Input \"m\".";
  const GRU gru({.units = 3});
  CHECK(rule(gru, x, {.initial_state = {state}}) ==
        "[GRU] initial_state must be (None, 3); received (None, 4) from Input \"s\".");
  CHECK(rule(LSTM({.units = 3}), x, {.initial_state = {state}}) ==
        "[LSTM] initial_state must have 2 tensors; received 1.");
  CHECK(rule(gru, x, {.mask = {mask}}) == "[GRU] mask " + of_mask);
  CHECK(rule(TimeDistributed(Dense({.units = 2})), x, {.mask = {mask}}) == "[TimeDistributed] mask " + of_mask);
  CHECK(rule(GlobalAveragePooling1D(), x, {.mask = {mask}}) == "[GlobalAveragePooling1D] mask " + of_mask);
  CHECK(rule(BatchNormalization(), x, {.mask = {mask}}) == "[BatchNormalization] mask " + of_mask);
  CHECK(rule(Attention(), {x, x}, {.mask = {mask, mask}}) == "[Attention] mask " + of_mask);
  CHECK(rule(Attention(), {x, x}, {.mask = {mask}}) ==
        "[Attention] mask must have a tensor for each input; received one.");
  CHECK(rule(MultiHeadAttention({.num_heads = 1, .key_dim = 2}), {x, x}, {.value_mask = mask}) ==
        "[MultiHeadAttention] value_mask " + of_mask);
}

TEST_CASE("An argument that a layer does not know is an error") {
  const SymbolicTensor x = Input({.shape = {5, 4}, .name = "x"});
  const auto rule = [&](const CallArguments& arguments) {
    const std::string text = error_text<GraphError>([&] { Dense({.units = 2})(x, arguments); });
    return text.substr(0, text.find('\n'));
  };
  CHECK(rule({.mask = {x}}) == "[Dense] a call has no argument mask.");
  CHECK(rule({.use_causal_mask = true}) == "[Dense] a call has no argument use_causal_mask.");
}
