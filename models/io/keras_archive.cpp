#include "graft/models/io/keras_archive.h"

#include "graft/models/io/architecture/document.h"
#include "graft/models/io/base/file_start.h"
#include "graft/models/io/base/zip_file.h"
#include "graft/models/io/keras_weights.h"

namespace graft::io {

namespace fs = std::filesystem;

bool is_keras_archive(const fs::path& path) { return file_start(path).starts_with("PK"); }

static std::string entry_of(const fs::path& archive, const char* name) {
  if (std::optional<std::string> bytes = read_zip_entry(archive, name)) return std::move(*bytes);
  throw FormatError(archive.string(), cat("is not a .keras archive: it holds no ", name));
}

Model load_keras_archive(const fs::path& path) {
  const std::string source = cat(path.string(), ": config.json");
  const Json config = parse_json(entry_of(path, "config.json"), source);
  const std::string about = cat(path.string(), ": metadata.json");
  const Json metadata = parse_json(entry_of(path, "metadata.json"), about);
  const KerasVersion version = keras_version(JsonView(metadata, about)["keras_version"].string());
  if (version == KerasVersion::v2)
    throw FormatError(path.string(), "is a .keras archive of Keras 2, whose weights are laid out differently")
        .hint("save it as .h5 there.");
  const Model model = read_architecture(JsonView(config, source), {}, version).model;
  load_keras_archive_weights(model, path);
  return model;
}

void load_keras_archive_weights(const Model& model, const fs::path& path) {
  const Hdf5File file(entry_of(path, "model.weights.h5"), cat(path.string(), ": model.weights.h5"));
  load_keras3_weights(file, model, [&](const std::string& asset) { return read_zip_entry(path, asset); });
}

}  // namespace graft::io
