#include "graft/models/io/architecture/tensorflow_call.h"

#include <algorithm>
#include <map>

#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/models/io/architecture/tensorflow_table.h"
#include "graft/models/io/base/literal_json.h"

namespace graft::io {

bool is_tensorflow_operation(const std::string& class_name) {
  return class_name == "TFOpLambda" || class_name == "SlicingOpLambda" || class_name == "TensorFlowOpLayer";
}

static bool is_node(const JsonView& entry) { return entry["config"].has("node_def"); }

// A node is an object, or in some versions its JSON as a string.
static Json node_of(const JsonView& entry) {
  const JsonView node = entry["config"]["node_def"];
  return node.is_string() ? parse_json(node.string(), node.path()) : node.json();
}

std::string tensorflow_name(const JsonView& entry) {
  if (is_node(entry)) return node_of(entry).value("op", "");
  return entry["config"].has_value("function") ? entry["config"]["function"].string() : "";
}

static const TensorFlowRow* row_of(const JsonView& entry) {
  return is_node(entry) ? find_tensorflow_node(tensorflow_name(entry))
                        : find_tensorflow_function(tensorflow_name(entry));
}

bool knows_tensorflow_operation(const JsonView& entry) {
  return is_tensorflow_operation(entry["class_name"].string()) && row_of(entry) != nullptr;
}

// -- values ----------------------------------------------------------------------------------------------------------

// The types of TensorFlow's protocol buffers.
static Literal type_name(const std::string& written) {
  static const std::map<std::string, std::string> names{
      {"DT_FLOAT", "float32"},     {"DT_DOUBLE", "float64"}, {"DT_HALF", "float16"},
      {"DT_BFLOAT16", "bfloat16"}, {"DT_INT8", "int8"},      {"DT_UINT8", "uint8"},
      {"DT_INT32", "int32"},       {"DT_INT64", "int64"},    {"DT_BOOL", "bool"}};
  const auto found = names.find(written);
  return found == names.end() ? Literal(written) : Literal(found->second);
}

static int64_t whole(const Json& json) {
  return json.is_string() ? std::stoll(json.get<std::string>()) : json.get<int64_t>();
}

// The value of an attribute of a node: {"b": true}, {"i": "1"}, {"f": 0.2}, {"type": "DT_FLOAT"}, {"list": {"i":
// ["1"]}}.
static Literal attribute(const Json& json) {
  if (json.contains("b")) return json.at("b").get<bool>();
  if (json.contains("i")) return whole(json.at("i"));
  if (json.contains("f")) return json.at("f").get<double>();
  if (json.contains("type")) return type_name(json.at("type").get<std::string>());
  Literal::List items;
  if (json.contains("list") && json.at("list").contains("i"))
    for (const Json& item : json.at("list").at("i")) items.push_back(whole(item));
  return items.empty() ? Literal() : Literal(items);
}

// {"start", "stop", "step"} of an index, as SlicingOpLambda writes it.
static Literal index_part(const Json& json, const std::string& path) {
  if (!json.is_object() || !json.contains("start")) return read_literal(json, path);
  const auto bound = [&](const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::optional<int64_t>() : found->get<int64_t>();
  };
  return Literal::Slice{bound("start"), bound("stop"), bound("step")};
}

static Literal index_of(const Json& json, const std::string& path) {
  if (!json.is_array()) return Literal::List{index_part(json, path)};
  Literal::List parts;
  for (const Json& part : json) parts.push_back(index_part(part, path));
  return parts;
}

// The bits of a mask of StridedSlice.
static bool has_bit(const Json& attributes, const char* mask, size_t bit) {
  const auto found = attributes.find(mask);
  return found != attributes.end() && found->contains("i") && (whole(found->at("i")) >> bit & 1) != 0;
}

// The index that begin, end, strides and masks of a StridedSlice mean.
static Literal strided_index(const Json& constants, const Json& attributes) {
  const auto numbers = [&](const char* input) {
    const Json& value = constants.at(input);
    return value.is_array() ? value.get<std::vector<int64_t>>() : std::vector<int64_t>{value.get<int64_t>()};
  };
  const std::vector<int64_t> begin = numbers("1"), end = numbers("2"), strides = numbers("3");
  Literal::List parts;
  for (size_t i = 0; i < begin.size(); ++i) {
    if (has_bit(attributes, "ellipsis_mask", i)) {
      parts.push_back(Literal::Ellipsis{});
    } else if (has_bit(attributes, "new_axis_mask", i)) {
      parts.push_back({});
    } else if (has_bit(attributes, "shrink_axis_mask", i)) {
      parts.push_back(begin[i]);
    } else {
      Literal::Slice slice;
      if (!has_bit(attributes, "begin_mask", i)) slice.start = begin[i];
      if (!has_bit(attributes, "end_mask", i)) slice.stop = end[i];
      slice.step = strides[i];
      parts.push_back(slice);
    }
  }
  return parts;
}

// -- calls -----------------------------------------------------------------------------------------------------------

namespace {

using Argument = TensorFlowRow::Argument;

bool is_list(const Argument& argument) { return std::string_view(argument.name).ends_with("..."); }

std::string plain(std::string name) {
  if (name.ends_with("...")) name.resize(name.size() - 3);
  return name;
}

// Gives the arguments of a call their names in keras.ops, as tensors, operands that are values, or settings.
class Translation {
 public:
  explicit Translation(const JsonView& entry)
      : entry_(entry), row_(*row_of(entry)), operation_(*find_operation(row_.operation)) {}

  TensorFlowCall of_function(const SavedCall& call) {
    size_t place = 0, item = 0, next = 0;
    for (const SavedArgument& argument : call.arguments) {
      const Argument* target = argument.name.empty() ? at(place) : named(argument);
      if (target) add(*target, argument, next, item);
      next += argument.tensors.size();
      if (argument.name.empty() && target && !is_list(*target)) ++place;
    }
    return finish();
  }

