// What the tagger looks at in a word: case folding, character classes and hashes over UTF-16 code units, without a
// locale.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace hebb::ner {

// A word of n UTF-16 code units. Lone surrogates are ordinary units here.
struct Word {
  const char16_t* units = nullptr;
  uint32_t length = 0;
};

// The classes that a word's shape is written in; ASCII punctuation stands for itself in a shape.
enum class CharClass : uint8_t { upper, lower, digit, letter, mark, ideograph, surrogate, space, other };

CharClass class_of(char16_t c);
// Simple lower case of Latin, Greek, Cyrillic and Armenian letters; other units as they are.
char16_t to_lower(char16_t c);
// Lower case without accents (Latin letters only): "Škoda" and "SKODA" both give "skoda".
char16_t fold(char16_t c);

// The finaliser of MurmurHash3 (Appleby, public domain constants): every input bit moves every output bit.
inline uint64_t mix(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdull;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ull;
  return h ^ h >> 33;
}
inline uint64_t combine(uint64_t a, uint64_t b) { return mix(a * 0x9e3779b97f4a7c15ull + b); }

// A hash built one unit at a time, so that every prefix has one.
struct RollingHash {
  uint64_t h;
  explicit RollingHash(uint64_t seed) : h(0xcbf29ce484222325ull ^ seed * 0x9e3779b97f4a7c15ull) {}
  void add(uint32_t unit) { h = (h ^ unit) * 0x100000001b3ull; }
  uint64_t value() const { return mix(h); }
};

// The identity of a word's exact units, four at a time.
inline uint64_t hash_units(const char16_t* units, uint32_t length) {
  uint64_t h = 0x2545f4914f6cdd1dull ^ length;
  uint32_t i = 0;
  for (; i + 4 <= length; i += 4) {
    uint64_t chunk;
    std::memcpy(&chunk, units + i, 8);
    h = (h ^ chunk) * 0x9e3779b97f4a7c15ull;
    h ^= h >> 32;
  }
  uint64_t rest = 0;
  std::memcpy(&rest, units + i, 2 * (length - i));
  return mix(h ^ rest);
}

// Everything that features need of one word, computed once for each distinct word.
struct WordInfo {
  uint64_t exact, lower, folded;  // hashes of the word, its lower case, its lower case without accents
  uint64_t digits;                // lower case with every digit as 0
  uint64_t shape, short_shape;    // "XxxDD" as it is, and with runs collapsed
  uint64_t prefix[5], suffix[5];  // of 1 to 5 units, exact case; 0 where the word is shorter
  uint64_t lower_prefix3, lower_suffix3;
  uint32_t flags;  // WordFlag bits
};

enum WordFlag : uint32_t {
  kAllUpper = 1,
  kHasDigit = 2,
  kAllDigits = 4,
  kHasHyphen = 8,
  kHasPeriod = 16,
  kHasLetter = 32,
  kInitialUpper = 64,
  kMixedCase = 128,
  kHasApostrophe = 256,
  kSingleUnit = 512
};

WordInfo analyse(Word word);

}  // namespace hebb::ner
