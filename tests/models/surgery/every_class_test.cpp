#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/graph/layers/recurrent/rnn.h"
#include "graft/models/io/base/config_json.h"
#include "tests/models/io/layer_samples.h"
#include "tests/models/model/arithmetic_cases.h"
#include "tests/support/fixtures.h"
#include "tests/support/layer_check.h"
#include "tests/support/temporary_folder.h"

// Everything that makes a model of a model keeps the outputs and the settings, whatever the layer is: a layer of every
// registered class stands in a model that is copied, replayed, cut, flattened, joined, saved and loaded.

namespace graft::test {

namespace {

// -- models ----------------------------------------------------------------------------------------------------------

SymbolicTensors inputs_like(const std::vector<InputSpec>& specs, bool fixed_batch) {
  SymbolicTensors inputs;
  for (const InputSpec& spec : specs) {
    InputConfig config{.shape = spec.shape.without_batch(), .dtype = spec.dtype};
    if (fixed_batch) config.batch_size = spec.shape[0];
    inputs.push_back(Input(config));
  }
  return inputs;
}

// Each tensor after one more layer that keeps it, so that a cut has something on both sides.
SymbolicTensors kept(const SymbolicTensors& tensors, const char* name) {
  SymbolicTensors all;
  for (size_t i = 0; i < tensors.size(); ++i) all.push_back(Identity({.name = cat(name, i)})(tensors[i]));
  return all;
}

using Record = std::function<SymbolicTensors(const SymbolicTensors&)>;

Model model_of(const std::vector<InputSpec>& specs, bool fixed_batch, const Record& record) {
  const SymbolicTensors inputs = inputs_like(specs, fixed_batch);
  return Model(inputs, kept(record(kept(inputs, "before")), "after"), {.name = "whole"});
}

Tensor random_values(const InputSpec& spec, Random& random) {
  Tensor floats(spec.shape);
  for (float& value : floats.data<float>()) value = random.uniform(0.1f, 0.9f);
  if (is_floating(spec.dtype)) return floats;
  if (spec.dtype != DType::string) {
    for (float& value : floats.data<float>()) value = std::floor(value * 4);
    return floats.cast(spec.dtype);
  }
  std::vector<std::string> words;
  for (const float value : floats.data<float>()) words.push_back(std::array{"a", "b a", "c", "ab"}[size_t(value * 4)]);
  return Tensor(spec.shape, std::move(words));
}

void randomize(const Model& model, Random& random) {
  for (Variable variable : model.weights()) variable.assign(random_values({variable.shape(), DType::f32}, random));
}

// -- what is compared ------------------------------------------------------------------------------------------------

void reset_states(const Layer& layer) {
  if (auto* recurrent = dynamic_cast<RNNImpl*>(&layer.impl())) recurrent->reset_state();
  for (const Layer& inner : layer.impl().sublayers()) reset_states(inner);
}

Tensors predicted(const Model& model, const Tensors& data) {
  reset_states(model);
  return model.predict(data);
}

// The layers of a model by class with their settings, without inputs and those that keep tensors.
void add_settings(const Layer& layer, std::multimap<std::string, Json>& all) {
  const auto graph = layer.impl().inner_graph();
  if (!graph) {
    Json settings = write_layer_config(layer.impl(), "layer", KerasVersion::v3);
    all.emplace(layer.class_name(), std::move(settings));
    return;
  }
  for (const GraphLayer& inner : graph->layers())
    if (!inner.impl().is_input() && inner.class_name() != "Identity") add_settings(inner, all);
}

std::multimap<std::string, Json> settings(const Model& model) {
  std::multimap<std::string, Json> all;
  add_settings(model, all);
  return all;
}

using Run = std::function<Tensors(const Model&, const Tensors&)>;

struct Whole {
  Model model;
  Tensors data;
  Run run;
  Tensors expected;
};

// `apart`: how much the numbers may differ.
void check_equal(const std::string& what, const Whole& whole, const Model& made, const Tensors& found,
                 double apart = 0) {
  CAPTURE(what);
  REQUIRE(found.size() == whole.expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].dtype() == whole.expected[i].dtype());
    if (apart > 0)
      CHECK(relative_difference(found[i], whole.expected[i]) < apart);
    else
      CHECK(bit_equal(found[i], whole.expected[i]));
  }
  CHECK(settings(made) == settings(whole.model));
}

void check_equal(const std::string& what, const Whole& whole, const Model& made) {
  check_equal(what, whole, made, whole.run(made, whole.data));
}