  // The inputs of a node are the tensors of the call, with the constants between them at their own places.
  TensorFlowCall of_node(const SavedCall& call) {
    const Json node = node_of(entry_);
    const JsonView config = entry_["config"];
    const Json constants = config.has_value("constants") ? config["constants"].json() : Json::object();
    const Json attributes = node.value("attr", Json::object());
    const size_t inputs = node.value("input", Json::array()).size();
    size_t next = 0;
    for (size_t i = 0; i < inputs; ++i) {
      const Argument* target = input_at(i, inputs);
      const auto constant = constants.find(std::to_string(i));
      if (!target) entry_.fail(cat("the node ", row_.name, " has ", inputs, " inputs, which are too many"));
      if (constant == constants.end()) {
        if (next == call.inputs.size()) entry_.fail(cat("the node ", row_.name, " lacks input ", i));
        tensors_.push_back({place_of(*target), next++});
      } else {
        add_value(*target, read_literal(*constant, entry_.path()), i);
      }
    }
    for (const Argument& argument : row_.arguments)
      if (attributes.contains(argument.name)) add_value(argument, attribute(attributes.at(argument.name)), 0);
    if (std::string_view(row_.name) == "StridedSlice") others_["key"] = strided_index(constants, attributes);
    check_transposes(attributes);
    return finish();
  }

 private:
  const Argument* at(size_t place) const { return place < row_.arguments.size() ? &row_.arguments[place] : nullptr; }

  // Of a list all inputs but those of the arguments behind it.
  const Argument* input_at(size_t i, size_t inputs) const {
    if (!is_list(row_.arguments[0])) return at(i);
    const bool axis = std::string_view(row_.name) == "ConcatV2" && i + 1 == inputs;
    return axis ? at(1) : at(0);
  }

  // Null for one without effect: the name of the operation, or a value that is the default.
  const Argument* named(const SavedArgument& argument) const {
    for (const Argument& known : row_.arguments)
      if (argument.name == plain(known.name)) return &known;
    const Json& value = argument.value.json();
    if (argument.name == "name" || value.is_null() || value == Json(false) || value == Json(0)) return nullptr;
    argument.value.fail(cat("the argument \"", argument.name, "\" of ", row_.name, " is not supported"));
  }

  void add(const Argument& target, const SavedArgument& argument, size_t next, size_t& item) {
    for (size_t i = 0; i < argument.tensors.size(); ++i, ++item) tensors_.push_back({place_of(target), next + i});
    if (!argument.tensors.empty()) return;
    if (std::string_view(target.keras) == "key")
      others_["key"] = index_of(argument.value.json(), argument.value.path());
    else
      add_value(target, read_literal(argument.value.json(), argument.value.path()), item++);
  }

  void add_value(const Argument& target, Literal value, size_t item) {
    const std::string name = plain(target.keras);
    if (name.empty() || (value.is_none() && !operation_.settings.contains(name))) return;
    if (name == "mode" || name == "interpolation") value = lower(value.string());
    if (operation_.settings.contains(name))
      settings_[name] = std::move(value);
    else
      others_[is_list(target) ? cat(name, '[', item, ']') : name] = std::move(value);
  }

  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  }

  size_t place_of(const Argument& target) const {
    const auto found = std::ranges::find_if(operation_.operands, [&](const std::string& operand) {
      return plain(operand.ends_with("?") ? operand.substr(0, operand.size() - 1) : operand) == plain(target.keras);
    });
    if (found == operation_.operands.end())
      entry_.fail(cat("the argument \"", plain(target.name), "\" of ", row_.name, " must be no tensor"));
    return static_cast<size_t>(found - operation_.operands.begin());
  }

  void check_transposes(const Json& attributes) const {
    for (const char* name : {"transpose_a", "transpose_b", "adj_x", "adj_y"})
      if (attributes.contains(name) && attributes.at(name).value("b", false))
        entry_.fail(cat("the attribute \"", name, "\" of ", row_.name, " is not supported"));
  }

  // TensorFlow splits into sizes, NumPy at the places where a part ends; its axis is the first where none is given.
  void adapt() {
    if (const auto sizes = settings_.find("indices_or_sections"); sizes != settings_.end() && sizes->second.is_list()) {
      std::vector<int64_t> ends = sizes->second.integers();
      for (size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
      ends.pop_back();
      sizes->second = Literal(ends);
    }
    const std::string_view operation = row_.operation;
    if ((operation == "Take" || operation == "Argmax" || operation == "Argmin" || operation == "Cumsum") &&
        (!settings_.contains("axis") || settings_["axis"].is_none()))
      settings_["axis"] = 0;
    if ((operation == "Softmax" || operation == "LogSoftmax") && settings_["axis"].is_none()) settings_["axis"] = -1;
  }

  TensorFlowCall finish() {
    adapt();
    std::stable_sort(tensors_.begin(), tensors_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    BoundCall bound;
    for (const auto& [place, tensor] : tensors_) bound.inputs.push_back(tensor);
    bound.arguments.others = std::move(others_);
    return {operation_layer(row_.operation, {.settings = std::move(settings_)}, source_location()), std::move(bound)};
  }

  JsonView entry_;
  const TensorFlowRow& row_;
  const Operation& operation_;
  std::vector<std::pair<size_t, size_t>> tensors_;  // place among the operands, tensor of the saved call
  Literals settings_, others_;
};

}  // namespace

TensorFlowCall read_tensorflow_call(const JsonView& entry, const SavedCall& call) {
  Translation translation(entry);
  return is_node(entry) ? translation.of_node(call) : translation.of_function(call);
}

}  // namespace graft::io
