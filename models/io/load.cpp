#include "graft/models/io/load.h"

#include "graft/models/io/architecture/document.h"
#include "graft/models/io/formats.h"

namespace graft {

using io::Format;
using io::stored_format;
namespace fs = std::filesystem;

static Model load(const Format& format, const fs::path& path) {
  if (format.load) return format.load(path);
  throw FormatError(path.string(), "holds weights without an architecture")
      .hint("load_weights assigns them to a model.");
}

Model load_model(const fs::path& path) { return load(stored_format(path), path); }

Model io::load_model_or_architecture(const fs::path& path) {
  const Format& format = stored_format(path);
  return format.load_architecture ? format.load_architecture(path) : load(format, path);
}

Model model_from_json(const std::string& json) {
  const Json document = io::parse_json(json, "JSON");
  return io::read_document(io::JsonView(document, "JSON")).model;
}

void Model::load_weights(const fs::path& path) const {
  const Format& format = stored_format(path);
  if (!format.load_weights)
    throw FormatError(path.string(),
                      cat("load_weights cannot read it; it reads ", io::format_names(&Format::load_weights)));
  format.load_weights(*this, path);
}

}  // namespace graft
