#include <iomanip>
#include <iostream>
#include <sstream>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/inspect/plot.h"
#include "graft/models/inspect/plot_render.h"
#include "graft/tools/graft/command.h"

namespace graft::tool {

using Json = nlohmann::ordered_json;

static Json dims_of(const Shape& shape) {
  if (!shape.has_rank()) return nullptr;
  Json dims = Json::array();
  for (const int64_t dim : shape) dims.push_back(dim == Shape::none ? Json(nullptr) : Json(dim));
  return dims;
}

static Json layers_json(const Model& model) {
  Json layers = Json::array();
  for (const GraphLayer& layer : model.layers()) {
    Json calls = Json::array();
    for (const auto& node : layer.nodes()) {
      Json inputs = Json::array(), shapes = Json::array();
      for (const SymbolicTensor& input : node->inputs())
        inputs.push_back(
            {model.graph().name_of(*input.node()), model.graph().call_index(*input.node()), input.index()});
      for (const Shape& shape : node->output_shapes()) shapes.push_back(dims_of(shape));
      calls.push_back({{"inputs", inputs}, {"output_shapes", shapes}});
    }
    layers.push_back({{"name", layer.name()},
                      {"class", layer.class_name()},
                      {"known", as_unknown(layer.impl()) == nullptr},
                      {"params", layer.count_params()},
                      {"trainable", layer.trainable()},
                      {"calls", calls}});
  }
  return layers;
}

static Json summary_json(const Model& model) {
  int64_t trainable = 0;
  for (const Variable& variable : model.trainable_variables()) trainable += variable.shape().elements();
  return {{"model", model.name()},
          {"class", model.class_name()},
          {"params", model.count_params()},
          {"trainable_params", trainable},
          {"non_trainable_params", model.count_params() - trainable},
          {"layers", layers_json(model)}};
}

static std::string mebibytes(int64_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << static_cast<double>(bytes) / (1 << 20) << " MiB";
  return text.str();
}

static std::string memory_text(const Executable& executable, const CompileArguments& arguments) {
  return cat(arguments.training ? "A training step" : "A run", " of batch ", arguments.batch, ": activations ",
             mebibytes(executable.peak_bytes()), ", weights ", mebibytes(executable.weights_bytes()), '\n');
}

void add_summary(CLI::App& app) {
  struct Arguments {
    ModelArgument model;
    CompileArguments compile;
    SummaryOptions options;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("summary", "Prints the table of layers, connections and parameters");
  add_model(*command, arguments->model);
  arguments->compile.batch = 0;  // 0: the model is not compiled
  add_compile_options(*command, arguments->compile);
  command->add_flag("--expand", arguments->options.expand_nested, "List the layers of nested models");
  command->add_flag("--trainable", arguments->options.show_trainable, "Show which layers train");
  command->add_option("--width", arguments->options.line_length, "Characters in a line")->capture_default_str();
  command->add_flag("--json", arguments->json, "Print one JSON object and nothing else");
  command->callback([arguments] {
    const Model model = arguments->model.load();
    const CompileArguments& compile = arguments->compile;
    const Executable executable = compile.batch == 0 ? Executable() : compile.compile(model);
    if (arguments->json) {
      Json json = summary_json(model);
      if (executable)
        json.update({{"batch", compile.batch},
                     {"training", compile.training},
                     {"peak_bytes", executable.peak_bytes()},
                     {"weights_bytes", executable.weights_bytes()}});
      std::cout << json.dump(1) << '\n';
    } else {
      std::cout << model.summary(arguments->options) << (executable ? memory_text(executable, compile) : "");
    }
  });
}

void add_plot(CLI::App& app) {
  struct Arguments {
    ModelArgument model;
    PlotOptions options;
    CompileArguments compile;
    std::string out;
    bool compiled = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("plot", "Draws the model, or the instructions that it is compiled to");
  add_model(*command, arguments->model);
  command->add_option("-o,--output", arguments->out, "The picture's file: .svg, .png or .dot")->required();
  command->add_flag("--shapes", arguments->options.show_shapes, "Show the shape of every output");
  command->add_flag("--expand", arguments->options.expand_nested, "Draw nested models as boxes around their layers");
  command->add_option("--dpi", arguments->options.dpi, "Dots per inch of a .png")->capture_default_str();
  auto* compiled = command->add_flag("--compiled", arguments->compiled, "Draw the compiled instructions instead");
  command->add_option("--batch", arguments->compile.batch, "Samples in one compiled run")
      ->capture_default_str()
      ->needs(compiled);
  command->callback([arguments] {
    const Model model = arguments->model.load();
    if (!arguments->compiled) return plot_model(model, arguments->out, arguments->options);
    const std::string title = cat(model.name(), ", compiled for batch ", arguments->compile.batch);
    draw_dot(executable_dot(arguments->compile.compile(model), title), arguments->out, arguments->options.dpi);
  });
}

}  // namespace graft::tool
