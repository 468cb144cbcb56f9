#include <doctest/doctest.h>

#include <map>
#include <set>

#include "graft/graph/layers/layers.h"
#include "graft/graph/layers/registry.h"
#include "graft/graph/node.h"
#include "graft/models/io/base/config_json.h"
#include "tests/support/error_text.h"

using namespace graft;
using graft::test::error_text;

namespace {

struct Sample {
  Layer layer;
  std::set<std::string> required = {};  // keys without a default
};

// Every class with every setting off its default.
std::vector<Sample> samples() {
  const auto here = source_location::current();
  std::vector<Sample> all{
      {Input({.shape = {5, Shape::none}, .batch_size = 4, .dtype = "int32"}).node()->layer(),
       {"batch_input_shape", "batch_shape", "dtype"}},
      {Conv2D({.filters = 4,
               .kernel_size = {3, 5},
               .strides = {2, 3},
               .padding = "same",
               .dilation_rate = 1,
               .groups = 2,
               .activation = "relu",
               .use_bias = false,
               .kernel_initializer = "he_normal",
               .bias_initializer = Constant(0.5),
               .kernel_regularizer = L2(0.25),
               .bias_regularizer = L1(0.5)}),
       {"filters", "kernel_size", "dilation_rate"}},
      {Conv2D({.filters = 4, .kernel_size = 3, .dilation_rate = {2, 3}}),
       {"filters", "kernel_size", "strides", "padding", "groups", "activation", "use_bias", "kernel_initializer",
        "bias_initializer", "kernel_regularizer", "bias_regularizer"}},
      {Conv2DTranspose({.filters = 4,
                        .kernel_size = {3, 5},
                        .strides = {2, 3},
                        .padding = "same",
                        .output_padding = {1, 2},
                        .activation = "tanh",
                        .use_bias = false,
                        .kernel_initializer = RandomUniform(-1, 1, 3),
                        .bias_initializer = "ones",
                        .kernel_regularizer = L1L2(0.5, 0.25),
                        .bias_regularizer = L2(1)}),
       {"filters", "kernel_size", "dilation_rate"}},
      {DepthwiseConv2D({.kernel_size = 3,
                        .strides = {2, 3},
                        .padding = "same",
                        .depth_multiplier = 2,
                        .activation = "relu",
                        .use_bias = false,
                        .depthwise_initializer = "lecun_normal",
                        .bias_initializer = TruncatedNormal(1, 2, 5),
                        .depthwise_regularizer = L2(0.5),
                        .bias_regularizer = L1(2)}),
       {"kernel_size", "dilation_rate"}},
      {SeparableConv2D({.filters = 3,
                        .kernel_size = 3,
                        .strides = {2, 3},
                        .padding = "same",
                        .depth_multiplier = 2,
                        .activation = "relu",
                        .use_bias = false,
                        .depthwise_initializer = Orthogonal(2, 3),
                        .pointwise_initializer = RandomNormal(1, 2),
                        .bias_initializer = "ones",
                        .depthwise_regularizer = L2(0.5),
                        .pointwise_regularizer = L1(0.5),
                        .bias_regularizer = L1(2)}),
       {"filters", "kernel_size", "dilation_rate"}},
      {Dense({.units = 7,
              .activation = "hard_sigmoid",
              .use_bias = false,
              .kernel_initializer = VarianceScaling(2, "fan_out", "uniform", 9),
              .bias_initializer = "ones",
              .kernel_regularizer = L2(0.5),
              .bias_regularizer = L1(0.5)}),
       {"units"}},
      {BatchNormalization({.axis = 1,
                           .momentum = 0.5,
                           .epsilon = 0.25,
                           .center = false,
                           .scale = false,
                           .beta_initializer = "ones",
                           .gamma_initializer = "zeros",
                           .moving_mean_initializer = "ones",
                           .moving_variance_initializer = "zeros",
                           .beta_regularizer = L1(1),
                           .gamma_regularizer = L2(1)})},
      {LayerNormalization({.axis = {1, 2},
                           .epsilon = 0.25,
                           .center = false,
                           .scale = false,
                           .beta_initializer = "ones",
                           .gamma_initializer = "zeros",
                           .beta_regularizer = L1(1),
                           .gamma_regularizer = L2(1)})},
      {Activation("mish"), {"activation"}},
      {LeakyReLU({.negative_slope = 0.25})},
      {ReLU({.max_value = 6, .negative_slope = 0.5, .threshold = 1})},
      {PReLU({.alpha_initializer = Constant(0.25), .alpha_regularizer = L2(1), .shared_axes = {1, 2}})},
      {ELU({.alpha = 0.5})},
      {Softmax({.axis = 1})},
      {ThresholdedReLU({.theta = 0.5})},
      {Reshape({.target_shape = {-1, 4}}), {"target_shape"}},
      {Flatten()},
      {Permute({.dims = {2, 1}}), {"dims"}},
      {RepeatVector({.n = 3}), {"n"}},
      {Dropout({.rate = 0.5, .noise_shape = {Shape::none, 1}, .seed = 3}), {"rate"}},
      {SpatialDropout2D({.rate = 0.5, .seed = 3}), {"rate"}},
      {GaussianNoise({.stddev = 0.5, .seed = 3}), {"stddev"}},
      {MaxPooling2D({.pool_size = {3, 2}, .strides = 1, .padding = "same"})},
      {AveragePooling2D({.pool_size = {3, 2}, .strides = {1, 2}, .padding = "same"})},
      {GlobalAveragePooling2D({.keepdims = true})},
      {GlobalMaxPooling2D({.keepdims = true})},
      {Add()},
      {Subtract()},
      {Multiply()},
      {Average()},
      {Maximum()},
      {Minimum()},
      {Concatenate({.axis = 1})},
      {Dot({.axes = {1, 2}, .normalize = true}), {"axes"}},
      {UpSampling2D({.size = {2, 3}, .interpolation = "bilinear"})},
      {ZeroPadding2D({.padding = {{1, 2}, {3, 4}}})},
      {Cropping2D({.cropping = {{1, 2}, {3, 4}}})},
      {Rescaling({.scale = 2, .offset = 1}), {"scale"}},
      {clip_op({.x_min = -1, .x_max = 2}, here)},
      {where_op({.x1 = 1, .x2 = 2}, here)},
      {slice_op({.start_indices = {0, 1}, .shape = {Shape::none, 2}}, here), {"start_indices", "shape"}},
      {transpose_op({.axes = {{1, 0}}}, here)},
      {expand_dims_op({.axis = 2}, here), {"axis"}},
      {squeeze_op({.axis = 2}, here), {"axis"}},
      {argmax_op({.axis = 1, .keepdims = true}, here)},
      {take_op({.axis = 1}, here), {"axis"}},
      {one_hot_op({.num_classes = 5}, here), {"num_classes"}},
      {log_softmax_op({.axis = 1}, here)},
      {categorical_crossentropy_op({.from_logits = true, .sparse = true}, here)},
      {random_normal_op({.mean = 1, .stddev = 2}, here)},
      {matmul_op({}, here)},
  };
  for (const char* name : {"Exp", "Log", "Sqrt", "Square", "Absolute", "Sin", "Cos", "Sign", "Floor", "Round", "Rsqrt",
                           "Reciprocal", "Erf", "StopGradient"})
    all.push_back({unary_op(name, here)});
  for (const char* name : {"Divide", "Power", "Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"}) {
    all.push_back({binary_op(name, {.x1 = 2}, here), {"x2"}});
    all.push_back({binary_op(name, {.x2 = 3}, here), {"x1"}});
  }
  for (const char* name : {"Sum", "Mean", "Max", "Min"})
    all.push_back({reduction_op(name, {.axis = {{1, 2}}, .keepdims = true}, here)});
  return all;
}

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
  for (const Sample& sample : samples())
    for (const KerasVersion version : {KerasVersion::v2, KerasVersion::v3}) {
      CAPTURE(sample.layer.class_name());
      sample.layer.set_trainable(false);
      const Json written = write_layer_config(sample.layer.impl(), "given", version);
      std::vector<std::string> ignored;
      const auto read = read_layer_config(sample.layer.class_name(), written, "/config", version, &ignored);
      CHECK(ignored.empty());
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
  for (const Sample& sample : samples()) sampled.insert(sample.layer.class_name());
  for (const std::string& name : layer_class_names())
    if (name != "Functional" && name != "Model" && name != "Sequential" && name != "Lambda2")
      CHECK_MESSAGE(sampled.contains(name), name, " has no sample here");
}

namespace {

std::shared_ptr<LayerImpl> read(const std::string& class_name, const char* text,
                                KerasVersion version = KerasVersion::v2, std::vector<std::string>* ignored = nullptr) {
  static std::map<std::string, Json> kept;
  const Json& json = kept[text] = Json::parse(text);
  return read_layer_config(class_name, json, "/config/layers/3/config", version, ignored);
}

Json rewritten(const std::string& class_name, const char* text, KerasVersion version = KerasVersion::v2) {
  return write_layer_config(*read(class_name, text, version), "x", version);
}

std::string format_error(const std::string& class_name, const char* text) {
  return error_text<FormatError>([&] { read(class_name, text); });
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
  CHECK(rewritten("LeakyReLU", R"({"alpha": 0.5})")["alpha"] == 0.5);
  CHECK(rewritten("LeakyReLU", R"({"negative_slope": 0.5})")["alpha"] == 0.5);
  CHECK(rewritten("InputLayer", R"({"batch_shape": [null, 4], "dtype": {"class_name": "DTypePolicy",
      "config": {"name": "int32"}}})")["batch_input_shape"] == Json({nullptr, 4}));
  CHECK(rewritten("ZeroPadding2D", R"({"padding": [1, 2]})")["padding"] == Json({{1, 1}, {2, 2}}));
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

TEST_CASE("JSON: unknown keys are collected unless they have no effect") {
  std::vector<std::string> ignored;
  read("Dense", R"({"name": "d", "units": 3, "kernel_constraint": null, "unroll": false, "dtype": "float32",
      "batch_input_shape": [null, 4], "kernel_constraint": {"class_name": "MaxNorm"}, "secret": 1})",
       KerasVersion::v2, &ignored);
  CHECK(ignored == std::vector<std::string>{"Dense \"d\": kernel_constraint", "Dense \"d\": secret"});
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
        "/config/layers/3/config/kernel_regularizer: expected one of \"L1\", \"L2\", \"L1L2\"; received \"l3\".");
  CHECK(format_error("Dense", R"({"units": 0})") ==
        "/config/layers/3/config: Dense: units must be at least 1; received 0.");
  CHECK(format_error("Conv2D", R"({"filters": 3, "kernel_size": [1, 2, 3]})") ==
        "/config/layers/3/config/kernel_size: expected a whole number or a list of two; received [1,2,3].");
  CHECK(format_error("Conv2D", R"({"filters": 3, "kernel_size": 3, "data_format": "channels_first"})") ==
        "/config/layers/3/config/data_format: expected one of \"channels_last\"; received \"channels_first\".");
  CHECK(format_error("Conv2DTranspose", R"({"filters": 3, "kernel_size": 3, "groups": 2})") ==
        "/config/layers/3/config: Conv2DTranspose: groups must be 1 in a transposed convolution; received 2.");
  CHECK(format_error("LayerNormalization", R"({"rms_scaling": true})") ==
        "/config/layers/3/config: LayerNormalization: rms_scaling must be false; received true.");
  CHECK(format_error("LayerNormalization", R"({"axis": [2, 1]})")
            .starts_with("/config/layers/3/config: LayerNormalization: axis must name the last axes but the batch's"));
  CHECK(format_error("Dense", R"([])") == "/config/layers/3/config: expected an object of settings; received [].");
  CHECK(format_error("Capsule", R"({})") ==
        "/config/layers/3/config: the layer class \"Capsule\" is not known.\n"
        "  Hint: register_layer_class adds a class of your own.");
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
