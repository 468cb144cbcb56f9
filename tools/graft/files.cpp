#include <cstdio>
#include <iostream>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/probe.h"
#include "graft/tools/graft/command.h"
#include "graft/tools/graft/tensor_file.h"

namespace graft::tool {

namespace fs = std::filesystem;

// Splits "PATH=out.npy" at the first '='.
static std::pair<std::string, std::string> split(const std::string& text, const char* option, const char* form) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw ConfigError(cat(option, " expects ", form, "; received \"", text, '"'));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_predict(CLI::App& app) {
  struct Arguments {
    std::string model;
    std::vector<std::string> inputs, outputs, taps;
    PredictOptions options;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("predict", "Runs the model on arrays");
  command->add_option("MODEL", arguments->model, "A saved folder, model.json, .keras or .h5")->required();
  command
      ->add_option("-i,--input", arguments->inputs,
                   "An array (.npy, or lists as .json) for each input of the model, in order")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("-o,--output", arguments->outputs, "The file (.npy or .json) for each output of the model, in order")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--tap", arguments->taps,
                   "PATH=FILE: the file (.npy or .json) for a tensor inside, as encoder/conv1@1:0=x.npy")
      ->allow_extra_args(false);
  command->add_option("--batch-size", arguments->options.batch_size, "Samples in one run")->capture_default_str();
  command->callback([arguments] {
    const Model model = load_model(arguments->model);
    std::vector<std::string> files = arguments->outputs;
    if (files.size() != model.outputs().size())
      throw ConfigError(
          cat("the model has ", model.outputs().size(), " outputs; received ", files.size(), " files for them (-o)"));
    for (const std::string& tap : arguments->taps) {
      const auto [path, file] = split(tap, "--tap", "PATH=FILE");
      arguments->options.taps.push_back(path);
      files.push_back(file);
    }
    Tensors inputs;
    for (size_t i = 0; i < arguments->inputs.size(); ++i) {
      const DType dtype = i < model.inputs().size() ? model.inputs()[i].dtype() : DType::f32;
      inputs.push_back(read_tensor(arguments->inputs[i], dtype));
    }
    const Tensors outputs = model.predict(inputs, arguments->options);
    for (size_t i = 0; i < outputs.size(); ++i) write_tensor(files[i], outputs[i]);
  });
}

static std::string described(const std::string& path, const Model& model) {
  const UnknownLayers unknown = unknown_layers(model.graph());
  return cat(path, ": ", model.layers().size(), " layers, ", model.count_params(), " parameters\n",
             unknown.count == 0 ? "" : cat("not known: ", unknown.listed(), '\n'));
}

static void write_model(const Model& model, const fs::path& path) {
  if (path.extension() == ".json")
    write_file(path, model.to_json(1) + '\n');
  else if (path.extension() == ".safetensors" || path.string().ends_with(".weights.h5"))
    model.save_weights(path);
  else
    model.save(path);
}

void add_convert(CLI::App& app) {
  struct Arguments {
    std::string model, out;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("convert", "Saves the model in another format");
  command->add_option("MODEL", arguments->model, "A saved folder, model.json, .keras or .h5")->required();
  command
      ->add_option("OUT", arguments->out,
                   "A folder, a .keras file, a .json file (the architecture), a .weights.h5 or .safetensors file (the "
                   "weights)")
      ->required();
  command->callback([arguments] {
    const Model model = load_model(arguments->model);
    write_model(model, arguments->out);
    std::cout << described(arguments->out, model);
  });
}

void add_splice(CLI::App& app) {
  struct Arguments {
    std::string a, b, out;
    std::vector<std::string> map;
    SpliceOptions options;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("splice", "Joins two models: A's outputs become B's inputs");
  command->add_option("A", arguments->a, "A saved model")->required();
  command->add_option("B", arguments->b, "A saved model")->required();
  command->add_option("-o,--output", arguments->out, "The folder for the joined model")->required();
  command->add_option("--name", arguments->options.name, "The joined model's name");
  command
      ->add_option("--map", arguments->map,
                   "OUTPUT=INPUT: names an output of A and the input of B that it becomes; default: in order")
      ->allow_extra_args(false);
  command->callback([arguments] {
    for (const std::string& pair : arguments->map)
      arguments->options.map.push_back(split(pair, "--map", "OUTPUT=INPUT"));
    const Model joined = splice(load_model(arguments->a), load_model(arguments->b), arguments->options);
    joined.save(arguments->out);
    std::cout << described(arguments->out, joined);
  });
}

static nlohmann::ordered_json json_of(const io::ProbeDifference& found) {
  return {{"layer", found.layer}, {"difference", found.difference}};
}

static std::string percent(double difference) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", difference);
  return text;
}

void add_verify(CLI::App& app) {
  struct Arguments {
    std::string model;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "verify", "Recomputes the outputs stored with the model and names the first layer that differs");
  command->add_option("MODEL", arguments->model, "A saved folder, or its model.json")->required();
  command->add_flag("--json", arguments->json, "Print one JSON object and nothing else");
  command->callback([arguments] {
    const fs::path path = arguments->model;
    const Model model = load_model(path);
    const io::ProbeResult result = io::verify_probe(model, fs::is_directory(path) ? path : path.parent_path());
    if (arguments->json)
      std::cout << nlohmann::ordered_json{{"model", model.name()},
                                          {"equal", !result.first.has_value()},
                                          {"outputs", result.outputs},
                                          {"tolerance", io::kProbeTolerance},
                                          {"largest", json_of(result.largest)},
                                          {"first", result.first ? json_of(*result.first) : nullptr}}
                       .dump(1)
                << '\n';
    if (result.first)
      throw DataError(cat(arguments->model, ": the first layer that differs is ", result.first->layer, ", by ",
                          percent(result.first->difference), " of its root mean square; the tolerance is ",
                          percent(io::kProbeTolerance)));
    if (!arguments->json)
      std::cout << cat(model.name(), ": all ", result.outputs, " stored outputs agree; the largest difference is ",
                       percent(result.largest.difference), " (", result.largest.layer, ")\n");
  });
}

}  // namespace graft::tool
