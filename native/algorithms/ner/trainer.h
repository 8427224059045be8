// Training of a tagger: AdaGrad on the sentence log likelihood with feature dropout and averaging, early stopping on
// dev.
#pragma once
#include <atomic>
#include <functional>
#include <vector>

#include "algorithms/ner/model.h"
#include "core/status.h"

namespace hebb::ner {

struct TrainConfig {
  int bits = 22;  // 2^bits hashed features
  int epochs = 15;
  int patience = 4;  // epochs without a better dev F1 before the end; 0: all epochs
  double learning_rate = 0.1;
  double final_rate = 0.1;     // of the learning rate, reached linearly at the last epoch
  double initial_squares = 1;  // what AdaGrad's sums begin with: larger means smaller first steps
  double dropout = 0.4;        // share of a word's features that a step leaves out
  double l2 = 0.01;            // lambda of a step's penalty lambda / 2 |row|^2 on the rows it touches
  double decay = 0.0;          // all rows shrink by this share each epoch
  int min_count = 1;           // features seen less often in training get no row
  int batch = 4;               // sentences between two updates
  int average_from = 1;        // epochs before the averaged weights begin; < 0: no averaging
  bool tune_bias = true;       // choose on dev a number that is added to the score of O
  uint64_t seed = 0;
  int threads = 0;
};

// Tags of the training words. A word's tag is an index of TagSet, or -1 - m: any of the tags of masks[m].
struct Labels {
  std::vector<int32_t> tags;
  std::vector<std::vector<uint8_t>> masks;  // [tags] of 0 or 1
  // Dev only: the types that a sentence annotates, as a row of annotated_types [rows, types] of 0 or 1; -1: all of
  // them. Empty: all sentences annotate all types.
  std::vector<int32_t> annotated;
  std::vector<uint8_t> annotated_types;
};

struct EpochReport {
  int epoch, epochs;
  double loss;    // mean negative log likelihood a word, under dropout
  double dev_f1;  // percent of 1; NaN without dev
};

struct TrainOutcome {
  int epochs = 0, best_epoch = 0;
  double dev_f1 = 0;
  double bias = 0;
};

Status train(Model& model, const Sentences& sentences, const Labels& labels, const Sentences* dev,
             const Labels* dev_labels, const TrainConfig& config,
             const std::function<bool(const EpochReport&)>& on_epoch, const std::atomic<bool>* cancelled,
             TrainOutcome* outcome);

}  // namespace hebb::ner
