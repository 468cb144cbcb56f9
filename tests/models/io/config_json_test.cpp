#include <doctest/doctest.h>

#include <map>
#include <set>

#include "graft/graph/layers/layers.h"
#include "graft/graph/layers/registry.h"
#include "graft/graph/node.h"
#include "graft/models/io/base/config_json.h"
#include "tests/models/io/layer_samples.h"
#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;
using graft::test::Sample;

namespace {

// The settings after reading only the keys without a default.
Json default_config(const std::string& class_name, const Json& full, const std::set<std::string>& required,
                    KerasVersion version) {
  Json least = Json::object();
  for (const std::string& key : required)
    if (full.contains(key)) least[key] = full[key];
  return write_layer_config(*read_layer_config(class_name, least, "/config", version), "other", version);
}

}  // namespace

TEST_CASE("JSON round trip: every setting of every layer survives; none has its default in this test") {
  for (const Sample& sample : test::all_samples())
    for (const KerasVersion version : {KerasVersion::v2, KerasVersion::v3}) {
      CAPTURE(sample.layer.class_name());
      sample.layer.set_trainable(false);
      const Json written = write_layer_config(sample.layer.impl(), "given", version);
      const auto read = read_layer_config(sample.layer.class_name(), written, "/config", version);
      CHECK(read->name == "given");
      CHECK(read->class_name() == sample.layer.class_name());
      CHECK(write_layer_config(*read, "given", version) == written);
      const Json least = default_config(sample.layer.class_name(), written, sample.required, version);
      for (const auto& [key, value] : written.items()) {
        if (sample.required.contains(key) || key == "data_format" || key == "dtype") continue;
        CHECK_MESSAGE(least.at(key) != value, key, " stands at its default");
      }
    }
}

TEST_CASE("JSON: the functions of tensors are registered under Keras's names") {
  for (const char* name :
       {"Argmax", "CategoricalCrossentropy", "Clip", "ExpandDims", "LogSoftmax", "Matmul", "Mean", "OneHot",
        "RandomNormal", "Slice", "Squeeze", "StopGradient", "Take", "Transpose", "Where"}) {
    REQUIRE_MESSAGE(find_layer_class(name), name, " is not registered");
    CHECK(find_layer_class(name)->name == name);
  }
  CHECK(find_layer_class("argmax") == nullptr);
}

TEST_CASE("JSON: settings that Keras 3 or TF.js renamed are written as each reads them") {
  const LeakyReLU leaky;
  CHECK(write_layer_config(leaky.impl(), "x", KerasVersion::v2).contains("alpha"));
  CHECK(write_layer_config(leaky.impl(), "x", KerasVersion::v3).contains("negative_slope"));
  const Layer input = Input({.shape = {3}}).node()->layer();
  CHECK(write_layer_config(input.impl(), "x", KerasVersion::v2).contains("batch_input_shape"));
  CHECK(write_layer_config(input.impl(), "x", KerasVersion::v3).contains("batch_shape"));
  const Dense dense({.units = 3, .kernel_initializer = "lecun_normal"});
  const auto class_of = [&](KerasVersion version) {
    return write_layer_config(dense.impl(), "x", version)["kernel_initializer"]["class_name"];
  };
  CHECK(class_of(KerasVersion::v2) == "LeCunNormal");
  CHECK(class_of(KerasVersion::v3) == "LecunNormal");
}

TEST_CASE("JSON: every registered class has a sample") {
  std::set<std::string> sampled;
  for (const Sample& sample : test::all_samples()) sampled.insert(sample.layer.class_name());
  for (const std::string& name : layer_class_names())
    if (name != "Functional" && name != "Model" && name != "Sequential" && name != "Lambda2" && !find_operation(name))
      CHECK_MESSAGE(sampled.contains(name), name, " has no sample here");
}

