#include "graft/models/io/base/literal_json.h"

#include <cmath>
#include <limits>

#include "graft/core/error.h"

namespace graft {

static const Json* non_finite(const Json& json) {
  return json.is_object() && json.value("class_name", "") == "__float__" ? &json.at("config") : nullptr;
}

bool is_number(const Json& json) { return json.is_number() || non_finite(json) != nullptr; }

double number_of(const Json& json) {
  const Json* word = non_finite(json);
  if (!word) return json.get<double>();
  if (*word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  return *word == "-Infinity" ? -infinity : infinity;
}

Json json_number(double value) {
  if (std::isfinite(value)) return value;
  const char* word = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  return {{"class_name", "__float__"}, {"config", word}};
}

// An array of the type that its config names; of other types than int32, int64 and bool as float32.
static Tensor read_array(const Json& config, const std::string& path) {
  const std::string dtype = config.value("dtype", "float32");
  const Literal values = read_literal(config.at("value"), path);
  try {
    const Tensor tensor = values.as_tensor();
    const bool whole = dtype.starts_with("int") || dtype.starts_with("uint") || dtype == "bool";
    return tensor.cast(whole ? DType::s32 : DType::f32);
  } catch (const Error& error) {
    throw FormatError(path, cat("expected an array of numbers: ", error.rule()));
  }
}

static std::optional<int64_t> bound(const Json& config, const char* key) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return {};
  return found->get<int64_t>();
}

static Literal read_object(const Json& json, const std::string& path) {
  const std::string class_name = json.value("class_name", "");
  if (class_name == "__ellipsis__") return Literal::Ellipsis{};
  const auto config = json.find("config");
  if (config == json.end()) throw FormatError(path, cat("expected a value; received ", json.dump()));
  if (class_name == "__float__") return number_of(json);
  if (class_name == "__numpy__" || class_name == "__tensor__") return read_array(*config, path);
  if (class_name == "__slice__")
    return Literal::Slice{bound(*config, "start"), bound(*config, "stop"), bound(*config, "step")};
  if (class_name == "__tuple__") return read_literal(json.contains("items") ? json.at("items") : *config, path);
  if (config->is_object() && config->contains("name") && config->at("name").is_string())
    return config->at("name").get<std::string>();              // a dtype policy
  if (config->is_string()) return config->get<std::string>();  // a function by its name
  throw FormatError(path, cat("the object of class \"", class_name, "\" is not known here"));
}

Literal read_literal(const Json& json, const std::string& path) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_object()) return read_object(json, path);
  Literal::List items;
  for (const Json& item : json) items.push_back(read_literal(item, path));
  return items;
}

// The elements of an array as nested lists, from the given one on.
static Json nested(const Tensor& floats, int64_t axis, int64_t& next) {
  if (axis == floats.shape().rank()) {
    return json_number(static_cast<double>(floats.data<float>()[static_cast<size_t>(next++)]));
  }
  Json list = Json::array();
  for (int64_t i = 0; i < floats.shape()[axis]; ++i) list.push_back(nested(floats, axis + 1, next));
  return list;
}

static Json write_array(const Tensor& tensor) {
  int64_t next = 0;
  const Tensor floats = tensor.cast(DType::f32);
  return {{"class_name", "__numpy__"},
          {"config", {{"value", nested(floats, 0, next)}, {"dtype", to_string(tensor.dtype())}}}};
}

Json write_shape(const Shape& shape) {
  if (!shape.has_rank()) return nullptr;
  Json dims = Json::array();
  for (const int64_t dim : shape) dims.push_back(dim == Shape::none ? Json(nullptr) : Json(dim));
  return dims;
}

Json write_literal(const Literal& literal) {
  if (literal.is_none()) return nullptr;
  if (literal.is_bool()) return literal.boolean();
  if (literal.is_integer()) return literal.integer();
  if (literal.is_number()) return json_number(literal.number());
  if (literal.is_string()) return literal.string();
  if (literal.is_tensor()) return write_array(literal.tensor());
  if (literal.is_ellipsis()) return {{"class_name", "__ellipsis__"}, {"config", Json::object()}};
  if (literal.is_slice()) {
    const Literal::Slice& slice = literal.slice();
    return {
        {"class_name", "__slice__"},
        {"config", {{"start", or_null(slice.start)}, {"stop", or_null(slice.stop)}, {"step", or_null(slice.step)}}}};
  }
  Json list = Json::array();
  for (const Literal& item : literal.list()) list.push_back(write_literal(item));
  return list;
}

}  // namespace graft
