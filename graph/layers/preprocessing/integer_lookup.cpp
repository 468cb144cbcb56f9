#include "graft/graph/layers/preprocessing/integer_lookup.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

void IntegerLookupConfig::fields(FieldVisitor& field) {
  field("max_tokens", max_tokens);
  field("num_oov_indices", num_oov_indices);
  token_field(field, "mask_token", mask_token);
  token_field(field, "oov_token", oov_token);
  list_field(field, "vocabulary", vocabulary);
  field("vocabulary_dtype", vocabulary_dtype);
  list_field(field, "idf_weights", idf_weights);
  field("invert", invert);
  field("output_mode", output_mode);
  field("sparse", sparse);
  field("pad_to_max_tokens", pad_to_max_tokens);
  field("oov_method", oov_method);
  field("salt", salt);
  field("vocabulary_size", vocabulary_size);
}

// -- in a Program ----------------------------------------------------------------------------------------------------

// Whether all tokens are exact in float32, and unknown ones need neither a hash nor an error.
static bool fits_program(const Lookup<int64_t>& lookup) {
  constexpr int64_t kExact = 1 << 24;
  return !lookup.settings().invert && lookup.settings().num_oov_indices == 1 &&
         std::ranges::all_of(lookup.vocabulary(false), [](int64_t token) { return std::abs(token) <= kExact; });
}

// Each token is compared with the whole vocabulary. At most one is equal, so a sum finds its place.
static Value emit_place(Builder& b, Value tokens, const Lookup<int64_t>& lookup) {
  const std::vector<int64_t> known = lookup.vocabulary(false);
  const Dims dims = b.dims(tokens);
  Dims wide = dims, flat(dims.size(), 1);
  wide.push_back(1);
  flat.push_back(std::ssize(known));
  std::vector<float> values, places;
  for (const int64_t token : known) {
    values.push_back(static_cast<float>(token));
    places.push_back(static_cast<float>(places.size() + 1));
  }
  const Shape row{std::ssize(known)};
  const Value equal =
      b.binary(ops::Binary::eq, b.reshape(tokens, wide), b.reshape(b.constant(Tensor(row, values)), flat));
  const Value placed = b.mul(equal, b.reshape(b.constant(Tensor(row, places)), flat));
  return b.reshape(b.reduce(ops::Reduction::sum, placed, {static_cast<int>(dims.size())}), dims);
}

static Value emit_number(Builder& b, Value tokens, const Lookup<int64_t>& lookup) {
  const Value number = b.scale(emit_place(b, tokens, lookup), 1, static_cast<float>(lookup.oov_start()));
  if (!lookup.settings().mask_token) return number;
  const Dims dims = b.dims(tokens);
  const auto mask = static_cast<float>(*lookup.settings().mask_token);
  const Value masked = b.binary(ops::Binary::eq, tokens, b.scalar(mask));
  const float masks_to = lookup.form() == CategoryForm::integers ? 0.f : -1.f;
  return b.where(masked, b.broadcast_to(b.reshape(b.scalar(masks_to), Dims(dims.size(), 1)), dims), number);
}

static Value emit_lookup(Builder& b, Value tokens, const Lookup<int64_t>& lookup) {
  const Value number = emit_number(b, tokens, lookup);
  if (lookup.form() == CategoryForm::integers) return number;
  const Value categories = emit_categories(b, number, lookup.form(), lookup.depth());
  if (lookup.settings().output_mode != "tf_idf") return categories;
  Dims last(b.dims(categories).size(), 1);
  last.back() = lookup.depth();
  return b.mul(categories, b.reshape(b.constant(Tensor(Shape{lookup.depth()}, lookup.idf())), last));
}

// -- the layer -------------------------------------------------------------------------------------------------------

namespace {

LookupSettings<int64_t> settings_of(const IntegerLookupConfig& config) {
  return {.max_tokens = config.max_tokens,
          .num_oov_indices = config.num_oov_indices,
          .mask_token = config.mask_token,
          .oov_token = config.oov_token,
          .tokens = config.vocabulary,
          .idf_weights = config.idf_weights,
          .invert = config.invert,
          .pad_to_max_tokens = config.pad_to_max_tokens,
          .output_mode = config.output_mode.str(),
          .hashes_oov = config.oov_method == "farmhash",
          .salt = key_of_salt(config.salt),
          .size = config.vocabulary_size};
}

class IntegerLookupImpl final : public ConfiguredLayer<IntegerLookupConfig> {
 public:
  explicit IntegerLookupImpl(IntegerLookupConfig given)
      : ConfiguredLayer(std::move(given)), lookup_(settings_of(config)), given_(lookup_.has_tokens()) {}

