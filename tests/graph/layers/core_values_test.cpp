// Values of the layers of core, normalization, regularization and merging, worked out by hand from their definitions.

#include <doctest/doctest.h>

#include <cmath>

#include "graft/graph/layers/layers.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"

using namespace graft;
using namespace graft::test;

namespace {

using Values = std::vector<float>;

Values values(const Tensor& tensor) {
  const auto data = tensor.data<float>();
  return {data.begin(), data.end()};
}

Values rounded(const Tensor& tensor, double unit = 1e-4) {
  Values all = values(tensor);
  for (float& value : all) value = static_cast<float>(std::round(value / unit) * unit);
  return all;
}

}  // namespace

TEST_CASE("Activations: settings of functions") {
  const Tensor x(Shape{1, 4}, {-2, -1, 0.5, 3});
  const auto of = [&](const char* word, const Literals& settings) {
    return rounded(run_layer(Activation(ActivationFunction(ActivationName::parse(word), settings)), {x}), 1e-5);
  };
  CHECK(of("elu", {{"alpha", 0.4}}) == rounded(Tensor(Shape{4}, {-0.34587, -0.25285, 0.5, 3}), 1e-5));
  CHECK(of("relu", {{"max_value", 1}, {"negative_slope", 0.1}, {"threshold", 0.2}}) ==
        rounded(Tensor(Shape{4}, {-0.22, -0.12, 0.5, 1}), 1e-5));
  CHECK(of("threshold", {{"threshold", 0}, {"default_value", -5}}) == Values{-5, -5, 0.5, 3});
  CHECK(of("hard_shrink", {{"threshold", 1.5}}) == Values{-2, 0, 0, 3});
  CHECK(of("soft_shrink", {{"threshold", 1.5}}) == Values{-0.5, 0, 0, 1.5});
  CHECK(of("sparse_sigmoid", {}) == Values{0, 0, 0.75, 1});
  CHECK(of("sparsemax", {}) == Values{0, 0, 0, 1});
  // c = 0.5, 0.75, -1.25: two are above, so that t = (1.25 - 1) / 2.
  CHECK(values(run_layer(Activation("sparsemax"), {Tensor(Shape{1, 3}, {0.5, 0.25, -2})})) == Values{0.375, 0.125, 0});
  CHECK(error_text<ConfigError>([] { ActivationFunction("relu", {{"axis", 1}}); }) ==
        "activation \"relu\" has no setting axis.");
  CHECK(error_text<ConfigError>([] { ActivationFunction("elu", {{"alpha", "big"}}); }) ==
        "activation \"elu\": alpha must be a number; received \"big\".");
}

TEST_CASE("Activations: softmax along other axes, and over several") {
  const Tensor x(Shape{1, 2, 2}, {0, 1, 2, 5});
  CHECK(rounded(run_layer(Activation(ActivationFunction("softmax", {{"axis", 1}})), {x})) ==
        rounded(Tensor(Shape{4}, {0.1192, 0.018, 0.8808, 0.982})));
  const Values all = values(run_layer(Softmax({.axis = Literal::List{1, 2}}), {x}));
  CHECK(all[0] + all[1] + all[2] + all[3] == doctest::Approx(1));
  CHECK(all[3] / all[0] == doctest::Approx(std::exp(5)).epsilon(1e-4));
}

TEST_CASE("Masking marks steps, and Softmax leaves masked elements out") {
  const Tensor x(Shape{1, 3, 2}, {1, 2, 7, 7, 7, 1});
  CHECK(values(run_layer(Masking({.mask_value = 7}), {x})) == Values{1, 2, 0, 0, 7, 1});
  const SymbolicTensor in = Input({.shape = {3}}), mask = Input({.shape = {3}});
  const SymbolicTensor out = Softmax()(in, {.mask = {mask}});
  const Tensor y =
      run_graph(*Graph::make({in, mask}, out), {Tensor(Shape{1, 3}, {1, 1, 9}), Tensor(Shape{1, 3}, {1, 1, 0})})[0];
  CHECK(values(y) == Values{0.5, 0.5, 0});
}

TEST_CASE("Embedding and ReversibleEmbedding look rows up, and go back") {
  const Embedding embedding({.input_dim = 3, .output_dim = 2});
  const SymbolicTensor ids = Input({.shape = {2}});
  const SymbolicTensor rows = embedding(ids);
  embedding.set_weights({Tensor(Shape{3, 2}, {0, 1, 10, 11, 20, 21})});
  CHECK(values(run_graph(*Graph::make({ids}, rows), {Tensor(Shape{1, 2}, {2, 0})})[0]) == Values{20, 21, 0, 1});
  const ReversibleEmbedding both({.input_dim = 3, .output_dim = 2});
  const SymbolicTensor vectors = Input({.shape = {2}});
  both(ids);
  const SymbolicTensor scores = both(vectors, {.reverse = true});
  both.set_weights({Tensor(Shape{3, 2}, {0, 1, 10, 11, 20, 21})});
  CHECK(values(run_graph(*Graph::make({vectors}, scores), {Tensor(Shape{1, 2}, {1, 2})})[0]) == Values{2, 32, 62});
}

TEST_CASE("EinsumDense multiplies as its equation says") {
  const EinsumDense layer({.equation = std::string("abc,cd->abd"), .output_shape = Shape{2, 1}, .bias_axes = "d"});
  const SymbolicTensor in = Input({.shape = {2, 3}});
  const SymbolicTensor out = layer(in);
  layer.set_weights({Tensor(Shape{3, 1}, {1, 10, 100}), Tensor(Shape{1}, {0.5})});
  CHECK(values(run_graph(*Graph::make({in}, out), {Tensor(Shape{1, 2, 3}, {1, 2, 3, 4, 5, 6})})[0]) ==
        Values{321.5, 654.5});
  CHECK(error_text<ConfigError>([&] {
          EinsumDense({.equation = "abc", .output_shape = {2}})(in);
        }).find("equation must be like \"abc,cd->abd\"; received \"abc\"") != std::string::npos);
}

TEST_CASE("Normalizations over any axes") {
  const Tensor x(Shape{1, 2, 2}, {1, 3, 5, 3});
  CHECK(rounded(run_layer(LayerNormalization({.axis = {1}, .epsilon = 1e-7}), {x})) == Values{-1, 0, 1, 0});
  CHECK(rounded(run_layer(GroupNormalization({.groups = 2, .epsilon = 1e-7}), {x})) == Values{-1, 0, 1, 0});
  CHECK(rounded(run_layer(UnitNormalization({.axis = {1, 2}}), {Tensor(Shape{1, 2, 2}, {1, 1, 1, 1})})) ==
        Values{0.5, 0.5, 0.5, 0.5});
  CHECK(rounded(run_layer(RMSNormalization(), {Tensor(Shape{1, 2}, {1, 7})})) == Values{0.2f, 1.4f});
}

TEST_CASE("A layer of 16 bits rounds its inputs, weights and outputs") {
  const Dense layer({.units = 1, .use_bias = false, .kernel_initializer = "ones"});
  layer.impl().dtype_policy = "float16";
  const SymbolicTensor in = Input({.shape = {1}});
  const SymbolicTensor out = layer(in);
  CHECK(out.dtype() == DType::f16);
  CHECK(error_text<ConfigError>([] { DTypePolicy("int9_from_float32"); }) ==
        "dtype: there is no quantization \"int9\" (of \"int9_from_float32\").");
}
