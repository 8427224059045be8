#include "algorithms/ner/features.h"

#include <bit>

namespace hebb::ner {

namespace {

// One number a template: part of every hash, so that templates never share a feature.
enum Template : uint64_t {
  kBias = 1,
  kExact,
  kLower,
  kDigits,
  kShape,
  kShortShape,
  kPrefix,
  kSuffix = kPrefix + 5,
  kFlags = kSuffix + 5,
  kShapeSuffix,
  kCluster,
  kNearLower,
  kNearExact,
  kNearShape,
  kNearPrefix,
  kNearSuffix,
  kNearCluster,
  kLowerBefore,
  kLowerAfter,
  kAround,
  kShapes,
  kShapeBefore,
  kShapeAfter,
  kFirst,
  kPhrase,
  kPhraseCase,
  kPhraseSet,
  kPhraseBefore,
  kPhraseAfter,
  kUser
};

// Words beyond either end of the sentence.
constexpr uint64_t kStart = 0x5bd1e995, kEnd = 0x1b873593;

uint64_t feature(uint64_t kind, uint64_t value) { return combine(kind, value); }
uint64_t feature(uint64_t kind, uint64_t a, uint64_t b) { return combine(combine(kind, a), b); }

}  // namespace

void word_features(const WordInfo& info, const std::vector<uint32_t>* clusters, int offset,
                   std::vector<uint64_t>& out) {
  const uint64_t place = uint64_t(offset + 8);
  if (offset != 0) {
    out.push_back(feature(kNearLower, place, info.lower));
    out.push_back(feature(kNearShape, place, info.short_shape));
    if (offset == 1 || offset == -1) {
      out.push_back(feature(kNearExact, place, info.exact));
      out.push_back(feature(kNearPrefix, place, info.lower_prefix3));
      out.push_back(feature(kNearSuffix, place, info.lower_suffix3));
      if (clusters != nullptr) {
        for (const uint32_t id : *clusters) out.push_back(feature(kNearCluster, place, id));
      }
    }
    return;
  }
  out.push_back(feature(kBias, 0));
  out.push_back(feature(kExact, info.exact));
  out.push_back(feature(kLower, info.lower));
  if ((info.flags & kHasDigit) != 0) out.push_back(feature(kDigits, info.digits));
  out.push_back(feature(kShape, info.shape));
  out.push_back(feature(kShortShape, info.short_shape));
  for (int k = 0; k < 4; ++k) {
    if (info.prefix[k] != 0) out.push_back(feature(kPrefix + uint64_t(k), info.prefix[k]));
    if (info.suffix[k] != 0) out.push_back(feature(kSuffix + uint64_t(k), info.suffix[k]));
  }
  out.push_back(feature(kFlags, info.flags));
  out.push_back(feature(kShapeSuffix, info.short_shape, info.lower_suffix3));
  if (clusters != nullptr) {
    for (const uint32_t id : *clusters) out.push_back(feature(kCluster, id));
  }
}

SentenceWord sentence_word(const WordInfo& info, const Gazetteer& gazetteer) {
  SentenceWord word{info.lower, info.short_shape, info.folded, 0, info.flags, false};
  word.phrase_prefix = gazetteer.find(Gazetteer::extend(0, info.folded), &word.phrase_mask);
  return word;
}

void PhraseMatches::find(const Gazetteer& gazetteer, const SentenceWord* words, int64_t n) {
  constexpr int64_t kTogether = 16;  // places whose pairs of words are fetched before they are looked for
  marks_.assign(size_t(n), {});
  const auto fetch_pairs = [&](int64_t begin) {
    for (int64_t j = begin; j < begin + kTogether && j + 1 < n; ++j) {
      if (!words[j].phrase_prefix) continue;
      gazetteer.fetch(Gazetteer::extend(Gazetteer::extend(0, words[j].folded), words[j + 1].folded));
    }
  };
  int64_t ends[kMaxLists] = {};  // where the last match of each list ended: matches of one list do not overlap
  for (int64_t i = 0; i < n; ++i) {
    if (i % kTogether == 0) fetch_pairs(i);
    if (!words[i].phrase_prefix) continue;
    uint64_t masks[kMaxPhrase] = {words[i].phrase_mask};
    uint64_t phrase = Gazetteer::extend(0, words[i].folded);
    int longest = 1;
    while (longest < kMaxPhrase && i + longest < n) {
      phrase = Gazetteer::extend(phrase, words[i + longest].folded);
      if (!gazetteer.find(phrase, &masks[longest])) break;
      ++longest;
    }
    uint64_t taken = 0;
    for (int k = longest; k-- > 0;) {
      for (uint64_t rest = masks[k] & ~taken; rest != 0; rest &= rest - 1) {
        const int list = std::countr_zero(rest);
        taken |= uint64_t(1) << list;
        if (ends[list] > i) continue;
        ends[list] = i + k + 1;
        const uint64_t bit = uint64_t(1) << list;
        marks_[size_t(i)].begin |= bit;
        for (int j = 1; j <= k; ++j) marks_[size_t(i + j)].inside |= bit;
        if (k > 0) {
          for (int j = 0; j <= k; ++j) marks_[size_t(i + j)].multi |= bit;
        }
      }
    }
  }
}

void context_features(const SentenceWord* words, int64_t n, int64_t i, const PhraseMatches* phrases,
                      const uint64_t* user, int64_t user_count, std::vector<uint64_t>& out) {
  const SentenceWord& word = words[i];
  const uint64_t lower_before = i > 0 ? words[i - 1].lower : kStart;
  const uint64_t lower_after = i + 1 < n ? words[i + 1].lower : kEnd;
  const uint64_t shape_before = i > 0 ? words[i - 1].short_shape : kStart;
  const uint64_t shape_after = i + 1 < n ? words[i + 1].short_shape : kEnd;
  if (i < kReach) out.push_back(feature(kNearLower, uint64_t(-kReach + 8), combine(kStart, uint64_t(i))));
  if (i + kReach >= n) out.push_back(feature(kNearLower, uint64_t(kReach + 8), combine(kEnd, uint64_t(n - i))));
  if (i == 0) out.push_back(feature(kFirst, word.flags));
  out.push_back(feature(kLowerBefore, lower_before, word.lower));
  out.push_back(feature(kLowerAfter, word.lower, lower_after));
  out.push_back(feature(kAround, lower_before, lower_after));
  out.push_back(feature(kShapes, combine(shape_before, word.short_shape), shape_after));
  out.push_back(feature(kShapeBefore, word.short_shape, lower_before));
  out.push_back(feature(kShapeAfter, word.short_shape, lower_after));
  if (phrases != nullptr) {
    const uint64_t begins = phrases->begins(i), inside = phrases->inside(i), multi = phrases->multi(i);
    const uint64_t upper = word.flags & kInitialUpper;
    for (uint64_t rest = begins | inside; rest != 0; rest &= rest - 1) {
      const uint64_t list = uint64_t(std::countr_zero(rest));
      const uint64_t part = (begins >> list & 1) | (inside >> list & 1) << 1;
      out.push_back(feature(kPhrase, list, part));
      out.push_back(feature(kPhraseCase, list, part << 2 | (upper != 0 ? 2 : 0) | (multi >> list & 1)));
    }
    if ((begins | inside) != 0) out.push_back(feature(kPhraseSet, begins | inside, upper));
    if (i > 0) {
      const uint64_t near = phrases->begins(i - 1) | phrases->inside(i - 1);
      if (near != 0) out.push_back(feature(kPhraseBefore, near, word.short_shape));
    }
    if (i + 1 < n) {
      const uint64_t near = phrases->begins(i + 1) | phrases->inside(i + 1);
      if (near != 0) out.push_back(feature(kPhraseAfter, near, word.short_shape));
    }
  }
  for (int64_t k = 0; k < user_count; ++k) out.push_back(feature(kUser, user[k]));
}

}  // namespace hebb::ner
