#include "graft/models/io/architecture/tensorflow_table.h"

#include <map>

namespace graft::io {

using Row = TensorFlowRow;

// -- rows of one shape -----------------------------------------------------------------------------------------------

static void add_unary(std::vector<Row>& rows, const std::vector<std::pair<const char*, const char*>>& names,
                      const char* argument, const char* keras = "x") {
  for (const auto& [name, operation] : names) rows.push_back({name, operation, {{argument, keras}}});
}

static void add_binary(std::vector<Row>& rows, const std::vector<std::pair<const char*, const char*>>& names) {
  for (const auto& [name, operation] : names) rows.push_back({name, operation, {{"x", "x1"}, {"y", "x2"}}});
}

static void add_reductions(std::vector<Row>& rows, const std::vector<std::pair<const char*, const char*>>& names) {
  for (const auto& [name, operation] : names)
    rows.push_back({name, operation, {{"input_tensor", "x"}, {"axis", "axis"}, {"keepdims", "keepdims"}}});
}

// -- functions -------------------------------------------------------------------------------------------------------

static void add_elementwise(std::vector<Row>& rows) {
  add_unary(rows,
            {{"math.abs", "Absolute"},
             {"math.exp", "Exp"},
             {"math.expm1", "Expm1"},
             {"math.log", "Log"},
             {"math.log1p", "Log1p"},
             {"math.sqrt", "Sqrt"},
             {"math.rsqrt", "Rsqrt"},
             {"math.square", "Square"},
             {"math.sin", "Sin"},
             {"math.cos", "Cos"},
             {"math.tan", "Tan"},
             {"math.asin", "Arcsin"},
             {"math.acos", "Arccos"},
             {"math.atan", "Arctan"},
             {"math.sinh", "Sinh"},
             {"math.cosh", "Cosh"},
             {"math.tanh", "Tanh"},
             {"nn.tanh", "Tanh"},
             {"math.sigmoid", "Sigmoid"},
             {"nn.sigmoid", "Sigmoid"},
             {"math.log_sigmoid", "LogSigmoid"},
             {"math.erf", "Erf"},
             {"math.erfc", "Erfc"},
             {"math.sign", "Sign"},
             {"math.floor", "Floor"},
             {"math.ceil", "Ceil"},
             {"math.round", "Round"},
             {"math.negative", "Negative"},
             {"math.reciprocal", "Reciprocal"},
             {"math.is_nan", "Isnan"},
             {"math.is_finite", "Isfinite"},
             {"math.is_inf", "Isinf"},
             {"math.logical_not", "LogicalNot"},
             {"__operators__.abs", "Absolute"},
             {"__operators__.neg", "Negative"},
             {"__operators__.logical_not", "LogicalNot"}},
            "x");
  add_unary(rows,
            {{"nn.relu", "Relu"},
             {"nn.relu6", "Relu6"},
             {"nn.selu", "Selu"},
             {"nn.elu", "Elu"},
             {"math.softplus", "Softplus"},
             {"nn.softplus", "Softplus"},
             {"nn.softsign", "Softsign"},
             {"nn.silu", "Silu"},
             {"nn.swish", "Silu"},
             {"compat.v1.nn.relu", "Relu"}},
            "features");
  add_unary(rows, {{"identity", "Copy"}, {"zeros_like", "ZerosLike"}, {"ones_like", "OnesLike"}}, "input");
  rows.push_back({"stop_gradient", "StopGradient", {{"input", "variable"}}});
  rows.push_back({"cast", "Cast", {{"x", "x"}, {"dtype", "dtype"}}});
  rows.push_back({"clip_by_value", "Clip", {{"t", "x"}, {"clip_value_min", "x_min"}, {"clip_value_max", "x_max"}}});
  rows.push_back({"nn.leaky_relu", "LeakyRelu", {{"features", "x"}, {"alpha", "negative_slope"}}});
  rows.push_back({"nn.gelu", "Gelu", {{"features", "x"}, {"approximate", "approximate"}}});
  for (const char* name : {"nn.softmax", "math.softmax"})
    rows.push_back({name, "Softmax", {{"logits", "x"}, {"axis", "axis"}}});
  for (const char* name : {"nn.log_softmax", "math.log_softmax"})
    rows.push_back({name, "LogSoftmax", {{"logits", "x"}, {"axis", "axis"}}});
  for (const char* name : {"math.l2_normalize", "nn.l2_normalize", "linalg.l2_normalize"})
    rows.push_back({name, "Normalize", {{"x", "x"}, {"axis", "axis"}, {"epsilon", ""}}});
}

static void add_of_two(std::vector<Row>& rows) {
  add_binary(rows, {{"__operators__.add", "Add"},
                    {"math.add", "Add"},
                    {"__operators__.sub", "Subtract"},
                    {"math.subtract", "Subtract"},
                    {"__operators__.mul", "Multiply"},
                    {"math.multiply", "Multiply"},
                    {"__operators__.truediv", "TrueDivide"},
                    {"math.truediv", "TrueDivide"},
                    {"math.divide", "Divide"},
                    {"realdiv", "Divide"},
                    {"math.divide_no_nan", "DivideNoNan"},
                    {"__operators__.floordiv", "FloorDivide"},
                    {"math.floordiv", "FloorDivide"},
                    {"math.floormod", "Mod"},
                    {"__operators__.mod", "Mod"},
                    {"math.maximum", "Maximum"},
                    {"math.minimum", "Minimum"},
                    {"math.pow", "Power"},
                    {"__operators__.pow", "Power"},
                    {"math.greater", "Greater"},
                    {"math.greater_equal", "GreaterEqual"},
                    {"math.less", "Less"},
                    {"math.less_equal", "LessEqual"},
                    {"math.equal", "Equal"},
                    {"__operators__.eq", "Equal"},
                    {"math.not_equal", "NotEqual"},
                    {"__operators__.ne", "NotEqual"},
                    {"math.logical_and", "LogicalAnd"},
                    {"__operators__.logical_and", "LogicalAnd"},
                    {"math.logical_or", "LogicalOr"},
                    {"__operators__.logical_or", "LogicalOr"},
                    {"math.logical_xor", "LogicalXor"}});
  rows.push_back({"math.atan2", "Arctan2", {{"y", "x1"}, {"x", "x2"}}});
  rows.push_back({"nn.bias_add", "Add", {{"value", "x1"}, {"bias", "x2"}, {"data_format", ""}}});
  for (const char* name : {"where", "compat.v1.where", "where_v2"})
    rows.push_back({name, "Where", {{"condition", "condition"}, {"x", "x1"}, {"y", "x2"}}});
  for (const char* name : {"linalg.matmul", "__operators__.matmul", "matmul"})
    rows.push_back({name, "Matmul", {{"a", "x1"}, {"b", "x2"}}});
  rows.push_back({"tensordot", "Tensordot", {{"a", "x1"}, {"b", "x2"}, {"axes", "axes"}}});
  rows.push_back({"einsum", "Einsum", {{"equation", "subscripts"}, {"inputs...", "operands..."}}});
}

static void add_over_axes(std::vector<Row>& rows) {
  add_reductions(rows, {{"math.reduce_mean", "Mean"},
                        {"math.reduce_sum", "Sum"},
                        {"math.reduce_max", "Max"},
                        {"math.reduce_min", "Min"},
                        {"math.reduce_prod", "Prod"},
                        {"math.reduce_std", "Std"},
                        {"math.reduce_variance", "Var"},
                        {"math.reduce_any", "Any"},
                        {"math.reduce_all", "All"},
                        {"math.reduce_logsumexp", "Logsumexp"},
                        {"reduce_mean", "Mean"},
                        {"reduce_sum", "Sum"},
                        {"reduce_max", "Max"},
                        {"reduce_min", "Min"}});
  for (const auto& [name, operation] : {std::pair{"math.argmax", "Argmax"}, std::pair{"math.argmin", "Argmin"}})
    rows.push_back({name, operation, {{"input", "x"}, {"axis", "axis"}, {"output_type", ""}}});
  rows.push_back({"math.cumsum", "Cumsum", {{"x", "x"}, {"axis", "axis"}}});
  rows.push_back({"math.top_k", "TopK", {{"input", "x"}, {"k", "k"}, {"sorted", "sorted"}}});
}

static void add_moves(std::vector<Row>& rows) {
  rows.push_back({"reshape", "Reshape", {{"tensor", "x"}, {"shape", "newshape"}}});
  rows.push_back({"transpose", "Transpose", {{"a", "x"}, {"perm", "axes"}}});
  rows.push_back({"expand_dims", "ExpandDims", {{"input", "x"}, {"axis", "axis"}}});
  rows.push_back({"squeeze", "Squeeze", {{"input", "x"}, {"axis", "axis"}}});
  rows.push_back({"concat", "Concatenate", {{"values...", "xs..."}, {"axis", "axis"}}});
  rows.push_back({"stack", "Stack", {{"values...", "x..."}, {"axis", "axis"}}});
  rows.push_back({"unstack", "Unstack", {{"value", "x"}, {"num", "num"}, {"axis", "axis"}}});
  rows.push_back({"tile", "Tile", {{"input", "x"}, {"multiples", "repeats"}}});
  rows.push_back({"repeat", "Repeat", {{"input", "x"}, {"repeats", "repeats"}, {"axis", "axis"}}});
  rows.push_back({"reverse", "Flip", {{"tensor", "x"}, {"axis", "axis"}}});
  rows.push_back({"roll", "Roll", {{"input", "x"}, {"shift", "shift"}, {"axis", "axis"}}});
  rows.push_back({"broadcast_to", "BroadcastTo", {{"input", "x"}, {"shape", "shape"}}});
  for (const char* name : {"pad", "compat.v1.pad"})
    rows.push_back(
        {name,
         "Pad",
         {{"tensor", "x"}, {"paddings", "pad_width"}, {"mode", "mode"}, {"constant_values", "constant_values"}}});
  rows.push_back({"slice", "Slice", {{"input_", "inputs"}, {"begin", "start_indices"}, {"size", "shape"}}});
  rows.push_back({"split", "Split", {{"value", "x"}, {"num_or_size_splits", "indices_or_sections"}, {"axis", "axis"}}});
  for (const char* name : {"gather", "compat.v1.gather"})
    rows.push_back(
        {name, "Take", {{"params", "x"}, {"indices", "indices"}, {"validate_indices", ""}, {"axis", "axis"}}});
  rows.push_back({"one_hot",
                  "OneHot",
                  {{"indices", "x"},
                   {"depth", "num_classes"},
                   {"on_value", ""},
                   {"off_value", ""},
                   {"axis", "axis"},
                   {"dtype", "dtype"}}});
  for (const char* name : {"nn.depth_to_space", "compat.v1.depth_to_space"})
    rows.push_back({name, "DepthToSpace", {{"input", "x"}, {"block_size", "block_size"}}});
  for (const char* name : {"nn.space_to_depth", "compat.v1.space_to_depth"})
    rows.push_back({name, "SpaceToDepth", {{"input", "x"}, {"block_size", "block_size"}}});
  rows.push_back({"image.resize",
                  "Resize",
                  {{"images", "images"}, {"size", "size"}, {"method", "interpolation"}, {"antialias", "antialias"}}});
  for (const char* name : {"__operators__.getitem", "strided_slice"})
    rows.push_back({name, "GetItem", {{"tensor", "x"}, {"slice_spec", "key"}}});
}

// -- nodes of graphs -------------------------------------------------------------------------------------------------

static std::vector<Row> nodes() {
  std::vector<Row> rows;
  add_unary(rows,
            {{"Abs", "Absolute"},
             {"Exp", "Exp"},
             {"Log", "Log"},
             {"Log1p", "Log1p"},
             {"Sqrt", "Sqrt"},
             {"Rsqrt", "Rsqrt"},
             {"Square", "Square"},
             {"Sin", "Sin"},
             {"Cos", "Cos"},
             {"Tanh", "Tanh"},
             {"Sigmoid", "Sigmoid"},
             {"Erf", "Erf"},
             {"Sign", "Sign"},
             {"Floor", "Floor"},
             {"Ceil", "Ceil"},
             {"Round", "Round"},
             {"Neg", "Negative"},
             {"Reciprocal", "Reciprocal"},
             {"Inv", "Reciprocal"},
             {"Relu", "Relu"},
             {"Relu6", "Relu6"},
             {"Elu", "Elu"},
             {"Selu", "Selu"},
             {"Softplus", "Softplus"},
             {"Softsign", "Softsign"},
             {"Softmax", "Softmax"},
             {"LogSoftmax", "LogSoftmax"},
             {"Identity", "Copy"},
             {"ZerosLike", "ZerosLike"},
             {"OnesLike", "OnesLike"},
             {"LogicalNot", "LogicalNot"}},
            "x");
  add_unary(rows, {{"StopGradient", "StopGradient"}}, "x", "variable");
  add_binary(rows, {{"Add", "Add"},
                    {"AddV2", "Add"},
                    {"BiasAdd", "Add"},
                    {"Sub", "Subtract"},
                    {"Mul", "Multiply"},
                    {"RealDiv", "Divide"},
                    {"Div", "Divide"},
                    {"DivNoNan", "DivideNoNan"},
                    {"FloorDiv", "FloorDivide"},
                    {"FloorMod", "Mod"},
                    {"Maximum", "Maximum"},
                    {"Minimum", "Minimum"},
                    {"Pow", "Power"},
                    {"Greater", "Greater"},
                    {"GreaterEqual", "GreaterEqual"},
                    {"Less", "Less"},
                    {"LessEqual", "LessEqual"},
                    {"Equal", "Equal"},
                    {"NotEqual", "NotEqual"},
                    {"LogicalAnd", "LogicalAnd"},
                    {"LogicalOr", "LogicalOr"},
                    {"MatMul", "Matmul"},
                    {"BatchMatMul", "Matmul"},
                    {"BatchMatMulV2", "Matmul"}});
  for (const auto& [name, operation] : {std::pair{"Mean", "Mean"}, std::pair{"Sum", "Sum"}, std::pair{"Max", "Max"},
                                        std::pair{"Min", "Min"}, std::pair{"Prod", "Prod"}})
    rows.push_back({name, operation, {{"x", "x"}, {"axis", "axis"}, {"keep_dims", "keepdims"}}});
  for (const auto& [name, operation] : {std::pair{"ArgMax", "Argmax"}, std::pair{"ArgMin", "Argmin"}})
    rows.push_back({name, operation, {{"x", "x"}, {"axis", "axis"}}});
  rows.push_back({"Reshape", "Reshape", {{"x", "x"}, {"shape", "newshape"}}});
  rows.push_back({"Transpose", "Transpose", {{"x", "x"}, {"perm", "axes"}}});
  rows.push_back({"ExpandDims", "ExpandDims", {{"x", "x"}, {"axis", "axis"}}});
  rows.push_back({"Squeeze", "Squeeze", {{"x", "x"}, {"squeeze_dims", "axis"}}});
  rows.push_back({"ConcatV2", "Concatenate", {{"values...", "xs..."}, {"axis", "axis"}}});
  rows.push_back({"Pack", "Stack", {{"values...", "x..."}, {"axis", "axis"}}});
  rows.push_back({"Tile", "Tile", {{"x", "x"}, {"multiples", "repeats"}}});
  rows.push_back({"ReverseV2", "Flip", {{"x", "x"}, {"axis", "axis"}}});
  rows.push_back({"Pad", "Pad", {{"x", "x"}, {"paddings", "pad_width"}}});
  rows.push_back({"PadV2", "Pad", {{"x", "x"}, {"paddings", "pad_width"}, {"value", "constant_values"}}});
  rows.push_back({"Slice", "Slice", {{"x", "inputs"}, {"begin", "start_indices"}, {"size", "shape"}}});
  rows.push_back({"StridedSlice", "GetItem", {{"x", "x"}, {"begin", ""}, {"end", ""}, {"strides", ""}}});
  rows.push_back({"GatherV2", "Take", {{"x", "x"}, {"indices", "indices"}, {"axis", "axis"}}});
  rows.push_back({"Cast", "Cast", {{"x", "x"}, {"DstT", "dtype"}}});
  for (const char* name : {"Select", "SelectV2"})
    rows.push_back({name, "Where", {{"condition", "condition"}, {"x", "x1"}, {"y", "x2"}}});
  rows.push_back({"LeakyRelu", "LeakyRelu", {{"x", "x"}, {"alpha", "negative_slope"}}});
  rows.push_back({"DepthToSpace", "DepthToSpace", {{"x", "x"}, {"block_size", "block_size"}}});
  rows.push_back({"SpaceToDepth", "SpaceToDepth", {{"x", "x"}, {"block_size", "block_size"}}});
  return rows;
}

static std::vector<Row> functions() {
  std::vector<Row> rows;
  add_elementwise(rows);
  add_of_two(rows);
  add_over_axes(rows);
  add_moves(rows);
  return rows;
}

static const Row* find(const std::map<std::string, Row>& table, const std::string& name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

static std::map<std::string, Row> by_name(const std::vector<Row>& rows) {
  std::map<std::string, Row> table;
  for (const Row& row : rows) table.emplace(row.name, row);
  return table;
}

const TensorFlowRow* find_tensorflow_function(const std::string& name) {
  static const std::map<std::string, Row> table = by_name(functions());
  return find(table, name);
}

const TensorFlowRow* find_tensorflow_node(const std::string& op) {
  static const std::map<std::string, Row> table = by_name(nodes());
  return find(table, op);
}

}  // namespace graft::io
