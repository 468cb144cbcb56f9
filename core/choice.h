#pragma once

#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "graft/core/error.h"

namespace graft {

struct ConfigAccess;

/// One of a closed set of words. A literal that is not in the set does not compile; a run-time string goes through
/// `parse`, which throws ConfigError listing the set.
///
/// A set holds its `words`. It may hold `other_words`, pairs of another accepted word and the word that it means, and
/// the `name` of the setting, with which the error then begins.
template <class Set>
class Choice {
 public:
  consteval Choice(const char* word) : index_(find(word)) {
    if (index_ < 0) throw "not one of the allowed words";  // no constant expression, hence a compile error
  }
  static Choice parse(std::string_view word) {
    const int index = find(lower(word));
    if (index < 0) throw ConfigError(cat(expectation(), "; received \"", word, '"'));
    return Choice(index);
  }
  static bool contains(std::string_view word) { return find(lower(word)) >= 0; }  ///< whether parse takes it
  std::string str() const { return std::string(text()); }
  bool operator==(const Choice&) const = default;
  bool operator==(std::string_view word) const { return text() == word; }
  bool operator==(const char* word) const { return text() == word; }
  friend std::ostream& operator<<(std::ostream& out, const Choice& choice) { return out << choice.text(); }

 private:
  friend struct ConfigAccess;
  Choice() : index_(0) {}
  explicit constexpr Choice(int index) : index_(index) {}

  std::string_view text() const { return Set::words[static_cast<size_t>(index_)]; }
  static constexpr int find(std::string_view word) {
    if constexpr (requires { Set::other_words; })
      for (const auto& [other, meant] : Set::other_words)
        if (other == word) word = meant;
    for (size_t i = 0; i < Set::words.size(); ++i)
      if (Set::words[i] == word) return static_cast<int>(i);
    return -1;
  }
  static std::string lower(std::string_view word) {  // Keras accepts 'SAME' too
    std::string out(word);
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
  }
  static std::string expectation() {
    if constexpr (requires { Set::name; })
      return cat(Set::name, " must be ", list(" or "));
    else
      return cat("expected one of ", list(", "));
  }
  static std::string list(std::string_view between) {
    std::string out;
    for (const std::string_view word : Set::words) out += cat(out.empty() ? "" : between, '"', word, '"');
    return out;
  }
  int index_;
};

/// A Choice that may be left out: `.precision = "bf16"`, or nothing.
template <class Set>
class OptionalChoice : public std::optional<Choice<Set>> {
 public:
  OptionalChoice() = default;
  OptionalChoice(const Choice<Set>& choice) : std::optional<Choice<Set>>(choice) {}
  consteval OptionalChoice(const char* word) : std::optional<Choice<Set>>(Choice<Set>(word)) {}
};

}  // namespace graft
