// Words, features, gazetteers, and a small tagger from end to end.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "algorithms/ner/extraction.h"
#include "algorithms/ner/scoring.h"
#include "algorithms/ner/trainer.h"
#include "check.h"
#include "core/rng.h"

namespace {

using namespace hebb;
using namespace hebb::ner;

void add_word(Sentences& s, const std::u16string& word) {
  s.text.insert(s.text.end(), word.begin(), word.end());
  s.word_begin.push_back(s.text.size());
}
void end_sentence(Sentences& s) { s.sentence_begin.push_back(uint64_t(s.words())); }

Word word_of(const std::u16string& s) { return {s.data(), uint32_t(s.size())}; }

TagSet two_types() {
  TagSet tags;
  tags.ends_marked = true;
  tags.parts = {Part::outside, Part::begin,  Part::inside, Part::end,   Part::single,
                Part::begin,   Part::inside, Part::end,    Part::single};
  tags.types = {-1, 0, 0, 0, 0, 1, 1, 1, 1};
  return tags;
}

// "<filler> Mr <Name> <Name> of <Place>": type 0 after Mr, type 1 after of.
void make_corpus(int count, uint64_t seed, Sentences& s, Labels& labels) {
  const Philox rng(seed, 3);
  const std::u16string names[] = {u"Anna", u"Bert", u"Čapek", u"Dora", u"Emil"};
  const std::u16string places[] = {u"Ulm", u"Graz", u"Łódź", u"Bern"};
  const std::u16string fillers[] = {u"yesterday", u"the", u"calm", u"42"};
  uint64_t draw = 0;
  for (int k = 0; k < count; ++k) {
    auto put = [&](const std::u16string& word, int tag) {
      add_word(s, word);
      labels.tags.push_back(tag);
    };
    put(fillers[rng.below(draw++, 4)], 0);
    put(u"Mr", 0);
    if (rng.below(draw++, 2) == 0) {
      put(names[rng.below(draw++, 5)], 4);
    } else {
      put(names[rng.below(draw++, 5)], 1);
      put(names[rng.below(draw++, 5)], 3);
    }
    put(u"of", 0);
    put(places[rng.below(draw++, 4)], 8);
    end_sentence(s);
  }
}

TEST(ner_lower_case_and_folding) {
  const std::u16string upper = u"AZÀÖØÞĀŁŐŸŹŽΑΩΆЁЯԱ", lower = u"azàöøþāłőÿźžαωάёяա";
  CHECK(upper.size() == lower.size());
  for (size_t i = 0; i < upper.size(); ++i) {
    CHECK_NOTE(to_lower(upper[i]) == lower[i], "U+%04x became U+%04x", unsigned(upper[i]),
               unsigned(to_lower(upper[i])));
    CHECK_NOTE(to_lower(lower[i]) == lower[i], "U+%04x is lower case", unsigned(lower[i]));
  }
  CHECK(fold(u'Š') == u's' && fold(u'é') == u'e' && fold(u'Ł') == u'l' && fold(u'ß') == u's' && fold(u'×') == u'×');
  CHECK(analyse(word_of(u"Škoda")).folded == analyse(word_of(u"SKODA")).folded);
  CHECK(analyse(word_of(u"Zoë")).folded == analyse(word_of(u"Zoe\u0308")).folded);
  CHECK(analyse(word_of(u"Škoda")).exact != analyse(word_of(u"SKODA")).exact);
  CHECK(analyse(word_of(u"AB12")).short_shape == analyse(word_of(u"XYZ9")).short_shape);
  CHECK(analyse(word_of(u"AB12")).shape != analyse(word_of(u"XYZ9")).shape);
  CHECK(analyse({nullptr, 0}).flags == 0);
}

TEST(ner_gazetteer_finds_longest_and_survives_a_file) {
  Gazetteer gazetteer;
  auto add = [&](int list, std::vector<std::u16string> words) {
    std::vector<uint64_t> hashes;
    for (const auto& w : words) hashes.push_back(analyse(word_of(w)).folded);
    gazetteer.add(list, hashes.data(), int(hashes.size()));
  };
  add(0, {u"new", u"york"});
  add(0, {u"york"});
  add(1, {u"New", u"York", u"Times"});
  add(2, {u"a", u"b", u"c", u"d", u"e", u"f", u"g"});  // too long: left out
  for (int k = 0; k < 3000; ++k) add(3, {std::u16string{u'x', char16_t(0x4e00 + k)}});
  std::vector<uint8_t> entries;
  std::vector<uint64_t> masks;
  gazetteer.save(entries, masks);
  Gazetteer again;
  CHECK(again.load(entries.data(), int64_t(entries.size()), masks.data(), int64_t(masks.size())).ok());
  CHECK(again.size() == gazetteer.size());
  CHECK(!again.load(entries.data(), int64_t(entries.size()) - 1, masks.data(), int64_t(masks.size())).ok());
  CHECK(!again.load(entries.data(), int64_t(entries.size()), masks.data(), 1).ok());
  CHECK(again.load(entries.data(), int64_t(entries.size()), masks.data(), int64_t(masks.size())).ok());
  for (const Gazetteer* g : {&gazetteer, &again}) {
    std::vector<SentenceWord> words;
    for (const char16_t* w : {u"The", u"NEW", u"York", u"Times", u"york", u"new"})
      words.push_back(sentence_word(analyse(word_of(w)), *g));
    PhraseMatches matches;
    matches.find(*g, words.data(), int64_t(words.size()));
    CHECK(matches.begins(0) == 0 && matches.inside(0) == 0);
    CHECK(matches.begins(1) == 3 && matches.inside(1) == 0);
    CHECK(matches.begins(2) == 0 && matches.inside(2) == 3);  // "york" inside "new york" is no match of its own
    CHECK(matches.begins(3) == 0 && matches.inside(3) == 2);
    CHECK(matches.begins(4) == 1 && matches.multi(4) == 0 && matches.multi(1) == 3);
    CHECK(matches.begins(5) == 0);
  }
}

TEST(ner_row_index_finds_what_it_was_given) {
  RowIndex index;
  index.build(10, {0, 1, 63, 64, 700, 1023});
  uint32_t row = 0;
  for (const uint64_t slot : {0, 1, 63, 64, 700, 1023}) CHECK(index.find(slot << 54 | 12345) == row++);
  CHECK(index.find(uint64_t(2) << 54) == RowIndex::kNone && index.find(uint64_t(1022) << 54) == RowIndex::kNone);
  CHECK((index.slots() == std::vector<uint32_t>{0, 1, 63, 64, 700, 1023}));
}

TEST(ner_training_is_the_same_for_any_threads) {
  Sentences sentences, dev;
  Labels labels, dev_labels;
  make_corpus(200, 1, sentences, labels);
  make_corpus(50, 2, dev, dev_labels);
  Rows first;
  for (const int threads : {1, 2, 5}) {
    Model model(two_types(), {});
    TrainConfig config;
    config.bits = 16;
    config.epochs = 4;
    config.seed = 7;
    config.threads = threads;
    TrainOutcome outcome;
    CHECK(train(model, sentences, labels, &dev, &dev_labels, config, nullptr, nullptr, &outcome).ok());
    CHECK_NOTE(outcome.dev_f1 == 1.0, "dev F1 %g", outcome.dev_f1);
    if (first.empty()) first = model.rows();
    CHECK(model.rows() == first);
    std::vector<int32_t> tags;
    std::vector<TaggedEntity> entities;
    CHECK(model.tag(dev, threads, tags, &entities, nullptr));
    CHECK(EntityScore(model.tags(), dev, dev_labels, tags).f1() == outcome.dev_f1);
    for (const TaggedEntity& entity : entities) CHECK(entity.score > 0.3f && entity.score <= 1.0f);
  }
}

TEST(ner_scores_tell_what_is_beyond_chance) {
  // Four sentences of one entity each. One tagger finds all: F1 1, and no sentence moves it. The other misses the last:
  // F1 6/7, each right sentence adds (2 - 6/7 * 2) / 7 = 2/49 and the last (0 - 6/7) / 7 = -6/49. The error of the
  // difference is sqrt(3 * 2^2 + 6^2) / 49, and 1/7 is 7 / sqrt(48) of it.
  Sentences sentences;
  Labels gold;
  for (int s = 0; s < 4; ++s) {
    add_word(sentences, u"Ulm");
    end_sentence(sentences);
    gold.tags.push_back(4);
  }
  const EntityScore all(two_types(), sentences, gold, gold.tags), most(two_types(), sentences, gold, {4, 4, 4, 0});
  CHECK(all.f1() == 1.0 && std::fabs(most.f1() - 6.0 / 7) < 1e-12);
  CHECK(std::fabs(all.standard_errors_above(most) - 7 / std::sqrt(48.0)) < 1e-9);
  CHECK(std::fabs(most.standard_errors_above(all) + 7 / std::sqrt(48.0)) < 1e-9);
  CHECK(all.standard_errors_above(all) == 0);
  CHECK(EntityScore(two_types(), sentences, gold, {0, 0, 0, 0}).f1() == 0);
}

TEST(ner_one_dev_sentence_chooses_nothing) {
  Sentences sentences, dev;
  Labels labels, dev_labels;
  make_corpus(100, 1, sentences, labels);
  make_corpus(1, 2, dev, dev_labels);
  Model model(two_types(), {});
  TrainConfig config;
  config.bits = 16;
  config.epochs = 12;
  TrainOutcome outcome;
  CHECK(train(model, sentences, labels, &dev, &dev_labels, config, nullptr, nullptr, &outcome).ok());
  CHECK(outcome.epochs < config.epochs);  // patience still ends it
  CHECK(outcome.best_epoch == outcome.epochs);
  CHECK(outcome.bias == 0);
}

TEST(ner_partial_labels_learn_from_both_sources) {
  // One corpus annotates type 0 only, the other type 1 only: each allows the other's type wherever it has no entity.
  Sentences sentences, dev;
  Labels full, labels, dev_labels;
  make_corpus(300, 1, sentences, full);
  make_corpus(50, 2, dev, dev_labels);
  labels.masks = {{1, 0, 0, 0, 0, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0, 0, 0, 0}};
  for (int64_t s = 0; s < sentences.count(); ++s) {
    for (uint64_t w = sentences.sentence_begin[size_t(s)]; w < sentences.sentence_begin[size_t(s) + 1]; ++w) {
      const int32_t type = two_types().types[size_t(full.tags[w])];
      const int32_t kept = s % 2;
      labels.tags.push_back(type == kept ? full.tags[w] : -1 - kept);
    }
  }
  Model model(two_types(), {});
  TrainConfig config;
  config.bits = 16;
  config.epochs = 8;
  TrainOutcome outcome;
  CHECK(train(model, sentences, labels, &dev, &dev_labels, config, nullptr, nullptr, &outcome).ok());
  CHECK_NOTE(outcome.dev_f1 > 0.95, "dev F1 %g", outcome.dev_f1);
}

// What a thread remembers of words has room for 16,384: with three times as many, sentences of up to 40 words and
// names that come back late, tags and scores are those of each sentence alone.
TEST(ner_forgotten_words_are_learned_anew) {
  Sentences train, text;
  Labels labels;
  make_corpus(300, 5, train, labels);
  Model model(two_types(), {});
  TrainConfig config;
  config.epochs = 5;
  TrainOutcome outcome;
  CHECK(ner::train(model, train, labels, nullptr, nullptr, config, {}, nullptr, &outcome).ok());
  const Philox rng(11, 1);
  const std::u16string known[] = {u"Mr", u"Anna", u"Bert", u"of", u"Ulm", u"Dora"};
  uint64_t draw = 0;
  for (int s = 0; s < 2500; ++s) {
    const int words = int(rng.below(draw++, 41));
    for (int w = 0; w < words; ++w) {
      const uint64_t pick = rng.below(draw++, 50000);
      std::u16string word = pick < 6000 ? known[pick % 6] : u"w";
      for (uint64_t rest = pick; pick >= 6000 && rest != 0; rest /= 10) word += char16_t(u'0' + rest % 10);
      add_word(text, word);
    }
    end_sentence(text);
  }
  std::vector<int32_t> tags;
  std::vector<TaggedEntity> entities;
  for (int round = 0; round < 2; ++round) CHECK(model.tag(text, 1, tags, &entities, nullptr));
  CHECK(entities.size() > 500);
  size_t next = 0, wrong = 0;
  for (int64_t s = 0; s < text.count(); ++s) {
    Sentences one;
    for (uint64_t w = text.sentence_begin[size_t(s)]; w < text.sentence_begin[size_t(s) + 1]; ++w) {
      const Word word = text.word(int64_t(w));
      add_word(one, std::u16string(word.units, word.length));
    }
    end_sentence(one);
    if (s % 50 == 0) model.forget();
    std::vector<int32_t> alone;
    std::vector<TaggedEntity> found;
    CHECK(model.tag(one, 1, alone, &found, nullptr));
    wrong += !std::equal(alone.begin(), alone.end(), tags.begin() + int64_t(text.sentence_begin[size_t(s)]));
    for (const TaggedEntity& e : found) {
      const bool same = next < entities.size() && entities[next].sentence == s && entities[next].begin == e.begin &&
                        entities[next].end == e.end && entities[next].type == e.type && entities[next].score == e.score;
      wrong += !same;
      ++next;
    }
  }
  CHECK_NOTE(wrong == 0 && next == entities.size(), "%d differ", int(wrong));
}

TEST(ner_odd_text_is_tagged) {
  Sentences sentences;
  Labels labels;
  make_corpus(100, 1, sentences, labels);
  Model model(two_types(), {});
  TrainConfig config;
  config.bits = 16;
  config.epochs = 2;
  TrainOutcome outcome;
  CHECK(train(model, sentences, labels, nullptr, nullptr, config, nullptr, nullptr, &outcome).ok());
  Sentences odd;
  add_word(odd, u"");
  add_word(odd, std::u16string(1, char16_t(0xd800)));
  add_word(odd, std::u16string(3, char16_t(0)));
  add_word(odd, std::u16string(200000, u'X'));
  end_sentence(odd);
  end_sentence(odd);  // empty
  for (int k = 0; k < 20000; ++k) add_word(odd, std::u16string(1, char16_t(k * 3)));
  end_sentence(odd);
  std::vector<int32_t> tags;
  std::vector<TaggedEntity> entities;
  CHECK(model.tag(odd, 2, tags, &entities, nullptr));
  CHECK(tags.size() == size_t(odd.words()));
  for (const int32_t tag : tags) CHECK(tag >= 0 && tag < 9);
}

TEST(ner_entities_of_tag_sequences) {
  const TagSet tags = two_types();
  std::vector<Entity> found;
  const int32_t good[] = {0, 1, 2, 3, 8, 4, 4, 0};
  tags.entities(good, 8, found);
  CHECK((found == std::vector<Entity>{{1, 4, 0}, {4, 5, 1}, {5, 6, 0}, {6, 7, 0}}));
  const int32_t broken[] = {2, 7, 3, 0, 1};  // I-0 E-1 E-0 O B-0: pieces that continue nothing begin an entity
  tags.entities(broken, 5, found);
  CHECK((found == std::vector<Entity>{{0, 1, 0}, {1, 2, 1}, {2, 3, 0}, {4, 5, 0}}));
}

}  // namespace
