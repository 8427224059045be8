// Names that documents repeat.
//
// A tagger sees one sentence at a time: a name that it knows from its neighbours in some places it misses in others.
// Label consistency by majority, in the manner of Krishnan and Manning 2006 ("An effective two-stage model for
// exploiting non-local dependencies in named entity recognition"), as one pass after the tagging: a name is one
// everywhere in its document when more than a third of its places were tagged; from three places on, one that was not
// is none. A last name that was never tagged by itself is one as well when whole names of people end with it and it is
// no common word.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "algorithms/ner/model.h"

namespace hebb::ner {

// Sentences by their numbers, and all their entities, both sorted. Some may be left without any.
struct ChangedSentences {
  std::vector<int64_t> sentences;
  std::vector<TaggedEntity> entities;
};

// Use: `add` all sentences, then `changes`. Linear in the words.
class NamesOfDocuments {
 public:
  // is_person[t]: is entity type t one of people? Types beyond the end are not.
  explicit NamesOfDocuments(std::vector<uint8_t> is_person) : is_person_(std::move(is_person)) {}

  // The next sentences and their entities, which are sorted. documents: [sentences], the document of each; nullptr: all
  // are of the same.
  void add(const Sentences& sentences, const int32_t* documents, const std::vector<TaggedEntity>& entities);

  // The sentences whose entities change, by their numbers in the order of adding, with all entities that they then
  // have.
  ChangedSentences changes();

 private:
  struct Vote {
    int32_t type;
    int64_t count;
  };
  // Votes for types in the order in which they were met, and the sum of the scores.
  struct Votes {
    std::vector<Vote> of_types;
    double scores = 0;
    void add(int32_t type, float score);
    double mean_score() const;
  };
  struct Name {
    int32_t words;
    bool is_common = false;  // it stands somewhere in lower case
    Votes own, wholes;       // as it is; of whole names of people that end with it
    // The first words of where it stands, tagged as just these words or not at all.
    std::vector<int64_t> places;
    int64_t tagged = 0;
  };
  // Of a sequence of words that some names begin with.
  struct Branch {
    int32_t name = -1;
    int32_t last_name = -1;  // that this word is in lower case
    bool goes_on = false;
  };

  int32_t name_of(int64_t first, int64_t end);
  Branch& branch_of(uint64_t key, bool is_first);
  void find();
  void meet(Name& name, int64_t word, int64_t sentence_begin, int64_t sentence_end);

  std::vector<uint8_t> is_person_;
  std::vector<uint64_t> words_;             // the identity of each word and of its document
  std::vector<int64_t> sentence_begin_{0};  // words
  std::vector<TaggedEntity> entities_;      // of all sentences, by their numbers here
  std::vector<int64_t> first_entity_{0};    // of each sentence
  std::vector<Name> names_;                 // in the order in which they were first tagged
  std::unordered_map<uint64_t, Branch> branches_;
  std::vector<uint64_t> begins_;  // a bit for the words that names begin with; empty: no names
  std::vector<int32_t> owners_;   // of each word the number of its entity
};

}  // namespace hebb::ner
