#pragma once

#include <unordered_map>

#include "graft/graph/layers/preprocessing/base/categories.h"
#include "graft/graph/layers/preprocessing/base/hashes.h"

namespace graft {

// Internal: what StringLookup, IntegerLookup and TextVectorization have in common.

/// The settings of a lookup by Keras's names; `tokens` is its vocabulary.
template <class Token>
struct LookupSettings {
  std::optional<int64_t> max_tokens = {};
  int64_t num_oov_indices = 1;
  std::optional<Token> mask_token = {}, oov_token = {};
  std::vector<Token> tokens = {};
  std::vector<double> idf_weights = {};
  bool invert = false, pad_to_max_tokens = false;
  std::string output_mode = "int";
  bool hashes_oov = true;            ///< with several indices for unknown tokens: by a hash, not by a remainder
  std::optional<SipKey> salt = {};   ///< of that hash
  std::optional<int64_t> size = {};  ///< of the vocabulary, where a file has its tokens elsewhere
};

/// A vocabulary: tokens to numbers and back. Numbers count the mask token (in mode "int"), the numbers for unknown
/// tokens, then the tokens in order.
template <class Token>
class Lookup {
 public:
  Lookup() = default;
  explicit Lookup(LookupSettings<Token> settings);

  const LookupSettings<Token>& settings() const { return settings_; }
  /// Throws ConfigError for settings that contradict each other.
  void check() const;
  bool has_tokens() const { return !known_.empty(); }
  /// The number of categories, with the special ones. Throws ConfigError where there is no vocabulary yet.
  int64_t depth() const;
  CategoryForm form() const { return category_form(settings_.output_mode); }
  std::vector<Token> vocabulary(bool include_special_tokens) const;

  /// The number of each token; -1 for a mask in the modes that drop it. Throws DataError for an unknown token where
  /// there is no number for it.
  Tensor numbers(const Tensor& tokens) const;
  /// The token of each number.
  Tensor tokens(const Tensor& numbers) const;
  /// The numbers in the form of the output mode: int64, or float32 vectors.
  Tensor encoded(const Tensor& numbers) const;
  /// The weight of each category in mode "tf_idf".
  std::vector<float> idf() const;
  int64_t oov_start() const { return settings_.mask_token && form() == CategoryForm::integers ? 1 : 0; }
  int64_t token_start() const { return oov_start() + settings_.num_oov_indices; }  ///< the number of the first token

  /// Takes the tokens of some documents for the vocabulary, those that are most frequent first.
  void adapt(const std::vector<std::vector<Token>>& documents);
  /// Takes a vocabulary, with its special tokens or without them, and weights for mode "tf_idf".
  void set(std::vector<Token> tokens, std::vector<double> idf_weights = {});

 private:
  bool starts_with_specials() const;
  int64_t number(const Token& token) const;
  int64_t unknown(const Token& token) const;

  LookupSettings<Token> settings_;
  std::vector<Token> known_;  // without special tokens
  std::unordered_map<Token, int64_t> places_;
};

extern template class Lookup<std::string>;
extern template class Lookup<int64_t>;

/// The words of a setting output_mode.
struct LookupModeWords {
  static constexpr std::array<std::string_view, 5> words{"int", "one_hot", "multi_hot", "count", "tf_idf"};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> other_words{
      {{"binary", "multi_hot"}, {"tf-idf", "tf_idf"}}};
};
using LookupMode = Choice<LookupModeWords>;

/// The lines of a vocabulary file, without empty ones at its end.
std::vector<std::string> vocabulary_lines(const std::string& text);

/// The weights of mode "tf_idf" as an archive has them; nothing in other modes and without a vocabulary.
template <class Token>
std::map<std::string, Tensor> stored_idf(const Lookup<Token>& lookup) {
  if (lookup.settings().output_mode != "tf_idf" || !lookup.has_tokens()) return {};
  return {{"vars/idf_weights", Tensor(Shape{lookup.depth()}, lookup.idf())}};
}

/// The weights of mode "tf_idf" among the arrays of an archive, without the padding behind the last token.
std::vector<double> idf_of(const std::map<std::string, Tensor>& arrays, size_t tokens);

/// Calls `act` and names the layer in its errors.
template <class Act>
void with_who(const Layer& layer, const Act& act) {
  try {
    act();
  } catch (Error& error) {
    error.who(layer.who());
    throw;
  }
}

/// The rows of a tensor of tokens, which are its documents; of rank 1 each token is one.
template <class Token>
std::vector<std::vector<Token>> documents_of(const Tensor& tokens);

/// Throws ConfigError where the vocabulary was given, not learnt, or where layers were already built for its size.
void check_adaptable(bool given, bool built, CategoryForm form, bool padded);

}  // namespace graft
