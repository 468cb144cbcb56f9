#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "graft/core/literal.h"
#include "graft/core/shape.h"

namespace graft {

using Json = nlohmann::ordered_json;

/// Reads a value as Keras writes it: numbers, words, lists, and objects for what JSON has no word for: "__numpy__" and
/// "__tensor__" (arrays), "__slice__", "__ellipsis__", "__tuple__", infinities and NaN. Throws FormatError naming
/// `path` for another object.
Literal read_literal(const Json& json, const std::string& path);

/// Writes it in the same form.
Json write_literal(const Literal& literal);

/// The value, or null where there is none.
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// The dimensions of a shape, null for those that are unknown; null for a shape without a rank.
Json write_shape(const Shape& shape);

/// A number of Python's JSON, which has words for infinities and NaN; see parse_json.
bool is_number(const Json& json);
double number_of(const Json& json);
Json json_number(double value);

}  // namespace graft
