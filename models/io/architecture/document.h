#pragma once

#include <string>

#include "graft/models/io/architecture/read.h"
#include "graft/models/io/architecture/write.h"

namespace graft::io {

/// The key of the block of ids, beside the topology; other programs ignore it.
inline constexpr const char* kIdsKey = "graft_ids";

/// Returns the dialect of a version such as "2.15.0" or "3.4.1".
KerasVersion keras_version(const std::string& text);

/// Throws FormatError unless the document holds a model: TF.js's model.json, Keras's model_config, or the model itself.
void check_is_model(const JsonView& document);

/// The ids in a document; none where it has no such block.
LayerIds ids_of(const Json& document, const std::string& source);

/// Reads the model of such a document. Throws as check_is_model and read_architecture do.
ReadArchitecture read_document(const JsonView& document);

/// Returns the topology with the version of its schema, where TF.js and Netron read it.
Json versioned_topology(const WrittenArchitecture& written);

}  // namespace graft::io
