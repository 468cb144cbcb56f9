#include "graft/models/io/probe.h"

#include <cmath>
#include <cstring>
#include <unordered_set>

#include "graft/core/file.h"
#include "graft/core/random.h"
#include "graft/graph/axes.h"
#include "graft/graph/emit_graph.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/walk.h"
#include "graft/models/io/base/json_view.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/model/nested.h"
#include "graft/models/step/host_part.h"
#include "graft/ops/run/executable.h"

namespace graft::io {

namespace fs = std::filesystem;

static constexpr int64_t kBatch = 2;
static constexpr uint64_t kSeed = 1;
static constexpr int64_t kSamples = 256;  // stored of each output; the root mean square covers the rest

// -- a Program that returns the outputs of every layer ----------------------------------------------------------------

namespace {

struct TappedValues {
  std::vector<std::string> names;
  ops::Values values;
  std::unordered_set<int32_t> seen;  // values that are tapped already; some layers return their input
};

class TapEmitter {
 public:
  TapEmitter(ops::Builder& builder, TappedValues& taps) : builder_(builder), taps_(taps) {}

  MaskedValues emit(const Graph& graph, const MaskedValues& inputs, const CallArguments& outer,
                    const std::string& path) {
    return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const MaskedValues& given) {
      return emit_node(*node, given, outer, path + graph.label_of(*node));
    });
  }

 private:
  MaskedValues emit_node(const Node& node, const MaskedValues& given, const CallArguments& outer,
                         const std::string& name) {
    if (const std::optional<Model> model = as_model(node.layer())) {
      CallArguments own = node.arguments();
      if (!own.training) own.training = outer.training;
      const auto end = given.begin() + static_cast<std::ptrdiff_t>(own.positional(given.size()));
      return emit(model->graph(), MaskedValues(given.begin(), end), own, name + '/');
    }
    const ops::Builder::Scope scope(builder_, name);
    const MaskedValues values = emit_call(builder_, node, given, outer);
    for (size_t i = 0; i < values.size(); ++i) {
      if (!taps_.seen.insert(values[i].value.id).second) continue;
      taps_.names.push_back(values.size() == 1 ? name : cat(name, ':', i));
      taps_.values.push_back(to_channels_last(builder_, values[i].value));
    }
    return values;
  }

  ops::Builder& builder_;
  TappedValues& taps_;
};

struct TapRun {
  std::vector<std::string> names;
  Tensors outputs;
};

}  // namespace

static TapRun run_taps(const Model& model, const Tensors& inputs) {
  ops::Builder builder;
  TappedValues taps;
  MaskedValues values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ops::Value input = builder.input(inputs[i].shape().dims(), cat("input_", i));
    values.push_back({to_channels_first(builder, input)});
    taps.seen.insert(values.back().value.id);
  }
  TapEmitter(builder, taps).emit(model.graph(), values, {}, "");
  const Executable executable(builder.finish(taps.values));
  Context context = executable.context();
  for (size_t i = 0; i < inputs.size(); ++i) context.input(i).copy_from(inputs[i]);
  context.run();
  TapRun run{.names = taps.names, .outputs = {}};
  for (size_t i = 0; i < context.outputs(); ++i) run.outputs.push_back(context.output(i).tensor());
  return run;
}

// -- writing ----------------------------------------------------------------------------------------------------------

static std::optional<Tensors> probe_inputs(const Model& model) {
  if (unknown_layers(model.graph()).count > 0 || !StagedGraph(model.model_impl().graph).is_program()) return {};
  Random random(kSeed);
  Tensors inputs;
  for (const SymbolicTensor& input : model.inputs()) {
    if (!input.shape().has_rank() || input.dtype() != DType::f32) return {};
    const Shape shape = input.shape()[0] == Shape::none ? input.shape().with_batch(kBatch) : input.shape();
    if (!shape.known()) return {};
    inputs.emplace_back(shape);
    for (float& value : inputs.back().data<float>()) value = random.uniform(-1, 1);
  }
  return inputs;
}

static std::vector<float> samples_of(const Tensor& tensor) {
  const int64_t stride = std::max<int64_t>(1, (tensor.elements() + kSamples - 1) / kSamples);
  const auto values = std::as_const(tensor).data<float>();
  std::vector<float> samples;
  for (int64_t i = 0; i < tensor.elements(); i += stride) samples.push_back(values[static_cast<size_t>(i)]);
  return samples;
}

