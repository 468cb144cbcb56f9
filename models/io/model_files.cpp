#include "graft/models/io/model_files.h"

#include <fstream>

#include "graft/core/file.h"
#include "graft/models/io/architecture/architecture.h"
#include "graft/models/io/base/file_tree.h"
#include "graft/models/io/base/zip_file.h"
#include "graft/models/io/keras_weights.h"
#include "graft/models/io/probe.h"
#include "graft/models/io/safetensors.h"
#include "graft/models/io/weights.h"
#include "graft/models/model/model_impl.h"

namespace graft {

namespace fs = std::filesystem;
using namespace io;

// -- what a file is
// ----------------------------------------------------------------------------------------------------

static std::string first_bytes(const fs::path& path) {
  constexpr std::streamsize kCount = 16;
  std::string bytes(kCount, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), kCount) && file.gcount() == 0) {
    if (!file.is_open()) throw FormatError(path.string(), "cannot be opened");
    throw FormatError(path.string(), "is empty");
  }
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

FileKind io::kind_of(const fs::path& path) {
  if (!fs::exists(path)) throw FormatError(path.string(), "there is no such file or folder");
  if (fs::is_directory(path)) return FileKind::folder;
  const std::string start = first_bytes(path);
  if (start.starts_with("PK")) return FileKind::keras;
  if (start.starts_with("\x89HDF")) return FileKind::h5;
  if (path.extension() == ".keras" || path.extension() == ".h5")
    throw FormatError(path.string(), "is damaged: it does not begin as such a file does");
  if (path.extension() == ".safetensors") return FileKind::safetensors;
  const size_t text = start.find_first_not_of(" \t\r\n");
  if (path.extension() == ".json" || (text != std::string::npos && start[text] == '{')) return FileKind::json;
  FormatError error(path.string(), "is none of the formats that models are saved in");
  error.hint("these are: a folder with model.json, model.json itself, .keras, .h5.");
  throw error;
}

static KerasVersion version_of(const std::string& text) {
  return text.starts_with('3') ? KerasVersion::v3 : KerasVersion::v2;
}

// Where the file does not say: modules are named since Keras 3 (and in archives of late Keras 2, which do say).
static KerasVersion version_of(const JsonView& holder, const JsonView& model) {
  if (holder.has_value("keras_version")) return version_of(holder["keras_version"].string());
  if (model.has_value("keras_version")) return version_of(model["keras_version"].string());
  return model.has("module") ? KerasVersion::v3 : KerasVersion::v2;
}

// -- from JSON
// ---------------------------------------------------------------------------------------------------------

// TF.js's file holds the model as its topology.
static JsonView holder_of(const JsonView& root) { return root.has("modelTopology") ? root["modelTopology"] : root; }

static JsonView model_of(const JsonView& holder) {
  const JsonView model = holder.has("model_config") ? holder["model_config"] : holder;
  if (model.has("class_name")) return model;
  FormatError error(model.path(), "is not a saved model: the key \"class_name\" is missing");
  if (model.has("node")) error.hint("a TF.js graph model is a list of operations; only layers models are read.");
  throw error;
}

static ReadArchitecture read_document(const JsonView& root) {
  const JsonView holder = holder_of(root), model = model_of(holder);
  const LayerIds ids = root.has(kIdsKey) ? read_ids(root[kIdsKey]) : LayerIds();
  return read_architecture(model, ids, version_of(holder, model));
}

Model model_from_json(const std::string& json) {
  const Json document = parse_json(json, "JSON");
  return read_document(JsonView(document, "JSON")).model;
}

static Model load_json(const fs::path& path, bool architecture_is_enough) {
  const Json document = parse_json(read_file(path), path.string());
  const JsonView root(document, path.string());
  const bool weights = root.has("weightsManifest");
  model_of(holder_of(root));
  if (!weights && !architecture_is_enough) {
    FormatError error(path.string(), "holds an architecture without weights");
    error.hint("model_from_json makes a model with fresh weights of it.");
    throw error;
  }
  const ReadArchitecture read = read_document(root);
  if (weights)
    assign_named(read.model, read.layers, read_manifest(root["weightsManifest"], path.parent_path()), path.string());
  return read.model;
}

static Model load_folder(const fs::path& folder) {
  if (!fs::exists(folder / kModelFile)) throw FormatError(folder.string(), "the folder holds no model.json");
  return load_json(folder / kModelFile, false);
}

// -- Keras's own files
// ---------------------------------------------------------------------------------------------------

static std::string entry_of(const fs::path& archive, const char* name) {
  if (std::optional<std::string> bytes = read_zip_entry(archive, name)) return std::move(*bytes);
  throw FormatError(archive.string(), cat("is not a .keras archive: it holds no ", name));
}

static Model load_keras(const fs::path& path) {
  const std::string source = cat(path.string(), ": config.json");
  const Json config = parse_json(entry_of(path, "config.json"), source);
  const std::string about = cat(path.string(), ": metadata.json");
  const Json metadata = parse_json(entry_of(path, "metadata.json"), about);
  const KerasVersion version = version_of(JsonView(metadata, about)["keras_version"].string());
  if (version == KerasVersion::v2) {
    FormatError error(path.string(), "is a .keras archive of Keras 2, whose weights are laid out differently");
    error.hint("save it as .h5 there.");
    throw error;
  }
  const Model model = read_architecture(JsonView(config, source), {}, version).model;
  load_keras3_weights(Hdf5File(entry_of(path, "model.weights.h5"), cat(path.string(), ": model.weights.h5")), model);
  return model;
}

