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
