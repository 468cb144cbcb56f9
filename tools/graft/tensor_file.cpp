#include "graft/tools/graft/tensor_file.h"

#include <nlohmann/json.hpp>

#include "graft/core/element.h"
#include "graft/core/error.h"
#include "graft/core/file.h"
#include "graft/core/npy.h"

namespace graft::tool {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

static bool is_json(const fs::path& path) { return path.extension() == ".json"; }

// -- reading ---------------------------------------------------------------------------------------------------------

namespace {

// Nested lists of one depth and of elements of one kind.
class ListReader {
 public:
  explicit ListReader(const fs::path& path) : file_(path.string()) {
    Json json;
    try {
      json = Json::parse(read_file(path));
    } catch (const Json::exception&) {
      throw FormatError(file_, "is not JSON");
    }
    std::vector<int64_t> dims;
    for (const Json* level = &json; level->is_array(); level = &level->front()) {
      dims.push_back(static_cast<int64_t>(level->size()));
      if (level->empty()) break;
    }
    shape_ = Shape(dims);
    collect(json, 0);
  }

  Tensor tensor() const {
    if (all(&Json::is_string)) return make<std::string>();
    if (all(&Json::is_boolean)) return make<bool>();
    if (all(&Json::is_number_integer)) return make<int64_t>();
    if (all(&Json::is_number)) return make<double>();
    throw FormatError(file_, "must hold nested lists of numbers, of strings, or of true and false");
  }

 private:
  void collect(const Json& json, int64_t depth) {
    if (depth == shape_.rank()) return elements_.push_back(json);
    if (!json.is_array() || static_cast<int64_t>(json.size()) != shape_[depth])
      throw FormatError(file_, cat("the lists must all have one shape, ", shape_));
    for (const Json& item : json) collect(item, depth + 1);
  }

  bool all(bool (Json::*kind)() const noexcept) const {
    for (const Json& element : elements_)
      if (!(element.*kind)()) return false;
    return !elements_.empty();
  }

  template <class T>
  Tensor make() const {
    std::vector<T> values;
    for (const Json& element : elements_) values.push_back(element.get<T>());
    return Tensor(shape_, std::move(values));
  }

  std::string file_;
  Shape shape_;
  std::vector<Json> elements_;
};

bool is_number_type(DType dtype) { return dtype != DType::string && !is_floating(dtype); }

}  // namespace

Tensor read_tensor(const fs::path& path, DType dtype) {
  const Tensor lists = is_json(path) ? ListReader(path).tensor() : Tensor();
  const DType stored = is_json(path) ? lists.dtype() : stored_type(path);
  const bool exact = (is_number_type(stored) && is_number_type(dtype)) || dtype == DType::f64;
  if (!is_json(path)) return exact ? Tensor::load_npy(path, dtype) : Tensor::load_npy(path);
  if (exact) return lists.cast(dtype);
  return stored == DType::f64 ? lists.cast(DType::f32) : lists;
}

// -- writing ---------------------------------------------------------------------------------------------------------

static Json element_json(const Tensor& tensor, int64_t index) {
  const std::byte* element = tensor.raw() + static_cast<size_t>(index) * size_of(tensor.dtype());
  if (tensor.dtype() == DType::string) return tensor.data<std::string>()[static_cast<size_t>(index)];
  if (tensor.dtype() == DType::boolean) return tensor.data<bool>()[static_cast<size_t>(index)];
  if (is_floating(tensor.dtype())) {
    double value = 0;
    convert_elements(element, tensor.dtype(), reinterpret_cast<std::byte*>(&value), DType::f64, 1);
    return value;
  }
  int64_t value = 0;
  convert_elements(element, tensor.dtype(), reinterpret_cast<std::byte*>(&value), DType::s64, 1);
  return value;
}

static Json lists_of(const Tensor& tensor, int64_t depth, int64_t& next) {
  if (depth == tensor.shape().rank()) return element_json(tensor, next++);
  Json list = Json::array();
  for (int64_t i = 0; i < tensor.shape()[depth]; ++i) list.push_back(lists_of(tensor, depth + 1, next));
  return list;
}

void write_tensor(const fs::path& path, const Tensor& tensor) {
  if (!is_json(path)) return (tensor.dtype() == DType::bf16 ? tensor.cast(DType::f32) : tensor).save_npy(path);
  int64_t next = 0;
  write_file(path, lists_of(tensor, 0, next).dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
}

}  // namespace graft::tool
