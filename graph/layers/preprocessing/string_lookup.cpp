#include "graft/graph/layers/preprocessing/string_lookup.h"

namespace graft {

void StringLookupConfig::fields(FieldVisitor& field) {
  field("max_tokens", max_tokens);
  field("num_oov_indices", num_oov_indices);
  token_field(field, "mask_token", mask_token);
  token_field(field, "oov_token", oov_token);
  list_field(field, "vocabulary", vocabulary);
  list_field(field, "idf_weights", idf_weights);
  field("invert", invert);
  field("output_mode", output_mode);
  field("pad_to_max_tokens", pad_to_max_tokens);
  field("sparse", sparse);
  field("encoding", encoding);
  field("salt", salt);
  field("vocabulary_size", vocabulary_size);
  std::string oov_method = "floormod", vocabulary_dtype = "string";  // strings are always hashed
  field("oov_method", oov_method);
  if (field.reading()) field("vocabulary_dtype", vocabulary_dtype);
}

namespace {

LookupSettings<std::string> settings_of(const StringLookupConfig& config) {
  return {.max_tokens = config.max_tokens,
          .num_oov_indices = config.num_oov_indices,
          .mask_token = config.mask_token,
          .oov_token = config.oov_token,
          .tokens = config.vocabulary,
          .idf_weights = config.idf_weights,
          .invert = config.invert,
          .pad_to_max_tokens = config.pad_to_max_tokens,
          .output_mode = config.output_mode.str(),
          .salt = key_of_salt(config.salt),
          .size = config.vocabulary_size};
}

class StringLookupImpl final : public ConfiguredLayer<StringLookupConfig> {
 public:
  explicit StringLookupImpl(StringLookupConfig given)
      : ConfiguredLayer(std::move(given)), lookup_(settings_of(config)), given_(lookup_.has_tokens()) {}

  std::string class_name() const override { return "StringLookup"; }

  void check() const override {
    check_dense(config.sparse);
    lookup_.check();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {lookup_.form() == CategoryForm::integers ? inputs[0]
                                                     : category_shape(inputs[0], lookup_.form(), lookup_.depth())};
  }

  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t) const override {
    if (!inputs.empty() && (inputs[0] == DType::string) == config.invert)
      throw ShapeError(cat("takes ", config.invert ? "integers" : "strings", "; received ", to_string(inputs[0])));
    if (config.invert) return {DType::string};
    return {lookup_.form() == CategoryForm::integers ? DType::s64 : DType::f32};
  }

  bool runs_on_host(std::span<const DType>, bool) const override { return true; }

  Tensors compute(const Tensors& inputs, const CallArguments&) const override {
    if (config.invert) return {lookup_.tokens(inputs[0])};
    return {lookup_.encoded(lookup_.numbers(inputs[0]))};
  }

  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override { refuse_program(); }

  std::vector<std::string> named_arrays() const override { return {"idf_weights"}; }
  std::map<std::string, Tensor> stored_arrays() const override { return stored_idf(lookup_); }

  void load_assets(const std::map<std::string, std::string>& files,
                   const std::map<std::string, Tensor>& arrays) override {
    const auto vocabulary = files.find("vocabulary.txt");
    if (lookup_.has_tokens() || vocabulary == files.end()) return;
    std::vector<std::string> tokens = vocabulary_lines(vocabulary->second);
    std::vector<double> idf_weights = idf_of(arrays, tokens.size());
    lookup_.set(std::move(tokens), std::move(idf_weights));
    keep();
  }

  void adapt(const std::vector<std::vector<std::string>>& documents) {
    check_adaptable(given_, built, lookup_.form(), config.pad_to_max_tokens);
    lookup_.adapt(documents);
    keep();
  }

  const Lookup<std::string>& lookup() const { return lookup_; }

 private:
  void keep() {
    lookup_.check();
    config.vocabulary = lookup_.settings().tokens;
    config.idf_weights = lookup_.settings().idf_weights;
  }

  Lookup<std::string> lookup_;
  bool given_;  // the vocabulary is a setting, not learnt
};

}  // namespace

StringLookup::StringLookup(StringLookupConfig config, source_location location)
    : Layer(make_layer<StringLookupImpl>(std::move(config), location)) {}

void StringLookup::adapt(const Tensor& data) const {
  with_who(*this, [&] { static_cast<StringLookupImpl&>(impl()).adapt(documents_of<std::string>(data)); });
}

void StringLookup::adapt(const std::vector<std::string>& data) const {
  adapt(Tensor(Shape{static_cast<int64_t>(data.size())}, data));
}

std::vector<std::string> StringLookup::get_vocabulary(bool include_special_tokens) const {
  return static_cast<const StringLookupImpl&>(impl()).lookup().vocabulary(include_special_tokens);
}

int64_t StringLookup::vocabulary_size() const { return std::ssize(get_vocabulary()); }

std::vector<LayerClass> string_lookup_classes() { return {layer_class<StringLookupImpl>("StringLookup")}; }

}  // namespace graft
