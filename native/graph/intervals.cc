#include "graph/intervals.h"

#include <algorithm>

namespace hebb::graph {

// First fit by descending size: each interval goes to the lowest place that no interval alive at the same time holds.
int64_t place_intervals(std::vector<Interval*> list) {
  std::stable_sort(list.begin(), list.end(),
                   [](const Interval* a, const Interval* b) { return a->elements > b->elements; });
  int64_t total = 0;
  std::vector<const Interval*> overlapping;
  for (size_t i = 0; i < list.size(); ++i) {
    Interval& v = *list[i];
    overlapping.clear();
    for (size_t j = 0; j < i; ++j)
      if (list[j]->begin <= v.end && v.begin <= list[j]->end) overlapping.push_back(list[j]);
    std::sort(overlapping.begin(), overlapping.end(),
              [](const Interval* a, const Interval* b) { return *a->offset < *b->offset; });
    int64_t at = 0;
    for (const Interval* o : overlapping) {
      if (*o->offset - at >= v.elements) break;
      at = std::max(at, *o->offset + o->elements);
    }
    *v.offset = at;
    total = std::max(total, at + v.elements);
  }
  return total;
}

}  // namespace hebb::graph
