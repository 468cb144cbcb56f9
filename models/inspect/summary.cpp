#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/model/nested.h"

namespace graft {

namespace {

// One line of the table, in which `type` follows the layer's name.
struct Row {
  std::string layer, type, shape, params, from, trainable;
};

using Seen = std::unordered_set<const VariableState*>;

std::string with_commas(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<int64_t>(digits.size()) - 3; place > 0; place -= 3)
    digits.insert(static_cast<size_t>(place), 1, ',');
  return digits;
}

std::string readable_bytes(int64_t bytes) {
  constexpr double kStep = 1024;
  const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  size_t unit = 0;
  auto amount = static_cast<double>(bytes);
  for (; amount >= kStep && unit < 4; ++unit) amount /= kStep;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.2f %s", amount, units[unit]);
  return text;
}

// The width on a terminal, where the continuation bytes of UTF-8 take no column.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Cuts the text in the middle, since names that begin alike usually end differently.
std::string fitted(const std::string& text, size_t limit) {
  if (width(text) <= limit || width(text) != text.size() || limit < 3) return text;
  const size_t head = (limit - 1) / 2;
  return cat(text.substr(0, head), "\u2026", text.substr(text.size() - (limit - 1 - head)));
}

std::string padded(const std::string& text, size_t to, bool right = false) {
  const size_t have = width(text);
  const std::string space(to > have ? to - have : 0, ' ');
  return right ? space + text : text + space;
}

class SummaryTable {
 public:
  SummaryTable(const Model& model, const SummaryOptions& options) : options_(options) {
    rows_.reserve(model.layers().size());
    add_model(model, "");
  }

  void print(std::string& out) const {
    const Row titles{"Layer", "(type)", "Output shape", "Params", "Connected to", "Trains"};
    const Widths widths = measure(titles);
    const size_t total = widths.layer + widths.shape + widths.params + widths.from + widths.trainable;
    const std::string rule(total + 2 * (options_.show_trainable ? 4 : 3), '-');
    line(out, titles, widths);
    out += rule + '\n';
    for (const Row& row : rows_) line(out, row, widths);
    out += rule + '\n';
  }

 private:
  struct Widths {
    size_t layer, shape, params, from, trainable;
  };

  void add_model(const Model& model, const std::string& indent) {
    const Graph& graph = model.graph();
    for (const GraphLayer& layer : model.layers()) {
      const auto calls = layer.nodes();
      const std::string shared = calls.size() > 1 ? cat(" \u00d7", calls.size()) : "";
      const bool known = !printed_.insert(&layer.impl()).second;
      Row row{.layer = indent + layer.name(),
              .type = cat('(', layer.class_name(), as_unknown(layer.impl()) ? ": not known)" : ")", shared),
              .shape = shapes_of(*calls[0]),
              .params = known                  ? "shared"
                        : lacks_weights(layer) ? "?"
                                               : with_commas(own_params(layer)),
              .from = sources_of(graph, calls),
              .trainable = layer.weights().empty()               ? "-"
                           : layer.trainable_variables().empty() ? "no"
                                                                 : "yes"};
      rows_.push_back(std::move(row));
      const std::optional<Model> inner = as_model(layer);
      if (inner && options_.expand_nested && !known) add_model(*inner, indent + "  ");
    }
  }

  // The architecture of a layer of an unknown class does not say which weights it has.
  static bool lacks_weights(const Layer& layer) {
    return takes_any_weights(layer.impl()) && !layer.impl().keeps_file_weights;
  }

  // The number of elements of the variables that no earlier row has counted.
  int64_t own_params(const Layer& layer) {
    int64_t count = 0;
    const bool opens = options_.expand_nested && as_model(layer).has_value();  // the rows of its layers count
    Seen inside;
    Seen& seen = opens ? inside : counted_;
    for (const Variable& variable : layer.weights())
      if (!counted_.contains(&variable.state()) && seen.insert(&variable.state()).second)
        count += variable.shape().elements();
    return count;
  }

  static std::string shapes_of(const Node& node) {
    std::string text;
    for (const Shape& shape : node.output_shapes()) text += cat(text.empty() ? "" : ", ", shape);
    return text;
  }

