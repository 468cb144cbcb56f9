#include <cmath>

#include "graft/graft.h"
#include "tests/support/error_text.h"

using namespace graft;
using namespace graft::test;

// The forms in which TF.js, its converter, and Keras 1 to 3 write the same thing.

static Tensor ones(const Shape& shape) { return Tensor::full(shape, 1); }

TEST_CASE("a Sequential is read as a list, as an object, with and without an InputLayer") {
  const std::string dense = R"({"class_name": "Dense", "config": {"name": "d", "units": 2)";
  const std::string input = R"({"class_name": "InputLayer", "config": {"batch_input_shape": [null, 3], "name": "x"}})";
  for (const std::string& json : {
           R"({"class_name": "Sequential", "config": [)" + dense + R"(, "batch_input_shape": [null, 3]}}]})",
           R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)" + input + ", " + dense + "}}]}}",
           R"({"class_name": "Sequential", "config": {"layers": [)" + dense +
               R"(, "batch_input_shape": [null, 3]}}]}})",
           R"({"module": "keras", "class_name": "Sequential", "config": {"build_input_shape": [null, 3], "layers": [)" +
               dense + "}}]}}",
           R"({"model_config": {"class_name": "Sequential", "config": [)" + dense +
               R"(, "batch_input_shape": [null, 3]}}]}, "keras_version": "2.4.0"})",
           R"({"modelTopology": {"model_config": {"class_name": "Sequential", "config": [)" + dense +
               R"(, "batch_input_shape": [null, 3]}}]}}})",
       }) {
    INFO(json);
    const Model model = model_from_json(json);
    CHECK(model.class_name() == "Sequential");
    CHECK(model.input().shape() == Shape({Shape::none, 3}));
    CHECK(model.output().shape() == Shape({Shape::none, 2}));
    CHECK(model.layers()[-1].name() == "d");
  }
  CHECK(error_text<FormatError>(
            [&] { model_from_json(R"({"class_name": "Sequential", "config": [)" + dense + "}}]}"); }) ==
        "JSON: the Sequential does not say its input shape: it has no InputLayer, batch_input_shape or "
        "build_input_shape.");
}

TEST_CASE("a nested Sequential without an input shape is made at its first call") {
  const Model model = model_from_json(R"({"class_name": "Model", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "x", "config": {"batch_input_shape": [null, 5], "name": "x"}, "inbound_nodes": []},
    {"class_name": "Sequential", "name": "s", "config": {"name": "s", "layers": [
       {"class_name": "Dense", "config": {"name": "d", "units": 2}}]}, "inbound_nodes": [[["x", 0, 0, {}]]]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["s", 1, 0]]}})");
  CHECK(model.at("s/d").weights()[0].shape() == Shape({5, 2}));
  CHECK(model.output().shape() == Shape({Shape::none, 2}));
}

// x -> n -> n: `first` numbers the calls of the nested model n among the inputs, `output` names the one that is the
// output.
static std::string twice(const std::string& ref, const std::string& first, const std::string& output) {
  return R"({"class_name": "Functional", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [null, 2], "name": "x"}, "inbound_nodes": []},
    {"class_name": "Functional", "name": "n", "config": {"name": "n", "layers": [
      {"class_name": "InputLayer", "name": "p", "config": {"batch_shape": [null, 2], "name": "p"}, "inbound_nodes": []},
      {"class_name": "Activation", "name": "a", "config": {"name": "a", "activation": "exponential"},
       "inbound_nodes": [[["p", 0, 0, {}]]]}], "input_layers": [["p", 0, 0]], "output_layers": [["a", 0, 0]]},
     "inbound_nodes": [)" +
         (ref == "keras2" ? R"([["x", 0, 0, {}]], [["n", )" + first + ", 0, {}]]"
                          : R"({"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}]},
             {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["n", )" +
                                first + R"(, 0]}}], "kwargs": {"training": null}})") +
         R"(]}], "input_layers": ["x", 0, 0], "output_layers": ["n", )" + output + ", 0]}}";
}

TEST_CASE("calls of a nested model are counted from 1 by Keras 2 and TF.js, by Keras 3 in both ways") {
  const float once = std::exp(1.0f), both = std::exp(once);
  const auto result = [](const std::string& json) {
    return model_from_json(json).predict(ones({1, 2})).data<float>()[0];
  };
  CHECK(result(twice("keras2", "1", "2")) == doctest::Approx(both));
  CHECK(result(twice("keras2", "1", "1")) == doctest::Approx(once));
  CHECK(result(twice("keras2", "0", "0")) == doctest::Approx(once));  // counted from 0: no call of Keras 2 has number 0
  CHECK(result(twice("keras3", "0", "2")) == doctest::Approx(both));
  CHECK(result(twice("keras3", "0", "1")) == doctest::Approx(once));
  CHECK(error_text<FormatError>([&] { result(twice("keras2", "1", "4")); }).ends_with("which has 2 calls."));
}

TEST_CASE("hard_sigmoid is another function since Keras 3, and the file's version decides") {
  const auto at_2 = [](const std::string& version) {
    const Model model =
        model_from_json(R"({"class_name": "Sequential", "config": [{"class_name": "Activation", "config":
      {"name": "a", "activation": "hard_sigmoid", "batch_input_shape": [null, 1]}}], "keras_version": ")" +
                        version + "\"}");
    const Model again = model_from_json(model.to_json());  // and survives being written in the words of Keras 2
    const float value = model.predict(Tensor::full({1, 1}, 2)).item();
    CHECK(again.predict(Tensor::full({1, 1}, 2)).item() == value);
    return value;
  };
  CHECK(at_2("2.4.0") == doctest::Approx(0.9));
  CHECK(at_2("tfjs-layers 4.22.0") == doctest::Approx(0.9));
  CHECK(at_2("3.1.0") == doctest::Approx(5.0 / 6));
}