  std::string class_name() const override { return "IntegerLookup"; }

  void check() const override {
    check_dense(config.sparse);
    if (config.vocabulary_dtype != "int64")
      refuse_setting(cat("vocabulary_dtype must be \"int64\"; received \"", config.vocabulary_dtype, '"'));
    if (!config.salt.is_none() && config.oov_method != "farmhash")
      refuse_setting("salt needs oov_method \"farmhash\"; received \"floormod\"");
    lookup_.check();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {lookup_.form() == CategoryForm::integers ? inputs[0]
                                                     : category_shape(inputs[0], lookup_.form(), lookup_.depth())};
  }

  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t) const override {
    if (!inputs.empty() && inputs[0] == DType::string) throw ShapeError("takes integers; received string");
    return {lookup_.form() == CategoryForm::integers ? DType::s64 : DType::f32};
  }

  bool runs_on_host(std::span<const DType>, bool known) const override { return known || !fits_program(lookup_); }

  Tensors compute(const Tensors& inputs, const CallArguments&) const override {
    if (config.invert) return {lookup_.tokens(inputs[0])};
    return {lookup_.encoded(lookup_.numbers(inputs[0]))};
  }

  ops::Values emit(Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    if (!lookup_.has_tokens()) throw ConfigError("has no vocabulary").hint("give `vocabulary`, or call adapt(data).");
    return {to_channels_first(b, emit_lookup(b, to_channels_last(b, inputs[0]), lookup_))};
  }

  std::vector<std::string> named_arrays() const override { return {"idf_weights"}; }
  std::map<std::string, Tensor> stored_arrays() const override { return stored_idf(lookup_); }

  void load_assets(const std::map<std::string, std::string>& files,
                   const std::map<std::string, Tensor>& arrays) override {
    const auto vocabulary = files.find("vocabulary.txt");
    if (lookup_.has_tokens() || vocabulary == files.end()) return;
    std::vector<int64_t> tokens;
    for (const std::string& line : vocabulary_lines(vocabulary->second)) tokens.push_back(integer_of(line));
    std::vector<double> idf_weights = idf_of(arrays, tokens.size());
    lookup_.set(std::move(tokens), std::move(idf_weights));
    keep();
  }

  void adapt(const std::vector<std::vector<int64_t>>& documents) {
    check_adaptable(given_, built, lookup_.form(), config.pad_to_max_tokens);
    lookup_.adapt(documents);
    keep();
  }

  const Lookup<int64_t>& lookup() const { return lookup_; }

 private:
  static int64_t integer_of(const std::string& line) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error == std::errc() && end == line.data() + line.size()) return value;
    throw ConfigError(cat("vocabulary.txt must hold a whole number in each line; received \"", line, '"'));
  }

  void keep() {
    lookup_.check();
    config.vocabulary = lookup_.settings().tokens;
    config.idf_weights = lookup_.settings().idf_weights;
  }

  Lookup<int64_t> lookup_;
  bool given_;  // the vocabulary is a setting, not learnt
};

}  // namespace

IntegerLookup::IntegerLookup(IntegerLookupConfig config, source_location location)
    : Layer(make_layer<IntegerLookupImpl>(std::move(config), location)) {}

void IntegerLookup::adapt(const Tensor& data) const {
  with_who(*this, [&] { static_cast<IntegerLookupImpl&>(impl()).adapt(documents_of<int64_t>(data)); });
}

std::vector<int64_t> IntegerLookup::get_vocabulary(bool include_special_tokens) const {
  return static_cast<const IntegerLookupImpl&>(impl()).lookup().vocabulary(include_special_tokens);
}

int64_t IntegerLookup::vocabulary_size() const { return std::ssize(get_vocabulary()); }

std::vector<LayerClass> integer_lookup_classes() { return {layer_class<IntegerLookupImpl>("IntegerLookup")}; }

}  // namespace graft
