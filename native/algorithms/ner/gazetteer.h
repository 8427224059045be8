// Lists of names matched as phrases of up to six words, case and accents aside.
#pragma once
#include <cstdint>
#include <vector>

#include "algorithms/ner/text.h"
#include "core/status.h"

namespace hebb::ner {

constexpr int kMaxPhrase = 6;
constexpr int kMaxLists = 64;

// A set of phrases, each with the bit mask of the lists that hold it. A phrase is kept as 36 bits of its hash (a wrong
// match has a chance of about entries / 2^36: 4e-6 for 300,000 phrases), and every proper prefix of a phrase is an
// entry too, with an empty mask, so that a search ends at the first word that leads nowhere.
class Gazetteer {
 public:
  // The hash of a phrase, one folded word hash (WordInfo::folded) at a time; start from 0.
  static uint64_t extend(uint64_t phrase, uint64_t folded_word) { return combine(phrase, folded_word); }

  // Adds a phrase of `count` words to a list in [0, kMaxLists). Phrases of more than kMaxPhrase words are left out.
  void add(int list, const uint64_t* folded_words, int count);
  // True when the phrase, or a longer one that begins with it, is there; *mask receives its lists (0: a prefix only).
  bool find(uint64_t phrase, uint64_t* mask) const {
    if (slots_.empty()) return false;
    const uint64_t key = key_of(phrase);
    for (uint64_t i = slot_of(key);; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i] == 0) return false;
      if (slots_[i] >> 16 == key) {
        *mask = masks_[slots_[i] & 0xffff];
        return true;
      }
    }
  }
  // What `find` will read first, ahead of time.
  void fetch(uint64_t phrase) const { __builtin_prefetch(&slots_[slot_of(key_of(phrase))]); }
  bool empty() const { return count_ == 0; }
  int64_t size() const { return count_; }

  // What goes in a file: the sorted keys as differences in 7-bit groups (low first, high bit = more follow), each
  // followed by the two bytes of its mask's index; and the masks.
  void save(std::vector<uint8_t>& entries, std::vector<uint64_t>& masks) const;
  Status load(const uint8_t* entries, int64_t bytes, const uint64_t* masks, int64_t mask_count);

 private:
  static uint64_t key_of(uint64_t phrase) {
    const uint64_t key = phrase >> 28;
    return key == 0 ? 1 : key;
  }
  uint64_t slot_of(uint64_t key) const { return (key * 0x9e3779b97f4a7c15ull) >> shift_; }
  void insert(uint64_t key, uint64_t mask);
  void grow(int64_t entries);
  uint64_t mask_index(uint64_t mask);

  std::vector<uint64_t> slots_;  // key << 16 | index of its mask; 0 = free
  std::vector<uint64_t> masks_{0};
  int64_t count_ = 0;
  int shift_ = 64;
};

}  // namespace hebb::ner
