#pragma once

// Internal: the table of the formats in which models and weights are stored.

#include <filesystem>
#include <string>
#include <vector>

#include "graft/models/model/model.h"

namespace graft::io {

/// A row of the table. A function is null where Graft does not support that operation for the format.
struct Format {
  const char* name;                  ///< for messages: ".keras"
  std::vector<const char*> endings;  ///< file endings; none for a folder, which is written for any other path
  bool (*recognises)(const std::filesystem::path& path) = nullptr;  ///< looks at the content, or the ending

  Model (*load)(const std::filesystem::path& path) = nullptr;
  /// Like load, but returns a model with fresh weights where the file holds none.
  Model (*load_architecture)(const std::filesystem::path& path) = nullptr;
  void (*load_weights)(const Model& model, const std::filesystem::path& path) = nullptr;
  void (*save)(const Model& model, const std::filesystem::path& path) = nullptr;
  void (*save_weights)(const Model& model, const std::filesystem::path& path) = nullptr;
};

/// The format of the file or folder at `path`. Throws FormatError when nothing is there or the format is unknown.
const Format& stored_format(const std::filesystem::path& path);

/// The format to write to `path`, chosen by its ending; for the ending of another program's files (".onnx") one that
/// nothing writes.
const Format& format_to_write(const std::filesystem::path& path);

const std::vector<Format>& all_formats();

/// Lists the formats that have this function: format_names(&Format::load) begins with "a folder".
template <class Function>
std::string format_names(Function Format::* function) {
  std::string names;
  for (const Format& format : all_formats())
    if (format.*function) names += cat(names.empty() ? "" : ", ", format.name);
  return names;
}

}  // namespace graft::io
