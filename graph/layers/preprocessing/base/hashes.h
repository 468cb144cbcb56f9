#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graft/core/literal.h"

namespace graft {

// Internal: the hash functions that TensorFlow puts words into bins with.

/// FarmHash's Fingerprint64. Source: Google's FarmHash (farmhashna::Hash64).
uint64_t fingerprint64(std::string_view text);
/// One fingerprint of two. Source: TensorFlow's FingerprintCat64.
uint64_t joined_fingerprint(uint64_t a, uint64_t b);

using SipKey = std::array<uint64_t, 2>;
/// SipHash-2-4. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF".
uint64_t sip_hash(const SipKey& key, std::string_view text);

/// The bin of a text: its fingerprint, or with a key its SipHash, modulo the number of bins.
int64_t bin_of(std::string_view text, int64_t bins, const std::optional<SipKey>& key);

/// The key that Keras's `salt` stands for: None, one whole number for both halves, or two.
/// Throws ConfigError for anything else.
std::optional<SipKey> key_of_salt(const Literal& salt);

}  // namespace graft
