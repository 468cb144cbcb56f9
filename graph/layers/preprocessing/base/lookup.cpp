#include "graft/graph/layers/preprocessing/base/lookup.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

namespace graft {

static std::string shown(const std::string& token) { return cat('"', token, '"'); }
static std::string shown(int64_t token) { return cat(token); }
static std::string text_of(const std::string& token) { return token; }
static std::string text_of(int64_t token) { return cat(token); }

template <class Token>
Lookup<Token>::Lookup(LookupSettings<Token> settings) : settings_(std::move(settings)) {
  set(settings_.tokens, settings_.idf_weights);
}

template <class Token>
bool Lookup<Token>::starts_with_specials() const {
  const std::vector<Token>& tokens = settings_.tokens;
  if (static_cast<int64_t>(tokens.size()) < token_start()) return false;
  for (int64_t i = 0; i < token_start(); ++i) {
    const std::optional<Token>& special = i < oov_start() ? settings_.mask_token : settings_.oov_token;
    if (!special || tokens[static_cast<size_t>(i)] != *special) return false;
  }
  return true;
}

template <class Token>
void Lookup<Token>::set(std::vector<Token> tokens, std::vector<double> idf_weights) {
  settings_.tokens = std::move(tokens);
  settings_.idf_weights = std::move(idf_weights);
  const auto first = settings_.tokens.begin() + (starts_with_specials() ? token_start() : 0);
  known_.assign(first, settings_.tokens.end());
  places_.clear();
  for (size_t i = 0; i < known_.size(); ++i) places_.emplace(known_[i], token_start() + static_cast<int64_t>(i));
}

// -- settings --------------------------------------------------------------------------------------------------------

template <class Token>
void Lookup<Token>::check() const {
  const LookupSettings<Token>& s = settings_;
  if (s.max_tokens) check_at_least("max_tokens", *s.max_tokens, 2);
  check_at_least("num_oov_indices", s.num_oov_indices, 0);
  if (s.pad_to_max_tokens && !s.max_tokens) throw ConfigError("pad_to_max_tokens needs max_tokens");
  if (s.invert && form() != CategoryForm::integers)
    throw ConfigError(cat("output_mode must be \"int\" where invert is true; received \"", s.output_mode, '"'));
  if (!s.idf_weights.empty() && s.output_mode != "tf_idf")
    throw ConfigError(cat("idf_weights are of output_mode \"tf_idf\" alone; received \"", s.output_mode, '"'));
  if (s.output_mode == "tf_idf" && s.idf_weights.size() != s.tokens.size())
    throw ConfigError(cat("idf_weights must be as many as the vocabulary has tokens, ", s.tokens.size(), "; received ",
                          s.idf_weights.size()));
  std::unordered_set<Token> seen;
  for (const Token& token : known_) {
    if (!seen.insert(token).second) throw ConfigError(cat("the vocabulary holds ", shown(token), " twice"));
    if (token == s.mask_token) throw ConfigError(cat("the vocabulary holds the mask_token ", shown(token)));
    if (s.invert && token == s.oov_token) throw ConfigError(cat("the vocabulary holds the oov_token ", shown(token)));
  }
  const int64_t size = token_start() + static_cast<int64_t>(known_.size());
  if (s.max_tokens && size > *s.max_tokens)
    throw ConfigError(cat("the vocabulary has ", size, " tokens with the special ones; max_tokens is ", *s.max_tokens));
}

template <class Token>
int64_t Lookup<Token>::depth() const {
  if (settings_.pad_to_max_tokens) return *settings_.max_tokens;
  if (has_tokens()) return token_start() + static_cast<int64_t>(known_.size());
  if (settings_.size) return *settings_.size;
  throw ConfigError(cat("output_mode \"", settings_.output_mode, "\" needs a vocabulary before the first call"))
      .hint("give `vocabulary`, or call adapt(data).");
}

template <class Token>
std::vector<Token> Lookup<Token>::vocabulary(bool include_special_tokens) const {
  if (!include_special_tokens) return known_;
  std::vector<Token> all(static_cast<size_t>(token_start()), settings_.oov_token.value_or(Token{}));
  if (oov_start() > 0) all[0] = *settings_.mask_token;
  all.insert(all.end(), known_.begin(), known_.end());
  return all;
}

// -- on the host -----------------------------------------------------------------------------------------------------

static int64_t remainder(const std::string&, int64_t) { return 0; }
static int64_t remainder(int64_t token, int64_t bins) { return (token % bins + bins) % bins; }

template <class Token>
int64_t Lookup<Token>::unknown(const Token& token) const {
  const int64_t bins = settings_.num_oov_indices;
  if (bins == 0)
    throw DataError(cat("the vocabulary does not hold ", shown(token), ", and num_oov_indices is 0"))
        .hint("num_oov_indices = 1 takes unknown tokens.");
  if (bins == 1) return oov_start();
  if (!settings_.hashes_oov) return oov_start() + remainder(token, bins);
  return oov_start() + bin_of(text_of(token), bins, settings_.salt);
}

template <class Token>
int64_t Lookup<Token>::number(const Token& token) const {
  if (token == settings_.mask_token) return form() == CategoryForm::integers ? 0 : -1;
  const auto found = places_.find(token);
  return found == places_.end() ? unknown(token) : found->second;
}

static void check_vocabulary(bool has_tokens) {
  if (!has_tokens) throw ConfigError("has no vocabulary").hint("give `vocabulary`, or call adapt(data).");
}

template <class Token>
Tensor Lookup<Token>::numbers(const Tensor& tokens) const {
  check_vocabulary(has_tokens());
  const Tensor typed = tokens.cast(dtype_of<Token>());
  Tensor found(tokens.shape(), DType::s64);
  std::ranges::transform(typed.data<Token>(), found.data<int64_t>().begin(),
                         [&](const Token& token) { return number(token); });
  return found;
}

template <class Token>
Tensor Lookup<Token>::tokens(const Tensor& numbers) const {
  check_vocabulary(has_tokens());
  const Tensor typed = numbers.cast(DType::s64);
  Tensor found(numbers.shape(), dtype_of<Token>());
  std::ranges::transform(typed.data<int64_t>(), found.data<Token>().begin(), [&](int64_t number) {
    const int64_t place = number - token_start();
    if (number == 0 && settings_.mask_token) return *settings_.mask_token;
    const bool known = place >= 0 && place < static_cast<int64_t>(known_.size());
    return known ? known_[static_cast<size_t>(place)] : settings_.oov_token.value_or(Token{});
  });
  return found;
}

template <class Token>
Tensor Lookup<Token>::encoded(const Tensor& numbers) const {
  Tensor categories = encode_categories(numbers, form(), form() == CategoryForm::integers ? 0 : depth());
  if (settings_.output_mode != "tf_idf") return categories;
  const std::vector<float> weights = idf();
  const std::span<float> values = categories.data<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] *= weights[i % weights.size()];
  return categories;
}

