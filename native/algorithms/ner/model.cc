#include "algorithms/ner/model.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "kernels/crf_kernels.h"

namespace hebb::ner {

namespace {
constexpr int64_t kSentencesPerChunk = 32;
constexpr int64_t kSets = 1 << 12, kWays = 4;  // of slots for words that a thread remembers
constexpr int64_t kWordsAtOnce = 16;           // what they need is fetched together: some 20 KiB
constexpr int64_t kLine = 64 / sizeof(float);
}  // namespace

void RowIndex::build(int bits, const std::vector<uint32_t>& sorted_slots) {
  bits_ = bits;
  rows_ = int64_t(sorted_slots.size());
  entries_.assign((size_t(1) << bits) / 64, CrfIndexEntry{0, 0, 0});
  for (const uint32_t slot : sorted_slots) entries_[slot >> 6].present |= uint64_t(1) << (slot & 63);
  uint32_t sum = 0;
  for (CrfIndexEntry& entry : entries_) {
    entry.before = sum;
    sum += uint32_t(std::popcount(entry.present));
  }
}

std::vector<uint32_t> RowIndex::slots() const {
  std::vector<uint32_t> out;
  out.reserve(size_t(rows_));
  for (size_t w = 0; w < entries_.size(); ++w) {
    for (uint64_t rest = entries_[w].present; rest != 0; rest &= rest - 1) {
      out.push_back(uint32_t(w * 64) + uint32_t(std::countr_zero(rest)));
    }
  }
  return out;
}

// The buffers of one tagging thread, and what it remembers of words: their analysis and, for each place they can be
// seen from, the summed weights of their word features. A word, known by the 64-bit hash of its units, has kWays slots
// to lie in, which are given anew in turn.
//
// Nearly all time is spent waiting for memory: weights, the index of features and remembered words lie anywhere in tens
// of megabytes. So what some words need is fetched for all of them before it is used.
class TaggerScratch {
 public:
  explicit TaggerScratch(const Model& model)
      : model_(model),
        P_(model.transitions().stride()),
        keys_(size_t(kSets * kWays), 0),
        turns_(size_t(kSets), 0),
        known_(size_t(kSets * kWays)),
        sums_(size_t(kSets * kWays * kOffsets * P_)) {}

  // Emissions of one sentence: [n, P].
  const float* emissions(const Sentences& sentences, int64_t s);
  CrfWorkspace<float> workspace;
  std::vector<int32_t> path;
  std::vector<Entity> spans;

 private:
  // The first slot of those that a word can lie in.
  static size_t first_slot(uint64_t hash) { return (size_t(hash >> 40) & size_t(kSets - 1)) * kWays; }
  // The place of a word: its slot if it is known, else the one that it shall have.
  size_t slot_of(uint64_t hash) const {
    const size_t first = first_slot(hash);
    for (size_t way = 0; way < kWays; ++way)
      if (keys_[first + way] == hash) return first + way;
    return first + turns_[first / kWays];
  }
  float* sums_of(size_t slot) { return sums_.data() + slot * size_t(kOffsets * P_); }
  void add_words(const Sentences& sentences, int64_t first, int64_t begin, int64_t end);
  void learn(Word word, size_t slot);
  void add_context(const Sentences& sentences, int64_t first);
  void end_list() { ends_.push_back(features_.size()); }
  void add_lists(float* out);