namespace {

std::shared_ptr<LayerImpl> read(const std::string& class_name, const char* text,
                                KerasVersion version = KerasVersion::v2) {
  static std::map<std::string, Json> kept;
  const Json& json = kept[text] = Json::parse(text);
  return read_layer_config(class_name, json, "/config/layers/3/config", version);
}

Json rewritten(const std::string& class_name, const char* text, KerasVersion version = KerasVersion::v2) {
  return write_layer_config(*read(class_name, text, version), "x", version);
}

std::string format_error(const std::string& class_name, const char* text) {
  return error_text<FormatError>([&] { read(class_name, text); });
}

// What is wrong with one setting of a Dense, without the path and the full stop: "activation: expected one of ...".
std::string rule_of(const std::string& setting, const char* text) {
  Json config = Json::parse(text);
  config["units"] = 3;
  const std::string error = error_text<FormatError>([&] { read_layer_config("Dense", config, "", KerasVersion::v2); });
  REQUIRE(error.starts_with(cat('/', setting, ": ")));
  return error.substr(1, error.size() - 2);
}

}  // namespace

TEST_CASE("JSON: the forms of Keras 1 to 3 and TF.js are understood") {
  CHECK(rewritten("Dense", R"({"units": 3, "kernel_initializer": "he_normal"})")["kernel_initializer"]["class_name"] ==
        "HeNormal");
  const Json scaling = rewritten("Dense", R"({"units": 3, "kernel_initializer": {"class_name": "VarianceScaling",
      "config": {"scale": 1, "mode": "fan_avg", "distribution": "normal", "seed": null}}})")["kernel_initializer"];
  CHECK(scaling["config"]["distribution"] == "truncated_normal");
  CHECK(scaling["config"]["mode"] == "fan_avg");
  CHECK(rewritten("Dense", R"({"units": 3, "kernel_initializer": {"module": "keras.initializers", "class_name":
      "GlorotUniform", "config": {"seed": 5}, "registered_name": null}})")["kernel_initializer"]["config"]["seed"] ==
        5);
  CHECK(rewritten("Dense", R"({"units": 3, "activation": {"module": "builtins", "class_name": "function",
      "config": "relu", "registered_name": "function"}})")["activation"] == "relu");
  CHECK(rewritten("Dense", R"({"units": 3, "activation": null})")["activation"] == "linear");
  CHECK(rewritten("Dense", R"({"units": 3, "kernel_regularizer": "l2"})")["kernel_regularizer"]["config"]["l2"] ==
        0.01);
  CHECK(
      rewritten(
          "Dense",
          R"({"units": 3, "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.5}}})")["kernel_regularizer"] ==
      Json({{"class_name", "L1L2"}, {"config", {{"l1", 0.0}, {"l2", 0.5}}}}));
  CHECK(rewritten("Conv2D", R"({"filters": 3, "kernel_size": 5})")["kernel_size"] == Json({5, 5}));
  CHECK(rewritten("Conv2D", R"({"filters": 3, "kernel_size": 5, "padding": "SAME"})")["kernel_size"] == Json({5, 5}));
  CHECK(rewritten("BatchNormalization", R"({"axis": [3]})")["axis"] == 3);
  CHECK(rewritten("LayerNormalization", R"({"axis": 2})")["axis"] == Json({2}));
  CHECK(rewritten("LayerNormalization", R"({"axis": [1, 2], "rms_scaling": false})")["axis"] == Json({1, 2}));
  CHECK(rewritten("Dropout", R"({"rate": 0.5})")["noise_shape"].is_null());
  CHECK(rewritten("LeakyReLU", R"({"alpha": 0.5})")["alpha"] == 0.5);
  CHECK(rewritten("LeakyReLU", R"({"negative_slope": 0.5})")["alpha"] == 0.5);
  CHECK(rewritten("InputLayer", R"({"batch_shape": [null, 4], "dtype": {"class_name": "DTypePolicy",
      "config": {"name": "int32"}}})")["batch_input_shape"] == Json({nullptr, 4}));
  CHECK(rewritten("ZeroPadding1D", R"({"padding": 2})")["padding"] == Json({2, 2}));
  CHECK(rewritten("ZeroPadding1D", R"({"padding": [1, 2]})")["padding"] == Json({1, 2}));
  CHECK(rewritten("ZeroPadding2D", R"({"padding": [1, 2]})")["padding"] == Json({{1, 1}, {2, 2}}));
  CHECK(rewritten("ZeroPadding3D", R"({"padding": [1, [2, 3], 4]})")["padding"] == Json({{1, 1}, {2, 3}, {4, 4}}));
  CHECK(rewritten("Conv1D", R"({"filters": 3, "kernel_size": 5})")["kernel_size"] == Json::array({5}));
  CHECK(rewritten("Conv1D", R"({"filters": 3, "kernel_size": [5]})")["kernel_size"] == Json::array({5}));
  CHECK(rewritten("Conv3D", R"({"filters": 3, "kernel_size": 5})")["kernel_size"] == Json({5, 5, 5}));
  CHECK(read("Convolution2D", R"({"filters": 3, "kernel_size": 5})")->class_name() == "Conv2D");
  CHECK(read("GlobalAvgPool1D", "{}")->class_name() == "GlobalAveragePooling1D");
  CHECK(rewritten("Conv2DTranspose", R"({"filters": 3, "kernel_size": 5, "groups": 1})")["filters"] == 3);
}

