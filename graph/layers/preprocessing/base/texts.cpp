#include "graft/graph/layers/preprocessing/base/texts.h"

#include <cstdint>

namespace graft {

std::string lower_ascii(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string without_punctuation(std::string_view text) {
  static constexpr std::string_view kMarks = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
  std::string rest;
  for (const char c : text)
    if (kMarks.find(c) == std::string_view::npos) rest += c;
  return rest;
}

std::vector<std::string> split_at_whitespace(std::string_view text) {
  static constexpr std::string_view kSpaces = " \t\n\v\f\r";
  std::vector<std::string> words;
  for (size_t begin = text.find_first_not_of(kSpaces); begin != std::string_view::npos;) {
    const size_t end = text.find_first_of(kSpaces, begin);
    words.emplace_back(text.substr(begin, end - begin));
    begin = end == std::string_view::npos ? end : text.find_first_not_of(kSpaces, end);
  }
  return words;
}

// The bytes of the character that a text begins with; 0 where it begins with none, or with one in a longer form than
// needed, half a surrogate pair, or beyond U+10FFFF.
static size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? uint32_t{static_cast<uint8_t>(text[i])} : 0u; };
  const uint32_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t count = first >= 0xc2 && first < 0xe0   ? 2
                       : first >= 0xe0 && first < 0xf0 ? 3
                       : first >= 0xf0 && first < 0xf5 ? 4
                                                       : 0;
  for (size_t i = 1; i < count; ++i)
    if (byte(i) >> 6 != 2) return 0;
  const uint32_t second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90)) return 0;
  return count;
}

std::vector<std::string> split_into_characters(std::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const size_t count = character_bytes(text);
    characters.emplace_back(count == 0 ? "\xef\xbf\xbd" : text.substr(0, count));
    text.remove_prefix(count == 0 ? 1 : count);
  }
  return characters;
}

std::vector<std::string> ngrams_of(const std::vector<std::string>& tokens, const std::vector<int64_t>& widths) {
  std::vector<std::string> grams;
  for (const int64_t width : widths) {
    const auto count = static_cast<size_t>(width);
    for (size_t begin = 0; begin + count <= tokens.size(); ++begin) {
      std::string gram = tokens[begin];
      for (size_t i = 1; i < count; ++i) gram += ' ' + tokens[begin + i];
      grams.push_back(std::move(gram));
    }
  }
  return grams;
}

}  // namespace graft
