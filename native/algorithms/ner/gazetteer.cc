#include "algorithms/ner/gazetteer.h"

#include <algorithm>
#include <bit>

namespace hebb::ner {

void Gazetteer::add(int list, const uint64_t* folded_words, int count) {
  if (count < 1 || count > kMaxPhrase || list < 0 || list >= kMaxLists) return;
  uint64_t phrase = 0;
  for (int k = 0; k < count; ++k) {
    phrase = extend(phrase, folded_words[k]);
    insert(key_of(phrase), k + 1 == count ? uint64_t(1) << list : 0);
  }
}

uint64_t Gazetteer::mask_index(uint64_t mask) {
  // Few masks differ (one a combination of lists), the newest is the likeliest.
  for (size_t i = masks_.size(); i-- > 0;) {
    if (masks_[i] == mask) return i;
  }
  if (masks_.size() == 0x10000) return 0;  // more combinations than an index can name: the phrase keeps no list
  masks_.push_back(mask);
  return masks_.size() - 1;
}

void Gazetteer::insert(uint64_t key, uint64_t mask) {
  if (2 * (count_ + 1) > int64_t(slots_.size())) grow(count_ + 1);
  for (uint64_t i = slot_of(key);; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == 0) {
      slots_[i] = key << 16 | mask_index(mask);
      ++count_;
      return;
    }
    if (slots_[i] >> 16 != key) continue;
    const uint64_t merged = masks_[slots_[i] & 0xffff] | mask;
    slots_[i] = key << 16 | mask_index(merged);
    return;
  }
}

void Gazetteer::grow(int64_t entries) {
  const size_t capacity = std::bit_ceil(size_t(std::max<int64_t>(entries * 3, 1024)));
  std::vector<uint64_t> old(capacity, 0);
  old.swap(slots_);
  shift_ = 64 - std::countr_zero(capacity);
  for (const uint64_t slot : old) {
    if (slot == 0) continue;
    uint64_t i = slot_of(slot >> 16);
    while (slots_[i] != 0) i = (i + 1) & (capacity - 1);
    slots_[i] = slot;
  }
}

void Gazetteer::save(std::vector<uint8_t>& entries, std::vector<uint64_t>& masks) const {
  std::vector<uint64_t> sorted;
  for (const uint64_t slot : slots_) {
    if (slot != 0) sorted.push_back(slot);
  }
  std::sort(sorted.begin(), sorted.end());
  uint64_t previous = 0;
  for (const uint64_t slot : sorted) {
    uint64_t difference = (slot >> 16) - previous;
    previous = slot >> 16;
    for (; difference >= 0x80; difference >>= 7) entries.push_back(uint8_t(difference | 0x80));
    entries.push_back(uint8_t(difference));
    entries.push_back(uint8_t(slot));
    entries.push_back(uint8_t(slot >> 8));
  }
  masks = masks_;
}

Status Gazetteer::load(const uint8_t* entries, int64_t bytes, const uint64_t* masks, int64_t mask_count) {
  *this = {};
  if (mask_count < 1 || mask_count > 0x10000 || masks[0] != 0) {
    return Status::data("Expected the gazetteer to begin with an empty mask, received a damaged file.");
  }
  masks_.assign(masks, masks + mask_count);
  grow(bytes / 4);
  uint64_t key = 0;
  for (int64_t i = 0; i < bytes;) {
    uint64_t difference = 0;
    for (int shift = 0;; shift += 7) {
      if (i >= bytes || shift > 35) return Status::data("Expected whole gazetteer entries, received a damaged file.");
      const uint8_t byte = entries[i++];
      difference |= uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    key += difference;
    if (bytes - i < 2 || difference == 0 || key >> 36 != 0) {
      return Status::data("Expected sorted gazetteer entries, received a damaged file.");
    }
    const uint64_t mask = entries[i] | uint64_t(entries[i + 1]) << 8;
    i += 2;
    if (mask >= masks_.size()) return Status::data("Expected a known gazetteer mask, received a damaged file.");
    if (2 * (count_ + 1) > int64_t(slots_.size())) grow(count_ + 1);
    uint64_t slot = slot_of(key);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = key << 16 | mask;
    ++count_;
  }
  return {};
}

}  // namespace hebb::ner
