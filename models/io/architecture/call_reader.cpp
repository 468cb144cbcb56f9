#include "graft/models/io/architecture/call_reader.h"

namespace graft::io {

static TensorRef read_ref(const JsonView& ref) {
  if (ref.size() < 3) ref.fail(cat("expected [layer, node, tensor]; received ", ref.size(), " entries"));
  return {ref[size_t{0}].string(), ref[1].integer(), ref[2].integer(), ref.path()};
}

static bool is_ref(const JsonView& value) {
  return value.is_array() && value.size() >= 3 && value[size_t{0}].is_string() && value[1].is_integer();
}

static bool is_keras_tensor(const JsonView& value) {
  return value.is_object() && value.has("class_name") && value.has("config");
}

static void read_argument(const std::string& key, const JsonView& value, CallArguments& arguments) {
  if (value.is_null()) return;
  if (key == "training") {
    arguments.training = value.json().is_number() ? value.number() != 0 : value.boolean();
    return;
  }
  value.fail(cat("the call argument \"", key, "\" is not supported"));
}

static void read_arguments(const JsonView& arguments, SavedCall& call) {
  for (const auto& [key, value] : arguments.object().items())
    read_argument(key, arguments[key.c_str()], call.arguments);
}

// Keras 3 stores tensors at any depth, as they were passed to the layer.
static void read_tensors(const JsonView& value, std::vector<TensorRef>& found) {
  if (value.is_null()) return;
  if (value.is_array()) {
    for (const JsonView& item : value.items()) read_tensors(item, found);
    return;
  }
  if (!is_keras_tensor(value) || value["class_name"].string() != "__keras_tensor__")
    value.expected("a tensor of the model (constants in a call are not supported)");
  found.push_back(read_ref(value["config"]["keras_history"]));
}

static SavedCall read_keras3_call(const JsonView& node) {
  SavedCall call{.keras3 = true};
  read_tensors(node["args"], call.inputs);
  if (!node.has("kwargs")) return call;
  const JsonView arguments = node["kwargs"];
  for (const auto& [key, value] : arguments.object().items()) {
    const JsonView argument = arguments[key.c_str()];
    if (key == "inputs" || key == "x")
      read_tensors(argument, call.inputs);
    else
      read_argument(key, argument, call.arguments);
  }
  return call;
}

static SavedCall read_keras2_call(const JsonView& node) {
  SavedCall call;
  if (is_ref(node)) node.fail("expected a list of [layer, node, tensor, arguments]; received one of them");
  for (const JsonView& input : node.items()) {
    call.inputs.push_back(read_ref(input));
    if (input.size() > 3) read_arguments(input[3], call);
  }
  return call;
}

std::vector<SavedCall> read_calls(const JsonView& inbound_nodes) {
  std::vector<SavedCall> calls;
  for (const JsonView& node : inbound_nodes.items())
    calls.push_back(node.is_object() ? read_keras3_call(node) : read_keras2_call(node));
  return calls;
}

std::vector<TensorRef> read_refs(const JsonView& refs) {
  if (is_ref(refs)) return {read_ref(refs)};
  std::vector<TensorRef> found;
  for (const JsonView& ref : refs.items()) found.push_back(read_ref(ref));
  return found;
}

}  // namespace graft::io
