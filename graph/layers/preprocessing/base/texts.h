#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft {

// Internal: what TextVectorization does with a text before its tokens are looked up.

std::string lower_ascii(std::string text);               ///< letters beyond ASCII stay as they are, as in TensorFlow
std::string without_punctuation(std::string_view text);  ///< without the 32 punctuation marks of ASCII

std::vector<std::string> split_at_whitespace(std::string_view text);
/// The characters of a UTF-8 text; bytes that are none become U+FFFD.
std::vector<std::string> split_into_characters(std::string_view text);

/// The tokens that follow each other, joined by spaces: of the first width from left to right, then of the next.
std::vector<std::string> ngrams_of(const std::vector<std::string>& tokens, const std::vector<int64_t>& widths);

}  // namespace graft
