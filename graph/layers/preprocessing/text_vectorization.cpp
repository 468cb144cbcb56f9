#include "graft/graph/layers/preprocessing/text_vectorization.h"

#include <algorithm>

#include "graft/graph/layers/preprocessing/base/texts.h"

namespace graft {

void TextVectorizationConfig::fields(FieldVisitor& field) {
  field("max_tokens", max_tokens);
  token_field(field, "standardize", standardize);
  token_field(field, "split", split);
  field("ngrams", ngrams);
  field("output_mode", output_mode);
  field("output_sequence_length", output_sequence_length);
  field("pad_to_max_tokens", pad_to_max_tokens);
  field("sparse", sparse);
  field("ragged", ragged);
  list_field(field, "vocabulary", vocabulary);
  list_field(field, "idf_weights", idf_weights);
  field("encoding", encoding);
  field("vocabulary_size", vocabulary_size);
}

namespace {

LookupSettings<std::string> settings_of(const TextVectorizationConfig& config) {
  return {.max_tokens = config.max_tokens,
          .mask_token = "",
          .oov_token = "[UNK]",
          .tokens = config.vocabulary,
          .idf_weights = config.idf_weights,
          .pad_to_max_tokens = config.pad_to_max_tokens,
          .output_mode = config.output_mode.str(),
          .size = config.vocabulary_size};
}

std::vector<int64_t> widths_of(const Literal& ngrams) {
  if (ngrams.is_none() || ngrams.is_list()) return ngrams.is_none() ? std::vector<int64_t>{} : ngrams.integers();
  std::vector<int64_t> widths;
  for (int64_t width = 1; width <= ngrams.integer(); ++width) widths.push_back(width);
  return widths;
}

void check_word(const char* setting, const std::optional<std::string>& word, const std::vector<std::string>& known) {
  if (!word || std::ranges::find(known, *word) != known.end()) return;
  std::string listed;
  for (const std::string& one : known) listed += cat('"', one, "\", ");
  throw ConfigError(cat(setting, " must be ", listed, "or None; received \"", *word, '"'));
}

class TextVectorizationImpl final : public ConfiguredLayer<TextVectorizationConfig> {
 public:
  using Tokens = std::vector<std::string>;

  explicit TextVectorizationImpl(TextVectorizationConfig given)
      : ConfiguredLayer(std::move(given)), lookup_(settings_of(config)), given_(lookup_.has_tokens()) {}

  std::string class_name() const override { return "TextVectorization"; }

