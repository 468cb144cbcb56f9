#include "graft/models/io/manifest.h"

#include <cmath>
#include <cstring>
#include <unordered_set>

#include "graft/core/file.h"
#include "graft/models/io/base/number_formats.h"

namespace graft::io {

namespace fs = std::filesystem;

namespace {

// How the numbers of one weight are stored in the shard.
struct Stored {
  std::string dtype;  // the type of the stored numbers
  double scale = 1, min = 0;
  bool quantized = false;
  bool whole = false;  // the numbers were integers before quantization, so they are rounded after reading
};

}  // namespace

static size_t width_of(const std::string& dtype, const JsonView& place) {
  if (dtype == "float32" || dtype == "int32") return 4;
  if (dtype == "float16" || dtype == "uint16") return 2;
  if (dtype == "uint8" || dtype == "bool") return 1;
  place.fail(cat("the type \"", dtype,
                 "\" is not supported; supported are float32, int32, uint8, bool, and the "
                 "quantizations uint8, uint16, float16"));
}

static Stored stored_form(const JsonView& weight) {
  Stored form{.dtype = weight["dtype"].string()};
  if (!weight.has_value("quantization")) return form;
  const JsonView quantization = weight["quantization"];
  form.whole = form.dtype == "int32";
  form.dtype = quantization["dtype"].string();
  if (form.dtype == "float16") return form;
  form.quantized = true;
  form.scale = quantization["scale"].number();
  form.min = quantization["min"].number();
  return form;
}

template <class T, class Convert>
static void convert(const char* bytes, std::span<float> out, const Convert& to_float) {
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    out[i] = to_float(value);
  }
}

static Tensor decode(const char* bytes, const Shape& shape, const Stored& form) {
  Tensor tensor(shape);
  const auto out = tensor.data<float>();
  const auto restored = [&](auto value) {
    const double number = form.quantized ? value * form.scale + form.min : static_cast<double>(value);
    return static_cast<float>(form.whole ? std::round(number) : number);
  };
  if (form.dtype == "float32")
    std::memcpy(out.data(), bytes, out.size_bytes());
  else if (form.dtype == "float16")
    convert<uint16_t>(bytes, out, half_to_float);
  else if (form.dtype == "int32")
    convert<int32_t>(bytes, out, restored);
  else if (form.dtype == "uint16")
    convert<uint16_t>(bytes, out, restored);
  else
    convert<uint8_t>(bytes, out, restored);
  return tensor;
}

static fs::path shard_path(const JsonView& entry, const fs::path& folder) {
  const fs::path path = entry.string();
  for (const fs::path& part : path)
    if (path.is_absolute() || part == "..") entry.fail("a shard must be in the model's folder");
  return folder / path;
}

static std::string read_shards(const JsonView& group, const fs::path& folder) {
  std::string bytes;
  for (const JsonView& entry : group["paths"].items()) bytes += read_file(shard_path(entry, folder));
  return bytes;
}

Shape checked_shape(const JsonView& dims) {
  const Shape shape = dims.shape();
  if (!shape.known()) dims.fail("the shape of a weight may not have an unknown dimension");
  double elements = 1;
  for (const int64_t dim : shape) elements *= static_cast<double>(dim);
  if (elements > 1e12) dims.fail(cat("a weight of shape ", shape, " is larger than any memory"));
  return shape;
}

static void read_group(const JsonView& group, const fs::path& folder, std::unordered_set<std::string>& names,
                       SavedTensors& found) {
  const std::string bytes = read_shards(group, folder);
  size_t offset = 0;
  for (const JsonView& weight : group["weights"].items()) {
    const std::string name = weight["name"].string();
    if (!names.insert(name).second) weight["name"].fail(cat("the weight \"", name, "\" occurs twice"));
    const Shape shape = checked_shape(weight["shape"]);
    const Stored form = stored_form(weight);
    const size_t size = static_cast<size_t>(shape.elements()) * width_of(form.dtype, weight);
    if (size > bytes.size() - offset)
      weight.fail(cat("the weight \"", name, "\" takes ", size, " bytes from byte ", offset,
                      " on, but the shards hold ", bytes.size(), ": a shard is truncated"));
    found.push_back({name, decode(bytes.data() + offset, shape, form)});
    offset += size;
  }
  if (offset != bytes.size())
    group.fail(cat("the shards hold ", bytes.size(), " bytes, the weights take ", offset,
                   ": shards and manifest do not belong together"));
}

SavedTensors read_manifest(const JsonView& manifest, const fs::path& folder) {
  SavedTensors found;
  std::unordered_set<std::string> names;
  for (const JsonView& group : manifest.items()) read_group(group, folder, names, found);
  return found;
}

Json write_manifest(const SavedTensors& tensors, const std::string& shard) {
  Json weights = Json::array();
  for (const SavedTensor& entry : tensors)
    weights.push_back({{"name", entry.name}, {"shape", entry.tensor.shape().dims()}, {"dtype", "float32"}});
  return Json::array({Json{{"paths", Json::array({shard})}, {"weights", std::move(weights)}}});
}

std::string shard_bytes(const SavedTensors& tensors) {
  std::string bytes;
  for (const SavedTensor& entry : tensors)
    bytes.append(reinterpret_cast<const char*>(entry.tensor.raw()), entry.tensor.bytes());
  return bytes;
}

}  // namespace graft::io
