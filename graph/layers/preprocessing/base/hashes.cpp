#include "graft/graph/layers/preprocessing/base/hashes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "graft/core/error.h"

namespace graft {

static uint64_t word64(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

static uint64_t word32(const char* from) {
  uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// -- FarmHash --------------------------------------------------------------------------------------------------------

static constexpr uint64_t kPrime0 = 0xc3a5c85c97cb3127, kPrime1 = 0xb492b66fbe98f273, kPrime2 = 0x9ae16a3b2f90404f;

static uint64_t mixed(uint64_t value) { return value ^ (value >> 47); }

static uint64_t hash_pair(uint64_t u, uint64_t v, uint64_t factor) {
  const uint64_t a = mixed((u ^ v) * factor);
  return mixed((v ^ a) * factor) * factor;
}

static uint64_t hash_to_16(const char* s, size_t n) {
  if (n >= 8) {
    const uint64_t factor = kPrime2 + n * 2, a = word64(s) + kPrime2, b = word64(s + n - 8);
    const uint64_t c = std::rotr(b, 37) * factor + a, d = (std::rotr(a, 25) + b) * factor;
    return hash_pair(c, d, factor);
  }
  if (n >= 4) return hash_pair(n + (word32(s) << 3), word32(s + n - 4), kPrime2 + n * 2);
  if (n == 0) return kPrime2;
  const auto byte = [&](size_t i) { return uint32_t{static_cast<uint8_t>(s[i])}; };
  const uint32_t y = byte(0) + (byte(n >> 1) << 8), z = static_cast<uint32_t>(n) + (byte(n - 1) << 2);
  return mixed(y * kPrime2 ^ z * kPrime0) * kPrime2;
}

static uint64_t hash_to_32(const char* s, size_t n) {
  const uint64_t factor = kPrime2 + n * 2, a = word64(s) * kPrime1, b = word64(s + 8);
  const uint64_t c = word64(s + n - 8) * factor, d = word64(s + n - 16) * kPrime2;
  return hash_pair(std::rotr(a + b, 43) + std::rotr(c, 30) + d, a + std::rotr(b + kPrime2, 18) + c, factor);
}

static uint64_t hash_to_64(const char* s, size_t n) {
  const uint64_t factor = kPrime2 + n * 2, a = word64(s) * kPrime2, b = word64(s + 8);
  const uint64_t c = word64(s + n - 8) * factor, d = word64(s + n - 16) * kPrime2;
  const uint64_t y = std::rotr(a + b, 43) + std::rotr(c, 30) + d;
  const uint64_t z = hash_pair(y, a + std::rotr(b + kPrime2, 18) + c, factor);
  const uint64_t e = word64(s + 16) * factor, f = word64(s + 24);
  const uint64_t g = (y + word64(s + n - 32)) * factor, h = (z + word64(s + n - 24)) * factor;
  return hash_pair(std::rotr(e + f, 43) + std::rotr(g, 30) + h, e + std::rotr(f + a, 18) + g, factor);
}

namespace {

using Pair = std::pair<uint64_t, uint64_t>;

Pair weak_hash_32(const char* s, uint64_t a, uint64_t b) {
  const uint64_t w = word64(s), x = word64(s + 8), y = word64(s + 16), z = word64(s + 24);
  a += w;
  b = std::rotr(b + a + z, 21);
  const uint64_t c = a;
  a += x;
  a += y;
  b += std::rotr(a, 44);
  return {a + z, b + c};
}

// The state of the hash of a text longer than 64 bytes.
struct LongHash {
  uint64_t x = 81, y = 81 * kPrime1 + 113, z = 0;
  Pair v = {}, w = {};

  void take_64(const char* s, uint64_t factor, uint64_t w_times, uint64_t v_times) {
    x = std::rotr(x + y + v.first + word64(s + 8), 37) * factor;
    y = std::rotr(y + v.second + word64(s + 48), 42) * factor;
    x ^= w.second * w_times;
    y += v.first * v_times + word64(s + 40);
    z = std::rotr(z + w.first, 33) * factor;
    v = weak_hash_32(s, v.second * factor, x + w.first);
    w = weak_hash_32(s + 32, z + w.second, y + word64(s + 16));
    std::swap(z, x);
  }
};

}  // namespace

static uint64_t hash_long(const char* s, size_t n) {
  LongHash hash;
  hash.z = mixed(hash.y * kPrime2 + 113) * kPrime2;
  hash.x = hash.x * kPrime2 + word64(s);
  const char* const end = s + (n - 1) / 64 * 64;
  const char* const last = end + ((n - 1) & 63) - 63;
  for (; s != end; s += 64) hash.take_64(s, kPrime1, 1, 1);
  const uint64_t factor = kPrime1 + ((hash.z & 0xff) << 1);
  hash.w.first += (n - 1) & 63;
  hash.v.first += hash.w.first;
  hash.w.first += hash.v.first;
  hash.take_64(last, factor, 9, 9);
  return hash_pair(hash_pair(hash.v.first, hash.w.first, factor) + mixed(hash.y) * kPrime0 + hash.z,
                   hash_pair(hash.v.second, hash.w.second, factor) + hash.x, factor);
}

uint64_t fingerprint64(std::string_view text) {
  const size_t n = text.size();
  if (n <= 16) return hash_to_16(text.data(), n);
  if (n <= 32) return hash_to_32(text.data(), n);
  return n <= 64 ? hash_to_64(text.data(), n) : hash_long(text.data(), n);
}

uint64_t joined_fingerprint(uint64_t a, uint64_t b) {
  constexpr uint64_t kFactor = 0xc6a4a7935bd1e995;
  uint64_t joined = a ^ kFactor;
  joined ^= mixed(b * kFactor) * kFactor;
  joined *= kFactor;
  return mixed(mixed(joined) * kFactor);
}

// -- SipHash ---------------------------------------------------------------------------------------------------------

namespace {

class SipState {
 public:
  explicit SipState(const SipKey& key)
      : v0_(0x736f6d6570736575 ^ key[0]),
        v1_(0x646f72616e646f6d ^ key[1]),
        v2_(0x6c7967656e657261 ^ key[0]),
        v3_(0x7465646279746573 ^ key[1]) {}

  void take(uint64_t word) {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
  }

  uint64_t finish() {
    v2_ ^= 0xff;
    rounds(4);
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0_ += v1_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v3_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

uint64_t sip_hash(const SipKey& key, std::string_view text) {
  SipState state(key);
  const size_t whole = text.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) state.take(word64(text.data() + i));
  uint64_t last = static_cast<uint64_t>(text.size()) << 56;  // the rest of the bytes, and the length above them
  for (size_t i = whole; i < text.size(); ++i) last |= uint64_t{static_cast<uint8_t>(text[i])} << (8 * (i - whole));
  state.take(last);
  return state.finish();
}

// -- bins ------------------------------------------------------------------------------------------------------------

int64_t bin_of(std::string_view text, int64_t bins, const std::optional<SipKey>& key) {
  const uint64_t hash = key ? sip_hash(*key, text) : fingerprint64(text);
  return static_cast<int64_t>(hash % static_cast<uint64_t>(bins));
}

std::optional<SipKey> key_of_salt(const Literal& salt) {
  if (salt.is_none()) return {};
  if (salt.is_integer()) return SipKey{static_cast<uint64_t>(salt.integer()), static_cast<uint64_t>(salt.integer())};
  const bool two = salt.is_list() && salt.list().size() == 2 &&
                   std::ranges::all_of(salt.list(), [](const Literal& half) { return half.is_integer(); });
  if (!two) throw ConfigError(cat("salt must be a whole number, a list of two, or None; received ", salt.str()));
  return SipKey{static_cast<uint64_t>(salt.list()[0].integer()), static_cast<uint64_t>(salt.list()[1].integer())};
}

}  // namespace graft
