#include "graft/tools/graft/layer_samples.h"

#include <set>

#include "graft/graph/layers/core/input.h"
#include "graft/graph/layers/operations/math.h"
#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/models/io/base/config_json.h"

namespace graft::tool {

// -- settings ---------------------------------------------------------------------------------------------------------

// What samples set: values of required settings in all classes, then more for single classes.
static const Json& sampled_settings() {
  static const Json settings = Json::parse(R"({
    "": {
      "activation": "relu", "axes": 1, "cell": {"class_name": "LSTMCell", "config": {"units": 4}},
      "dims": [2, 1], "factor": 0.5, "filters": 4, "function": "relu",
      "head_dim": 4, "height": 4, "height_factor": 0.5, "input_dim": 8, "kernel_size": 3, "key_dim": 4,
      "layer": {"class_name": "Dense", "config": {"units": 4}}, "layers": [], "max_number": 4, "n": 3, "num_bins": 4,
      "num_heads": 2, "num_key_value_heads": 1, "num_query_heads": 2, "num_tokens": 8, "output_dim": 4,
      "output_size": 2, "rate": 0.5, "scale": 2, "stddev": 0.5, "target_shape": [8, 8], "units": 4, "width": 4,
      "width_factor": 0.5
    },
    "ArraySplit": {"indices_or_sections": 2}, "Dsplit": {"indices_or_sections": 2},
    "Hsplit": {"indices_or_sections": 2}, "Split": {"indices_or_sections": 2}, "Vsplit": {"indices_or_sections": 2},
    "Bincount": {"minlength": 4}, "BroadcastTo": {"shape": [2, 64]},
    "CropImages": {"top_cropping": 1, "left_cropping": 1, "target_height": 4, "target_width": 4},
    "PadImages": {"top_padding": 1, "left_padding": 1, "target_height": 12, "target_width": 12},
    "Einsum": {"subscripts": "ab,ab->a"}, "Fold": {"output_size": 4, "kernel_size": 2}, "Scatter": {"shape": [4]},
    "Nanpercentile": {"q": 50}, "Nanquantile": {"q": 0.5}, "Percentile": {"q": 50}, "Quantile": {"q": 0.5},
    "SegmentMax": {"num_segments": 4}, "SegmentMin": {"num_segments": 4}, "SegmentProd": {"num_segments": 4},
    "SegmentSum": {"num_segments": 4}, "Slice": {"start_indices": [0, 0], "shape": [1, 8]},
    "SliceUpdate": {"start_indices": [0, 0]},
    "Bidirectional": {"layer": {"class_name": "LSTM", "config": {"units": 4}}},
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "EinsumDense": {"equation": "ab,bc->ac", "output_shape": [4]},
    "IntegerLookup": {"vocabulary": [1, 2]},
    "RandomPosterization": {"factor": 4}, "MelSpectrogram": {"fft_length": 32, "sequence_stride": 16},
    "STFTSpectrogram": {"frame_length": 32, "frame_step": 16, "fft_length": 32},
    "StackedRNNCells": {"cells": [{"class_name": "LSTMCell", "config": {"units": 4}}]},
    "StringLookup": {"vocabulary": ["a", "b"]},
    "TextVectorization": {"vocabulary": ["a", "b"]}
  })");
  return settings;
}

// The settings of a sample: those of its class, and the required ones.
static Json sampled_settings(const LayerClass& layer_class) {
  Json settings = sampled_settings().value(layer_class.name, Json::object());
  ConfigReader reader(settings, layer_class.name, KerasVersion::v3);
  try {
    layer_class.create(reader);
  } catch (const ConfigError&) {  // for want of the required ones
  }
  for (const std::string& name : reader.required())
    if (!settings.contains(name)) settings[name] = sampled_settings().at("").at(name);
  return settings;
}

static std::shared_ptr<LayerImpl> made(const LayerClass& layer_class, const Json& settings) {
  ConfigReader reader(settings, layer_class.name, KerasVersion::v3);
  const std::shared_ptr<LayerImpl> layer = layer_class.create(reader);
  reader.finish(layer_class.name);
  return layer;
}

static Json written(const LayerClass& layer_class, const Json& settings) {
  ConfigWriter writer(KerasVersion::v3);
  made(layer_class, settings)->fields(writer);
  return writer.json;
}

