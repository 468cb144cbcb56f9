#include "graft/models/io/formats.h"

#include <algorithm>

#include "graft/models/io/keras_archive.h"
#include "graft/models/io/keras_h5.h"
#include "graft/models/io/safetensors.h"
#include "graft/models/io/tfjs_folder.h"

namespace graft::io {

namespace fs = std::filesystem;

// Formats that are recognised by their first bytes come before those that are recognised by their file ending.
const std::vector<Format>& all_formats() {
  static const std::vector<Format> formats{
      {.name = "a folder (model.json and weights)",
       .endings = {},
       .recognises = is_folder,
       .load = load_folder,
       .load_weights = load_folder_weights,
       .save = save_folder},
      {.name = ".keras",
       .endings = {".keras"},
       .recognises = is_keras_archive,
       .load = load_keras_archive,
       .load_weights = load_keras_archive_weights,
       .save = save_keras_archive},
      {.name = ".h5",
       .endings = {".h5", ".hdf5"},
       .recognises = is_keras_h5,
       .load = load_keras_h5,
       .load_weights = load_keras_h5_weights,
       .save = save_keras_h5,
       .save_weights = save_keras_h5_weights},
      {.name = ".safetensors",
       .endings = {".safetensors"},
       .recognises = is_safetensors,
       .load_weights = load_safetensors_weights,
       .save_weights = save_safetensors_weights},
      {.name = "model.json itself",
       .endings = {".json"},
       .recognises = is_model_json,
       .load = load_model_json,
       .load_architecture = load_model_json_or_architecture,
       .load_weights = load_model_json_weights},
  };
  return formats;
}

static const Format* format_with_ending(const fs::path& path) {
  for (const Format& format : all_formats())
    if (std::find(format.endings.begin(), format.endings.end(), path.extension()) != format.endings.end())
      return &format;
  return nullptr;
}

const Format& stored_format(const fs::path& path) {
  if (!fs::exists(path)) throw FormatError(path.string(), "there is no such file or folder");
  for (const Format& format : all_formats())
    if (format.recognises(path)) return format;
  if (format_with_ending(path))
    throw FormatError(path.string(), "is damaged: it does not begin like a file of this format");
  throw FormatError(path.string(), "is none of the formats that models are saved in")
      .hint(cat("these are: ", format_names(&Format::load), "."));
}

// Files of other programs; a folder of such a name would be taken for one.
static bool is_foreign(const fs::path& path) {
  static const std::vector<std::string> endings{".onnx", ".pb", ".pt", ".pth", ".tflite", ".ckpt", ".npz", ".bin"};
  return std::ranges::find(endings, path.extension().string()) != endings.end();
}

const Format& format_to_write(const fs::path& path) {
  static const Format foreign{.name = "another program's file", .endings = {}};
  if (is_foreign(path)) return foreign;
  const Format* format = format_with_ending(path);
  return format ? *format : all_formats().front();
}

}  // namespace graft::io
