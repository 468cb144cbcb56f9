#include "graft/graph/layers/operations/operation.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "graft/graph/axes.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

// -- the layer of an operation ----------------------------------------------------------------------------------------

namespace {

// An operand as a row of the table names it: "xs..." is a list, "x?" may be None, "=key" is a Literal.
struct OperandName {
  explicit OperandName(std::string written) : name(std::move(written)) {
    literal = take_prefix('=');
    if (name.ends_with("...")) {
      list = true;
      name.resize(name.size() - 3);
    } else if (name.ends_with("?")) {
      optional = true;
      name.pop_back();
    }
  }
  std::string name;
  bool literal = false, list = false, optional = false;

 private:
  bool take_prefix(char c) {
    if (name.empty() || name[0] != c) return false;
    name.erase(0, 1);
    return true;
  }
};

// Unknown dimensions stand for these sizes while shapes are inferred: a dimension of the result is unknown where the
// two give different ones.
constexpr std::array<int64_t, 2> kProbes{89, 97};

// What came of inferring shapes with one of the sizes.
struct Probed {
  std::vector<Shape> shapes = {};
  std::optional<std::string> error = {};
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text with None for every number that depends on an unknown dimension: those that differ between two texts, which
// are otherwise the same.
std::string without_probes(const std::string& a, const std::string& b) {
  std::string text;
  size_t i = 0, j = 0;
  const auto number = [](const std::string& from, size_t& at) {
    const size_t begin = at;
    while (at < from.size() && is_digit(from[at])) ++at;
    return from.substr(begin, at - begin);
  };
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return text;
      text += a[i++];
      ++j;
      continue;
    }
    const std::string first = number(a, i), second = number(b, j);
    text += first == second ? first : "None";
  }
  return text;
}

class OperationImpl final : public LayerImpl {
 public:
  OperationImpl(const Operation& operation, OperationConfig config)
      : operation_(operation), config_(std::move(config)) {
    name = config_.name;
    for (const auto& [key, value] : operation_.settings) config_.settings.try_emplace(key, value);
    for (const std::string& operand : operation_.operands) operands_.emplace_back(operand);
  }

  std::string class_name() const override { return operation_.name; }
  bool is_operation() const override { return true; }
  bool has_common_settings() const override { return false; }

  // Earlier versions wrote a number that is an operand among the settings: {"x1": null, "x2": 0.5}.
  void fields(FieldVisitor& field) override {
    for (const auto& [key, unused] : operation_.settings) {
      if (field.reading() && field.has(key.c_str())) config_.settings[key] = Literal();  // null is None, no default
      field(key.c_str(), config_.settings[key]);
    }
    for (const OperandName& operand : operands_) {
      if (field.reading() ? !field.has(operand.name.c_str()) : !config_.settings.contains(operand.name)) continue;
      Literal value = field.reading() ? Literal() : config_.settings[operand.name];
      field(operand.name.c_str(), value);
      if (!value.is_none()) config_.settings[operand.name] = std::move(value);
    }
  }

  void check() const override {
    for (const auto& [key, value] : config_.settings)
      if (!operation_.settings.contains(key) &&
          std::ranges::find(operands_, key, &OperandName::name) == operands_.end())
        throw ConfigError(cat("there is no setting \"", key, '"'));
  }

