#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/base/json_view.h"
#include "tests/support/custom_layers.h"
#include "tests/support/error_text.h"
#include "tests/support/fixtures.h"
#include "tests/support/temporary_folder.h"

// Models with layers of classes that are not known: they are looked at, changed and saved, but do not run.

namespace graft::test {

namespace {

Tensor array(const char* file) { return Tensor::load_npy(fixture_path("custom/unknown") / file); }

const char* const kListed =
    "ForeignBlock \"block\"; ForeignScale \"scale\", \"inner\" in TimeDistributed \"steps\"; Lambda \"double\"";
const char* const kLines =
    "register_layer_class(layer_class<ForeignBlockImpl>(\"ForeignBlock\"));\n"
    "    register_layer_class(layer_class<ForeignScaleImpl>(\"ForeignScale\"));\n"
    "    register_layer_class(layer_class<LambdaImpl>(\"Lambda\"));";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// x (None, 4) -> Dense "a" -> Mystery "m" -> Dense "b", as Keras 2 saves it: no shapes of what Mystery gives.
std::string keras2_json(const char* config = R"({"name": "m", "factor": 3, "inner": {"list": [1, "two", null]}})") {
  return cat(R"({"class_name": "Functional", "keras_version": "2.15.0", "config": {"name": "net", "layers": [
    {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
     "config": {"name": "x", "batch_input_shape": [null, 4], "dtype": "float32"}},
    {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 3}, "inbound_nodes": [[["x", 0, 0, {}]]]},
    {"class_name": "Mystery", "name": "m", "config": )",
             config, R"(, "inbound_nodes": [[["a", 0, 0, {"gain": 2, "other": ["x", 0, 0]}]]]},
    {"class_name": "Dense", "name": "b", "config": {"name": "b", "units": 2}, "inbound_nodes": [[["m", 0, 0, {}]]]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["b", 0, 0]]}})");
}

// The same with weights in the manifest: those of Mystery and of the layer behind it too.
void write_keras2_folder(const std::filesystem::path& folder) {
  const std::vector<std::pair<std::string, Shape>> weights{
      {"a/kernel", {4, 3}}, {"a/bias", {3}}, {"m/deep/w", {5}}, {"b/kernel", {3, 2}}, {"b/bias", {2}}};
  Json entries = Json::array();
  std::string bytes;
  float next = 0;
  for (const auto& [name, shape] : weights) {
    entries.push_back({{"name", name}, {"shape", shape.dims()}, {"dtype", "float32"}});
    for (int64_t i = 0; i < shape.elements(); ++i, next += 0.25f)
      bytes.append(reinterpret_cast<const char*>(&next), sizeof next);
  }
  const Json document{{"modelTopology", Json::parse(keras2_json())},
                      {"weightsManifest", {{{"paths", {"w.bin"}}, {"weights", entries}}}}};
  std::filesystem::create_directories(folder);
  write_file(folder / "model.json", document.dump());
  write_file(folder / "w.bin", bytes);
}

void check_same_weights(const Model& a, const Model& b) {
  const auto x = a.named_weights(), y = b.named_weights();
  REQUIRE(x.size() == y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    CHECK(x[i].first == y[i].first);
    CHECK(bit_equal(x[i].second.value(), y[i].second.value()));
  }
}

}  // namespace

TEST_CASE("unknown classes: the model is summarised and drawn with their layers marked") {
  const Model model = load_model(fixture_path("custom/unknown") / "model.keras");
  const std::string summary = model.summary();
  CHECK(has(summary, "block (ForeignBlock: not known)     (None, 4, 6)     258"));
  CHECK(has(summary, "steps (TimeDistributed: not known)"));
  CHECK(has(summary, "double (Lambda: not known)"));
  CHECK(has(summary, cat("Not known: ", kListed, "\n    ", kLines)));
  CHECK(model.count_params() == 36 + 258 + 6 + 6 + 120 + 8);
  const std::string dot = model_dot(model);
  CHECK(has(dot, "<b>ForeignBlock</b><br/><font point-size=\"9\" color=\"#52606d\">block</font>"));
  CHECK(has(dot, "not known"));
  CHECK(has(dot, "style=\"rounded,filled,dashed\""));

  const Model legacy = load_model(fixture_path("custom/unknown") / "model.h5");  // with the package in the name
  CHECK(has(legacy.summary(), "block (mine>ForeignBlock: not known)  (None, 4, 6)     258"));
  CHECK(has(legacy.summary(), "register_layer_class(layer_class<ForeignBlockImpl>(\"mine>ForeignBlock\"));"));
}

