#include "algorithms/ner/scoring.h"

#include <cmath>

#include "algorithms/ner/trainer.h"

namespace hebb::ner {

EntityScore::EntityScore(const TagSet& tags, const Sentences& sentences, const Labels& gold,
                         const std::vector<int32_t>& predicted) {
  const size_t types = size_t(tags.type_count());
  std::vector<Entity> a, b;
  for (int64_t s = 0; s < sentences.count(); ++s) {
    const size_t first = sentences.sentence_begin[size_t(s)];
    const int64_t n = int64_t(sentences.sentence_begin[size_t(s) + 1] - first);
    tags.entities(gold.tags.data() + first, n, a);
    tags.entities(predicted.data() + first, n, b);
    const int32_t row = gold.annotated.empty() ? -1 : gold.annotated[size_t(s)];
    if (row >= 0) {
      const uint8_t* is_annotated = gold.annotated_types.data() + size_t(row) * types;
      for (std::vector<Entity>* list : {&a, &b})
        std::erase_if(*list, [&](const Entity& e) { return !is_annotated[e.type]; });
    }
    Counts counts{0, double(a.size() + b.size())};
    for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
      if (a[i] == b[j]) ++counts.both;
      const int64_t at = a[i].begin;
      if (at <= b[j].begin) ++i;
      if (b[j].begin <= at) ++j;
    }
    both_ += counts.both;
    all_ += counts.all;
    sentences_.push_back(counts);
  }
}

double EntityScore::standard_errors_above(const EntityScore& other) const {
  if (all_ == 0 || other.all_ == 0) return 0;
  double variance = 0;
  for (size_t s = 0; s < sentences_.size(); ++s) {
    const double difference = share(s) - other.share(s);
    variance += difference * difference;
  }
  return variance == 0 ? 0 : (f1() - other.f1()) / std::sqrt(variance);
}

}  // namespace hebb::ner