  const Model& model_;
  const int64_t P_;
  std::vector<uint64_t, LineAllocator<uint64_t>> keys_;
  std::vector<uint8_t> turns_;
  std::vector<SentenceWord> known_;
  Rows sums_;
  std::vector<SentenceWord> words_;  // of the sentence at hand
  std::vector<uint64_t> hashes_;
  std::vector<uint64_t> features_;  // lists of features, one after the other
  std::vector<size_t> ends_;        // where each list ends
  std::vector<uint32_t> rows_;
  std::vector<float> emissions_;
  PhraseMatches phrases_;
};

// Adds the weights of each list to its row of `out`, and begins anew.
void TaggerScratch::add_lists(float* out) {
  const CrfKernels<float>& k = *kernels().crf;
  const RowIndex& index = model_.index();
  const float* table = model_.rows().data();
  for (const uint64_t feature : features_) __builtin_prefetch(&index.entries()[index.slot(feature) >> 6]);
  rows_.resize(features_.size());
  size_t begin = 0, found = 0;
  for (size_t& end : ends_) {
    const size_t count = end - begin;
    const int64_t rows =
        k.find_rows(int64_t(count), features_.data() + begin, index.bits(), index.entries(), rows_.data() + found);
    begin = end, found += size_t(rows), end = found;
  }
  for (size_t r = 0; r < found; ++r)
    for (int64_t t = 0; t < P_; t += kLine) __builtin_prefetch(table + int64_t(rows_[r]) * P_ + t);
  begin = 0;
  for (const size_t end : ends_) {
    k.sum_rows(int64_t(end - begin), rows_.data() + begin, table, P_, out);
    begin = end, out += P_;
  }
  features_.clear();
  ends_.clear();
}

void TaggerScratch::learn(Word word, size_t slot) {
  const FeatureConfig& config = model_.features();
  const WordInfo info = analyse(word);
  known_[slot] = sentence_word(info, config.gazetteer);
  const std::vector<uint32_t>* clusters = clusters_of(config, info);
  std::memset(sums_of(slot), 0, size_t(kOffsets * P_) * sizeof(float));
  for (int offset = -kReach; offset <= kReach; ++offset) {
    word_features(info, clusters, offset, features_);
    end_list();
  }
  add_lists(sums_of(slot));
}

// Words [begin, end) of the sentence whose first word is `first`.
void TaggerScratch::add_words(const Sentences& sentences, int64_t first, int64_t begin, int64_t end) {
  const int64_t n = int64_t(words_.size());
  hashes_.clear();
  for (int64_t j = begin; j < end; ++j) {
    const Word word = sentences.word(first + j);
    const uint64_t hash = hash_units(word.units, word.length) | 1;  // 0 marks a free slot
    hashes_.push_back(hash);
    __builtin_prefetch(&keys_[first_slot(hash)]);
  }
  for (const uint64_t hash : hashes_) {
    const size_t slot = slot_of(hash);
    __builtin_prefetch(&known_[slot]);
    for (int64_t t = 0; t < kOffsets * P_; t += kLine) __builtin_prefetch(sums_of(slot) + t);
  }
  for (int64_t j = begin; j < end; ++j) {
    const uint64_t hash = hashes_[size_t(j - begin)];
    const size_t slot = slot_of(hash);
    if (keys_[slot] != hash) {
      keys_[slot] = hash;
      uint8_t& turn = turns_[slot / kWays];
      turn = uint8_t((turn + 1) % kWays);
      learn(sentences.word(first + j), slot);
    }
    words_[size_t(j)] = known_[slot];
    // The word at j is seen from i, `offset` places before it.
    for (int64_t offset = -kReach; offset <= kReach; ++offset) {
      const int64_t i = j - offset;
      if (i < 0 || i >= n) continue;
      const float* __restrict seen = sums_of(slot) + (offset + kReach) * P_;
      float* __restrict e = emissions_.data() + i * P_;
      for (int64_t t = 0; t < P_; t += 8)
        for (int lane = 0; lane < 8; ++lane) e[t + lane] += seen[t + lane];
    }
  }
}

void TaggerScratch::add_context(const Sentences& sentences, int64_t first) {
  const int64_t n = int64_t(words_.size());
  const bool has_phrases = !model_.features().gazetteer.empty();
  if (has_phrases) phrases_.find(model_.features().gazetteer, words_.data(), n);
  const bool has_user = !sentences.user_begin.empty();
  for (int64_t begin = 0; begin < n; begin += kWordsAtOnce) {
    for (int64_t i = begin; i < std::min(n, begin + kWordsAtOnce); ++i) {
      const uint64_t user = has_user ? sentences.user_begin[size_t(first + i)] : 0;
      const uint64_t user_end = has_user ? sentences.user_begin[size_t(first + i) + 1] : 0;
      context_features(words_.data(), n, i, has_phrases ? &phrases_ : nullptr, sentences.user.data() + user,
                       int64_t(user_end - user), features_);
      end_list();
    }
    add_lists(emissions_.data() + begin * P_);
  }
}

const float* TaggerScratch::emissions(const Sentences& sentences, int64_t s) {
  const int64_t first = int64_t(sentences.sentence_begin[size_t(s)]);
  const int64_t n = int64_t(sentences.sentence_begin[size_t(s) + 1]) - first;
  words_.resize(size_t(n));
  emissions_.resize(size_t(n * P_));
  for (int64_t i = 0; i < n; ++i)
    std::memcpy(&emissions_[size_t(i * P_)], model_.bias().data(), size_t(P_) * sizeof(float));
  for (int64_t begin = 0; begin < n; begin += kWordsAtOnce) {
    add_words(sentences, first, begin, std::min(n, begin + kWordsAtOnce));
  }
  add_context(sentences, first);
  return emissions_.data();
}

Model::Model(TagSet tags, FeatureConfig features)
    : tags_(std::move(tags)),
      features_(std::move(features)),
      transitions_(tags_.size()),
      bias_(size_t(transitions_.stride()), 0.0f) {
  const int64_t P = transitions_.stride();
  for (int a = 0; a < int(tags_.size()); ++a) {
    transitions_.start[size_t(a)] = tags_.may_follow(-1, a) ? 0.0f : float(kForbidden);
    transitions_.end[size_t(a)] = tags_.may_follow(a, -1) ? 0.0f : float(kForbidden);
    for (int b = 0; b < int(tags_.size()); ++b) {
      transitions_.scores[size_t(a * P + b)] = tags_.may_follow(a, b) ? 0.0f : float(kForbidden);
    }
  }
  transitions_.refresh();
}

Model::~Model() = default;

std::unique_ptr<TaggerScratch> Model::acquire() const {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<TaggerScratch> scratch = std::move(idle_.back());
      idle_.pop_back();
      return scratch;
    }
  }
  return std::make_unique<TaggerScratch>(*this);
}

