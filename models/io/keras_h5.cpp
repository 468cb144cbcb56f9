#include "graft/models/io/keras_h5.h"

#include "graft/core/file.h"
#include "graft/models/io/architecture/document.h"
#include "graft/models/io/architecture/write_keras3.h"
#include "graft/models/io/base/file_start.h"
#include "graft/models/io/keras_weights.h"
#include "graft/models/io/write_keras_weights.h"

namespace graft::io {

namespace fs = std::filesystem;

bool is_keras_h5(const fs::path& path) { return file_start(path).starts_with("\x89HDF"); }

Model load_keras_h5(const fs::path& path) {
  const Hdf5File file(path);
  const std::optional<std::string> config = file.text("", "model_config");
  if (!config)
    throw FormatError(path.string(), "holds weights without an architecture")
        .hint("load_weights assigns them to a model.");
  const std::string source = cat(path.string(), ": model_config");
  const Json document = parse_json(*config, source);
  const KerasVersion version = keras_version(file.text("", "keras_version").value_or("2"));
  const Model model = read_architecture(JsonView(document, source), ids_of(document, source), version).model;
  load_legacy_weights(file, model);
  return model;
}

void load_keras_h5_weights(const Model& model, const fs::path& path) {
  const Hdf5File file(path);
  if (has_legacy_weights(file))
    load_legacy_weights(file, model);
  else
    load_keras3_weights(file, model);
}

void save_keras_h5(const Model& model, const fs::path& path) {
  Json config = write_keras3_architecture(model);
  for (const char* key : {"module", "registered_name", "build_config"})
    config.erase(key);  // which Keras leaves out here
  AtomicFile target(path);
  Hdf5Writer file(target.temporary());
  file.text("", "backend", "tensorflow");
  file.text("", "keras_version", kWrittenKerasVersion);
  file.text("", "model_config", python_json(config));
  write_legacy_weights(file, model);
  file.close();
  target.commit();
}

void save_keras_h5_weights(const Model& model, const fs::path& path) {
  AtomicFile target(path);
  Hdf5Writer file(target.temporary());
  write_keras3_weights(file, model);
  file.close();
  target.commit();
}

}  // namespace graft::io
