#include <doctest/doctest.h>

#include "graft/graft.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/graph/layers/registry.h"
#include "graft/models/io/architecture/read.h"
#include "graft/models/io/base/config_json.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_check.h"

// The tables of operations: their settings in files, files of earlier versions, and the operations of TensorFlow that
// Keras 2 saved.

namespace graft::test {

namespace {

// A value of the same kind as the default, but another one.
Literal other(const Literal& value) {
  if (value.is_bool()) return !value.boolean();
  if (value.is_integer()) return value.integer() + 3;
  if (value.is_number()) return value.number() + 0.5;
  if (value.is_string()) return value.string() + "x";
  if (value.is_list()) return Literal::List{5, 7};
  return Literal::List{1, 0.5, "word", true, Literal()};
}

std::shared_ptr<LayerImpl> read(const char* class_name, const Json& config) {
  return read_layer_config(class_name, config, "/config", KerasVersion::v3, "keras.src.ops.numpy");
}

// A model of one input (None, 3) or more, whose layers are given as JSON.
Model functional(const std::string& layers, const std::string& output, int inputs = 1) {
  std::string entries, names;
  for (int i = 0; i < inputs; ++i) {
    const std::string name = cat("in", i), comma = i == 0 ? "" : ",";
    entries += cat(R"({"class_name": "InputLayer", "name": ")", name, R"(", "inbound_nodes": [], "config":)",
                   R"({"name": ")", name, R"(", "batch_input_shape": [null, 3], "dtype": "float32"}},)");
    names += cat(comma, "[\"", name, "\", 0, 0]");
  }
  const Json json =
      io::parse_json(cat(R"({"class_name": "Functional", "config": {"name": "m", "layers": [)", entries, layers,
                         R"(], "input_layers": [)", names, R"(], "output_layers": [[")", output, R"(", 0, 0]]}})"),
                     "test");
  return io::read_architecture(io::JsonView(json, "test"), {}, KerasVersion::v2).model;
}

Tensor three() { return Tensor(Shape{1, 3}, std::vector<float>{1, -2, 4}); }

Tensor result(const Model& model, std::vector<Tensor> inputs = {three()}) {
  return run_graph(model.graph(), inputs)[0];
}

bool gives(const Model& model, const std::vector<float>& values, std::vector<Tensor> inputs = {three()}) {
  const Tensor y = result(model, std::move(inputs));
  return std::vector<float>(y.data<float>().begin(), y.data<float>().end()) == values;
}

}  // namespace

TEST_CASE("operations: every setting of every operation survives a file, with its default and with another value") {
  size_t count = 0;
  for (const std::vector<Operation>* table : operation_tables())
    for (const Operation& operation : *table) {
      ++count;
      CAPTURE(operation.name);
      REQUIRE(find_operation(operation.name) == &operation);
      for (const bool changed : {false, true}) {
        Literals settings = operation.settings;
        if (changed)
          for (auto& [key, value] : settings) value = other(value);
        const Layer layer = operation_layer(operation.name, {.settings = settings});
        const Json written = write_layer_config(layer.impl(), "given", KerasVersion::v3);
        const auto again = read(operation.name, written);
        CHECK(again->class_name() == operation.name);
        CHECK(write_layer_config(*again, "given", KerasVersion::v3) == written);
      }
    }
  CHECK(count > 270);
}

TEST_CASE("operations: a setting that does not exist is an error that names it") {
  CHECK_THROWS_AS(operation_layer("Exp", {.settings = {{"axis", 1}}}), ConfigError);
  CHECK_THROWS_AS(operation_layer("Expo"), ConfigError);
}

TEST_CASE("operations: the types of results follow Keras's promotion") {
  const SymbolicTensor whole = Input({.shape = {3}, .dtype = "int32"}), real = Input({.shape = {3}});
  const SymbolicTensor truth = greater(real, 0);
  CHECK(truth.dtype() == DType::boolean);
  CHECK((whole + 1).dtype() == DType::s32);
  CHECK((whole + 0.5).dtype() == DType::f32);
  CHECK((whole / 2).dtype() == DType::f32);
  CHECK((truth * 2).dtype() == DType::s32);
  CHECK(mean(whole).dtype() == DType::f32);
  CHECK(sum(truth).dtype() == DType::s32);
  CHECK(argmax(real).dtype() == DType::s32);
  CHECK(top_k(real, 2)[0].dtype() == DType::f32);
  CHECK(top_k(real, 2)[1].dtype() == DType::s32);
  CHECK(gather(Tensor::full({4, 2}, 1), whole, 0).dtype() == DType::f32);
}

TEST_CASE("operations: unknown dimensions stay unknown, and errors show them as None") {
  const SymbolicTensor x = Input({.shape = {Shape::none, 4}});
  CHECK(concat({x, x}, 1).shape() == Shape{Shape::none, Shape::none, 4});
  CHECK(get_item(x, {Literal::Slice{}, Literal::Slice{.start = 1}}).shape() == Shape{Shape::none, Shape::none, 4});
  CHECK((x + Tensor::full({7, 4}, 1)).shape() == Shape{Shape::none, 7, 4});
  CHECK(sum(x).shape() == Shape{});
  const std::string text = error_text<ShapeError>([&] { matmul(x, Tensor::full({5, 2}, 1)); });
  CHECK(text.find("(None, None, 4)") != std::string::npos);
  CHECK(text.find("89") == std::string::npos);
  const std::string flat = error_text<ShapeError>([&] { broadcast_to(ravel(x), {2, 5}); });
  CHECK(flat.find("89") == std::string::npos);
  CHECK(flat.find("97") == std::string::npos);
}

TEST_CASE("operations: files of earlier versions have numbers among the settings") {
  const auto call = [](const char* class_name, const char* config, const SymbolicTensors& inputs, const Tensor& data) {
    const Layer layer(read(class_name, Json::parse(config)));
    return run_graph(*Graph::make(inputs, layer(inputs)), {data})[0].data<float>()[0];
  };
  const SymbolicTensor x = Input({.shape = {}});
  const Tensor two(Shape{1}, std::vector<float>{2});
  CHECK(call("Divide", R"({"x1": 1, "x2": null})", x, two) == 0.5f);
  CHECK(call("Power", R"({"x1": null, "x2": 3})", x, two) == 8);
  CHECK(call("Greater", R"({"x1": null, "x2": 3})", x, two) == 0);
  CHECK(call("Where", R"({"x1": 5, "x2": 6})", x, two) == 5);
  CHECK(call("Clip", R"({"x_min": null, "x_max": 1.5})", x, two) == 1.5f);
  CHECK(call("Slice", R"({"start_indices": [0], "shape": [null]})", x, two) == 2);
  CHECK(read("CategoricalCrossentropy", Json::parse(R"({"from_logits": true, "sparse": true})"))->class_name() ==
        "SparseCategoricalCrossentropy");
}

TEST_CASE("Keras 2: functions of TensorFlow between layers") {
  CHECK(gives(
      functional(R"({"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": "math.multiply"},
                             "inbound_nodes": [["in0", 0, 0, {"y": 2.0, "name": null}]]})",
                 "f"),
      {2, -4, 8}));
  CHECK(gives(
      functional(R"({"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": "math.subtract"},
                             "inbound_nodes": [["_CONSTANT_VALUE", -1, 1.0, {"y": ["in0", 0, 0], "name": null}]]})",
                 "f"),
      {0, 3, -3}));
  CHECK(gives(functional(R"({"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": "concat"},
                             "inbound_nodes": [[["in0", 0, 0, {"axis": -1}], ["in0", 0, 0, {"axis": -1}]]]})",
                         "f"),
              {1, -2, 4, 1, -2, 4}));
  CHECK(gives(functional(R"({"class_name": "SlicingOpLambda", "name": "f",
                             "config": {"name": "f", "function": "__operators__.getitem"},
                             "inbound_nodes": [["in0", 0, 0, {"slice_spec": [{"start": null, "stop": null, "step": null},
                                                                             {"start": 1, "stop": null, "step": null}]}]]})",
                         "f"),
              {-2, 4}));
  CHECK(gives(
      functional(R"({"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": "math.reduce_sum"},
                             "inbound_nodes": [["in0", 0, 0, {"axis": 1, "keepdims": true}]]})",
                 "f"),
      {3}));
  const Model unknown =
      functional(R"({"class_name": "TFOpLambda", "name": "f", "config": {"name": "f", "function": "math.bessel_j0"},
                     "inbound_nodes": [["in0", 0, 0, {"factor": 2}]]})",
                 "f");
  CHECK(unknown_layers(unknown.graph()).listed() == "TFOpLambda(math.bessel_j0) \"f\"");
  const Json saved = Json::parse(unknown.to_json())["config"]["layers"][1];
  CHECK(saved["class_name"] == "TFOpLambda");
  CHECK(saved["config"]["function"] == "math.bessel_j0");
  CHECK(saved["inbound_nodes"][0][0][3]["factor"] == 2);
}

