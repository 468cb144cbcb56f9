#include "graft/graph/layers/operations/tables.h"

#include <algorithm>
#include <set>

namespace graft {

// The order in which Keras promotes: a type on the right takes in those on its left.
static int rank_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return 0;
    case DType::u8:
      return 1;
    case DType::s32:
      return 2;
    case DType::s64:
      return 3;
    case DType::bf16:
    case DType::f16:
      return 4;
    case DType::f32:
      return 5;
    case DType::f64:
      return 6;
    case DType::string:
      break;
  }
  return 7;
}

static DType promoted(DType a, DType b) {
  if (a == b) return a;
  if (rank_of(a) == rank_of(b)) return DType::f32;  // float16 and bfloat16
  return rank_of(a) > rank_of(b) ? a : b;
}

static DType promoted(const std::vector<OperandType>& operands) {
  std::optional<DType> strong, weak;
  for (const OperandType& operand : operands) {
    std::optional<DType>& kind = operand.weak ? weak : strong;
    kind = kind ? promoted(*kind, operand.dtype) : operand.dtype;
  }
  if (!strong) return weak.value_or(DType::f32);
  if (!weak || is_floating(*strong)) return *strong;
  if (is_floating(*weak)) return DType::f32;
  return *strong == DType::boolean ? *weak : *strong;
}

static DType as_float(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }

DType result_type(const Operation& operation, const Literals& settings, const std::vector<OperandType>& operands) {
  if (operation.dtype_of)
    if (const std::optional<DType> own = operation.dtype_of(settings, promoted(operands))) return *own;
  return result_type(operation.type, operands);
}

DType result_type(Operation::Type type, const std::vector<OperandType>& operands) {
  switch (type) {
    case Operation::Type::promoted:
      return promoted(operands);
    case Operation::Type::floats:
      return as_float(promoted(operands));
    case Operation::Type::boolean:
      return DType::boolean;
    case Operation::Type::int32:
      return DType::s32;
    case Operation::Type::int64:
      return DType::s64;
    case Operation::Type::float32:
      return DType::f32;
    case Operation::Type::first:
      break;
  }
  return operands.empty() ? DType::f32 : operands[0].dtype;
}

std::vector<const std::vector<Operation>*> operation_tables() {
  return {&elementwise_operations(), &complex_operations(),    &activation_operations(), &binary_operations(),
          &reduction_operations(),   &statistics_operations(), &shape_operations(),      &joining_operations(),
          &index_operations(),       &order_operations(),      &product_operations(),    &linalg_operations(),
          &nn_operations(),          &window_operations(),     &signal_operations(),     &image_operations()};
}

static bool holds(const std::vector<Operation>& table, const std::string& name) {
  return std::ranges::any_of(table, [&](const Operation& row) { return name == row.name; });
}

// Most operations are in Keras's module numpy; these are in others than the rest of their table.
static const char* exception_of(const std::string& name) {
  static const std::set<std::string> core{"Scatter",      "ScatterUpdate", "Slice", "SliceUpdate",
                                          "StopGradient", "Unstack",       "Cast",  "SaturateCast"};
  static const std::set<std::string> math{"SegmentSum", "SegmentMax", "SegmentMin", "SegmentProd", "TopK",
                                          "InTopK",     "Logsumexp",  "CDist",      "Rsqrt",       "Erf",
                                          "Erfc",       "Erfinv",     "Logdet"};
  if (core.contains(name)) return "core";
  if (math.contains(name)) return "math";
  if (name == "OneHot" || name == "MultiHot" || name == "Moments" || name == "Polar") return "nn";
  return name == "Norm" ? "linalg" : name == "Slogdet" ? "numpy" : nullptr;
}

std::string operation_module(const std::string& name) {
  const std::string all = "keras.src.ops.";
  if (const char* module = exception_of(name)) return all + module;
  if (holds(activation_operations(), name) || holds(window_operations(), name) || holds(nn_operations(), name))
    return all + "nn";
  if (holds(linalg_operations(), name)) return all + "linalg";
  if (holds(signal_operations(), name)) return all + "math";
  return all + (holds(image_operations(), name) ? "image" : "numpy");
}

std::vector<Operation> joined(std::initializer_list<std::vector<Operation>> parts) {
  std::vector<Operation> rows;
  for (const std::vector<Operation>& part : parts) rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

}  // namespace graft