// The settings of a layer with nothing but what is required; null where that makes no layer, as where one of two
// settings has to be given.
static Json defaults_of(const LayerClass& layer_class, const Json& samples, const std::set<std::string>& required) {
  Json least = Json::object();
  for (const std::string& name : required) least[name] = samples.at(name);
  try {
    return written(layer_class, least);
  } catch (const Error&) {
    return {};
  }
}

std::vector<Setting> settings_of(const LayerClass& layer_class) {
  const Json samples = sampled_settings(layer_class);
  ConfigReader reader(samples, layer_class.name, KerasVersion::v3);
  layer_class.create(reader);
  const Json defaults = defaults_of(layer_class, samples, reader.required());
  std::vector<Setting> settings;
  const Json all = written(layer_class, samples);
  for (const auto& [name, sampled] : all.items()) {
    if (name == "vocabulary_size") continue;  // of files alone
    settings.push_back({name, {}});
    if (reader.required().contains(name)) continue;
    settings.back().value = defaults.contains(name) ? defaults[name] : samples.contains(name) ? Json() : sampled;
  }
  return settings;
}

// -- inputs -----------------------------------------------------------------------------------------------------------

// Lists of inputs in the order in which a layer is offered them: features, images, sequences, numbers of categories,
// squares, videos, strings, videos of volumes; then a cell's with its states, and two or three of a kind.
static Json offered_inputs() {
  const Json single = Json::parse(R"([[2, 64], [2, 8, 8, 3], [2, 8, 6], [2, 4, 4], [2, 64, 3], [2, 4, 8, 8, 3],
                                      [2, 8, "int32"], [2, 1, "string"], [2, 2, 4, 8, 8, 3], [4], [4, "int32"]])");
  Json lists = Json::array();
  for (const Json& input : single) lists.push_back({input});
  lists.push_back(Json::parse("[[2, 64], [2, 4]]"));
  lists.push_back(Json::parse("[[2, 64], [2, 4], [2, 4]]"));
  for (const size_t count : {2, 3})
    for (const Json& input : single) lists.push_back(Json(count, input));
  return lists;
}

// The lists for a class, which are others for those that take inputs of several kinds.
static Json offered_inputs(const std::string& class_name) {
  static const Json others = Json::parse(R"({
    "AffineTransform": [[2, 8, 8, 3], [2, 8]],
    "Digitize": [[2, 64], [4]],
    "Fold": [[2, 12, 9]],
    "InTopK": [[2, "int32"], [2, 64]],
    "Scatter": [[2, 1, "int32"], [2]],
    "SegmentMax": [[2, 64], [2, "int32"]], "SegmentMin": [[2, 64], [2, "int32"]],
    "SegmentProd": [[2, 64], [2, "int32"]], "SegmentSum": [[2, 64], [2, "int32"]],
    "SeparableConv": [[2, 8, 8, 3], [3, 3, 3, 1], [1, 1, 3, 4]],
    "SliceUpdate": [[2, 64], [1, 8]],
    "SparseCategoricalCrossentropy": [[2, "int32"], [2, 64]]
  })");
  static const Json usual = offered_inputs();
  return others.contains(class_name) ? Json::array({others[class_name]}) : usual;
}

// Dims with the batch, and perhaps a type behind them.
static SymbolicTensor made_input(const Json& description) {
  InputConfig config;
  std::vector<int64_t> dims;
  for (const Json& part : description)
    if (part.is_string())
      config.dtype = part.get<std::string>();
    else
      dims.push_back(part);
  config.batch_size = dims[0];
  config.shape = Shape(std::vector<int64_t>(dims.begin() + 1, dims.end()));
  return Input(config);
}

// A model does not give out the complex numbers that some operations make.
static SymbolicTensors real_parts(const std::string& class_name, const SymbolicTensors& outputs) {
  const Operation* operation = find_operation(class_name);
  if (!operation || !operation->imaginary) return outputs;
  return {real(outputs[0])};
}

std::optional<LayerSample> sample_of(const LayerClass& layer_class) {
  const Json settings = sampled_settings(layer_class);
  for (const Json& offer : offered_inputs(layer_class.name)) {
    const Layer layer(made(layer_class, settings));
    if (layer.impl().is_input()) return {};
    SymbolicTensors inputs;
    for (const Json& input : offer) inputs.push_back(made_input(input));
    try {
      return LayerSample{inputs, real_parts(layer_class.name, layer.call(inputs, {}, "", source_location::current()))};
    } catch (const Error&) {  // the next inputs may fit
    }
  }
  return {};
}

}  // namespace graft::tool