  std::vector<std::string> call_signature() const override { return operation_.operands; }
  size_t input_count() const override { return 0; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return infer_call(inputs, {}); }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    const bool known = std::ranges::all_of(inputs, [](const Shape& shape) { return shape.known(); });
    const Probed first = probe(inputs, arguments, kProbes[0]);
    const Probed second = known ? first : probe(inputs, arguments, kProbes[1]);
    if (first.error || second.error)
      throw ShapeError(
          without_probes(first.error ? *first.error : *second.error, second.error ? *second.error : *first.error));
    std::vector<Shape> shapes = first.shapes;
    for (size_t i = 0; i < shapes.size(); ++i)
      for (int64_t axis = 0; axis < shapes[i].rank(); ++axis)
        if (shapes[i][axis] != second.shapes[i][axis]) shapes[i] = shapes[i].with(axis, Shape::none);
    return shapes;
  }

  std::vector<DType> infer_call_dtypes(std::span<const DType> inputs, size_t outputs,
                                       const CallArguments& arguments) const override {
    const std::vector<OperandType> given = types(inputs, arguments);
    std::vector<DType> dtypes(outputs, result_type(operation_, config_.settings, given));
    for (size_t i = 1; i < outputs && i <= operation_.more.size(); ++i)
      dtypes[i] = result_type(operation_.more[i - 1], given);
    return dtypes;
  }

  bool takes_complex() const override { return operation_.takes_complex; }

  ops::Values emit(Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    return emit(b, inputs, arguments, operation_.emit);
  }

  MaskedValues emit_masked(Builder& b, const ops::Values& inputs, const ops::Values& masks,
                           const CallArguments& arguments) const override {
    MaskedValues outputs = LayerImpl::emit_masked(b, inputs, masks, arguments);
    if (!operation_.imaginary) return outputs;
    const ops::Values parts = emit(b, inputs, arguments, *operation_.imaginary);
    if (!parts.empty()) outputs[0].imaginary = parts[0];
    return outputs;
  }

 private:
  ops::Values emit(Builder& b, const ops::Values& inputs, const CallArguments& arguments, const Emit& function) const {
    Operands operands(b, config_.settings, arguments, own_order());
    const size_t told = std::min(inputs.size(), arguments.specs.size());
    for (size_t i = 0; i < told; ++i) {
      if (arguments.specs[i].shape.rank() == 0) operands.scalars.insert(inputs[i].id);
      operands.dtypes[inputs[i].id] = arguments.specs[i].dtype;
    }
    if (const Value* imaginary = argument_of(inputs, arguments, kImaginary)) operands.imaginary = *imaginary;
    return emit_operands(operands, inputs, arguments, function);
  }

  bool own_order() const { return operation_.order != Operation::Order::keras; }

  // The shapes of the results where every unknown dimension is `size`.
  Probed probe(std::span<const Shape> inputs, const CallArguments& arguments, int64_t size) const {
    Builder b;
    Operands operands(b, config_.settings, arguments, own_order());
    operands.probe = size;
    ops::Values values;
    for (const Shape& shape : inputs) {
      Dims dims = logical_dims(shape);
      std::replace(dims.begin(), dims.end(), Shape::none, size);
      values.push_back(b.input(dims, "x"));
      if (shape.rank() == 0) operands.scalars.insert(values.back().id);
    }
    Probed probed;
    try {
      for (const Value result : emit_operands(operands, values, arguments, operation_.emit))
        probed.shapes.push_back(operands.scalars.contains(result.id) ? Shape() : keras_shape(b.dims(result)));
    } catch (ShapeError& error) {
      probed.error = error.rule();
    }
    return probed;
  }

  // The instructions on the values of the inputs, which are laid out as all values of a Program; so are the results.
  ops::Values emit_operands(Operands& operands, ops::Values inputs, const CallArguments& arguments,
                            const Emit& function) const {
    Builder& b = operands.b;
    if (!own_order())
      for (Value& input : inputs) input = turned(operands, input, to_channels_last);
    bind(operands, inputs, arguments);
    if (own_order()) turn_constants(operands, inputs);
    if (operation_.order == Operation::Order::elementwise) align(operands);
    ops::Values results = function(operands);
    if (operation_.order == Operation::Order::elementwise && all_scalars(operands))
      for (const Value result : results) operands.scalars.insert(result.id);
    if (!own_order())
      for (Value& result : results) result = to_channels_first(b, result);
    return results;
  }

  static Value turned(Operands& operands, Value value, Value (*turn)(Builder&, Value)) {
    const Value result = turn(operands.b, value);
    if (const auto dtype = operands.dtypes.find(value.id); dtype != operands.dtypes.end())
      operands.dtypes[result.id] = dtype->second;
    return result;
  }

  // Constants are in Keras's order.
  static void turn_constants(Operands& operands, const ops::Values& inputs) {
    for (ops::Values& values : operands.values)
      for (Value& value : values)
        if (std::ranges::find(inputs, value) == inputs.end()) value = to_channels_first(operands.b, value);
  }

  // Ones are put before the dims in Keras's order.
  static void align(Operands& operands) {
    ops::Values all;
    for (const ops::Values& values : operands.values) all.insert(all.end(), values.begin(), values.end());
    if (all.size() < 2) return;
    const auto dims = [&](Value v) { return operands.b.dims(v); };
    const bool same = std::ranges::all_of(all, [&](Value v) { return dims(v) == dims(all[0]) || dims(v) == Dims{1}; });
    if (same && dims(all[0]) != Dims{1}) return;
    for (Value& value : all) value = turned(operands, value, to_channels_last);
    all = operands.aligned(all);
    size_t next = 0;
    for (ops::Values& values : operands.values)
      for (Value& value : values) value = turned(operands, all[next++], to_channels_first);
  }

  static bool all_scalars(const Operands& operands) {
    for (const ops::Values& values : operands.values)
      for (const Value value : values)
        if (!operands.scalars.contains(value.id)) return false;
    return true;
  }

  // A number or an array in the place of an operand; null where the call gives a tensor, or nothing.
  const Literal* written_operand(const std::string& operand, const CallArguments& arguments) const {
    if (const auto found = arguments.others.find(operand); found != arguments.others.end()) return &found->second;
    const auto found = config_.settings.find(operand);
    return found == config_.settings.end() || operation_.settings.contains(operand) ? nullptr : &found->second;
  }

  // The values of each operand: an input of the call, or a constant that the call holds.
  void bind(Operands& operands, const ops::Values& inputs, const CallArguments& arguments) const {
    size_t next = 0;
    const size_t positional = arguments.positional(inputs.size());
    for (const OperandName& operand : operands_) {
      if (operand.literal) continue;
      ops::Values& values = operands.values.emplace_back();
      if (const Literal* written = written_operand(operand.name, arguments)) {
        add_constants(operands, operand, *written, values);
      } else if (const Value* keyword = argument_of(inputs, arguments, operand.name)) {
        values.push_back(*keyword);
      } else if (operand.list) {
        size_t left = list_count(operand, arguments, positional - next);
        for (size_t i = 0;; ++i) {
          if (const Literal* item = written_operand(cat(operand.name, '[', i, ']'), arguments))
            add_constants(operands, OperandName(operand.name), *item, values);
          else if (left == 0)
            break;
          else {
            values.push_back(inputs[next++]);
            --left;
          }
        }
      } else if (next < positional) {
        values.push_back(inputs[next++]);
      } else if (!operand.optional) {
        throw ShapeError(cat("the operand ", operand.name, " is missing"));
      }
    }
    if (next < positional) throw ShapeError(cat("takes ", next, " tensors; received ", positional));
  }

  // A list takes all tensors that are left, unless the call notes how many are its own: Select has two lists.
  static size_t list_count(const OperandName& operand, const CallArguments& arguments, size_t left) {
    const auto noted = arguments.others.find(cat("#", operand.name));
    return noted == arguments.others.end() ? left : std::min(left, static_cast<size_t>(noted->second.integer()));
  }

  static void add_constants(Operands& operands, const OperandName& operand, const Literal& literal,
                            ops::Values& values) {
    if (literal.is_none()) return;
    if (!operand.list) {
      const Tensor tensor = literal.as_tensor().cast(DType::f32);
      values.push_back(operands.b.constant(tensor));
      if (tensor.shape().rank() == 0) operands.scalars.insert(values.back().id);
      if (literal.is_number()) operands.numbers[values.back().id] = static_cast<float>(literal.number());
      return;
    }
    for (const Literal& item : literal.list()) add_constants(operands, OperandName(operand.name), item, values);
  }

  // The types of the operands in their order.
  std::vector<OperandType> types(std::span<const DType> inputs, const CallArguments& arguments) const {
    std::vector<OperandType> found;
    size_t next = 0;
    const size_t positional = arguments.positional(inputs.size());
    for (const OperandName& operand : operands_) {
      if (operand.literal) continue;
      if (const Literal* written = written_operand(operand.name, arguments)) {
        add_type(*written, found);
      } else if (const auto keyword = arguments.place(operand.name, inputs.size())) {
        found.push_back({inputs[*keyword], false});
      } else if (operand.list) {
        const size_t count = list_count(operand, arguments, positional - next);
        for (size_t i = 0; i < count; ++i) found.push_back({inputs[next++], false});
      } else if (next < positional) {
        found.push_back({inputs[next++], false});
      }
    }
    return found;
  }

  static void add_type(const Literal& literal, std::vector<OperandType>& found) {
    if (literal.is_none()) return;
    found.push_back({literal.is_bool() ? DType::boolean : literal.as_tensor().dtype(), !literal.is_tensor()});
  }

  const Operation& operation_;
  OperationConfig config_;
  std::vector<OperandName> operands_;
};

}  // namespace

