// Names that documents repeat: the rules one by one, and random documents beside a naive reference.
#include <algorithm>
#include <string>
#include <vector>

#include "algorithms/ner/consistency.h"
#include "check.h"
#include "core/rng.h"

namespace {

using namespace hebb;
using namespace hebb::ner;

using Words = std::vector<std::u16string>;

struct Document {
  std::vector<Words> sentences;
  std::vector<TaggedEntity> entities;
};

// u"Tim [Cook] ran": words in square brackets are an entity of type 0, people; in <angle brackets> of type 1.
Document parse(const std::vector<std::u16string>& texts) {
  Document out;
  for (const std::u16string& text : texts) {
    Words words;
    const int64_t s = int64_t(out.sentences.size());
    int64_t open = -1;
    size_t at = 0;
    while (at < text.size()) {
      const size_t end = std::min(text.find(u' ', at), text.size());
      std::u16string word = text.substr(at, end - at);
      at = end + 1;
      if (word.front() == u'[' || word.front() == u'<') {
        open = int64_t(words.size());
        word.erase(0, 1);
      }
      const char16_t last = word.back();
      if (last == u']' || last == u'>') word.pop_back();
      words.push_back(word);
      if (last == u']' || last == u'>') {
        out.entities.push_back({s, open, int64_t(words.size()), last == u'>', 0.5f});
      }
    }
    out.sentences.push_back(words);
  }
  return out;
}

std::u16string write(const Words& words, const std::vector<TaggedEntity>& entities, int64_t s) {
  Words marked = words;
  for (const TaggedEntity& e : entities) {
    if (e.sentence != s) continue;
    marked[size_t(e.begin)].insert(0, e.type == 0 ? u"[" : u"<");
    marked[size_t(e.end) - 1] += e.type == 0 ? u"]" : u">";
  }
  std::u16string out;
  for (const auto& word : marked) out += (out.empty() ? u"" : u" ") + word;
  return out;
}

void add(NamesOfDocuments& names, const Document& document, const std::vector<int32_t>& of_sentences) {
  Sentences s;
  for (const Words& words : document.sentences) {
    for (const auto& word : words) {
      s.text.insert(s.text.end(), word.begin(), word.end());
      s.word_begin.push_back(s.text.size());
    }
    s.sentence_begin.push_back(uint64_t(s.words()));
  }
  names.add(s, of_sentences.empty() ? nullptr : of_sentences.data(), document.entities);
}

// All entities after the changes.
std::vector<TaggedEntity> with_changes(const Document& document, const ChangedSentences& changes) {
  auto changed = [&](int64_t s) { return std::binary_search(changes.sentences.begin(), changes.sentences.end(), s); };
  std::vector<TaggedEntity> out = changes.entities;
  for (const TaggedEntity& e : document.entities) {
    if (!changed(e.sentence)) out.push_back(e);
  }
  std::sort(out.begin(), out.end(), [](const TaggedEntity& a, const TaggedEntity& b) {
    return a.sentence != b.sentence ? a.sentence < b.sentence : a.begin < b.begin;
  });
  return out;
}

std::vector<TaggedEntity> consistent(const Document& document, const std::vector<int32_t>& of_sentences = {}) {
  NamesOfDocuments names({1, 0});
  add(names, document, of_sentences);
  return with_changes(document, names.changes());
}

bool settles(const std::vector<std::u16string>& from, const std::vector<std::u16string>& to,
             const std::vector<int32_t>& of_sentences = {}) {
  const Document document = parse(from);
  const auto entities = consistent(document, of_sentences);
  for (size_t s = 0; s < from.size(); ++s) {
    if (write(document.sentences[s], entities, int64_t(s)) != to[s]) return false;
  }
  return from.size() == to.size();
}

TEST(ner_names_tagged_in_more_than_a_third_of_their_places_are_names_in_all) {
  CHECK(settles({u"[Cook] left", u"then Cook came"}, {u"[Cook] left", u"then [Cook] came"}));
  CHECK(settles({u"[Cook] left", u"[Cook]", u"Cook", u"Cook", u"Cook"},
                {u"[Cook] left", u"[Cook]", u"[Cook]", u"[Cook]", u"[Cook]"}));
  CHECK(settles({u"<New York> left", u"New York came", u"York came"},
                {u"<New York> left", u"<New York> came", u"York came"}));
  CHECK(settles({}, {}));
}

TEST(ner_names_tagged_in_no_more_than_a_third_of_three_or_more_places_are_none) {
  CHECK(settles({u"[May] I", u"May we", u"May he"}, {u"May I", u"May we", u"May he"}));
  CHECK(settles({u"[May] I", u"May we"}, {u"[May] I", u"[May] we"}));
}

TEST(ner_names_keep_their_types_and_new_places_get_the_most_frequent) {
  CHECK(settles({u"[Paris] sang", u"<Paris> is big", u"[Paris]", u"Paris"},
                {u"[Paris] sang", u"<Paris> is big", u"[Paris]", u"[Paris]"}));
  // The first of equals.
  CHECK(settles({u"<Paris> is", u"[Paris] sang", u"<Paris>", u"[Paris]", u"Paris"},
                {u"<Paris> is", u"[Paris] sang", u"<Paris>", u"[Paris]", u"<Paris>"}));
}

TEST(ner_names_inside_of_other_entities_do_not_count_and_longer_ones_come_first) {
  CHECK(settles({u"[Paris] sang", u"<New Paris> is", u"<Paris Hill>", u"<Old Paris Hill>", u"Paris"},
                {u"[Paris] sang", u"<New Paris> is", u"<Paris Hill>", u"<Old Paris Hill>", u"[Paris]"}));
  CHECK(settles({u"[Cook]", u"[Cook]", u"<Cook Islands>", u"Cook Islands and Cook"},
                {u"[Cook]", u"[Cook]", u"<Cook Islands>", u"<Cook Islands> and [Cook]"}));
}

TEST(ner_names_of_more_than_eight_words_are_left_alone) {
  CHECK(settles({u"[a b c d e f g h i]", u"a b c d e f g h i"}, {u"[a b c d e f g h i]", u"a b c d e f g h i"}));
  CHECK(settles({u"[a b c d e f g h]", u"a b c d e f g h"}, {u"[a b c d e f g h]", u"[a b c d e f g h]"}));
}

TEST(ner_last_names_of_people_are_names) {
  CHECK(settles({u"[Tim Cook] left", u"Cook came", u"so said Cook"},
                {u"[Tim Cook] left", u"[Cook] came", u"so said [Cook]"}));
  CHECK(settles({u"[Ann O'Łęcka-Šik] left", u"O'Łęcka-Šik came"}, {u"[Ann O'Łęcka-Šik] left", u"[O'Łęcka-Šik] came"}));
  // A common word, a place of that name, a letter, no letters, a type that is none of people.
  CHECK(settles({u"[Tim Cook] left", u"Cook it", u"a cook"}, {u"[Tim Cook] left", u"Cook it", u"a cook"}));
  CHECK(settles({u"[Tim Cook]", u"<Cook> is far", u"<Cook>", u"Cook"},
                {u"[Tim Cook]", u"<Cook> is far", u"<Cook>", u"<Cook>"}));
  CHECK(settles({u"[Malcolm X] left", u"X came"}, {u"[Malcolm X] left", u"X came"}));
  CHECK(settles({u"[Andre 3000] left", u"3000 came"}, {u"[Andre 3000] left", u"3000 came"}));
  CHECK(settles({u"<New York> left", u"York came"}, {u"<New York> left", u"York came"}));
}

TEST(ner_names_stay_in_their_documents) {
  const std::vector<std::u16string> texts = {u"[Tim Cook] left", u"Cook came", u"Tim Cook", u"a cook"};
  CHECK(settles(texts, {u"[Tim Cook] left", u"[Cook] came", u"Tim Cook", u"a cook"}, {7, 7, -3, -3}));
  CHECK(settles(texts, {u"[Tim Cook] left", u"Cook came", u"[Tim Cook]", u"a cook"}, {7, 7, 7, 7}));
}

TEST(ner_names_have_the_mean_of_their_scores_in_new_places_and_are_met_across_calls) {
  NamesOfDocuments names({1});
  add(names, {{{u"Cook"}, {u"Cook"}}, {{0, 0, 1, 0, 0.5f}, {1, 0, 1, 0, 0.75f}}}, {});
  add(names, {{{}, {u"then", u"Cook"}}, {}}, {});
  const ChangedSentences changes = names.changes();
  CHECK(changes.sentences == std::vector<int64_t>{3});
  CHECK(changes.entities.size() == 1);
  const TaggedEntity& e = changes.entities.at(0);
  CHECK(e.sentence == 3 && e.begin == 1 && e.end == 2 && e.type == 0 && e.score == 0.625f);
}

// The same rules, last names left out, by looking at every place for every name.
std::vector<TaggedEntity> naive(const Document& document) {
  std::vector<Words> seen;
  for (const TaggedEntity& e : document.entities) {
    const Words& words = document.sentences[size_t(e.sentence)];
    const Words name(words.begin() + e.begin, words.begin() + e.end);
    if (name.size() <= 8 && std::find(seen.begin(), seen.end(), name) == seen.end()) seen.push_back(name);
  }
  std::stable_sort(seen.begin(), seen.end(), [](const Words& a, const Words& b) { return a.size() > b.size(); });
  std::vector<TaggedEntity> kept = document.entities, fresh;
  for (const Words& name : seen) {
    std::vector<TaggedEntity> places;  // type -1: not tagged
    for (size_t s = 0; s < document.sentences.size(); ++s) {
      const Words& words = document.sentences[s];
      for (size_t begin = 0; begin + name.size() <= words.size(); ++begin) {
        if (!std::equal(name.begin(), name.end(), words.begin() + int64_t(begin))) continue;
        TaggedEntity place{int64_t(s), int64_t(begin), int64_t(begin + name.size()), -1, 0};
        bool counts = true;
        for (const TaggedEntity& e : document.entities) {
          if (e.sentence != place.sentence || e.end <= place.begin || e.begin >= place.end) continue;
          if (e.begin == place.begin && e.end == place.end) {
            place = e;
          } else {
            counts = false;
          }
        }
        if (counts) places.push_back(place);
      }
    }
    size_t votes[2] = {0, 0};
    double scores = 0;
    int32_t first = -1;
    for (const TaggedEntity& place : places) {
      if (place.type < 0) continue;
      if (first < 0) first = place.type;
      ++votes[place.type];
      scores += double(place.score);
    }
    const int32_t most = votes[1 - first] > votes[first] ? 1 - first : first;
    const size_t tagged = votes[0] + votes[1];
    auto is = [](const TaggedEntity& a, const TaggedEntity& b) {
      return a.sentence == b.sentence && a.begin == b.begin;
    };
    for (TaggedEntity place : places) {
      if (3 * votes[most] > places.size()) {
        if (place.type >= 0 || std::any_of(fresh.begin(), fresh.end(), [&](const TaggedEntity& e) {
              return e.sentence == place.sentence && e.begin < place.end && e.end > place.begin;
            })) {
          continue;
        }
        place.type = most;
        place.score = float(scores / double(tagged));
        fresh.push_back(place);
      } else if (places.size() >= 3 && 3 * tagged <= places.size() && place.type >= 0) {
        kept.erase(std::find_if(kept.begin(), kept.end(), [&](const TaggedEntity& e) { return is(e, place); }));
      }
    }
  }
  kept.insert(kept.end(), fresh.begin(), fresh.end());
  std::sort(kept.begin(), kept.end(), [](const TaggedEntity& a, const TaggedEntity& b) {
    return a.sentence != b.sentence ? a.sentence < b.sentence : a.begin < b.begin;
  });
  return kept;
}

TEST(ner_names_of_random_documents_as_by_looking_at_everything) {
  const Philox rng(7, 1);
  uint64_t draw = 0;
  auto below = [&](uint32_t n) { return int64_t(rng.below(draw++, n)); };
  const Words vocabulary = {u"Ab", u"Cd", u"ef", u"G", u"ab-c"};
  int changed = 0;
  for (int round = 0; round < 3000; ++round) {
    const uint32_t known = uint32_t(2 + below(4));
    Document document;
    const int64_t sentences = 1 + below(8);
    for (int64_t s = 0; s < sentences; ++s) {
      Words words(size_t(below(9)));
      for (auto& word : words) word = vocabulary[size_t(below(known))];
      for (int64_t begin = 0; begin < int64_t(words.size()); ++begin) {
        const int64_t end = begin + 1 + below(3);
        if (below(4) > 0 || end > int64_t(words.size())) continue;
        document.entities.push_back({s, begin, end, int32_t(below(2)), float(1 + below(8)) / 8});
        begin = end - 1;
      }
      document.sentences.push_back(words);
    }
    const auto expected = naive(document), found = consistent(document);
    changed += expected.size() != document.entities.size();
    const bool same = std::equal(expected.begin(), expected.end(), found.begin(), found.end(),
                                 [](const TaggedEntity& a, const TaggedEntity& b) {
                                   return a.sentence == b.sentence && a.begin == b.begin && a.end == b.end &&
                                          a.type == b.type && a.score == b.score;
                                 });
    CHECK_NOTE(same, "round %d", round);
  }
  CHECK(changed > 600);
}

}  // namespace
