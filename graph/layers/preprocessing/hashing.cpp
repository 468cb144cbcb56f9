#include "graft/graph/layers/preprocessing/hashing.h"

#include <algorithm>

#include "graft/graph/layers/preprocessing/base/hashes.h"

namespace graft {

static void write_dtype(FieldVisitor& field, std::string& dtype, bool integers) {
  std::string shown = integers ? dtype : "float32";
  field("dtype", shown);
  if (field.reading() && integers) dtype = shown;
}

void HashingConfig::fields(FieldVisitor& field) {
  field("num_bins", num_bins);
  field("mask_value", mask_value);
  field("salt", salt);
  field("output_mode", output_mode);
  field("sparse", sparse);
  write_dtype(field, dtype, output_mode == "int");
}

void HashedCrossingConfig::fields(FieldVisitor& field) {
  field("num_bins", num_bins);
  field("output_mode", output_mode);
  field("sparse", sparse);
  write_dtype(field, dtype, output_mode == "int");
}

static DType number_type(const std::string& dtype) {
  if (dtype == "int64" || dtype == "int32") return dtype_from_name(dtype);
  throw ConfigError(cat("dtype must be \"int64\" or \"int32\" in output_mode \"int\"; received \"", dtype, '"'));
}

namespace {

class HashingImpl final : public ConfiguredLayer<HashingConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Hashing"; }

  void check() const override {
    check_at_least("num_bins", config.num_bins, 1);
    check_dense(config.sparse);
    key_of_salt(config.salt);
    if (form() == CategoryForm::integers) number_type(config.dtype);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {category_shape(inputs[0], form(), config.num_bins)};
  }

  std::vector<DType> infer_dtypes(std::span<const DType>, size_t) const override {
    return {form() == CategoryForm::integers ? number_type(config.dtype) : DType::f32};
  }

  bool runs_on_host(std::span<const DType>, bool) const override { return true; }

  Tensors compute(const Tensors& inputs, const CallArguments&) const override {
    const Tensor bins =
        inputs[0].dtype() == DType::string ? bins_of_strings(inputs[0]) : bins_of_integers(inputs[0].cast(DType::s64));
    if (form() == CategoryForm::integers) return {bins.cast(number_type(config.dtype))};
    return {encode_categories(bins, form(), config.num_bins)};
  }

  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override { refuse_program(); }

 private:
  CategoryForm form() const { return category_form(config.output_mode.str()); }
  bool masks() const { return !config.mask_value.is_none() && config.num_bins > 1; }

  // Bin 0 is that of the mask, if there is one.
  int64_t bin(const std::string& text, bool masked) const {
    if (!masks()) return bin_of(text, config.num_bins, key_of_salt(config.salt));
    return masked ? 0 : 1 + bin_of(text, config.num_bins - 1, key_of_salt(config.salt));
  }

  Tensor bins_of_strings(const Tensor& strings) const {
    Tensor bins(strings.shape(), DType::s64);
    const std::string mask = masks() ? config.mask_value.string() : "";
    std::ranges::transform(strings.data<std::string>(), bins.data<int64_t>().begin(),
                           [&](const std::string& text) { return bin(text, text == mask); });
    return bins;
  }

  Tensor bins_of_integers(const Tensor& integers) const {
    Tensor bins(integers.shape(), DType::s64);
    const int64_t mask = masks() ? config.mask_value.integer() : 0;
    std::ranges::transform(integers.data<int64_t>(), bins.data<int64_t>().begin(),
                           [&](int64_t value) { return bin(cat(value), value == mask); });
    return bins;
  }
};

class HashedCrossingImpl final : public ConfiguredLayer<HashedCrossingConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "HashedCrossing"; }
  size_t input_count() const override { return 0; }

  void check() const override {
    check_at_least("num_bins", config.num_bins, 1);
    check_dense(config.sparse);
    if (form() == CategoryForm::integers) number_type(config.dtype);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    if (inputs.size() < 2) throw ShapeError(cat("needs two inputs or more; received ", inputs.size()));
    for (const Shape& shape : inputs) {
      if (shape.rank() != 1 && !(shape.rank() == 2 && shape[1] == 1))
        throw ShapeError(cat("inputs must be (N) or (N, 1); received ", shape));
      if (shape != inputs[0]) throw ShapeError(cat("inputs must have one shape, ", inputs[0], "; received ", shape));
    }
    return {category_shape(inputs[0], form(), config.num_bins)};
  }

  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t) const override {
    for (const DType dtype : inputs)
      if (is_floating(dtype)) throw ShapeError(cat("takes strings or integers; received ", to_string(dtype)));
    return {form() == CategoryForm::integers ? number_type(config.dtype) : DType::f32};
  }

  bool runs_on_host(std::span<const DType>, bool) const override { return true; }

  Tensors compute(const Tensors& inputs, const CallArguments&) const override {
    constexpr uint64_t kFirst = 0xDECAFCAFFE;  // TensorFlow's key
    std::vector<uint64_t> hashes(static_cast<size_t>(inputs[0].elements()), kFirst);
    for (const Tensor& feature : inputs) join(feature, hashes);
    Tensor bins(inputs[0].shape(), DType::s64);
    std::ranges::transform(hashes, bins.data<int64_t>().begin(), [&](uint64_t hash) {
      return static_cast<int64_t>(hash % static_cast<uint64_t>(int64_t{config.num_bins}));
    });
    if (form() == CategoryForm::integers) return {bins.cast(number_type(config.dtype))};
    return {encode_categories(bins, form(), config.num_bins)};
  }

  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override { refuse_program(); }

 private:
  CategoryForm form() const { return category_form(config.output_mode.str()); }

  // Integers are taken as they are, strings by their fingerprints.
  static void join(const Tensor& feature, std::vector<uint64_t>& hashes) {
    const bool words = feature.dtype() == DType::string;
    const Tensor typed = words ? feature : feature.cast(DType::s64);
    for (size_t i = 0; i < hashes.size(); ++i) {
      const uint64_t value =
          words ? fingerprint64(typed.data<std::string>()[i]) : static_cast<uint64_t>(typed.data<int64_t>()[i]);
      hashes[i] = joined_fingerprint(hashes[i], value);
    }
  }
};

}  // namespace

Hashing::Hashing(HashingConfig config, source_location location)
    : Layer(make_layer<HashingImpl>(std::move(config), location)) {}

HashedCrossing::HashedCrossing(HashedCrossingConfig config, source_location location)
    : Layer(make_layer<HashedCrossingImpl>(std::move(config), location)) {}

std::vector<LayerClass> hashing_classes() {
  return {layer_class<HashingImpl>("Hashing"), layer_class<HashedCrossingImpl>("HashedCrossing")};
}

}  // namespace graft
