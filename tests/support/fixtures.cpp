#include "tests/support/fixtures.h"

#include <algorithm>
#include <cstring>

#include "graft/core/file.h"
#include "graft/models/io/architecture/write.h"
#include "graft/models/io/load.h"
#include "graft/models/io/weights.h"
#include "tests/support/places.h"

namespace graft::test {

namespace fs = std::filesystem;

fs::path fixture_path(const std::string& name) { return fixture_folder() / name; }

std::vector<std::string> fixture_names(const std::string& engine) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(fixture_path(engine)))
    names.push_back(engine + '/' + entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Tensor load_f32(const fs::path& path, const Shape& shape) {
  const std::string bytes = read_file(path);
  Tensor tensor(shape);
  if (bytes.size() != tensor.bytes())
    throw FormatError(path.string(), cat("holds ", bytes.size(), " bytes, shape ", shape, " takes ", tensor.bytes()));
  std::memcpy(tensor.raw(), bytes.data(), bytes.size());
  return tensor;
}

static Tensors load_all(const fs::path& folder, const nlohmann::ordered_json& list) {
  Tensors tensors;
  for (const auto& entry : list)
    tensors.push_back(load_f32(folder / entry["file"], Shape(entry["shape"].get<std::vector<int64_t>>())));
  return tensors;
}

Fixture load_fixture(const std::string& name) {
  Fixture fixture{.folder = fixture_path(name), .meta = {}, .inputs = {}, .outputs = {}};
  fixture.meta = nlohmann::ordered_json::parse(read_file(fixture.folder / "meta.json"));
  fixture.inputs = load_all(fixture.folder, fixture.meta["inputs"]);
  fixture.outputs = load_all(fixture.folder, fixture.meta["outputs"]);
  return fixture;
}

Tensors Fixture::targets() const { return load_all(folder, meta["train"]["targets"]); }

Tensors Fixture::outputs_after(const Model& like) const {
  Tensors tensors;
  for (size_t i = 0; i < like.outputs().size(); ++i)
    tensors.push_back(load_f32(folder / cat("output_after_", i, ".f32"), outputs[i].shape()));
  return tensors;
}

Model load_model_fixture(const std::string& name) {
  const fs::path folder = fixture_path(name);
  return fs::exists(folder / "model.keras") ? load_model(folder / "model.keras") : load_model(folder);
}

void load_weights_after(const Model& model, const Fixture& fixture, const std::string& file) {
  if (file.ends_with(".h5")) return model.load_weights(fixture.folder / file);
  const auto document = nlohmann::ordered_json::parse(read_file(fixture.folder / "model.json"));
  const std::string bytes = read_file(fixture.folder / file);
  io::SavedTensors tensors;
  size_t offset = 0;
  for (const auto& group : document["weightsManifest"])
    for (const auto& weight : group["weights"]) {
      Tensor tensor(Shape(weight["shape"].get<std::vector<int64_t>>()));
      if (offset + tensor.bytes() > bytes.size()) throw FormatError(file, "is truncated");
      std::memcpy(tensor.raw(), bytes.data() + offset, tensor.bytes());
      offset += tensor.bytes();
      tensors.push_back({weight["name"], tensor});
    }
  io::assign_named(model, io::write_architecture(model).layers, tensors, file);
}

}  // namespace graft::test
