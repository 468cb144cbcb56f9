#pragma once

// Internal: the formats in which models and weights are stored.

#include <filesystem>
#include <string>
#include <vector>

#include "graft/models/model/model.h"

namespace graft::io {

/// A row of the table of formats. A function is null where Graft cannot do that with the format.
struct Format {
  const char* name;                  ///< for messages: ".keras"
  std::vector<const char*> endings;  ///< of its files; none for a folder, which any other path becomes
  bool (*recognises)(const std::filesystem::path& path) = nullptr;  ///< by the content of a file, or its ending

  Model (*load)(const std::filesystem::path& path) = nullptr;
  /// As load, and a model with fresh weights where the file holds none.
  Model (*load_architecture)(const std::filesystem::path& path) = nullptr;
  void (*load_weights)(const Model& model, const std::filesystem::path& path) = nullptr;
  void (*save)(const Model& model, const std::filesystem::path& path) = nullptr;
  void (*save_weights)(const Model& model, const std::filesystem::path& path) = nullptr;
};

/// The format of what is stored there. Throws FormatError when there is nothing, or nothing that is known.
const Format& stored_format(const std::filesystem::path& path);

/// The format of a path that is to be written, by its ending.
const Format& format_to_write(const std::filesystem::path& path);

const std::vector<Format>& all_formats();

/// The names of the formats that have a function: format_names(&Format::load) is "a folder, .keras, .h5".
template <class Function>
std::string format_names(Function Format::* function) {
  std::string names;
  for (const Format& format : all_formats())
    if (format.*function) names += cat(names.empty() ? "" : ", ", format.name);
  return names;
}

}  // namespace graft::io
