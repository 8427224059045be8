#include "algorithms/ner/model.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "kernels/crf_kernels.h"

namespace hebb::ner {

namespace {
constexpr int64_t kSentencesPerChunk = 32;
constexpr int64_t kCacheSlots = 1 << 14;  // words a thread remembers
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
// seen from, the summed weights of their word features. A slot holds one word, found by the 64-bit hash of its units.
class TaggerScratch {
 public:
  explicit TaggerScratch(const Model& model)
      : model_(model),
        P_(model.transitions().stride()),
        keys_(size_t(kCacheSlots), 0),
        known_(size_t(kCacheSlots)),
        sums_(size_t(kCacheSlots * kOffsets * P_)) {}

  // Emissions of one sentence: [n, P].
  const float* emissions(const Sentences& sentences, int64_t s);
  CrfWorkspace<float> workspace;
  std::vector<int32_t> path;
  std::vector<Entity> spans;

 private:
  void learn(Word word, SentenceWord& to, float* sums);
  void rows_of(const std::vector<uint64_t>& features);
  void add_context(const Sentences& sentences, int64_t first, int64_t n);

  const Model& model_;
  const int64_t P_;
  std::vector<uint64_t> keys_;
  std::vector<SentenceWord> known_;
  std::vector<float> sums_;
  std::vector<SentenceWord> words_;  // of the sentence at hand
  std::vector<uint64_t> features_;
  std::vector<uint32_t> rows_;
  std::vector<float> emissions_;
  PhraseMatches phrases_;
};

void TaggerScratch::rows_of(const std::vector<uint64_t>& features) {
  rows_.resize(features.size());
  const int64_t found = kernels().crf->find_rows(int64_t(features.size()), features.data(), model_.index().bits(),
                                                 model_.index().entries(), rows_.data());
  rows_.resize(size_t(found));
}

void TaggerScratch::learn(Word word, SentenceWord& to, float* sums) {
  const FeatureConfig& config = model_.features();
  const WordInfo info = analyse(word);
  to = sentence_word(info, config.gazetteer);
  const std::vector<uint32_t>* clusters = clusters_of(config, info);
  std::memset(sums, 0, size_t(kOffsets * P_) * sizeof(float));
  for (int offset = -kReach; offset <= kReach; ++offset) {
    features_.clear();
    word_features(info, clusters, offset, features_);
    rows_of(features_);
    kernels().crf->sum_rows(int64_t(rows_.size()), rows_.data(), model_.rows().data(), P_,
                            sums + (offset + kReach) * P_);
  }
}

const float* TaggerScratch::emissions(const Sentences& sentences, int64_t s) {
  const int64_t first = int64_t(sentences.sentence_begin[size_t(s)]);
  const int64_t n = int64_t(sentences.sentence_begin[size_t(s) + 1]) - first;
  words_.resize(size_t(n));
  emissions_.resize(size_t(n * P_));
  for (int64_t i = 0; i < n; ++i)
    std::memcpy(&emissions_[size_t(i * P_)], model_.bias().data(), size_t(P_) * sizeof(float));
  for (int64_t j = 0; j < n; ++j) {
    const Word word = sentences.word(first + j);
    const uint64_t hash = hash_units(word.units, word.length) | 1;  // 0 marks a free slot
    const size_t slot = size_t(hash >> 40) & size_t(kCacheSlots - 1);
    float* sums = sums_.data() + slot * size_t(kOffsets * P_);
    if (keys_[slot] != hash) {
      keys_[slot] = hash;
      learn(word, known_[slot], sums);
    }
    words_[size_t(j)] = known_[slot];
    // The word at j is seen from i, `offset` places before it.
    for (int64_t offset = -kReach; offset <= kReach; ++offset) {
      const int64_t i = j - offset;
      if (i < 0 || i >= n) continue;
      const float* seen = sums + (offset + kReach) * P_;
      float* e = emissions_.data() + i * P_;
      for (int64_t t = 0; t < P_; ++t) e[t] += seen[t];
    }
  }
  add_context(sentences, first, n);
  return emissions_.data();
}

void TaggerScratch::add_context(const Sentences& sentences, int64_t first, int64_t n) {
  const bool has_phrases = !model_.features().gazetteer.empty();
  if (has_phrases) phrases_.find(model_.features().gazetteer, words_.data(), n);
  const CrfKernels<float>& k = *kernels().crf;
  const bool has_user = !sentences.user_begin.empty();
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t user = has_user ? sentences.user_begin[size_t(first + i)] : 0;
    const uint64_t user_end = has_user ? sentences.user_begin[size_t(first + i) + 1] : 0;
    features_.clear();
    context_features(words_.data(), n, i, has_phrases ? &phrases_ : nullptr, sentences.user.data() + user,
                     int64_t(user_end - user), features_);
    rows_of(features_);
    k.sum_rows(int64_t(rows_.size()), rows_.data(), model_.rows().data(), P_, emissions_.data() + i * P_);
  }
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
