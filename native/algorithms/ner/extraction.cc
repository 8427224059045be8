#include "algorithms/ner/extraction.h"

#include <algorithm>
#include <unordered_map>

namespace hebb::ner {

namespace {

constexpr int64_t kSentencesPerChunk = 64;

// A word's analysis and its word features from every place, computed once a chunk.
struct KnownWord {
  SentenceWord word;
  uint32_t begin[kOffsets + 1];  // into Extractor::lists_
};

class Extractor {
 public:
  Extractor(const FeatureConfig& config, int shift) : config_(config), shift_(shift) {}

  void sentence(const Sentences& sentences, int64_t s, std::vector<uint32_t>& slots, std::vector<uint32_t>& counts) {
    const int64_t first = int64_t(sentences.sentence_begin[size_t(s)]);
    const int64_t n = int64_t(sentences.sentence_begin[size_t(s) + 1]) - first;
    words_.clear();
    known_.clear();
    for (int64_t i = 0; i < n; ++i) {
      known_.push_back(know(sentences.word(first + i)));
      words_.push_back(all_[known_.back()].word);
    }
    const bool has_phrases = !config_.gazetteer.empty();
    if (has_phrases) phrases_.find(config_.gazetteer, words_.data(), n);
    for (int64_t i = 0; i < n; ++i) {
      const size_t before = slots.size();
      for (int64_t offset = -kReach; offset <= kReach; ++offset) {
        if (i + offset < 0 || i + offset >= n) continue;
        const uint32_t* range = all_[known_[size_t(i + offset)]].begin + offset + kReach;
        slots.insert(slots.end(), lists_.begin() + range[0], lists_.begin() + range[1]);
      }
      const bool has_user = !sentences.user_begin.empty();
      const uint64_t user = has_user ? sentences.user_begin[size_t(first + i)] : 0;
      const uint64_t user_end = has_user ? sentences.user_begin[size_t(first + i) + 1] : 0;
      features_.clear();
      context_features(words_.data(), n, i, has_phrases ? &phrases_ : nullptr, sentences.user.data() + user,
                       int64_t(user_end - user), features_);
      for (const uint64_t feature : features_) slots.push_back(uint32_t(feature >> shift_));
      counts.push_back(uint32_t(slots.size() - before));
    }
  }

 private:
  uint32_t know(Word word) {
    const auto [at, is_new] = ids_.try_emplace(hash_units(word.units, word.length), uint32_t(all_.size()));
    if (!is_new) return at->second;
    const WordInfo info = analyse(word);
    const std::vector<uint32_t>* clusters = clusters_of(config_, info);
    KnownWord known;
    known.word = sentence_word(info, config_.gazetteer);
    for (int offset = -kReach; offset <= kReach; ++offset) {
      known.begin[offset + kReach] = uint32_t(lists_.size());
      features_.clear();
      word_features(info, clusters, offset, features_);
      for (const uint64_t feature : features_) lists_.push_back(uint32_t(feature >> shift_));
    }
    known.begin[kOffsets] = uint32_t(lists_.size());
    all_.push_back(known);
    return at->second;
  }

  const FeatureConfig& config_;
  const int shift_;
  std::unordered_map<uint64_t, uint32_t> ids_;
  std::vector<KnownWord> all_;
  std::vector<uint32_t> lists_, known_;
  std::vector<SentenceWord> words_;
  std::vector<uint64_t> features_;
  PhraseMatches phrases_;
};

}  // namespace

FeatureTable extract(const FeatureConfig& config, const Sentences& sentences, int bits, Lease& lease) {
  const int64_t chunks = chunk_count(sentences.count(), kSentencesPerChunk);
  std::vector<std::vector<uint32_t>> slots(static_cast<size_t>(chunks)), counts(static_cast<size_t>(chunks));
  std::vector<Extractor> extractors(size_t(lease.threads()), Extractor(config, 64 - bits));
  lease.parallel_for(chunks, [&](int64_t chunk, int worker) {
    const int64_t end = std::min(sentences.count(), (chunk + 1) * kSentencesPerChunk);
    for (int64_t s = chunk * kSentencesPerChunk; s < end; ++s) {
      extractors[size_t(worker)].sentence(sentences, s, slots[size_t(chunk)], counts[size_t(chunk)]);
    }
  });
  FeatureTable table;
  table.begin.reserve(size_t(sentences.words()) + 1);
  for (const auto& part : counts) {
    for (const uint32_t count : part) table.begin.push_back(table.begin.back() + count);
  }
  table.slots.resize(table.begin.back());
  std::vector<uint64_t> chunk_begin(size_t(chunks) + 1, 0);
  for (int64_t c = 0; c < chunks; ++c) chunk_begin[size_t(c) + 1] = chunk_begin[size_t(c)] + slots[size_t(c)].size();
  lease.parallel_for(chunks, [&](int64_t chunk, int) {
    std::copy(slots[size_t(chunk)].begin(), slots[size_t(chunk)].end(),
              table.slots.begin() + ptrdiff_t(chunk_begin[size_t(chunk)]));
  });
  return table;
}

}  // namespace hebb::ner
