#include "algorithms/ner/consistency.h"

#include <algorithm>
#include <numeric>

namespace hebb::ner {

namespace {

constexpr int64_t kMostWords = 8;     // longer names are left alone
constexpr int64_t kShare = 3;         // a name is one everywhere when more than 1 / kShare of its places was tagged
constexpr int64_t kEnoughPlaces = 3;  // from so many places on, a name that was not is none

constexpr size_t kBeginWords = 1024;  // of 64 bits

// Owners of words that were in no entity, and of those that have become one.
constexpr int32_t kNone = -1, kNew = -2;

// A capital letter and at least two letters or marks of names.
bool looks_like_last_name(Word word) {
  if (word.length < 3 || class_of(word.units[0]) != CharClass::upper) return false;
  return std::all_of(word.units + 1, word.units + word.length, [](char16_t c) {
    if (c == u'\'' || c == u'’' || c == u'-') return true;
    switch (class_of(c)) {
      case CharClass::upper:
      case CharClass::lower:
      case CharClass::letter:
      case CharClass::mark:
      case CharClass::ideograph: return true;
      default: return false;
    }
  });
}

uint64_t hash_lower(Word word, std::vector<char16_t>& scratch) {
  scratch.assign(word.units, word.units + word.length);
  for (char16_t& c : scratch) c = to_lower(c);
  return hash_units(scratch.data(), word.length);
}

}  // namespace

void NamesOfDocuments::Votes::add(int32_t type, float score) {
  auto vote = std::find_if(of_types.begin(), of_types.end(), [&](const Vote& v) { return v.type == type; });
  if (vote == of_types.end()) vote = of_types.insert(vote, {type, 0});
  ++vote->count;
  scores += double(score);
}

double NamesOfDocuments::Votes::mean_score() const {
  int64_t count = 0;
  for (const Vote& vote : of_types) count += vote.count;
  return scores / double(count);
}

NamesOfDocuments::Branch& NamesOfDocuments::branch_of(uint64_t key, bool is_first) {
  if (begins_.empty()) begins_.resize(kBeginWords);
  if (is_first) begins_[key >> 54] |= uint64_t(1) << (key >> 48 & 63);
  return branches_[key];
}

int32_t NamesOfDocuments::name_of(int64_t first, int64_t end) {
  uint64_t key = words_[size_t(first)];
  for (int64_t i = first + 1; i < end; ++i) {
    branch_of(key, i == first + 1).goes_on = true;
    key = combine(key, words_[size_t(i)]);
  }
  Branch& branch = branch_of(key, end == first + 1);
  if (branch.name < 0) {
    branch.name = int32_t(names_.size());
    names_.push_back({});
    names_.back().words = int32_t(end - first);
  }
  return branch.name;
}

void NamesOfDocuments::add(const Sentences& sentences, const int32_t* documents,
                           const std::vector<TaggedEntity>& entities) {
  std::vector<char16_t> scratch;
  size_t e = 0;
  const int64_t before = int64_t(sentence_begin_.size()) - 1;
  for (int64_t s = 0; s < sentences.count(); ++s) {
    const int64_t from = int64_t(sentences.sentence_begin[size_t(s)]);
    const int64_t n = int64_t(sentences.sentence_begin[size_t(s) + 1]) - from;
    const uint64_t document = documents == nullptr ? 0 : mix(uint64_t(uint32_t(documents[s])) + 1);
    const int64_t first = int64_t(words_.size());
    for (int64_t i = 0; i < n; ++i) {
      const Word word = sentences.word(from + i);
      words_.push_back(hash_units(word.units, word.length) ^ document);
    }
    for (; e < entities.size() && entities[e].sentence == s; ++e) {
      TaggedEntity entity = entities[e];
      entity.sentence += before;
      entities_.push_back(entity);
      if (entity.end - entity.begin > kMostWords) continue;
      names_[size_t(name_of(first + entity.begin, first + entity.end))].own.add(entity.type, entity.score);
      const bool is_person = size_t(entity.type) < is_person_.size() && is_person_[size_t(entity.type)] != 0;
      const Word last = sentences.word(from + entity.end - 1);
      if (entity.end - entity.begin == 1 || !is_person || !looks_like_last_name(last)) continue;
      const int32_t name = name_of(first + entity.end - 1, first + entity.end);
      names_[size_t(name)].wholes.add(entity.type, entity.score);
      branch_of(hash_lower(last, scratch) ^ document, true).last_name = name;
    }
    sentence_begin_.push_back(int64_t(words_.size()));
    first_entity_.push_back(int64_t(entities_.size()));
  }
}

// A name that stands at `word`, within a sentence; not counted inside of or across other entities.
void NamesOfDocuments::meet(Name& name, int64_t word, int64_t sentence_begin, int64_t sentence_end) {
  const int64_t end = word + name.words;
  const int32_t owner = owners_[size_t(word)];
  for (int64_t i = word + 1; i < end; ++i) {
    if (owners_[size_t(i)] != owner) return;
  }
  if (owner != kNone) {
    if (word > sentence_begin && owners_[size_t(word) - 1] == owner) return;
    if (end < sentence_end && owners_[size_t(end)] == owner) return;
    ++name.tagged;
  }
  name.places.push_back(word);
}

void NamesOfDocuments::find() {
  if (begins_.empty()) return;
  for (size_t s = 0; s + 1 < sentence_begin_.size(); ++s) {
    const int64_t begin = sentence_begin_[s], sentence_end = sentence_begin_[s + 1];
    for (int64_t word = begin; word < sentence_end; ++word) {
      uint64_t key = words_[size_t(word)];
      if ((begins_[key >> 54] >> (key >> 48 & 63) & 1) == 0) continue;
      for (int64_t next = word + 1;; ++next) {
        const auto found = branches_.find(key);
        if (found == branches_.end()) break;
        const Branch& branch = found->second;
        if (branch.last_name >= 0 && next == word + 1) names_[size_t(branch.last_name)].is_common = true;
        if (branch.name >= 0) meet(names_[size_t(branch.name)], word, begin, sentence_end);
        if (!branch.goes_on || next == sentence_end) break;
        key = combine(key, words_[size_t(next)]);
      }
    }
  }
}

ChangedSentences NamesOfDocuments::changes() {
  owners_.assign(words_.size(), kNone);
  for (size_t e = 0; e < entities_.size(); ++e) {
    const int64_t first = sentence_begin_[size_t(entities_[e].sentence)];
    std::fill(owners_.begin() + first + entities_[e].begin, owners_.begin() + first + entities_[e].end, int32_t(e));
  }
  find();

  std::vector<int32_t> longest_first(names_.size());
  std::iota(longest_first.begin(), longest_first.end(), 0);
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [&](int32_t a, int32_t b) { return names_[size_t(a)].words > names_[size_t(b)].words; });
  std::vector<bool> gone(entities_.size());
  std::vector<TaggedEntity> added;
  std::vector<int64_t> changed;
  for (const int32_t n : longest_first) {
    const Name& name = names_[size_t(n)];
    const int64_t count = int64_t(name.places.size());
    const bool is_last_name = name.own.of_types.empty();
    const Votes& votes = is_last_name ? name.wholes : name.own;
    const Vote most = *std::max_element(votes.of_types.begin(), votes.of_types.end(),
                                        [](const Vote& a, const Vote& b) { return a.count < b.count; });
    const bool spreads = is_last_name ? !name.is_common : kShare * most.count > count;
    if (spreads ? name.tagged == count : count < kEnoughPlaces || kShare * name.tagged > count) continue;
    for (const int64_t word : name.places) {
      const int32_t owner = owners_[size_t(word)];
      const auto s =
          std::upper_bound(sentence_begin_.begin(), sentence_begin_.end(), word) - sentence_begin_.begin() - 1;
      const auto place = owners_.begin() + word;
      if (!spreads && owner >= 0) {
        gone[size_t(owner)] = true;
        changed.push_back(s);
      } else if (spreads && std::all_of(place, place + name.words, [](int32_t of) { return of == kNone; })) {
        std::fill(place, place + name.words, kNew);  // no shorter name stands here any more
        const int64_t begin = word - sentence_begin_[size_t(s)];
        added.push_back({s, begin, begin + name.words, most.type, float(votes.mean_score())});
        changed.push_back(s);
      }
    }
  }
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  std::sort(added.begin(), added.end(), [](const TaggedEntity& a, const TaggedEntity& b) {
    return a.sentence != b.sentence ? a.sentence < b.sentence : a.begin < b.begin;
  });

  ChangedSentences out;
  out.sentences = std::move(changed);
  auto next = added.begin();
  for (const int64_t s : out.sentences) {
    for (int64_t e = first_entity_[size_t(s)]; e < first_entity_[size_t(s) + 1]; ++e) {
      const TaggedEntity& entity = entities_[size_t(e)];
      for (; next != added.end() && next->sentence == s && next->begin < entity.begin; ++next)
        out.entities.push_back(*next);
      if (!gone[size_t(e)]) out.entities.push_back(entity);
    }
    for (; next != added.end() && next->sentence == s; ++next) out.entities.push_back(*next);
  }
  return out;
}

}  // namespace hebb::ner
