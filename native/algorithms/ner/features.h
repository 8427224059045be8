// Hashed features of a sentence: what the CRF sees of each word and its neighbours.
//
// Word features depend on one word alone and are seen from up to two places away, so that a tagger can keep their
// summed weights for a word it meets again. Context features join several words or depend on the sentence.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "algorithms/ner/gazetteer.h"
#include "algorithms/ner/text.h"

namespace hebb::ner {

constexpr int kReach = 2;  // word features are seen from -kReach to +kReach
constexpr int kOffsets = 2 * kReach + 1;

// Word classes from outside: the clusters of a word, by the hash of its lower case. Several ids a word (the prefixes of
// a Brown path, or clusterings of several sizes).
using ClusterMap = std::unordered_map<uint64_t, std::vector<uint32_t>>;

struct FeatureConfig {
  Gazetteer gazetteer;
  ClusterMap clusters;
};

inline const std::vector<uint32_t>* clusters_of(const FeatureConfig& config, const WordInfo& info) {
  if (config.clusters.empty()) return nullptr;
  const auto found = config.clusters.find(info.lower);
  return found == config.clusters.end() ? nullptr : &found->second;
}

// What context features need of a word.
struct SentenceWord {
  uint64_t lower, short_shape, folded;
  uint64_t phrase_mask;  // lists that hold this word alone
  uint32_t flags;
  bool phrase_prefix;  // some phrase begins with it
};

SentenceWord sentence_word(const WordInfo& info, const Gazetteer& gazetteer);

// The features of the word as seen from a place `offset` words before it (offset 0: from itself).
void word_features(const WordInfo& info, const std::vector<uint32_t>* clusters, int offset, std::vector<uint64_t>& out);

// Phrase matches of a sentence: for each word and list, begin or inside. Linear in the words.
class PhraseMatches {
 public:
  void find(const Gazetteer& gazetteer, const SentenceWord* words, int64_t n);
  uint64_t begins(int64_t i) const { return marks_[size_t(i)].begin; }
  uint64_t inside(int64_t i) const { return marks_[size_t(i)].inside; }
  uint64_t multi(int64_t i) const { return marks_[size_t(i)].multi; }  // lists whose match here has two words or more

 private:
  struct Mark {
    uint64_t begin = 0, inside = 0, multi = 0;
  };
  std::vector<Mark> marks_;
};

// The features of place i that join several words: neighbours, phrases, the begin of the sentence, and the user's own.
void context_features(const SentenceWord* words, int64_t n, int64_t i, const PhraseMatches* phrases,
                      const uint64_t* user, int64_t user_count, std::vector<uint64_t>& out);

}  // namespace hebb::ner
