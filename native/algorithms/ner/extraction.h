// The hashed features of whole corpora, for training: every word's feature list, computed once.
#pragma once
#include <cstdint>
#include <vector>

#include "algorithms/ner/model.h"
#include "core/thread_pool.h"

namespace hebb::ner {

// Features of word w: slots[begin[w] .. begin[w + 1]), each below 2^bits.
struct FeatureTable {
  std::vector<uint64_t> begin{0};
  std::vector<uint32_t> slots;
};

FeatureTable extract(const FeatureConfig& config, const Sentences& sentences, int bits, Lease& lease);

}  // namespace hebb::ner
