#include "graft/models/io/tfjs_folder.h"

#include "graft/core/file.h"
#include "graft/models/io/architecture/document.h"
#include "graft/models/io/base/file_start.h"
#include "graft/models/io/base/file_tree.h"
#include "graft/models/io/manifest.h"
#include "graft/models/io/probe.h"
#include "graft/models/io/weights.h"

namespace graft::io {

namespace fs = std::filesystem;

static constexpr const char* kModelFile = "model.json";
static constexpr const char* kShardFile = "group1-shard1of1.bin";
static constexpr const char* kManifestKey = "weightsManifest";

// -- model.json -------------------------------------------------------------------------------------------------------

bool is_model_json(const fs::path& path) {
  const std::string start = file_start(path);
  const size_t text = start.find_first_not_of(" \t\r\n");
  return path.extension() == ".json" || (text != std::string::npos && start[text] == '{');
}

static Model load_document(const JsonView& document, const fs::path& path) {
  const ReadArchitecture read = read_document(document);
  if (document.has(kManifestKey))
    assign_named(read.model, read.layers, read_manifest(document[kManifestKey], path.parent_path()), path.string());
  return read.model;
}

Model load_model_json_or_architecture(const fs::path& path) {
  const Json json = parse_json(read_file(path), path.string());
  return load_document(JsonView(json, path.string()), path);
}

Model load_model_json(const fs::path& path) {
  const Json json = parse_json(read_file(path), path.string());
  const JsonView document(json, path.string());
  check_is_model(document);
  if (!document.has(kManifestKey))
    throw FormatError(path.string(), "holds an architecture without weights")
        .hint("model_from_json makes a model with fresh weights from it.");
  return load_document(document, path);
}

void load_model_json_weights(const Model& model, const fs::path& path) {
  const Json json = parse_json(read_file(path), path.string());
  const JsonView manifest = JsonView(json, path.string())[kManifestKey];
  assign_named(model, write_architecture(model).layers, read_manifest(manifest, path.parent_path()), path.string());
}

// -- the folder -------------------------------------------------------------------------------------------------------

bool is_folder(const fs::path& path) { return fs::is_directory(path); }

Model load_folder(const fs::path& folder) {
  if (!fs::exists(folder / kModelFile)) throw FormatError(folder.string(), "the folder holds no model.json");
  return load_model_json(folder / kModelFile);
}

void load_folder_weights(const Model& model, const fs::path& folder) {
  load_model_json_weights(model, folder / kModelFile);
}

// Saving replaces the whole folder, so it refuses a folder with files that are not part of a saved model.
static void check_replaceable(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  if (!fs::is_directory(folder)) throw ConfigError(cat(folder.string(), " is a file; a model is saved as a folder"));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == kModelFile || name == kProbeFile || (name.ends_with(".bin") && !entry.is_directory());
    if (ours) continue;
    throw ConfigError(
        cat("saving to ", folder.string(), " would delete ", name, ", which is not part of a saved model"))
        .hint("save the model to a folder of its own.");
  }
}

void save_folder(const Model& model, const fs::path& folder) {
  check_replaceable(folder);
  const WrittenArchitecture written = write_architecture(model);
  const SavedTensors tensors = named_tensors(written.layers);
  Json document = {{"format", "layers-model"},
                   {"generatedBy", "Graft"},
                   {"convertedBy", nullptr},
                   {"modelTopology", versioned_topology(written)},
                   {kManifestKey, write_manifest(tensors, kShardFile)}};
  if (!written.ids.empty()) document[kIdsKey] = written.ids;
  FolderContents contents{{kModelFile, document.dump()}, {kShardFile, shard_bytes(tensors)}};
  if (std::optional<Probe> probe = make_probe(model)) {
    contents[kProbeFile] = std::move(probe->json);
    contents[kProbeData] = std::move(probe->data);
  }
  replace_folder(folder, contents);
}

}  // namespace graft::io