static double root_mean_square(const Tensor& tensor) {
  double sum = 0;
  for (const float value : std::as_const(tensor).data<float>()) sum += static_cast<double>(value) * value;
  return std::sqrt(sum / static_cast<double>(std::max<int64_t>(tensor.elements(), 1)));
}

static void append(std::string& data, std::span<const float> values) {
  data.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

// JSON has no infinity, so the infinite results of an overflowing model are stored and compared as the largest number.
static double finite(double value) { return std::isfinite(value) ? value : std::numeric_limits<double>::max(); }

std::optional<Probe> make_probe(const Model& model) {
  const std::optional<Tensors> inputs = probe_inputs(model);
  if (!inputs) return {};
  const TapRun run = run_taps(model, *inputs);
  Probe probe;
  Json json = {{"format", "graft-probe"}, {"version", 1}, {"inputs", Json::array()}, {"layers", Json::array()}};
  for (const Tensor& input : *inputs) {
    json["inputs"].push_back({{"shape", input.shape().dims()}});
    append(probe.data, std::as_const(input).data<float>());
  }
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    const Tensor& output = run.outputs[i];
    json["layers"].push_back(
        {{"name", run.names[i]}, {"shape", output.shape().dims()}, {"rms", finite(root_mean_square(output))}});
    append(probe.data, samples_of(output));
  }
  probe.json = json.dump(1) + '\n';
  return probe;
}

// -- comparing --------------------------------------------------------------------------------------------------------

namespace {

// Reads the data file from front to back.
class FloatReader {
 public:
  explicit FloatReader(const fs::path& path) : path_(path.string()), bytes_(read_file(path)) {}

  void read(std::span<float> values) {
    if (values.size_bytes() > bytes_.size() - offset_) throw FormatError(path_, "is truncated");
    std::memcpy(values.data(), bytes_.data() + offset_, values.size_bytes());
    offset_ += values.size_bytes();
  }

 private:
  std::string path_, bytes_;
  size_t offset_ = 0;
};

}  // namespace

static double difference(const Tensor& now, double stored_rms, std::span<const float> stored) {
  const double scale = stored_rms > 0 ? stored_rms : 1;
  const std::vector<float> samples = samples_of(now);
  double largest = std::abs(finite(root_mean_square(now)) - stored_rms);
  for (size_t i = 0; i < stored.size(); ++i) {
    if (std::isnan(samples[i]) && std::isnan(stored[i])) continue;
    const double one = samples[i] == stored[i] ? 0 : std::abs(static_cast<double>(samples[i]) - stored[i]);
    largest = std::isnan(one) ? INFINITY : std::max(largest, one);
  }
  return largest / scale;
}

static Tensors read_inputs(const JsonView& probe, const Model& model, FloatReader& data) {
  if (probe["inputs"].size() != model.inputs().size()) probe.fail("belongs to another model: its inputs differ");
  Tensors inputs;
  for (size_t i = 0; i < model.inputs().size(); ++i) {
    const JsonView shape = probe["inputs"][i]["shape"];
    if (!model.inputs()[i].shape().accepts(shape.shape()))
      shape.fail("belongs to another model: the shapes of its inputs differ");
    inputs.emplace_back(shape.shape());
    data.read(inputs.back().data<float>());
  }
  return inputs;
}

ProbeResult verify_probe(const Model& model, const fs::path& folder) {
  const fs::path path = folder / kProbeFile;
  if (!fs::exists(path))
    throw FormatError(folder.string(), "has no probe outputs to verify")
        .hint("save the model with Graft: it stores them with every model whose input shapes are known.");
  const Json json = parse_json(read_file(path), path.string());
  const JsonView probe(json, path.string());
  FloatReader data(folder / kProbeData);
  const TapRun run = run_taps(model, read_inputs(probe, model, data));
  const std::vector<JsonView> layers = probe["layers"].items();
  if (layers.size() != run.names.size()) probe.fail("belongs to another model: its layers differ");
  ProbeResult result;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (layers[i]["name"].string() != run.names[i] || layers[i]["shape"].shape() != run.outputs[i].shape())
      layers[i].fail(cat("belongs to another model: this one has \"", run.names[i], "\" here"));
    std::vector<float> stored(samples_of(run.outputs[i]).size());
    data.read(stored);
    const ProbeDifference found{run.names[i], difference(run.outputs[i], layers[i]["rms"].number(), stored)};
    if (found.difference >= result.largest.difference) result.largest = found;
    if (!(found.difference <= kProbeTolerance) && !result.first) result.first = found;
    ++result.outputs;
  }
  return result;
}

}  // namespace graft::io