// Special tokens without weights of their own take the mean of the others; padding takes 0.
template <class Token>
std::vector<float> Lookup<Token>::idf() const {
  const std::vector<double>& given = settings_.idf_weights;
  std::vector<float> weights;
  if (!starts_with_specials()) {
    const double mean = std::accumulate(given.begin(), given.end(), 0.0) / static_cast<double>(given.size());
    weights.assign(static_cast<size_t>(token_start()), static_cast<float>(mean));
  }
  for (const double weight : given) weights.push_back(static_cast<float>(weight));
  weights.resize(static_cast<size_t>(depth()));
  return weights;
}

// -- learning --------------------------------------------------------------------------------------------------------

// Keras puts equally frequent tokens in descending order.
template <class Token>
void Lookup<Token>::adapt(const std::vector<std::vector<Token>>& documents) {
  std::unordered_map<Token, int64_t> counts, appearances;
  for (const std::vector<Token>& document : documents) {
    std::unordered_set<Token> seen;
    for (const Token& token : document) {
      ++counts[token];
      if (seen.insert(token).second) ++appearances[token];
    }
  }
  if (settings_.mask_token) counts.erase(*settings_.mask_token);
  if (settings_.oov_token) counts.erase(*settings_.oov_token);
  std::vector<std::pair<int64_t, Token>> order;
  for (const auto& [token, count] : counts) order.emplace_back(count, token);
  std::sort(order.rbegin(), order.rend());
  if (settings_.max_tokens)
    order.resize(std::min(order.size(), static_cast<size_t>(*settings_.max_tokens - token_start())));
  std::vector<Token> tokens;
  std::vector<double> weights;
  for (const auto& [count, token] : order) {
    tokens.push_back(token);
    const double share = static_cast<double>(documents.size()) / static_cast<double>(1 + appearances[token]);
    if (settings_.output_mode == "tf_idf")
      weights.push_back(static_cast<double>(static_cast<float>(std::log(1 + share))));
  }
  if (tokens.empty()) throw DataError("the data to adapt to holds no tokens");
  set(std::move(tokens), std::move(weights));
}

template class Lookup<std::string>;
template class Lookup<int64_t>;

std::vector<std::string> vocabulary_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r')
      lines.emplace_back();
    else
      lines.back() += text[i];
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::vector<double> idf_of(const std::map<std::string, Tensor>& arrays, size_t tokens) {
  const auto found = arrays.find("idf_weights");
  if (found == arrays.end()) return {};
  const Tensor weights = found->second.cast(DType::f64);
  const std::span<const double> values =
      weights.data<double>().first(std::min(tokens, static_cast<size_t>(weights.elements())));
  return {values.begin(), values.end()};
}

template <class Token>
std::vector<std::vector<Token>> documents_of(const Tensor& tokens) {
  const Tensor typed = tokens.cast(dtype_of<Token>());
  const std::span<const Token> all = typed.data<Token>();
  const int64_t rank = tokens.shape().rank(), count = rank == 0 ? 1 : tokens.shape()[0];
  const size_t width = count == 0 ? 0 : all.size() / static_cast<size_t>(count);
  std::vector<std::vector<Token>> documents;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i)
    documents.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(i * width),
                           all.begin() + static_cast<std::ptrdiff_t>((i + 1) * width));
  return documents;
}

template std::vector<std::vector<std::string>> documents_of(const Tensor&);
template std::vector<std::vector<int64_t>> documents_of(const Tensor&);

void check_adaptable(bool given, bool built, CategoryForm form, bool padded) {
  if (given) throw ConfigError("has a vocabulary of its own, so adapt() has nothing to learn");
  if (built && form != CategoryForm::integers && !padded)
    throw ConfigError("was called already, so the size of its vocabulary is fixed")
        .hint("call adapt() before the first call of the layer, or set max_tokens and pad_to_max_tokens.");
}

}  // namespace graft