static Model load_h5(const fs::path& path) {
  const Hdf5File file(path);
  const std::optional<std::string> config = file.text("", "model_config");
  if (!config) {
    FormatError error(path.string(), "holds weights without an architecture");
    error.hint("load_weights gives them to a model.");
    throw error;
  }
  const std::string source = cat(path.string(), ": model_config");
  const Json document = parse_json(*config, source);
  const Model model =
      read_architecture(JsonView(document, source), {}, version_of(file.text("", "keras_version").value_or("2"))).model;
  load_legacy_weights(file, model);
  return model;
}

static Model load(const fs::path& path, bool architecture_is_enough) {
  switch (kind_of(path)) {
    case FileKind::folder:
      return load_folder(path);
    case FileKind::json:
      return load_json(path, architecture_is_enough);
    case FileKind::keras:
      return load_keras(path);
    case FileKind::h5:
      return load_h5(path);
    case FileKind::safetensors:
      break;
  }
  FormatError error(path.string(), "holds weights without an architecture");
  error.hint("load_weights gives them to a model.");
  throw error;
}

Model load_model(const fs::path& path) { return load(path, false); }

Model io::load_model_or_architecture(const fs::path& path) { return load(path, true); }

// -- weights alone
// -------------------------------------------------------------------------------------------------------

static std::vector<FileLayer> layers_by_path(const Model& model) { return write_architecture(model).layers; }

void Model::load_weights(const fs::path& path) const {
  switch (kind_of(path)) {
    case FileKind::safetensors:
      return assign_by_path(*this, read_safetensors(path), path.string());
    case FileKind::h5: {
      const Hdf5File file(path);
      return has_legacy_weights(file) ? load_legacy_weights(file, *this) : load_keras3_weights(file, *this);
    }
    case FileKind::keras:
      return load_keras3_weights(Hdf5File(entry_of(path, "model.weights.h5"), cat(path.string(), ": model.weights.h5")),
                                 *this);
    case FileKind::folder:
    case FileKind::json:
      break;
  }
  const fs::path file = fs::is_directory(path) ? path / kModelFile : path;
  const Json document = parse_json(read_file(file), file.string());
  const JsonView manifest = JsonView(document, file.string())["weightsManifest"];
  assign_named(*this, layers_by_path(*this), read_manifest(manifest, file.parent_path()), file.string());
}

void Model::save_weights(const fs::path& path) const {
  if (path.extension() != ".safetensors") {
    ConfigError error(cat("save_weights cannot write ", path.string(), "; it writes .safetensors"));
    error.hint("save(\"folder\") writes the weights together with the architecture.");
    throw error;
  }
  const auto named = named_weights();
  Variables variables;
  for (const auto& [name, variable] : named) variables.push_back(variable);
  const std::vector<Tensor> values = values_of(variables);
  SavedTensors tensors;
  for (size_t i = 0; i < named.size(); ++i) tensors.push_back({named[i].first, values[i]});
  write_safetensors(path, tensors);
}

// -- saving
// --------------------------------------------------------------------------------------------------------------

// TF.js and Netron take the schema's version from here.
static Json topology_of(const WrittenArchitecture& written) {
  Json topology = written.topology;
  topology["keras_version"] = "2.15.0";
  topology["backend"] = "graft";
  return topology;
}

std::string Model::to_json(int indent) const {
  const WrittenArchitecture written = write_architecture(*this);
  Json topology = topology_of(written);
  if (!written.ids.empty()) topology[kIdsKey] = written.ids;
  return topology.dump(indent);
}

// Saving replaces the folder whole; somebody else's files must not go with it.
static void check_replaceable(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  if (!fs::is_directory(folder)) throw ConfigError(cat(folder.string(), " is a file; a model is saved as a folder"));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == kModelFile || name == kProbeFile || (name.ends_with(".bin") && !entry.is_directory());
    if (ours) continue;
    ConfigError error(
        cat("saving to ", folder.string(), " would delete ", name, ", which is not part of a saved model"));
    error.hint("give the model a folder of its own.");
    throw error;
  }
}

void io::save_folder(const Model& model, const fs::path& folder) {
  check_replaceable(folder);
  const WrittenArchitecture written = write_architecture(model);
  const SavedTensors tensors = named_tensors(written.layers);
  Json document = {{"format", "layers-model"},
                   {"generatedBy", "Graft"},
                   {"convertedBy", nullptr},
                   {"modelTopology", topology_of(written)},
                   {"weightsManifest", write_manifest(tensors, kShardFile)}};
  if (!written.ids.empty()) document[kIdsKey] = written.ids;
  FolderContents contents{{kModelFile, document.dump()}, {kShardFile, shard_bytes(tensors)}};
  if (std::optional<Probe> probe = make_probe(model)) {
    contents[kProbeFile] = std::move(probe->json);
    contents[kProbeData] = std::move(probe->data);
  }
  replace_folder(folder, contents);
}

void Model::save(const fs::path& path) const {
  for (const char* ending : {".keras", ".h5", ".hdf5", ".json", ".safetensors"})
    if (path.extension() == ending) {
      ConfigError error(cat("save cannot write ", path.string(), "; it writes a folder (model.json and weights)"));
      error.hint("give a path without an ending; to_json gives the architecture, save_weights writes .safetensors.");
      throw error;
    }
  io::save_folder(*this, path);
  warn_of_additions(*this, "what is saved");
}

}  // namespace graft
