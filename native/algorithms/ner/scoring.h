// Entity F1 of tagged sentences, and whether one tagger is better than another beyond what chance explains.
#pragma once
#include <vector>

#include "algorithms/ner/model.h"

namespace hebb::ner {

struct Labels;

class EntityScore {
 public:
  EntityScore() = default;
  // Predicted against gold tags; entities of types that a sentence does not annotate count on neither side.
  EntityScore(const TagSet& tags, const Sentences& sentences, const Labels& gold,
              const std::vector<int32_t>& predicted);

  double f1() const { return all_ == 0 ? 0 : 2 * both_ / all_; }
  // How many standard errors of the difference this F1 lies above that of another tagger on the same sentences, each
  // sentence an independent draw (the delta method: F1 is linear in the sentences' counts up to second order). 0 where
  // no sentence tells the two apart.
  double standard_errors_above(const EntityScore& other) const;

 private:
  struct Counts {
    double both, all;  // entities found right; gold and predicted ones
  };
  // What a sentence adds to F1, by first order.
  double share(size_t s) const { return (2 * sentences_[s].both - f1() * sentences_[s].all) / all_; }

  std::vector<Counts> sentences_;
  double both_ = 0, all_ = 0;
};

}  // namespace hebb::ner