  void check() const override {
    check_dense(config.sparse);
    if (config.ragged) refuse_setting("ragged must be false: tensors are dense; received true");
    check_word("standardize", config.standardize, {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
    check_word("split", config.split, {"whitespace", "character"});
    for (const int64_t width : widths_of(config.ngrams)) check_at_least("ngrams", width, 1);
    if (lookup_.form() == CategoryForm::one_hot)
      refuse_setting("output_mode must be \"int\", \"multi_hot\", \"count\" or \"tf_idf\"; received \"one_hot\"");
    if (config.output_sequence_length && !gives_numbers())
      throw ConfigError(
          cat("output_sequence_length is of output_mode \"int\" alone; received \"", config.output_mode, '"'));
    if (config.output_sequence_length) check_at_least("output_sequence_length", *config.output_sequence_length, 1);
    lookup_.check();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const Shape& texts = inputs[0];
    const bool many = texts.rank() == 2 && texts[1] != 1;
    if (texts.rank() < 1 || texts.rank() > 2 || (many && config.split))
      throw ShapeError(cat("input must be (N) or (N, 1), one text in each row; received ", texts));
    if (!gives_numbers()) return {Shape{texts[0], lookup_.depth()}};
    const bool keeps = !config.split && config.ngrams.is_none() && !config.output_sequence_length;
    if (keeps) return {texts};
    return {Shape{texts[0], config.output_sequence_length.value_or(Shape::none)}};
  }

  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t) const override {
    if (!inputs.empty() && inputs[0] != DType::string)
      throw ShapeError(cat("takes strings; received ", to_string(inputs[0])));
    return {gives_numbers() ? DType::s64 : DType::f32};
  }

  bool runs_on_host(std::span<const DType>, bool) const override { return true; }

  Tensors compute(const Tensors& inputs, const CallArguments&) const override {
    const std::vector<Tokens> rows = tokens_of(inputs[0]);
    if (!gives_numbers()) return {vectors(rows)};
    const Tensor numbers = padded(rows);
    const bool keeps = !config.split && config.ngrams.is_none() && !config.output_sequence_length;
    return {keeps ? numbers.reshaped(inputs[0].shape()) : numbers};
  }

  ops::Values emit(ops::Builder&, const ops::Values&, const CallArguments&) const override { refuse_program(); }

  std::vector<std::string> named_arrays() const override { return {"idf_weights"}; }
  // Keras keeps them for itself and for the StringLookup inside.
  std::map<std::string, Tensor> stored_arrays() const override {
    std::map<std::string, Tensor> arrays = stored_idf(lookup_);
    if (!arrays.empty()) arrays.emplace("_lookup_layer/vars/idf_weights", arrays.begin()->second);
    return arrays;
  }

  void load_assets(const std::map<std::string, std::string>& files,
                   const std::map<std::string, Tensor>& arrays) override {
    const auto vocabulary = files.find("vocabulary.txt");
    if (lookup_.has_tokens() || vocabulary == files.end()) return;
    Tokens tokens = vocabulary_lines(vocabulary->second);
    std::vector<double> idf_weights = idf_of(arrays, tokens.size());
    lookup_.set(std::move(tokens), std::move(idf_weights));
    keep();
  }

  void adapt(const Tensor& texts) {
    check_adaptable(given_, built, lookup_.form(), config.pad_to_max_tokens);
    lookup_.adapt(tokens_of(texts));
    keep();
  }

  const Lookup<std::string>& lookup() const { return lookup_; }

 private:
  bool gives_numbers() const { return lookup_.form() == CategoryForm::integers; }

  std::vector<Tokens> tokens_of(const Tensor& texts) const {
    std::vector<Tokens> rows;
    for (const Tokens& document : documents_of<std::string>(texts)) {
      Tokens& tokens = rows.emplace_back();
      for (const std::string& text : document)
        for (std::string& token : split_text(standardized(text))) tokens.push_back(std::move(token));
      if (!config.ngrams.is_none()) tokens = ngrams_of(tokens, widths_of(config.ngrams));
    }
    return rows;
  }

  std::string standardized(const std::string& text) const {
    if (!config.standardize) return text;
    const bool lowers = *config.standardize != "strip_punctuation", strips = *config.standardize != "lower";
    const std::string lowered = lowers ? lower_ascii(text) : text;
    return strips ? without_punctuation(lowered) : lowered;
  }

  Tokens split_text(const std::string& text) const {
    if (!config.split) return {text};
    return *config.split == "whitespace" ? split_at_whitespace(text) : split_into_characters(text);
  }

  Tensor numbers_of(const Tokens& tokens) const {
    return lookup_.numbers(Tensor(Shape{1, std::ssize(tokens)}, tokens));
  }

  Tensor padded(const std::vector<Tokens>& rows) const {
    size_t longest = 0;
    for (const Tokens& row : rows) longest = std::max(longest, row.size());
    const auto length = static_cast<size_t>(config.output_sequence_length.value_or(static_cast<int64_t>(longest)));
    Tensor result(Shape{std::ssize(rows), static_cast<int64_t>(length)}, DType::s64);
    for (size_t i = 0; i < rows.size(); ++i) {
      const Tensor numbers = numbers_of(rows[i]);
      std::copy_n(numbers.data<int64_t>().begin(), std::min(length, rows[i].size()),
                  result.data<int64_t>().begin() + static_cast<std::ptrdiff_t>(i * length));
    }
    return result;
  }

  Tensor vectors(const std::vector<Tokens>& rows) const {
    Tensor result(Shape{std::ssize(rows), lookup_.depth()});
    for (size_t i = 0; i < rows.size(); ++i) {
      const Tensor vector = lookup_.encoded(numbers_of(rows[i]));
      std::ranges::copy(vector.data<float>(),
                        result.data<float>().begin() + static_cast<std::ptrdiff_t>(i) * lookup_.depth());
    }
    return result;
  }

  void keep() {
    lookup_.check();
    config.vocabulary = lookup_.settings().tokens;
    config.idf_weights = lookup_.settings().idf_weights;
  }

  Lookup<std::string> lookup_;
  bool given_;  // the vocabulary is a setting, not learnt
};

}  // namespace

TextVectorization::TextVectorization(TextVectorizationConfig config, source_location location)
    : Layer(make_layer<TextVectorizationImpl>(std::move(config), location)) {}

void TextVectorization::adapt(const Tensor& texts) const {
  with_who(*this, [&] { static_cast<TextVectorizationImpl&>(impl()).adapt(texts); });
}

void TextVectorization::adapt(const std::vector<std::string>& texts) const {
  adapt(Tensor(Shape{static_cast<int64_t>(texts.size())}, texts));
}

std::vector<std::string> TextVectorization::get_vocabulary(bool include_special_tokens) const {
  return static_cast<const TextVectorizationImpl&>(impl()).lookup().vocabulary(include_special_tokens);
}

int64_t TextVectorization::vocabulary_size() const { return std::ssize(get_vocabulary()); }

std::vector<LayerClass> text_vectorization_classes() {
  return {layer_class<TextVectorizationImpl>("TextVectorization")};
}

}  // namespace graft
