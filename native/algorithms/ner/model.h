// A trained tagger: sparse rows of weights behind hashed features, and the tagging of sentences with it.
#pragma once
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "algorithms/ner/features.h"
#include "algorithms/ner/tags.h"
#include "core/crf.h"
#include "core/thread_pool.h"
#include "kernels/crf_kernels.h"

namespace hebb::ner {

// Sentences as one run of UTF-16 units. word w is text[word_begin[w], word_begin[w + 1]); sentence s is the words
// [sentence_begin[s], sentence_begin[s + 1]). user: hashed features of the caller's own, those of word w in
// [user_begin[w], user_begin[w + 1]); empty when there are none.
struct Sentences {
  std::vector<char16_t> text;
  std::vector<uint64_t> word_begin{0};
  std::vector<uint64_t> sentence_begin{0};
  std::vector<uint64_t> user, user_begin;

  int64_t words() const { return int64_t(word_begin.size()) - 1; }
  int64_t count() const { return int64_t(sentence_begin.size()) - 1; }
  Word word(int64_t w) const {
    return {text.data() + word_begin[size_t(w)], uint32_t(word_begin[size_t(w) + 1] - word_begin[size_t(w)])};
  }
};

// A row of 16 weights is then one cache line.
template <class T>
struct LineAllocator {
  using value_type = T;
  LineAllocator() = default;
  template <class U>
  LineAllocator(const LineAllocator<U>&) {}
  T* allocate(size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64))); }
  void deallocate(T* p, size_t) { ::operator delete(p, std::align_val_t(64)); }
  bool operator==(const LineAllocator&) const { return true; }
};
using Rows = std::vector<float, LineAllocator<float>>;

// Which of the 2^bits hashed features have a row, and which: a bitmap with running counts, small enough for the cache.
class RowIndex {
 public:
  static constexpr uint32_t kNone = 0xffffffffu;
  void build(int bits, const std::vector<uint32_t>& sorted_slots);
  int bits() const { return bits_; }
  uint64_t slot(uint64_t feature) const { return feature >> (64 - bits_); }
  uint32_t find(uint64_t feature) const {
    const uint64_t at = slot(feature);
    const CrfIndexEntry& entry = entries_[at >> 6];
    const uint64_t bit = at & 63;
    if ((entry.present >> bit & 1) == 0) return kNone;
    return entry.before + uint32_t(std::popcount(entry.present & ((uint64_t(1) << bit) - 1)));
  }
  const CrfIndexEntry* entries() const { return entries_.data(); }
  int64_t rows() const { return rows_; }
  std::vector<uint32_t> slots() const;  // sorted

 private:
  int bits_ = 0;
  int64_t rows_ = 0;
  std::vector<CrfIndexEntry, LineAllocator<CrfIndexEntry>> entries_;
};

struct TaggedEntity {
  int64_t sentence, begin, end;  // words of the sentence
  int32_t type;
  float score;  // the probability of exactly this entity under the model
};

class TaggerScratch;

class Model {
 public:
  Model(TagSet tags, FeatureConfig features);
  ~Model();

  const TagSet& tags() const { return tags_; }
  const FeatureConfig& features() const { return features_; }
  FeatureConfig& features() { return features_; }  // to be changed before training or loading only
  CrfTransitions<float>& transitions() { return transitions_; }
  const CrfTransitions<float>& transitions() const { return transitions_; }
  RowIndex& index() { return index_; }
  const RowIndex& index() const { return index_; }
  Rows& rows() { return rows_; }  // [index rows, stride]
  const Rows& rows() const { return rows_; }
  std::vector<float>& bias() { return bias_; }  // [stride], added to every emission
  const std::vector<float>& bias() const { return bias_; }

  // The best tags of every word. Sentences are independent; threads share them out. When `entities` is given it
  // receives the entities with their probabilities, in order. False when `cancelled` said so.
  bool tag(const Sentences& sentences, int threads, std::vector<int32_t>& tags, std::vector<TaggedEntity>* entities,
           const std::atomic<bool>* cancelled) const;

  // To be called when rows have changed: forgets the words seen so far.
  void forget();

 private:
  friend class TaggerScratch;
  std::unique_ptr<TaggerScratch> acquire() const;
  void give_back(std::unique_ptr<TaggerScratch> scratch) const;

  TagSet tags_;
  FeatureConfig features_;
  CrfTransitions<float> transitions_;
  RowIndex index_;
  Rows rows_;
  std::vector<float> bias_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<TaggerScratch>> idle_;
};

}  // namespace hebb::ner
