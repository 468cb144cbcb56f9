#include "graft/models/io/safetensors.h"

#include <cstring>

#include "graft/core/file.h"
#include "graft/models/io/base/number_formats.h"
#include "graft/models/io/weights.h"

namespace graft::io {

namespace fs = std::filesystem;

static constexpr size_t kLengthBytes = 8;

template <class T, class Convert>
static Tensor decoded(const char* bytes, const Shape& shape, const Convert& to_float) {
  Tensor tensor(shape);
  const auto out = tensor.data<float>();
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    out[i] = to_float(value);
  }
  return tensor;
}

static size_t element_size(const std::string& dtype, const JsonView& entry) {
  if (dtype == "F32") return 4;
  if (dtype == "F64") return 8;
  if (dtype == "F16" || dtype == "BF16") return 2;
  entry["dtype"].expected("one of \"F32\", \"F16\", \"BF16\", \"F64\"");
}

static Tensor decode(const std::string& dtype, const char* bytes, const Shape& shape) {
  if (dtype == "F16") return decoded<uint16_t>(bytes, shape, half_to_float);
  if (dtype == "BF16") return decoded<uint16_t>(bytes, shape, bfloat16_to_float);
  if (dtype == "F64") return decoded<double>(bytes, shape, [](double value) { return static_cast<float>(value); });
  return decoded<float>(bytes, shape, [](float value) { return value; });
}

static Tensor read_entry(const JsonView& entry, const char* data, size_t size) {
  const std::string dtype = entry["dtype"].string();
  const Shape shape = checked_shape(entry["shape"]);
  const int64_t begin = entry["data_offsets"][size_t{0}].integer(), end = entry["data_offsets"][1].integer();
  if (begin < 0 || end < begin || static_cast<size_t>(end) > size)
    entry["data_offsets"].fail(cat("is outside the file's ", size, " bytes of data: it is truncated"));
  if (static_cast<size_t>(end - begin) != static_cast<size_t>(shape.elements()) * element_size(dtype, entry))
    entry.fail(cat("shape ", shape, " does not fill ", end - begin, " bytes"));
  return decode(dtype, data + begin, shape);
}

SavedTensors read_safetensors(const fs::path& path) {
  const std::string bytes = read_file(path), source = path.string();
  uint64_t length = 0;
  if (bytes.size() < kLengthBytes) throw FormatError(source, "is truncated");
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > bytes.size() - kLengthBytes) throw FormatError(source, "is truncated, or not a safetensors file");
  const Json header = parse_json(bytes.substr(kLengthBytes, length), source);
  const JsonView view(header, source);
  const char* data = bytes.data() + kLengthBytes + length;
  SavedTensors found;
  for (const auto& [name, entry] : view.object().items())
    if (name != "__metadata__")
      found.push_back({name, read_entry(view[name.c_str()], data, bytes.size() - kLengthBytes - length)});
  return found;
}

void write_safetensors(const fs::path& path, const SavedTensors& tensors) {
  Json header = {{"__metadata__", {{"format", "graft"}}}};
  size_t offset = 0;
  for (const SavedTensor& entry : tensors) {
    const size_t end = offset + entry.tensor.bytes();
    header[entry.name] = {{"dtype", "F32"}, {"shape", entry.tensor.shape().dims()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  write_file(path, bytes + text + shard_bytes(tensors));
}

bool is_safetensors(const fs::path& path) { return path.extension() == ".safetensors"; }

void load_safetensors_weights(const Model& model, const fs::path& path) {
  assign_by_path(model, read_safetensors(path), path.string());
}

void save_safetensors_weights(const Model& model, const fs::path& path) {
  const auto named = model.named_weights();
  Variables variables;
  for (const auto& [name, variable] : named) variables.push_back(variable);
  const std::vector<Tensor> values = values_of(variables);
  SavedTensors tensors;
  for (size_t i = 0; i < named.size(); ++i) tensors.push_back({named[i].first, values[i]});
  write_safetensors(path, tensors);
}

}  // namespace graft::io
