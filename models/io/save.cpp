#include "graft/models/io/architecture/document.h"
#include "graft/models/io/formats.h"
#include "graft/models/model/additions.h"

namespace graft {

using io::Format;
using io::format_names;
namespace fs = std::filesystem;

void Model::save(const fs::path& path) const {
  const Format& format = io::format_to_write(path);
  if (!format.save)
    throw ConfigError(cat("save cannot write ", path.string(), "; it writes ", format_names(&Format::save)))
        .hint(cat("a path without an ending is a folder; to_json returns the architecture, save_weights writes ",
                  format_names(&Format::save_weights), "."));
  format.save(*this, path);
  warn_of_additions(*this, "the saved model");
}

void Model::save_weights(const fs::path& path) const {
  const Format& format = io::format_to_write(path);
  if (!format.save_weights)
    throw ConfigError(
        cat("save_weights cannot write ", path.string(), "; it writes ", format_names(&Format::save_weights)))
        .hint("save(\"folder\") writes the weights together with the architecture.");
  format.save_weights(*this, path);
}

std::string Model::to_json(int indent) const {
  const io::WrittenArchitecture written = io::write_architecture(*this);
  Json topology = io::versioned_topology(written);
  if (!written.ids.empty()) topology[io::kIdsKey] = written.ids;
  return topology.dump(indent);
}

}  // namespace graft