TEST_CASE("Keras 2: nodes of TensorFlow graphs between layers") {
  CHECK(gives(
      functional(R"({"class_name": "TensorFlowOpLayer", "name": "f", "config": {"name": "f", "constants": {"1": 0.5},
                             "node_def": {"name": "f", "op": "Mul", "input": ["in0", "f/y"],
                             "attr": {"T": {"type": "DT_FLOAT"}}}},
                             "inbound_nodes": [[["in0", 0, 0, {}]]]})",
                 "f"),
      {0.5f, -1, 2}));
  CHECK(gives(functional(R"({"class_name": "TensorFlowOpLayer", "name": "f", "config": {"name": "f",
                             "constants": {"1": [0, 1], "2": [0, 3], "3": [1, 1]},
                             "node_def": {"name": "f", "op": "StridedSlice", "input": ["in0", "b", "e", "s"],
                             "attr": {"begin_mask": {"i": "1"}, "end_mask": {"i": "1"}, "shrink_axis_mask": {"i": "0"}}}},
                             "inbound_nodes": [[["in0", 0, 0, {}]]]})",
                         "f"),
              {-2, 4}));
  CHECK(gives(
      functional(R"({"class_name": "TensorFlowOpLayer", "name": "f", "config": {"name": "f", "constants": {"1": [1]},
                             "node_def": {"name": "f", "op": "Mean", "input": ["in0", "axis"],
                             "attr": {"keep_dims": {"b": false}}}},
                             "inbound_nodes": [[["in0", 0, 0, {}]]]})",
                 "f"),
      {1}));
}

}  // namespace graft::test
