#include "graft/graph/layers/operations/elementwise.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "graft/graph/axes.h"

namespace graft {

void BinaryOpConfig::fields(FieldVisitor& field) {
  field("x1", x1);
  field("x2", x2);
}

void ClipConfig::fields(FieldVisitor& field) {
  field("x_min", x_min);
  field("x_max", x_max);
}

void WhereConfig::fields(FieldVisitor& field) {
  field("x1", x1);
  field("x2", x2);
}

namespace {

struct UnaryRow {
  const char* name;
  ops::EltwiseArgs args;
};
constexpr std::array<UnaryRow, 13> kUnary{{
    {"Exp", {ops::Eltwise::exp}},
    {"Log", {ops::Eltwise::log}},
    {"Sqrt", {ops::Eltwise::sqrt}},
    {"Square", {ops::Eltwise::square}},
    {"Absolute", {ops::Eltwise::abs}},
    {"Sin", {ops::Eltwise::sin}},
    {"Cos", {ops::Eltwise::cos}},
    {"Sign", {ops::Eltwise::sign}},
    {"Floor", {ops::Eltwise::floor}},
    {"Round", {ops::Eltwise::round}},
    {"Rsqrt", {ops::Eltwise::rsqrt}},
    {"Reciprocal", {ops::Eltwise::reciprocal}},
    {"Erf", {ops::Eltwise::erf}},
}};

struct BinaryRow {
  const char* name;
  ops::Binary algorithm;
};
constexpr std::array<BinaryRow, 8> kBinary{{
    {"Divide", ops::Binary::div},
    {"Power", ops::Binary::pow},
    {"Greater", ops::Binary::gt},
    {"GreaterEqual", ops::Binary::ge},
    {"Less", ops::Binary::lt},
    {"LessEqual", ops::Binary::le},
    {"Equal", ops::Binary::eq},
    {"NotEqual", ops::Binary::ne},
}};

Shape broadcast_all(std::span<const Shape> inputs) {
  Shape output = inputs[0];
  for (const Shape& input : inputs) {
    if (input.rank() != inputs[0].rank() && input.rank() != 0 && inputs[0].rank() != 0)
      throw ShapeError(cat("the ranks must be equal, as of ", inputs[0], "; received ", input));
    output = broadcast(output, input);
  }
  return output;
}

// The settings of functions: none but the name.
struct NameConfig {
  std::string name = {};
  void fields(FieldVisitor&) {}
};

template <size_t row>
class UnaryImpl final : public ConfiguredLayer<NameConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return kUnary[row].name; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.eltwise(inputs[0], kUnary[row].args)};
  }
};

class StopGradientImpl final : public ConfiguredLayer<NameConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "StopGradient"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.stop_gradient(inputs[0])};
  }
};

template <size_t row>
class BinaryImpl final : public ConfiguredLayer<BinaryOpConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return kBinary[row].name; }
  size_t input_count() const override { return config.x1 || config.x2 ? 1 : 2; }

  void check() const override {
    if (config.x1 && config.x2) throw ConfigError("x1 and x2 cannot both be numbers");
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {broadcast_all(inputs)}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    if (kBinary[row].algorithm == ops::Binary::pow && config.x2)
      return {b.eltwise(inputs[0], ops::Eltwise::pow, static_cast<float>(*config.x2))};
    const ops::Value left = config.x1 ? b.scalar(static_cast<float>(*config.x1)) : inputs[0];
    const ops::Value right = config.x2 ? b.scalar(static_cast<float>(*config.x2)) : inputs.back();
    return {b.binary(kBinary[row].algorithm, left, right)};
  }
};

class ClipImpl final : public ConfiguredLayer<ClipConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Clip"; }

  void check() const override {
    if (config.x_min && config.x_max && *config.x_min > *config.x_max)
      throw ConfigError(cat("x_min must not be above x_max; received ", *config.x_min, " and ", *config.x_max));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const float most = std::numeric_limits<float>::max();
    const float low = config.x_min ? static_cast<float>(*config.x_min) : -most;
    const float high = config.x_max ? static_cast<float>(*config.x_max) : most;
    return {b.eltwise(inputs[0], ops::Eltwise::clip, low, high)};
  }
};

class WhereImpl final : public ConfiguredLayer<WhereConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Where"; }
  size_t input_count() const override { return 3 - (config.x1 ? 1 : 0) - (config.x2 ? 1 : 0); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {broadcast_all(inputs)}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value yes = config.x1 ? b.scalar(static_cast<float>(*config.x1)) : inputs[1];
    const ops::Value no = config.x2 ? b.scalar(static_cast<float>(*config.x2)) : inputs.back();
    return {b.where(inputs[0], yes, no)};
  }
};

// Functions that make the layer of each row of a table, for the recording functions and for the registry.
template <template <size_t> class Impl, class Config, size_t... rows>
std::shared_ptr<LayerImpl> make_row(size_t row, Config config, const source_location& location,
                                    std::index_sequence<rows...>) {
  std::shared_ptr<LayerImpl> made;
  ((rows == row ? static_cast<void>(made = make_layer<Impl<rows>>(config, location)) : static_cast<void>(0)), ...);
  return made;
}

template <template <size_t> class Impl, class Table, size_t... rows>
void add_classes(std::vector<LayerClass>& classes, const Table& table, std::index_sequence<rows...>) {
  (classes.push_back(layer_class<Impl<rows>>(table[rows].name)), ...);
}

template <class Table>
size_t row_of(const Table& table, const std::string& name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
  if (found == table.end()) throw ConfigError(cat("there is no function \"", name, '"'));
  return static_cast<size_t>(found - table.begin());
}

}  // namespace

Layer unary_op(const std::string& class_name, source_location location) {
  if (class_name == "StopGradient") return Layer(make_layer<StopGradientImpl>(NameConfig{}, location));
  return Layer(make_row<UnaryImpl>(row_of(kUnary, class_name), NameConfig{}, location,
                                   std::make_index_sequence<kUnary.size()>()));
}

Layer binary_op(const std::string& class_name, BinaryOpConfig config, source_location location) {
  return Layer(make_row<BinaryImpl>(row_of(kBinary, class_name), std::move(config), location,
                                    std::make_index_sequence<kBinary.size()>()));
}

Layer clip_op(ClipConfig config, source_location location) {
  return Layer(make_layer<ClipImpl>(std::move(config), location));
}

Layer where_op(WhereConfig config, source_location location) {
  return Layer(make_layer<WhereImpl>(std::move(config), location));
}

std::vector<LayerClass> elementwise_classes() {
  std::vector<LayerClass> classes{layer_class<StopGradientImpl>("StopGradient"), layer_class<ClipImpl>("Clip"),
                                  layer_class<WhereImpl>("Where")};
  add_classes<UnaryImpl>(classes, kUnary, std::make_index_sequence<kUnary.size()>());
  add_classes<BinaryImpl>(classes, kBinary, std::make_index_sequence<kBinary.size()>());
  return classes;
}

}  // namespace graft