TEST_CASE("unknown classes: running names all of them at once, with the lines that register them") {
  const Model model = load_model(fixture_path("custom/unknown") / "model.keras");
  const Tensor x = array("input.npy"), y = array("output.npy");
  const auto names_all = [&](const std::string& text, int layers = 7) {
    CAPTURE(text);
    CHECK(
        has(text, cat("cannot run: 4 of ", layers, " layers are of classes that Graft does not know: ", kListed, ".")));
    CHECK(has(text, kLines));
  };
  names_all(error_text<GraphError>([&] { model.predict(x); }));
  names_all(error_text<GraphError>([&] { model.predict(x, {.taps = {"first"}}); }));
  names_all(error_text<GraphError>([&] { compile(model, {.batch = 1}); }));
  names_all(error_text<GraphError>([&] { lint(model); }));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  names_all(error_text<GraphError>([&] { model.fit(x, y); }));
  names_all(error_text<GraphError>([&] { model.evaluate(x, y); }));
  names_all(error_text<GraphError>([&] { model.train_on_batch(x, y); }));
  names_all(error_text<GraphError>([&] { compile(model, {.batch = 1, .training = true}); }));
  names_all(error_text<GraphError>([&] {
              Trainer({.inputs = model.inputs(), .loss = mean(model.output()), .update = model.trainable_variables()});
            }),
            8);  // the mean is one too
  const SymbolicTensor outer = Input({.shape = {4, 5}});
  const std::string nested = error_text<GraphError>([&] { Model(outer, model(outer)).predict(x); });
  CHECK(has(nested, "ForeignBlock \"unknown/block\""));
}

TEST_CASE("unknown classes: the model is saved in every form with its weights and settings, and read again") {
  const Model model = load_model(fixture_path("custom/unknown") / "model.keras");
  const TemporaryFolder folder;
  model.save(folder / "model");
  const Model loaded = load_model(folder / "model");
  check_same_weights(loaded, model);
  CHECK(loaded.to_json() == model.to_json());
  const Json json = Json::parse(model.to_json());
  for (const Json& entry : json["config"]["layers"])
    if (entry["config"]["name"] == "block") {
      CHECK(entry["class_name"] == "ForeignBlock");
      CHECK(entry["registered_name"] == "mine>ForeignBlock");
      CHECK(entry["config"]["units"] == 6);
    } else if (entry["config"]["name"] == "double") {
      CHECK(entry["config"]["function"]["class_name"] == "__lambda__");  // kept, as text
    }
  check_same_weights(clone(model, Weights::copy), model);
  const Model bare = model_from_json(model.to_json());
  CHECK(has(bare.summary(), "?"));
  model.save_weights(folder / "weights.safetensors");
  bare.load_weights(folder / "weights.safetensors");
  check_same_weights(bare, model);
}

TEST_CASE("unknown classes: shapes behind them are unknown where the file does not say them") {
  const Model model = model_from_json(keras2_json());
  const std::string summary = model.summary();
  CAPTURE(summary);
  CHECK(has(summary, "m (Mystery: not known)  ?                  ?  a, x"));
  CHECK(has(summary, "b (Dense)               ?                  ?  m"));
  CHECK(model.output().shape() == Shape::unknown());
  CHECK(has(model_dot(model, {.show_shapes = true}), ">?<"));
  const Json entry = Json::parse(model.to_json())["config"]["layers"][2];
  CHECK(entry["config"]["inner"] == Json::parse(R"({"list": [1, "two", null]})"));
  CHECK(entry["inbound_nodes"][0][0][3]["gain"] == 2);
  CHECK(entry["inbound_nodes"][0][0][3]["other"] == Json({"x", 0, 0}));
  CHECK(model_from_json(model.to_json()).to_json() == model.to_json());
  CHECK(has(error_text<GraphError>([&] { model.predict(Tensor(Shape{1, 4})); }), "Mystery \"m\""));
}

TEST_CASE("unknown classes: layers behind them keep the weights of the file, and use them once they can run") {
  const TemporaryFolder folder;
  write_keras2_folder(folder / "old");
  const Model model = load_model(folder / "old");
  CHECK(model.count_params() == 15 + 5 + 8);
  CHECK_FALSE(has(model.summary(), " ?  a"));
  model.save(folder / "new");
  check_same_weights(load_model(folder / "new"), model);
  check_same_weights(clone(model, Weights::copy), model);
  const Tensor b = model.at("b").get_weights()[0];

  const Model repaired = replace(model, "m", Activation("relu"));  // on its first input alone
  CHECK(repaired.output().shape() == Shape{Shape::none, 2});
  CHECK(bit_equal(repaired.at("b").get_weights()[0], b));
  CHECK(Tensor(repaired.predict(Tensor::full({1, 4}, 1))).shape() == Shape{1, 2});
}

TEST_CASE("unknown classes: what is behind them is cut off, saved, and runs on an input of a known shape") {
  const TemporaryFolder folder;
  write_keras2_folder(folder / "old");
  const Model model = load_model(folder / "old");
  const auto [front, back] = cut(model, SymbolicTensors{model.at("m").output()});
  CHECK(has(error_text<GraphError>([&] { front.predict(Tensor(Shape{1, 4})); }), "Mystery \"m\""));
  CHECK(back.input().shape() == Shape::unknown());
  CHECK(has(error_text<GraphError>([&] { back.predict(Tensor(Shape{1, 3})); }),
            "cannot run: the shape of the input of Dense \"b\" is not known"));
  back.save(folder / "back");
  const Model loaded = with_input_shape(load_model(folder / "back"), {3});
  CHECK(bit_equal(loaded.at("b").get_weights()[0], model.at("b").get_weights()[0]));
  CHECK(Tensor(loaded.predict(Tensor::full({1, 3}, 1))).shape() == Shape{1, 2});
}