  static std::string name_of(const Graph& graph, const SymbolicTensor& tensor) {
    const Node& node = *tensor.node();
    return cat(graph.label_of(node), node.output_shapes().size() == 1 ? "" : cat('[', tensor.index(), ']'));
  }

  static std::string sources_of(const Graph& graph, const std::vector<std::shared_ptr<const Node>>& calls) {
    constexpr size_t kListed = 4;
    std::string text;
    for (size_t i = 0; i < std::min(calls.size(), kListed); ++i) {
      text += i == 0 ? "" : "; ";
      const SymbolicTensors& inputs = calls[i]->inputs();
      for (size_t k = 0; k < std::min(inputs.size(), kListed); ++k)
        text += cat(k == 0 ? "" : ", ", name_of(graph, inputs[k]));
      if (inputs.size() > kListed) text += cat(" +", inputs.size() - kListed);
    }
    return calls.size() > kListed ? cat(text, "; +", calls.size() - kListed, " calls") : text;
  }

  static size_t layer_width(const Row& row) { return width(row.layer) + 1 + width(row.type); }

  // Columns are as wide as their content. Where the line is too long, the connections are cut first, then the names.
  Widths measure(const Row& titles) const {
    constexpr size_t kLeast = 16, kLeastLine = 60;
    Widths w{layer_width(titles), width(titles.shape), width(titles.params), width(titles.from), 0};
    for (const Row& row : rows_) {
      w.layer = std::max(w.layer, layer_width(row));
      w.shape = std::max(w.shape, width(row.shape));
      w.params = std::max(w.params, width(row.params));
      w.from = std::max(w.from, width(row.from));
    }
    if (options_.show_trainable) w.trainable = width(titles.trainable);
    const size_t line = std::max(static_cast<size_t>(std::max<int64_t>(options_.line_length, 0)), kLeastLine);
    const size_t taken = w.layer + w.shape + w.params + w.from + w.trainable + (options_.show_trainable ? 8 : 6);
    size_t over = taken > line ? taken - line : 0;
    for (size_t* column : {&w.from, &w.layer, &w.shape}) {
      const size_t given = *column > kLeast ? std::min(over, *column - kLeast) : 0;
      *column -= given;
      over -= given;
    }
    return w;
  }

  // Only the name is cut, so that the type stays readable.
  static std::string layer_of(const Row& row, size_t limit) {
    const size_t type = 1 + width(row.type);
    return fitted(cat(fitted(row.layer, limit > type + 3 ? limit - type : 3), ' ', row.type), limit);
  }

  void line(std::string& out, const Row& row, const Widths& w) const {
    std::string text = cat(padded(layer_of(row, w.layer), w.layer), "  ", padded(fitted(row.shape, w.shape), w.shape),
                           "  ", padded(row.params, w.params, true), "  ", padded(fitted(row.from, w.from), w.from));
    if (options_.show_trainable) text += "  " + row.trainable;
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + '\n';
  }

  const SummaryOptions& options_;
  std::vector<Row> rows_;
  Seen counted_;
  std::unordered_set<const LayerImpl*> printed_;
};

int64_t elements_of(const Variables& variables) {
  int64_t count = 0;
  for (const Variable& variable : variables) count += variable.shape().elements();
  return count;
}

}  // namespace

std::string Model::summary(const SummaryOptions& options) const {
  std::string out = cat(class_name(), " \"", name(), "\"\n");
  SummaryTable(*this, options).print(out);
  const int64_t total = count_params(), trainable = elements_of(trainable_variables());
  const auto bytes = [](int64_t count) { return readable_bytes(count * static_cast<int64_t>(sizeof(float))); };
  out += cat("Total params: ", with_commas(total), " (", bytes(total), ")\n");
  out += cat("Trainable params: ", with_commas(trainable), " (", bytes(trainable), ")\n");
  out += cat("Non-trainable params: ", with_commas(total - trainable), " (", bytes(total - trainable), ")\n");
  const UnknownLayers unknown = unknown_layers(graph());
  if (unknown.count > 0) out += cat("Not known: ", unknown.listed(), "\n    ", unknown.registration(), '\n');
  return out;
}

}  // namespace graft
