#include "graft/models/io/architecture/call_reader.h"

#include <algorithm>
#include <array>

#include "graft/models/io/base/literal_json.h"

namespace graft::io {

// -- tensors ---------------------------------------------------------------------------------------------------------

static DType dtype_or_float(const std::string& name) {
  try {
    return dtype_from_name(name);
  } catch (const ConfigError&) {
    return DType::f32;
  }
}

// Keras 3 writes beside the name of a tensor what it is.
static std::optional<InputSpec> read_spec(const JsonView& tensor) {
  if (!tensor.has_value("shape") || !tensor["shape"].is_array()) return {};
  const bool typed = tensor.has_value("dtype") && tensor["dtype"].is_string();
  return InputSpec{tensor["shape"].shape(), typed ? dtype_or_float(tensor["dtype"].string()) : DType::f32};
}

static TensorRef read_ref(const JsonView& ref) {
  if (ref.size() < 3) ref.fail(cat("expected [layer, node, tensor]; received ", ref.size(), " entries"));
  return {ref[size_t{0}].string(), ref[1].integer(), ref[2].integer(), ref.path()};
}

static bool is_ref(const JsonView& value) {
  return value.is_array() && value.size() >= 3 && value[size_t{0}].is_string() && value[1].is_integer();
}

static bool is_keras_tensor(const JsonView& value) {
  return value.has("class_name") && value["class_name"].is_string() &&
         value["class_name"].string() == "__keras_tensor__";
}

// Keras 2 writes a number beside tensors as if it were one, of a layer of this name.
static constexpr const char* kConstant = "_CONSTANT_VALUE";

// Collects the tensors of an argument: itself, those of a list, or of a list of lists.
static void find_tensors(const JsonView& value, int index, int depth, bool keras3, SavedArgument& found) {
  if (keras3 ? is_keras_tensor(value) : is_ref(value)) {
    found.tensors.push_back(read_ref(keras3 ? value["config"]["keras_history"] : value));
    if (keras3) found.tensors.back().spec = read_spec(value["config"]);
    found.indices.push_back(index);
    return;
  }
  if (!value.is_array()) return;
  const size_t before = found.tensors.size();
  for (size_t i = 0; i < value.size(); ++i) find_tensors(value[i], static_cast<int>(i), depth + 1, keras3, found);
  if (depth == 1 && found.tensors.size() > before) found.lists.push_back(found.tensors.size() - before);
}

static SavedArgument read_argument(const std::string& name, const JsonView& value, bool keras3) {
  SavedArgument argument{.name = name, .value = value};
  find_tensors(value, -1, 0, keras3, argument);
  return argument;
}

// -- calls -----------------------------------------------------------------------------------------------------------

// Keras 2 repeats the keywords of a call at each of its inputs.
static void add_keywords(const JsonView& keywords, bool keras3, SavedCall& call) {
  for (const auto& [key, value] : keywords.object().items())
    if (std::ranges::find(call.arguments, key, &SavedArgument::name) == call.arguments.end())
      call.arguments.push_back(read_argument(key, keywords[key.c_str()], keras3));
}

static SavedCall read_keras3_call(const JsonView& node) {
  SavedCall call{.keras3 = true};
  const JsonView args = node["args"];
  if (args.is_array())
    for (const JsonView& value : args.items()) call.arguments.push_back(read_argument({}, value, true));
  if (node.has("kwargs")) add_keywords(node["kwargs"], true, call);
  return call;
}

static SavedCall read_keras2_call(const JsonView& node) {
  SavedCall call;
  // Operations of TensorFlow have one input without a list around it.
  for (const JsonView& input : is_ref(node) ? std::vector<JsonView>{node} : node.items()) {
    const bool constant = input.size() >= 3 && input[size_t{0}].is_string() && input[size_t{0}].string() == kConstant;
    if (constant)
      call.arguments.push_back({.value = input[2]});
    else
      call.arguments.push_back({.value = input, .tensors = {read_ref(input)}, .indices = {-1}});
    if (input.size() > 3 && input[3].is_object()) add_keywords(input[3], false, call);
  }
  return call;
}

std::vector<SavedCall> read_calls(const JsonView& inbound_nodes) {
  std::vector<SavedCall> calls;
  for (const JsonView& node : inbound_nodes.items()) {
    calls.push_back(node.is_object() ? read_keras3_call(node) : read_keras2_call(node));
    for (const SavedArgument& argument : calls.back().arguments)
      calls.back().inputs.insert(calls.back().inputs.end(), argument.tensors.begin(), argument.tensors.end());
  }
  return calls;
}

std::vector<TensorRef> read_refs(const JsonView& refs) {
  if (is_ref(refs)) return {read_ref(refs)};
  std::vector<TensorRef> found;
  for (const JsonView& ref : refs.items())
    for (TensorRef& one : read_refs(ref)) found.push_back(std::move(one));
  return found;
}

// -- names of arguments ----------------------------------------------------------------------------------------------

std::string operand_name(std::string written) {
  if (written.starts_with("=")) written.erase(0, 1);
  if (written.ends_with("...")) written.resize(written.size() - 3);
  if (written.ends_with("?")) written.pop_back();
  return written;
}

namespace {

class CallBinder {
 public:
  CallBinder(const SavedCall& call, const LayerImpl& layer) : call_(call), layer_(layer) {
    for (const std::string& name : layer.call_signature()) {
      signature_.push_back(operand_name(name));
      lists_.push_back(name.ends_with("..."));
    }
  }

