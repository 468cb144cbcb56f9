#include "graft/models/io/keras_archive.h"

#include <ctime>
#include <iomanip>
#include <sstream>

#include "graft/core/file.h"
#include "graft/models/io/architecture/document.h"
#include "graft/models/io/architecture/write_keras3.h"
#include "graft/models/io/base/file_start.h"
#include "graft/models/io/base/zip_file.h"
#include "graft/models/io/keras_weights.h"
#include "graft/models/io/write_keras_weights.h"

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
  const Model model = read_architecture(JsonView(config, source), ids_of(config, source), version).model;
  load_keras_archive_weights(model, path);
  return model;
}

void load_keras_archive_weights(const Model& model, const fs::path& path) {
  const Hdf5File file(entry_of(path, "model.weights.h5"), cat(path.string(), ": model.weights.h5"));
  load_keras3_weights(file, model, [&](const std::string& asset) { return read_zip_entry(path, asset); });
}

// As Keras writes it: 2026-11-27@08:21:33.
static std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::ostringstream text;
  text << std::put_time(&local, "%Y-%m-%d@%H:%M:%S");
  return text.str();
}

void save_keras_archive(const Model& model, const fs::path& path) {
  const std::string config = python_json(write_keras3_architecture(model));
  AtomicFile archive(path);
  const AtomicFile weights(cat(path.string(), ".weights.h5"));  // never committed, so it goes with its scope
  Hdf5Writer file(weights.temporary());
  write_keras3_weights(file, model);
  file.close();
  const Json metadata = {{"keras_version", kWrittenKerasVersion}, {"date_saved", now()}, {"generated_by", "Graft"}};
  write_zip(
      archive.temporary(),
      {{"metadata.json", metadata.dump()}, {"config.json", config}, {"model.weights.h5", {}, weights.temporary()}});
  archive.commit();
}

}  // namespace graft::io