TEST_CASE("unknown classes: a layer that does not fit the weights of the file is refused") {
  const TemporaryFolder folder;
  write_keras2_folder(folder / "old");
  const Model model = load_model(folder / "old");
  CHECK_THROWS_AS(replace(model, "m", Dense({.units = 7})), ShapeError);
}

TEST_CASE("unknown classes: a converted model runs once the classes are known") {
  const Model model = load_model(fixture_path("custom/unknown") / "model.keras");
  const TemporaryFolder folder;
  replace(model, "double", Rescaling({.scale = 2.0})).save(folder / "model");  // what the Lambda does
  std::string json = read_file(folder / "model/model.json");
  for (size_t at = json.find("\"Foreign"); at != std::string::npos; at = json.find("\"Foreign", at))
    json.replace(at, 8, "\"Known");
  for (size_t at = json.find("mine>Foreign"); at != std::string::npos; at = json.find("mine>Foreign", at))
    json.replace(at, 12, "mine>Known");
  write_file(folder / "model/model.json", json);
  register_custom_layers();
  const Model known = load_model(folder / "model");
  CHECK(unknown_layers(known.graph()).count == 0);
  const Tensor y = known.predict(array("input.npy")), expected = array("output.npy");
  for (size_t i = 0; i < expected.data<float>().size(); ++i)
    CHECK(y.data<float>()[i] == doctest::Approx(expected.data<float>()[i]).epsilon(1e-4));
}

TEST_CASE("unknown classes: cells and layers in lists are named with the layer around them") {
  const auto error_of = [](const char* layer) {
    const Model model = model_from_json(cat(
        R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
             {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 4, 3]}}, )",
        layer, "]}}"));
    return error_text<GraphError>([&] { model.predict(Tensor(Shape{1, 4, 3})); });
  };
  const std::string cells = error_of(R"({"class_name": "RNN", "config": {"name": "r", "cell": {"class_name":
      "StackedRNNCells", "config": {"name": "s", "cells": [
        {"class_name": "GRUCell", "config": {"units": 2}},
        {"class_name": "OddCell", "config": {"name": "one"}},
        {"class_name": "OtherCell", "config": {"name": "two"}}]}}}})");
  CHECK(has(cells, "1 of 1 layer is of a class that Graft does not know"));
  CHECK(has(cells, "OddCell \"one\" in StackedRNNCells \"s\" in RNN \"r\""));
  CHECK(has(cells, "OtherCell \"two\" in StackedRNNCells \"s\" in RNN \"r\""));
  const std::string model =
      error_of(R"({"class_name": "TimeDistributed", "config": {"name": "t", "layer": {"class_name":
      "Sequential", "config": {"name": "inner", "layers": [
        {"class_name": "InputLayer", "config": {"name": "y", "batch_input_shape": [null, 3]}},
        {"class_name": "Mystery", "config": {"name": "m"}}]}}}})");
  CHECK(has(model, "Mystery \"m\" in TimeDistributed \"t\""));
}

TEST_CASE("unknown classes: a class that is named like one of Keras is not taken for it") {
  const Json config{{"name", "d"}, {"units", 2}};
  CHECK(as_unknown(*read_layer_config("Dense", config, "/config", KerasVersion::v3, "my.layers")));
  CHECK(as_unknown(*read_layer_config("Dense", config, "/config", KerasVersion::v3, "keras_hub.layers")));
  CHECK_FALSE(as_unknown(*read_layer_config("Dense", config, "/config", KerasVersion::v3, "keras.layers")));
  CHECK(module_of({{"module", nullptr}, {"registered_name", "mine>Dense"}}) == "mine");
  CHECK(module_of({{"module", nullptr}, {"registered_name", "Dense"}}) == "__main__");
  CHECK(module_of({{"module", "keras.layers"}, {"registered_name", nullptr}}) == "keras.layers");
}

TEST_CASE("unknown classes: a Lambda runs only a function of Keras that it names") {
  const auto is_unknown = [](const char* function) {
    const Json config = Json::parse(function);
    return as_unknown(*read_layer_config("Lambda", config, "/config", KerasVersion::v3, "keras.layers")) != nullptr;
  };
  CHECK_FALSE(is_unknown(R"({"function": "relu"})"));
  CHECK_FALSE(is_unknown(R"({"function": {"class_name": "function", "config": "relu", "module": "builtins"}})"));
  CHECK(is_unknown(R"({"function": "my_function"})"));
  CHECK(is_unknown(R"({"function": {"class_name": "function", "config": "mine>f", "module": "builtins"}})"));
  CHECK(is_unknown(R"({"function": ["4wEAAAA=", null, null], "function_type": "lambda"})"));
  CHECK(is_unknown(R"({"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}})"));
  CHECK(is_unknown(R"({"function": "relu", "module": "my_project.layers"})"));
}

}  // namespace graft::test