TEST_CASE("JSON: hard_sigmoid is another function since Keras 3, and no file confuses the two") {
  const char* text = R"({"activation": "hard_sigmoid"})";
  const auto chosen = [&](KerasVersion version) {
    return write_layer_config(*read("Activation", text, version), "x", KerasVersion::v2)["activation"];
  };
  CHECK(chosen(KerasVersion::v2) == "hard_sigmoid");
  CHECK(chosen(KerasVersion::v3) == "hard_sigmoid_v3");
  CHECK(rewritten("Activation", R"({"activation": "silu"})")["activation"] == "swish");
}

TEST_CASE("JSON: settings that a layer does not have are refused unless they change nothing") {
  CHECK(format_error("Dense", R"({"name": "d", "units": 3, "unroll": false, "dtype": "float32", "groups": 1,
      "batch_input_shape": [null, 4], "secret": 1, "shift": [2]})") ==
        "/config/layers/3/config: Dense \"d\" has settings that Graft does not know: secret (1), shift ([2]).");
  CHECK(format_error("Dense", R"({"units": 3, "kernel_initializer": {"class_name": "Zeros", "config": {"odd": 1}}})") ==
        "/config/layers/3/config/kernel_initializer/config: Zeros has a setting that Graft does not know: odd (1).");
}

TEST_CASE("JSON: activations as objects keep their settings") {
  const auto again = [](const char* activation, KerasVersion version = KerasVersion::v3) {
    const std::string text = cat(R"({"units": 3, "activation": )", activation, "}");
    Json object = rewritten("Dense", text.c_str(), version)["activation"];
    if (object.is_object()) object.erase("module"), object.erase("registered_name");
    return object;
  };
  CHECK(again(R"({"class_name": "ELU", "config": {"name": "elu", "alpha": 0.4}})") ==
        Json({{"class_name", "ELU"}, {"config", {{"alpha", 0.4}}}}));
  CHECK(again(R"({"class_name": "ReLU", "config": {"max_value": 6, "negative_slope": 0.1, "threshold": 0.2}})") ==
        Json({{"class_name", "ReLU"}, {"config", {{"max_value", 6.0}, {"negative_slope", 0.1}, {"threshold", 0.2}}}}));
  CHECK(again(R"({"class_name": "LeakyReLU", "config": {"alpha": 0.1}})", KerasVersion::v2) ==
        Json({{"class_name", "LeakyReLU"}, {"config", {{"alpha", 0.1}}}}));
  CHECK(again(R"({"class_name": "LeakyReLU", "config": {}})")["config"]["negative_slope"] == 0.3);
  CHECK(again(R"({"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}})") == "leaky_relu");
  CHECK(again(R"({"class_name": "Softmax", "config": {"axis": 1}})")["config"]["axis"] == 1);
  CHECK(again(R"({"class_name": "gelu", "config": {"approximate": true}})") ==
        Json({{"class_name", "gelu"}, {"config", {{"approximate", true}}}}));
  CHECK(again(R"({"class_name": "function", "config": "relu"})") == "relu");
  CHECK(again(R"({"class_name": "Activation", "config": {"activation": "tanh"}})") == "tanh");
  CHECK(again(R"({"class_name": "ReLU", "config": {}})") == "relu");
  CHECK(format_error("Activation", R"({"activation": {"class_name": "ReLU", "config": {"top": 3}}})") ==
        "/config/layers/3/config/activation/config: ReLU has a setting that Graft does not know: top (3).");
  CHECK(format_error("Activation", R"({"activation": {"class_name": "gelu", "config": {"axis": 3}}})") ==
        "/config/layers/3/config/activation: activation \"gelu\" has no setting axis.");
  CHECK(format_error("Activation", R"({"activation": {"class_name": "PReLU", "config": {}}})") ==
        "/config/layers/3/config/activation: a PReLU has weights, so it cannot be an activation here; make it a layer "
        "of its own.");
}