void check_cut(const std::string& what, const Whole& whole, const SymbolicTensors& tensors) {
  const auto [front, back] = cut(whole.model, tensors);
  const Tensors between = whole.run(front, whole.data);
  auto both = settings(front);
  for (const auto& entry : settings(back)) both.insert(entry);
  CHECK(both == settings(whole.model));
  check_equal(what, whole, whole.model, whole.run(back, between));
}

// The tensors that layers "before0", "before1", ... give, or that "after0", ... take. Where the model does not read an
// input, the layer before it is missing.
SymbolicTensors tensors_at(const Model& model, const std::string& name, size_t count) {
  const LayerList layers = model.layers();
  SymbolicTensors tensors;
  for (size_t i = 0; i < count; ++i) {
    const auto found = std::ranges::find(layers, cat(name, i), [](const GraphLayer& layer) { return layer.name(); });
    if (found == layers.end() && name == "before") continue;
    const GraphLayer layer = model.at(cat(name, i));
    tensors.push_back(layer.name().starts_with("after") ? layer.input() : layer.output());
  }
  return tensors;
}

void check_surgery(const Whole& whole, const std::vector<InputSpec>& specs, bool fixed_batch) {
  const auto fresh = [&] { return inputs_like(specs, fixed_batch); };
  const SymbolicTensors replayed = fresh(), nested = fresh(), first = fresh();
  check_equal("replay", whole, Model(replayed, replay(whole.model, replayed)));
  check_equal("clone, shared", whole, clone(whole.model, Weights::share));
  check_equal("clone, copied", whole, clone(whole.model, Weights::copy));
  CHECK(settings(clone(whole.model, Weights::fresh)) == settings(whole.model));
  check_cut("cut before", whole, tensors_at(whole.model, "before", specs.size()));
  const SymbolicTensors results = tensors_at(whole.model, "after", whole.expected.size());
  const bool scalar = std::ranges::any_of(results, [](const SymbolicTensor& x) { return x.shape().rank() == 0; });
  if (!scalar) check_cut("cut after", whole, results);  // an Input has a batch
  const Model outer(nested, whole.model(nested));
  check_equal("nested", whole, outer);
  check_equal("flatten", whole, flatten(outer));
  check_equal("splice", whole, splice(Model(first, kept(first, "first")), whole.model));
}

// Keras's files hold the sum of a kernel and of what LoRA adds to it, which is another order of sums. Where the inputs
// of the kernel are quantized, those of what was added are so too from then on.
double change_by_merging(const Model& model) {
  double apart = 0;
  for (const GraphLayer& layer : model.layers()) {
    if (layer.impl().saved_weights() == layer.impl().weights.size()) continue;
    const Json config = write_layer_config(layer.impl(), "layer", KerasVersion::v3);
    const bool quantizes = config.contains("quantization_config") && !config["quantization_config"].is_null();
    apart = std::max(apart, quantizes ? 5e-3 : 1e-5);
  }
  return apart;
}

void check_files(const Whole& whole) {
  const double merged = change_by_merging(whole.model);
  const TemporaryFolder folder;
  whole.model.save(folder / "model");
  const Model loaded = load_model(folder / "model");
  check_equal("save and load", whole, loaded);
  CHECK(unknown_layers(loaded.graph()).count == 0);
  for (const char* file : {"model.keras", "model.h5"}) {
    whole.model.save(folder / file);
    const Model read = load_model(folder / file);
    check_equal(file, whole, read, whole.run(read, whole.data), merged);
  }
  const Model from_json = model_from_json(whole.model.to_json());
  from_json.set_weights(whole.model.get_weights());
  check_equal("JSON", whole, from_json);
  for (const char* file : {"w.safetensors", "w.weights.h5"}) {
    whole.model.save_weights(folder / file);
    const Model other = model_from_json(whole.model.to_json());
    other.load_weights(folder / file);
    check_equal(file, whole, other, whole.run(other, whole.data), merged);
  }
}

void check_all(const Model& model, const std::vector<InputSpec>& specs, bool fixed_batch, Tensors data,
               const Run& run) {
  Whole whole{model, std::move(data), run, {}};
  whole.expected = run(whole.model, whole.data);
  check_surgery(whole, specs, fixed_batch);
  check_files(whole);
}

bool is_stateful(const Layer& layer) {
  const auto* recurrent = dynamic_cast<const RNNImpl*>(&layer.impl());
  return recurrent && recurrent->walk().stateful;
}

}  // namespace