  BoundCall run() {
    size_t position = 0;
    for (const SavedArgument& argument : call_.arguments) {
      if (argument.name.empty())
        bind_at(position++, argument);
      else
        bind(argument.name, argument);
      next_ += argument.tensors.size();
    }
    std::stable_sort(ordered_.begin(), ordered_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [place, input] : ordered_) bound_.inputs.push_back(input);
    bound_.inputs.insert(bound_.inputs.end(), keywords_.begin(), keywords_.end());
    return std::move(bound_);
  }

 private:
  // The tensors of Keras 2 stand one by one, so the last name takes all that are left.
  const std::string& name_at(size_t position) const {
    static const std::string inputs = "inputs";
    return signature_.empty() ? inputs : signature_[std::min(position, signature_.size() - 1)];
  }

  // The last operand of an operation may take any number of arguments: einsum(subscripts, *operands). Those that are no
  // tensors are named by their places: "operands[1]".
  void bind_at(size_t position, const SavedArgument& argument) {
    if (is_state(position, argument)) return add_keyword("initial_state", static_cast<int>(position) - 1, next_);
    if (is_listed(position, argument)) return bind(signature_[0], argument);
    const std::string& name = name_at(position);
    const bool variadic = layer_.is_operation() && !lists_.empty() && lists_.back() && position + 1 >= lists_.size();
    if (variadic && argument.tensors.empty() && !argument.value.is_array())
      return bind_value(cat(name, '[', position + 1 - lists_.size(), ']'), argument);
    bind(name, argument);
  }

  // Keras 2 writes the states of a recurrent layer beside its sequence.
  bool is_state(size_t position, const SavedArgument& argument) const {
    return !call_.keras3 && position > 0 && !argument.tensors.empty() && signature_.size() > 1 &&
           signature_[1] == "initial_state";
  }

  // It writes the tensors of a list one by one; what it does so with is no mask.
  bool is_listed(size_t position, const SavedArgument& argument) const {
    return !call_.keras3 && position > 0 && !argument.tensors.empty() && CallArguments::is_keyword(name_at(position));
  }

  void bind(const std::string& name, const SavedArgument& argument) {
    const size_t place = place_of(name, argument);
    if (argument.tensors.empty()) return bind_value(name, argument);
    if (layer_.is_operation()) bind_items(name, argument);
    const bool several = std::ranges::count(lists_, true) > 1;
    if (argument.lists.size() > 1 || (several && argument.indices[0] >= 0)) note_lists(name, argument);
    const bool keyword = CallArguments::is_keyword(name) || (unknown_ && place > 0);
    for (size_t i = 0; i < argument.tensors.size(); ++i)
      if (keyword)
        add_keyword(name, argument.indices[i], next_ + i);
      else
        ordered_.push_back({place, next_ + i});
  }

  // The items of a list of an operation's operands that are no tensors.
  void bind_items(const std::string& name, const SavedArgument& argument) {
    if (!argument.value.is_array() || argument.indices[0] < 0) return;
    for (size_t i = 0; i < argument.value.size(); ++i)
      if (std::ranges::find(argument.indices, static_cast<int>(i)) == argument.indices.end())
        bound_.arguments.others[cat(name, '[', i, ']')] =
            read_literal(argument.value[i].json(), argument.value[i].path());
  }

  void add_keyword(const std::string& name, int index, size_t input) {
    keywords_.push_back(input);
    bound_.arguments.tensors.push_back({name, index});
  }

  // How many tensors a list has where another list follows it.
  void note_lists(const std::string& name, const SavedArgument& argument) {
    bound_.arguments.others[cat("#", name)] = static_cast<int64_t>(argument.tensors.size());
  }

  // Graft writes "operands[1]" for an item of a list, and "#condlist" for the length of one.
  static std::string of_item(const std::string& name) {
    const std::string item = name.starts_with("#") ? name.substr(1) : name;
    return item.substr(0, item.find('['));
  }

  size_t place_of(const std::string& name, const SavedArgument& argument) const {
    const auto found = std::find(signature_.begin(), signature_.end(), layer_.is_operation() ? of_item(name) : name);
    if (found != signature_.end()) return static_cast<size_t>(found - signature_.begin());
    static const std::array<std::string_view, 4> aliases{"inputs", "x", "input", "sequence"};
    if (std::ranges::find(aliases, name) != aliases.end()) return 0;
    if (argument.value.is_null() || name == "training" || name == "mask" || unknown_) return signature_.size();
    argument.value.fail(cat("the call argument \"", name, "\" is not supported"));
  }

  void bind_value(const std::string& name, const SavedArgument& argument) {
    const JsonView& value = argument.value;
    CallArguments& arguments = bound_.arguments;
    if (name == "training") {
      if (!value.is_null()) arguments.training = value.json().is_number() ? value.number() != 0 : value.boolean();
    } else if (std::optional<bool>* flag = arguments.flag(name)) {
      if (!value.is_null()) *flag = value.boolean();
    } else if (!value.is_null() || layer_.is_operation()) {
      if (is_only_nulls(value)) return;
      arguments.others[name] = read_literal(value.json(), value.path());
    }
  }

  static bool is_only_nulls(const JsonView& value) {
    return value.is_array() && value.size() > 0 &&
           std::ranges::all_of(value.items(), [](const JsonView& item) { return item.is_null(); });
  }

  const SavedCall& call_;
  const LayerImpl& layer_;
  const bool unknown_ = as_unknown(layer_) != nullptr;
  std::vector<std::string> signature_;
  std::vector<bool> lists_;  // whether the argument of that place is a list
  BoundCall bound_;
  std::vector<std::pair<size_t, size_t>> ordered_;  // place in the signature, tensor of the saved call
  std::vector<size_t> keywords_;
  size_t next_ = 0;  // the first tensor of the argument that is bound
};

}  // namespace

BoundCall bind_call(const SavedCall& call, const LayerImpl& layer) { return CallBinder(call, layer).run(); }

}  // namespace graft::io