void Model::give_back(std::unique_ptr<TaggerScratch> scratch) const {
  std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(scratch));
}

void Model::forget() {
  std::lock_guard<std::mutex> lock(mutex_);
  idle_.clear();
}

bool Model::tag(const Sentences& sentences, int threads, std::vector<int32_t>& tags,
                std::vector<TaggedEntity>* entities, const std::atomic<bool>* cancelled) const {
  tags.resize(size_t(sentences.words()));
  const int64_t chunks = chunk_count(sentences.count(), kSentencesPerChunk);
  Lease lease = chunks > 1 ? ThreadPool::instance().lease(threads) : Lease();
  std::vector<std::unique_ptr<TaggerScratch>> scratches(size_t(lease.threads()));
  for (auto& scratch : scratches) scratch = acquire();
  std::vector<std::vector<TaggedEntity>> found(entities != nullptr ? size_t(chunks) : 0);
  lease.parallel_for(chunks, [&](int64_t chunk, int worker) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return;
    TaggerScratch& scratch = *scratches[size_t(worker)];
    const int64_t end = std::min(sentences.count(), (chunk + 1) * kSentencesPerChunk);
    for (int64_t s = chunk * kSentencesPerChunk; s < end; ++s) {
      const int64_t first = int64_t(sentences.sentence_begin[size_t(s)]);
      const int64_t n = int64_t(sentences.sentence_begin[size_t(s) + 1]) - first;
      if (n == 0) continue;
      const float* e = scratch.emissions(sentences, s);
      int32_t* path = tags.data() + first;
      crf_viterbi(kernels(), transitions_, n, e, scratch.workspace, path);
      if (entities == nullptr) continue;
      tags_.entities(path, n, scratch.spans);
      if (scratch.spans.empty()) continue;
      crf_posterior<float>(kernels(), transitions_, n, e, nullptr, scratch.workspace, {});
      for (const Entity& span : scratch.spans) {
        const double p = crf_segment_probability(transitions_, n, e, scratch.workspace, path, span.begin, span.end);
        found[size_t(chunk)].push_back({s, span.begin, span.end, span.type, float(p)});
      }
    }
  });
  for (auto& scratch : scratches) give_back(std::move(scratch));
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return false;
  if (entities != nullptr) {
    entities->clear();
    for (auto& part : found) entities->insert(entities->end(), part.begin(), part.end());
  }
  return true;
}

}  // namespace hebb::ner