TEST_CASE("every layer class: models made of a model keep its outputs and its settings") {
  std::map<std::string, size_t> checked;
  for (const Sample& sample : all_samples()) {
    const std::string class_name = sample.layer.class_name();
    CAPTURE(class_name);
    const size_t number = checked[class_name]++;
    const std::vector<InputSpec> specs = inputs_of(class_name, number);
    if (number > 0 && specs.empty()) continue;
    REQUIRE_MESSAGE(!specs.empty(), class_name, " has no inputs in layer_samples.cpp");
    Random random(7);
    try {
      const bool fixed_batch = is_stateful(sample.layer) || sample.layer.impl().is_input();
      const Model model = model_of(specs, fixed_batch, [&](const SymbolicTensors& x) {
        return sample.layer.impl().is_input() ? x : sample.layer.call(x, {}, {}, source_location::current());
      });
      randomize(model, random);
      Tensors data;
      for (const InputSpec& spec : specs) data.push_back(random_values(spec, random));
      check_all(model, specs, fixed_batch, data, predicted);
    } catch (const Error& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
  for (const std::string& name : layer_class_names())
    if (!find_operation(name) && !is_registered_by_caller(name))
      CHECK_MESSAGE(checked.contains(name), name, " has no sample in tests/models/io/*_samples.cpp");
}

namespace {

using Classes = std::set<std::string>;

void note_classes(const Model& model, Classes& classes) {
  for (const auto& [class_name, config] : settings(model)) classes.insert(class_name);
}

ArithmeticCase case_of(const char* operation, Literals settings, std::vector<Tensor> data) {
  const Layer layer = operation_layer(operation, {.settings = std::move(settings)});
  const auto record = [layer](const SymbolicTensors& x) { return layer.call(x, {}, {}, source_location::current()); };
  return {operation, record, std::move(data)};
}

// The operations of which there is no function in C++, and none in the files.
std::vector<ArithmeticCase> other_cases() {
  return {
      case_of("AdaptiveAveragePool", {{"output_size", 2}}, {spaced({2, 4, 6, 3})}),
      case_of("AdaptiveMaxPool", {{"output_size", 2}}, {spaced({2, 4, 6, 3})}),
      case_of("ColumnStack", {}, {spaced({3, 2}), spaced({3, 4})}),
      case_of("EmptyLike", {}, {spaced({2, 3})}),
      case_of("MapCoordinates", {}, {spaced({4, 5}), spaced({2, 3}, 1, 1.5)}),
      case_of("Vsplit", {{"indices_or_sections", 2}}, {spaced({4, 3})}),
  };
}

// Inputs of operations have different numbers of rows, which predict does not take. Numbers are floats in a Program.
Tensors run_as_graph(const Model& model, const Tensors& data) {
  std::vector<Tensor> floats;
  for (const Tensor& tensor : data) floats.push_back(tensor.cast(DType::f32));
  return run_graph(model.graph(), floats);
}

// The functions of C++.
void check_cases(Classes& checked) {
  std::vector<ArithmeticCase> cases = arithmetic_cases();
  for (const ArithmeticCase& c : other_cases()) cases.push_back(c);
  for (const ArithmeticCase& c : cases) {
    CAPTURE(c.function);
    std::vector<InputSpec> specs;
    for (const Tensor& tensor : c.data) specs.push_back({tensor.shape(), tensor.dtype()});
    try {
      const Model model = model_of(specs, true, c.record);
      note_classes(model, checked);
      check_all(model, specs, true, Tensors(c.data.begin(), c.data.end()), run_as_graph);
    } catch (const Error& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
}

// The operations that Keras has written into files, many in each.
void check_files_of_keras(Classes& checked) {
  for (const std::string& name : fixture_names("keras3")) {
    if (!name.starts_with("keras3/ops")) continue;
    CAPTURE(name);
    const std::filesystem::path folder = fixture_path(name);
    const Json meta = Json::parse(read_file(folder / "meta.json"));
    std::vector<InputSpec> specs;
    Tensors data;
    for (const Json& entry : meta["inputs"]) {
      const DType dtype = dtype_from_name(entry["dtype"].get<std::string>());
      data.push_back(Tensor::load_npy(folder / entry["file"].get<std::string>(), dtype));
      specs.push_back({data.back().shape(), dtype});
    }
    try {
      const Model written = load_model(folder / "model.keras");
      const Model model = model_of(specs, true, [&](const SymbolicTensors& x) { return replay(written, x); });
      note_classes(model, checked);
      check_all(model, specs, true, data, run_as_graph);
    } catch (const Error& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
}

}  // namespace

TEST_CASE("every operation: models made of a model keep its outputs and its settings") {
  Classes checked;
  check_cases(checked);
  check_files_of_keras(checked);
  for (const std::vector<Operation>* table : operation_tables())
    for (const Operation& operation : *table)
      CHECK_MESSAGE(checked.contains(operation.name), std::string(operation.name), " is in no case and in no file");
}

}  // namespace graft::test
