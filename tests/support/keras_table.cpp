#include "tests/support/keras_table.h"

#include "graft/core/file.h"
#include "tests/support/fixtures.h"

namespace graft::test {

using Json = nlohmann::ordered_json;

Json keras_table(const std::string& name) {
  return Json::parse(read_file(fixture_path("keras3_tables/" + name + ".json")));
}

static void flatten(const Json& json, std::vector<float>& values) {
  if (!json.is_array()) return values.push_back(json.get<float>());
  for (const Json& item : json) flatten(item, values);
}

Tensor nested_lists(const Json& json) {
  std::vector<int64_t> dims;
  for (const Json* level = &json; level->is_array(); level = &level->front()) dims.push_back(std::ssize(*level));
  std::vector<float> values;
  flatten(json, values);
  return Tensor(Shape(dims), std::move(values));
}

}  // namespace graft::test