// -- registration ----------------------------------------------------------------------------------------------------

static const std::unordered_map<std::string, const Operation*>& operations() {
  static const auto table = [] {
    std::unordered_map<std::string, const Operation*> rows;
    for (const std::vector<Operation>* part : operation_tables())
      for (const Operation& operation : *part) rows.emplace(operation.name, &operation);
    return rows;
  }();
  return table;
}

const Operation* find_operation(const std::string& name) {
  const auto found = operations().find(name);
  return found == operations().end() ? nullptr : found->second;
}

Layer operation_layer(const std::string& name, OperationConfig config, source_location location) {
  const Operation* operation = find_operation(name);
  if (!operation) throw ConfigError(cat("there is no operation \"", name, '"')).at(location);
  const auto impl = std::make_shared<OperationImpl>(*operation, std::move(config));
  try {
    impl->check();
  } catch (ConfigError& error) {
    error.who(Layer(impl).who()).at(location, "Layer made");
    throw;
  }
  return Layer(impl);
}

// Earlier versions had one class for both losses of classes, told apart by the setting "sparse".
static const Operation& of_file(const Operation& operation, FieldVisitor& reader) {
  bool sparse = false;
  if (std::string_view(operation.name) == "CategoricalCrossentropy" && reader.has("sparse")) reader("sparse", sparse);
  return sparse ? *find_operation("SparseCategoricalCrossentropy") : operation;
}

std::vector<LayerClass> operation_classes() {
  std::vector<LayerClass> classes;
  for (const auto& [name, operation] : operations())
    classes.push_back({name, [row = operation](FieldVisitor& reader) -> std::shared_ptr<LayerImpl> {
                         const auto impl = std::make_shared<OperationImpl>(of_file(*row, reader), OperationConfig{});
                         impl->fields(reader);
                         return impl;
                       }});
  return classes;
}

}  // namespace graft
