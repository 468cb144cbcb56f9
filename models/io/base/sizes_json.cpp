#include "graft/models/io/base/sizes_json.h"

#include <algorithm>

namespace graft {

bool read_sizes(const Json& json, std::span<int64_t> sizes) {
  if (json.is_number_integer()) {
    std::ranges::fill(sizes, json.get<int64_t>());
    return true;
  }
  if (!json.is_array() || json.size() != sizes.size()) return false;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (!json[i].is_number_integer()) return false;
    sizes[i] = json[i].get<int64_t>();
  }
  return true;
}

bool read_sides(const Json& json, std::span<Ends> sides) {
  if (sides.size() == 1) return read_sizes(json, sides[0]);
  const bool one = json.is_number_integer();
  if (!one && (!json.is_array() || json.size() != sides.size())) return false;
  for (size_t i = 0; i < sides.size(); ++i)
    if (!read_sizes(one ? json : json[i], sides[i])) return false;
  return true;
}

Json write_sizes(std::span<const int64_t> sizes) { return std::vector<int64_t>(sizes.begin(), sizes.end()); }

Json write_sides(std::span<const Ends> sides) {
  if (sides.size() == 1) return sides[0];
  return std::vector<Ends>(sides.begin(), sides.end());
}

std::string sizes_form(size_t count) {
  if (count == 1) return "a whole number";
  return cat("a whole number or a list of ", count == 2 ? "two" : "three");
}

}  // namespace graft
