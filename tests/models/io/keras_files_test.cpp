// The files of Keras that Graft writes, beside those that Keras wrote of the same models. That Keras opens them and
// predicts the same is checked with Keras itself by shared/oracle/check_written.py, which tests do not run.

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "graft/core/file.h"
#include "graft/graft.h"
#include "graft/models/io/base/hdf5.h"
#include "graft/models/io/base/json_view.h"
#include "graft/models/io/base/zip_file.h"
#include "tests/support/error_text.h"
#include "tests/support/fixtures.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace graft::test;

namespace {

/// A .keras archive.
struct Archive {
  explicit Archive(const std::filesystem::path& path)
      : config(io::parse_json(*io::read_zip_entry(path, "config.json"), "config.json")),
        weights(*io::read_zip_entry(path, "model.weights.h5"), cat(path.string(), ": weights")) {}
  Json config;
  io::Hdf5File weights;
};

using Listed = std::map<std::string, std::string>;

/// The name of the layer of every group "vars", and the shape of every array, by their paths.
void list(const io::Hdf5File& file, const std::string& group, Listed& names, Listed& arrays) {
  for (const std::string& child : file.children(group)) {
    const std::string path = group.empty() ? child : cat(group, '/', child);
    if (group.ends_with("vars"))
      arrays[path] = cat(file.shape(path));
    else if (list(file, path, names, arrays); child == "vars")
      names[path] = file.text(path, "name").value_or("");
  }
}

/// Whether it is the group of a layer of a model, and not of one inside another layer, whose name Keras makes up.
bool is_of_model(const std::string& path) {
  const std::filesystem::path group = std::filesystem::path(path).parent_path();
  return group.empty() || group.parent_path().filename() == "layers";
}

/// The class, the module and the name of each layer, and the tensors that its calls take; the calls of a shared layer
/// may have another order.
void describe(const Json& json, std::vector<std::string>& found) {
  if (json.is_array())
    for (const Json& item : json) describe(item, found);
  if (!json.is_object()) return;
  if (json.contains("inbound_nodes"))
    found.push_back(cat(json["module"].dump(), ' ', json["class_name"].dump(), ' ', json["name"].dump()));
  if (json.contains("keras_history"))
    found.push_back(cat(json["shape"].dump(), json["keras_history"][0].dump(), json["keras_history"][2].dump()));
  for (const auto& [key, value] : json.items()) describe(value, found);
}

std::vector<std::string> described(const Json& config) {
  std::vector<std::string> found;
  describe(config, found);
  std::ranges::sort(found);
  return found;
}

}  // namespace

TEST_CASE("a .keras archive has the layers, the calls and the arrays that Keras writes") {
  const TemporaryFolder folder;
  size_t checked = 0;
  for (const std::string& name : fixture_names("keras3")) {
    const std::filesystem::path theirs = fixture_path(name) / "model.keras";
    if (!std::filesystem::exists(theirs)) continue;
    INFO(name);
    load_model(theirs).save(folder / "ours.keras");
    const Archive expected(theirs), written(folder / "ours.keras");
    CHECK(described(written.config) == described(expected.config));
    Listed names, arrays, own_names, own_arrays;
    list(expected.weights, "", names, arrays);
    list(written.weights, "", own_names, own_arrays);
    CHECK(own_arrays == arrays);
    for (const auto& [path, layer] : own_names)
      if (is_of_model(path)) CHECK(names[path] == layer);
    for (const auto& [path, shape] : arrays) CHECK(bit_equal(written.weights.read(path), expected.weights.read(path)));
    ++checked;
  }
  CHECK(checked > 200);
}

TEST_CASE("shared layers and automatic names survive in files of Keras") {
  const TemporaryFolder folder;
  const auto x = Input({.shape = {4}}), z = Input({.shape = {3}});
  const Dense shared({.units = 3, .name = "shared"});
  const Model encoder(x, Dense({.units = 3})(shared(x)), {.name = "encoder"});
  const auto w = Input({.shape = {4}});
  const Model other(w, Dense({.units = 2})(shared(w)), {.name = "other"});
  const auto y = Input({.shape = {4}, .name = "y"});
  const Model joined(y, {encoder(y), other(y), encoder(y)}, {.name = "joined"});
  const Tensor data = Tensor(Shape{2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  for (const char* file : {"m.keras", "m.h5"}) {
    INFO(file);
    joined.save(folder / file);
    const Model loaded = load_model(folder / file);
    CHECK(loaded.to_json() == joined.to_json());
    CHECK(loaded.weights().size() == joined.weights().size());
    const Tensors expected = joined.predict(data), found = loaded.predict(data);
    for (size_t i = 0; i < expected.size(); ++i) CHECK(bit_equal(found[i], expected[i]));
  }
}

TEST_CASE("numbers beyond all bounds are written as Python writes them") {
  const TemporaryFolder folder;
  const auto x = Input({.shape = {4}});
  Model(x, norm(x, {1}, false, std::numeric_limits<double>::infinity())).save(folder / "m.keras");
  const std::string config = *io::read_zip_entry(folder / "m.keras", "config.json");
  CHECK(config.find("Infinity") != std::string::npos);
  CHECK(config.find("__float__") == std::string::npos);
  CHECK(load_model(folder / "m.keras").predict(Tensor(Shape{1, 4}, {1, -5, 3, 4})).data<float>()[0] == 5);
}

TEST_CASE("what Keras refuses is refused before anything is written, and an old file stays") {
  const TemporaryFolder folder;
  const auto x = Input({.shape = {4}});
  const Model model(x, Dense({.units = 2, .name = "a/b"})(x));
  for (const char* file : {"m.keras", "m.h5"}) {
    write_file(folder / file, "old");
    CHECK(error_text<ConfigError>([&] { model.save(folder / file); }) ==
          "Keras allows no \"/\" in the name of a layer; received Dense \"a/b\".");
    CHECK(read_file(folder / file) == "old");
  }
  const Model fine(x, Dense({.units = 2})(x));
  for (const char* file : {"m.keras", "m.h5"}) {
    const std::string path = (folder / "no such folder" / file).string();
    CHECK(error_text<BackendError>([&] { fine.save(path); }) ==
          path + ": cannot be created: No such file or directory.");
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()) == 2);
}