TEST_CASE("settings at the defaults of another version are passed over") {
  const Model model = model_from_json(R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config":
    {"name": "d", "units": 2, "batch_input_shape": [null, 3], "lora_rank": null, "quantization_config": null}}]})");
  CHECK(model.count_params() == 8);
}

TEST_CASE("settings that classes of Keras 2 inherit and do not use are passed over") {
  const Model model = model_from_json(R"({"class_name": "Sequential", "config": [{"class_name": "SeparableConv2D",
    "config": {"name": "c", "filters": 2, "kernel_size": [1, 1], "batch_input_shape": [null, 3, 3, 1],
      "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": null}}}}]})");
  CHECK(model.count_params() == 5);
}

TEST_CASE("inputs of types that Graft lacks hold their numbers in wider ones") {
  for (const auto& [name, type] : {std::pair{"uint16", DType::s32}, {"uint32", DType::s64}, {"float", DType::f32}}) {
    INFO(name);
    const Model model = model_from_json(R"({"class_name": "Sequential", "config": [{"class_name": "InputLayer",
      "config": {"name": "x", "batch_input_shape": [null, 3], "dtype": ")" +
                                        std::string(name) + R"("}},
      {"class_name": "Flatten", "config": {"name": "f"}}]})");
    CHECK(model.input().dtype() == type);
  }
}

TEST_CASE("Keras 2 writes the states of a recurrent layer beside its sequence") {
  const Model model = model_from_json(R"({"class_name": "Model", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "x", "config": {"batch_input_shape": [null, 3, 2], "name": "x"}, "inbound_nodes": []},
    {"class_name": "InputLayer", "name": "h", "config": {"batch_input_shape": [null, 4], "name": "h"}, "inbound_nodes": []},
    {"class_name": "InputLayer", "name": "c", "config": {"batch_input_shape": [null, 4], "name": "c"}, "inbound_nodes": []},
    {"class_name": "LSTM", "name": "r", "config": {"name": "r", "units": 4},
     "inbound_nodes": [[["x", 0, 0, {}], ["h", 0, 0, {}], ["c", 0, 0, {}]]]}],
    "input_layers": [["x", 0, 0], ["h", 0, 0], ["c", 0, 0]], "output_layers": [["r", 0, 0]]}})");
  const Tensor x = ones({1, 3, 2}), zeros(Shape{1, 4}), state = ones({1, 4});
  const Tensor from_zeros = model.predict({x, zeros, zeros})[0];
  CHECK_FALSE(bit_equal(model.predict({x, state, zeros})[0], from_zeros));
  CHECK_FALSE(bit_equal(model.predict({x, zeros, state})[0], from_zeros));
}

TEST_CASE("Keras 2 writes the tensors of a list one by one") {
  const Model model = model_from_json(R"({"class_name": "Model", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "x", "config": {"batch_input_shape": [null, 3, 2], "name": "x"}, "inbound_nodes": []},
    {"class_name": "Attention", "name": "a", "config": {"name": "a", "use_scale": false},
     "inbound_nodes": [[["x", 0, 0, {}], ["x", 0, 0, {}]]]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}})");
  CHECK(model.at("a").inputs(0).size() == 2);
  CHECK(model.predict(ones({1, 3, 2})).data<float>()[0] == doctest::Approx(1));
}

TEST_CASE("weights are made for the sizes that a file knows where the graph leaves them open") {
  const Model model = model_from_json(R"({"class_name": "Functional", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [null, null, 3], "name": "x"}, "inbound_nodes": []},
    {"class_name": "Flatten", "name": "f", "config": {"name": "f"}, "inbound_nodes": [[["x", 0, 0, {}]]]},
    {"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 2},
     "build_config": {"input_shape": [null, 12]}, "inbound_nodes": [[["f", 0, 0, {}]]]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}, "keras_version": "3.15.1"})");
  CHECK(model.at("d").weights()[0].shape() == Shape({12, 2}));
  CHECK(model.predict(ones({1, 4, 3})).shape() == Shape({1, 2}));
  CHECK(error_text<ShapeError>([&] { (void)model.predict(ones({1, 5, 3})); }).starts_with("[Dense \"d\"] "));
}

TEST_CASE("damaged ids are refused, not believed") {
  const std::string model = R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config":
    {"name": "d", "units": 2, "batch_input_shape": [null, 3]}}], "graft_ids": )";
  CHECK(error_text<FormatError>([&] { model_from_json(model + R"({"shared": {"d": "e"}}})"); }) ==
        "JSON: /config/0: the layer that it shares its weights with does not exist.");
  CHECK(error_text<FormatError>([&] {
          model_from_json(model + R"({"names": {"d": 3}}})");
        }).starts_with("JSON: /graft_ids/names: expected names; received "));
  CHECK(error_text<FormatError>([&] { model_from_json(model + R"({"automatic": "all"}})"); }) ==
        "JSON: /graft_ids/automatic: expected a list; received \"all\".");
}