TEST_CASE("JSON: initializers, regularizers and policies as objects keep their settings") {
  const auto again = [](const char* key, const char* value) {
    const std::string text = cat(R"({"units": 3, ")", key, "\": ", value, "}");
    return rewritten("Dense", text.c_str(), KerasVersion::v3)[key];
  };
  for (
      const char* initializer :
      {R"({"class_name": "GlorotUniform", "config": {"seed": 3, "input_axes": [0], "output_axes": [1]}})",
       R"({"class_name": "STFT", "config": {"side": "imag", "window": null, "scaling": "spectrum", "periodic": true}})",
       R"({"class_name": "Constant", "config": {"value": {"class_name": "__numpy__", "config": {"value": [1.0, 2.0],
            "dtype": "float32"}}}})"})
    CHECK(again("kernel_initializer", initializer) == Json::parse(initializer));
  const char* orthogonal = R"({"class_name": "OrthogonalRegularizer", "config": {"factor": 0.5, "mode": "columns"}})";
  CHECK(again("kernel_regularizer", orthogonal) == Json::parse(orthogonal));
  CHECK(again("activity_regularizer", R"({"class_name": "L2", "config": {"l2": 0.5}})")["config"]["l2"] == 0.5);
  CHECK(again("dtype", R"({"class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}})") == "mixed_bfloat16");
  CHECK(format_error("Dense", R"({"units": 3, "dtype": "float7"})") ==
        "/config/layers/3/config: Dense: dtype: expected a type or a policy such as \"float32\" or \"mixed_bfloat16\"; "
        "received \"float7\".");
}

TEST_CASE("JSON: the error for an invalid setting names its path") {
  CHECK(format_error("Dense", R"({})") == "/config/layers/3/config: the setting \"units\" is missing.");
  CHECK(format_error("Dense", R"({"units": "many"})") ==
        "/config/layers/3/config/units: expected a whole number; received \"many\".");
  CHECK(format_error("Dense", R"({"units": 3, "use_bias": 1})") ==
        "/config/layers/3/config/use_bias: expected true or false; received 1.");
  CHECK(format_error("Dense", R"({"units": 3, "activation": "rilu"})")
            .starts_with("/config/layers/3/config/activation: expected one of \"linear\", \"relu\""));
  CHECK(format_error("Dense", R"({"units": 3, "kernel_initializer": {"class_name": "Magic"}})")
            .starts_with("/config/layers/3/config/kernel_initializer: "));
  CHECK(format_error("Dense", R"({"units": 3, "kernel_regularizer": "l3"})") ==
        "/config/layers/3/config/kernel_regularizer: expected one of \"L1\", \"L2\", \"L1L2\", "
        "\"OrthogonalRegularizer\"; received \"l3\".");
  CHECK(format_error("Dense", R"({"units": 0})") ==
        "/config/layers/3/config: Dense: units must be at least 1; received 0.");
  CHECK(format_error("Conv2D", R"({"filters": 3, "kernel_size": [1, 2, 3]})") ==
        "/config/layers/3/config/kernel_size: expected a whole number or a list of two; received [1,2,3].");
  CHECK(format_error("Conv1D", R"({"filters": 3, "kernel_size": [1, 2]})") ==
        "/config/layers/3/config/kernel_size: expected a whole number; received [1,2].");
  CHECK(format_error("Conv3D", R"({"filters": 3, "kernel_size": [1, 2.5, 3]})") ==
        "/config/layers/3/config/kernel_size: expected a whole number or a list of three; received [1,2.5,3].");
  CHECK(format_error("Conv2D", R"({"filters": 3, "kernel_size": 3, "padding": "causal"})") ==
        "/config/layers/3/config/padding: expected one of \"valid\", \"same\"; received \"causal\".");
  CHECK(format_error("Cropping1D", R"({"cropping": [1, 2, 3]})") ==
        "/config/layers/3/config/cropping: expected a whole number or a list of two; received [1,2,3].");
  CHECK(
      format_error("Cropping3D", R"({"cropping": [1, [2, "3"], 3]})") ==
      "/config/layers/3/config/cropping: expected a whole number or a list of three, each a number or (before, after); "
      "received [1,[2,\"3\"],3].");
  CHECK(format_error("Resizing", R"({"height": 3, "width": 3, "fill_mode": "wrap"})") ==
        "/config/layers/3/config/fill_mode: fill_mode must be \"constant\"; received \"wrap\".");
  CHECK(format_error("Conv2DTranspose", R"({"filters": 3, "kernel_size": 3, "groups": 2})") ==
        "/config/layers/3/config: Conv2DTranspose: groups must be 1 in a transposed convolution; received 2.");
  CHECK(format_error("LayerNormalization", R"({"axis": []})") ==
        "/config/layers/3/config: LayerNormalization: axis must name one axis or more; received none.");
  CHECK(format_error("Dense", R"({"units": 3, "kernel_constraint": {"class_name": "Cube", "config": {}}})") ==
        "/config/layers/3/config/kernel_constraint: expected one of \"MaxNorm\", \"MinMaxNorm\", \"NonNeg\", "
        "\"UnitNorm\"; received {\"class_name\":\"Cube\",\"config\":{}}.");
  CHECK(format_error("Dense", R"([])") == "/config/layers/3/config: expected an object of settings; received [].");
  CHECK(as_unknown(*read("Capsule", "{}")));  // tests/models/io/unknown_layer_test.cpp
}

