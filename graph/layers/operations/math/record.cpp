#include "graft/graph/layers/operations/math/record.h"

#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// The name of an operand without what marks it in the table.
static std::string plain(std::string name) {
  while (!name.empty() && (name.back() == '?' || name.back() == '.')) name.pop_back();
  return name;
}

static bool is_literal(const std::string& name) { return name.starts_with("="); }
static bool is_list(const std::string& name) { return name.ends_with("..."); }

SymbolicTensors record_all(const char* name, const std::vector<Argument>& operands, Literals settings,
                           Literals others) {
  const source_location location = operands.empty() ? source_location() : operands[0].location;
  const Layer layer = operation_layer(name, {.settings = std::move(settings)}, location);
  std::vector<std::string> names;
  for (const std::string& operand : find_operation(name)->operands)
    if (!is_literal(operand)) names.push_back(operand);
  SymbolicTensors inputs;
  CallArguments arguments;
  arguments.others = std::move(others);
  for (size_t i = 0; i < operands.size(); ++i) {
    const std::string& own = names[std::min(i, names.size() - 1)];
    if (operands[i].tensor)
      inputs.push_back(operands[i].tensor);
    else
      arguments.others[is_list(own) ? cat(plain(own), '[', i, ']') : plain(own)] = operands[i].value;
  }
  if (inputs.empty()) throw GraphError("none of the operands is a tensor of the network").who(layer.who()).at(location);
  return layer.call(inputs, arguments, {}, location);
}

SymbolicTensor record(const char* name, const std::vector<Argument>& operands, Literals settings, Literals others) {
  return record_all(name, operands, std::move(settings), std::move(others));
}

SymbolicTensor reduced(const char* name, const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return record(name, {x}, {{"axis", axes_of(axes)}, {"keepdims", keepdims}});
}

SymbolicTensor padded(const Operand& x, const std::vector<std::pair<int64_t, int64_t>>& widths, const std::string& mode,
                      double value) {
  Literal::List pairs;
  for (const auto& [before, after] : widths) pairs.push_back(Literal(std::vector<int64_t>{before, after}));
  Literals others;
  if (mode == "constant") others["constant_values"] = value;
  return record("Pad", {x}, {{"pad_width", pairs}, {"mode", mode}}, std::move(others));
}

Literal axes_of(const std::vector<int64_t>& axes) { return axes.empty() ? Literal() : Literal(axes); }

std::vector<Argument> arguments_of(const SymbolicTensors& tensors, const source_location& location) {
  std::vector<Argument> arguments;
  for (const SymbolicTensor& tensor : tensors) arguments.emplace_back(tensor, location);
  return arguments;
}

}  // namespace graft
