#include <algorithm>
#include <iostream>
#include <map>

#include "graft/core/env.h"
#include "graft/graft.h"
#include "graft/graph/layers/aliases.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/models/step/host_part.h"
#include "graft/models/step/program_emitter.h"
#include "graft/tools/graft/command.h"
#include "graft/tools/graft/layer_samples.h"

namespace graft::tool {

// -- cells of the tables ----------------------------------------------------------------------------------------------

static std::string joined(const std::vector<std::string>& parts, const std::string& gap = ", ") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : gap) + part;
  return text;
}

static std::string code(const std::string& text) { return text.empty() ? "" : cat('`', text, '`'); }

// A default as Keras's documentation writes it: an initializer by its name, a pair in brackets.
static std::string python(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_object() && !value.contains("class_name")) return "{}";
  if (value.is_object())  // an initializer by its name; a layer inside is no default
    return find_layer_class(value["class_name"]) ? "None" : cat('"', snake_case(value["class_name"]), '"');
  if (!value.is_array()) return value.dump();
  std::vector<std::string> items;
  for (const Json& item : value) items.push_back(python(item));
  return cat('(', joined(items), items.size() == 1 ? ",)" : ")");
}

static std::string settings_text(const LayerClass& layer_class) {
  std::vector<std::string> required, others;
  for (const Setting& setting : settings_of(layer_class))
    if (setting.value)
      others.push_back(code(cat(setting.name, '=', python(*setting.value))));
    else
      required.push_back(code(setting.name));
  required.insert(required.end(), others.begin(), others.end());
  return joined(required);
}

// The names of the weights within the layer; those that no gradient moves are in italics.
static std::string weights_text(const Model& model) {
  std::vector<std::string> names;
  for (const auto& [path, variable] : model.named_weights()) {
    const std::string name = path.substr(path.find('/') + 1);
    names.push_back(variable.trainable() ? name : cat('*', name, '*'));
  }
  return joined(names);
}

// The primitives of the compile report, each once, without what is done ahead of the runs and what depends on the
// machine: reorders, and biases that have a step of their own.
static std::string steps_of(const Graph& graph, bool training) {
  ops::Builder b(training);
  std::vector<std::string> primitives;
  const ops::Values outputs = emit_on_inputs(b, graph, shapes_of(graph.inputs()));
  for (const StepReport& step : Executable(b.finish(outputs), {.threads = 1}).steps())
    if (!step.prepared && !step.reorders() && step.primitive != "bias" &&
        std::ranges::find(primitives, step.primitive) == primitives.end())
      primitives.push_back(step.primitive);
  return primitives.empty() ? "reorder" : joined(primitives);
}

static std::string steps_of(const Model& model) {
  const StagedGraph staged(model.impl().inner_graph());
  for (const Stage& stage : staged.stages())
    if (stage.on_host) return "on the host";
  const std::string steps = steps_of(staged.graph(), false), training = steps_of(staged.graph(), true);
  return training == steps ? steps : cat(steps, "; in training ", training);
}

// Weights and steps of a sample.
static std::string sample_cells(const LayerClass& layer_class) {
  const std::optional<LayerSample> sample = sample_of(layer_class);
  if (!sample) return " |";
  const Model model(sample->inputs, sample->outputs);
  return cat(weights_text(model), " | ", steps_of(model));
}

// -- layers -----------------------------------------------------------------------------------------------------------

// The second names of a class.
static std::string aliases_of(const std::string& name) {
#define GRAFT_ALIAS_ROW(second, first) {#second, #first},
  static const std::vector<std::pair<std::string, std::string>> aliases{GRAFT_LAYER_ALIASES(GRAFT_ALIAS_ROW)};
#undef GRAFT_ALIAS_ROW
  std::string text;
  for (const auto& [second, first] : aliases)
    if (first == name) text += cat(", ", second);
  return text;
}