namespace {

class Doubling final : public LayerImpl {
 public:
  std::string class_name() const override { return "Doubling"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.scale(inputs[0], 2)};
  }
};

}  // namespace

TEST_CASE("JSON: a custom class is read once it is registered") {
  register_layer_class(
      {"Lambda2", [](FieldVisitor&) -> std::shared_ptr<LayerImpl> { return std::make_shared<Doubling>(); }});
  CHECK(read("Lambda2", "{}")->class_name() == "Doubling");
  CHECK(error_text<ConfigError>([] { register_layer_class({"", nullptr}); }) == "a layer class needs a name.");
}

TEST_CASE("JSON: all wrong settings of a layer are reported at once, by its name") {
  CHECK(format_error("Conv2D", R"({"name": "c", "filters": 0, "kernel_size": [1, 2, 3], "strides": 0, "padding": "sme",
      "activation": "rilu", "kernel_initializer": {"class_name": "Magic"}, "strength": 5, "mode": "x"})") ==
        "/config/layers/3/config: Conv2D \"c\": kernel_size: expected a whole number or a list of two; received "
        "[1,2,3]; also padding: expected one of \"valid\", \"same\"; received \"sme\"; also " +
            rule_of("activation", R"({"activation": "rilu"})") + "; also " +
            rule_of("kernel_initializer", R"({"kernel_initializer": {"class_name": "Magic"}})") +
            "; also filters must be at least 1; received 0; also strides must be at least 1; received {0, 0}; also has "
            "settings that Graft does not know: strength (5), mode (\"x\").");
  CHECK(
      format_error("Dropout", R"({"name": "d", "seeds": 3})") ==
      "/config/layers/3/config: Dropout \"d\": the setting \"rate\" is missing; also has a setting that Graft does not "
      "know: seeds (3).");
  CHECK(format_error("Dense", R"({"name": "d", "units": "many", "use_bias": 1, "lora_rank": 0})") ==
        "/config/layers/3/config: Dense \"d\": units: expected a whole number; received \"many\"; also use_bias: "
        "expected "
        "true or false; received 1; also lora_rank must be at least 1; received 0.");
  CHECK(format_error("StackedRNNCells", R"({"name": "s", "cells": [{"class_name": "GRUCell", "config": {"units": 0}},
      {"class_name": "LSTMCell", "config": {"name": "l", "units": 2, "dropout": 3}}]})") ==
        "/config/layers/3/config: StackedRNNCells \"s\": cells/config: GRUCell: units must be at least 1; received 0; "
        "also "
        "cells/config: LSTMCell \"l\": dropout must be in [0, 1]; received 3.");
  CHECK(error_text<ConfigError>([] { Conv1D({.filters = 0, .kernel_size = 0, .strides = 0, .name = "c"}); })
            .starts_with("[Conv1D \"c\"] filters must be at least 1; received 0; also kernel_size must be at least 1; "
                         "received 0; also strides must be at least 1; received 0."));
}
