#pragma once

#include <span>
#include <string>

#include "graft/graph/config.h"
#include "graft/models/io/base/literal_json.h"

namespace graft {

/// Reads a number for each axis, or one that means all: 3, [3, 5]. Returns false for another form.
bool read_sizes(const Json& json, std::span<int64_t> sizes);
/// Reads a number or a pair (before, after) for each axis, or one number that means all: 3, [3, 5], [[1, 2], [3, 4]];
/// of one axis [1, 2]. Returns false for another form.
bool read_sides(const Json& json, std::span<Ends> sides);
/// Writes the forms with all numbers.
Json write_sizes(std::span<const int64_t> sizes);
Json write_sides(std::span<const Ends> sides);
/// What a message calls the form of that many numbers: "a whole number or a list of three".
std::string sizes_form(size_t count);

}  // namespace graft