static void print_layers(std::ostream& out) {
  std::map<std::string, std::string> rooms;  // rows by the room of graph/layers
  for (const std::string& name : layer_class_names()) {
    const LayerClass& layer_class = *find_layer_class(name);
    const std::string place = layer_class_place(name);
    if (place.empty()) continue;  // an operation
    const std::string room = place.substr(0, place.find('/'));
    rooms[room] += cat("| [", name, "](../graph/layers/", place, ".h)", aliases_of(name), " | ",
                       settings_text(layer_class), " | ", sample_cells(layer_class), " |\n");
  }
  for (const auto& [room, rows] : rooms)
    out << "\n### " << static_cast<char>(std::toupper(room[0])) << room.substr(1)
        << "\n\n| layer | settings | weights | steps |\n| --- | --- | --- | --- |\n"
        << rows;
}

// -- operations -------------------------------------------------------------------------------------------------------

static std::string call_text(const Operation& operation) {
  std::vector<std::string> arguments;
  for (const std::string& operand : operation.operands) {
    const bool optional = operand.ends_with('?');
    arguments.push_back(optional ? operand.substr(0, operand.size() - 1) + "=None"
                                 : operand.substr(operand.starts_with('=') ? 1 : 0));
  }
  for (const auto& [name, value] : operation.settings) arguments.push_back(cat(name, '=', value.str()));
  return code(joined(arguments));
}

static void print_operations(std::ostream& out) {
  std::map<std::string, std::map<std::string, std::string>> modules;  // rows by module and name
  for (const std::vector<Operation>* table : operation_tables())
    for (const Operation& operation : *table) {
      const std::string name = operation.name, module = operation_module(name);
      const LayerClass& layer_class = *find_layer_class(name, module);
      const std::string cells = sample_cells(layer_class);
      modules[module][name] =
          cat("| ", name, " | ", call_text(operation), " |", cells.substr(cells.find('|') + 1), " |\n");
    }
  for (const auto& [module, rows] : modules) {
    out << "\n### " << module << "\n\n| class | arguments | steps |\n| --- | --- | --- |\n";
    for (const auto& [name, row] : rows) out << row;
  }
}

static constexpr const char* kIntroduction =
    "# Layers and operations\n\n"
    "All classes of `keras.layers` and `keras.ops` that Graft has. `build/graft layers` prints this page from the "
    "tables\n"
    "of classes, and from samples that it compiles; a test compares the two.\n\n"
    "| column | meaning |\n"
    "| --- | --- |\n"
    "| layer | Keras's name, and its second names; the link leads to the header that describes it |\n"
    "| settings | the arguments of Keras's constructor with their defaults, the required ones first; every layer also "
    "has "
    "`name`, `trainable` and `dtype`. In C++ they are fields of the same names: "
    "`Conv2D({.filters = 8, .kernel_size = 3})` |\n"
    "| weights | what gradients train; statistics, and what `adapt` sets, are in italics |\n"
    "| steps | the primitives in the [compile report](reading_a_report.md) of a small sample, apart from reorders. A "
    "`copy` alone is that of the input to the model's output: within a model the layer takes no step. Where the "
    "training "
    "of a model takes others, these follow |\n\n"
    "## Layers\n";

static constexpr const char* kOperations =
    "\n## Operations\n\n"
    "Operations are recorded by the functions and operators of `graph/layers/operations/math.h`, or made by\n"
    "`operation_layer` of `graph/layers/operations/operation.h`. They have the names of their classes here, as in "
    "files.\n"
    "Arguments with a default are settings; `x...` is a list of tensors. Their gradients follow from the steps.\n";

void add_layers(CLI::App& app) {
  CLI::App* command = app.add_subcommand("layers", "Prints all layers and operations, as a page in Markdown");
  command->callback([] {
    // Which windows these passes change depends on the CPU, and the page does not.
    const env::Scoped flag("GRAFT_DISABLE_PASSES", "own_pooling,multiply_windows,use_winograd");
    std::cout << kIntroduction;
    print_layers(std::cout);
    std::cout << kOperations;
    print_operations(std::cout);
  });
}

}  // namespace graft::tool
