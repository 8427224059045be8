#include "algorithms/ner/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "algorithms/ner/extraction.h"
#include "algorithms/ner/scoring.h"
#include "core/rng.h"
#include "kernels/crf_kernels.h"

namespace hebb::ner {

namespace {

constexpr int kShards = 8;  // rows are dealt out by row % kShards; a shard is updated by one thread at a time
constexpr float kSmallGradient = 1e-3f;  // a word whose largest gradient is below this changes nothing
constexpr int64_t kRowsPerChunk = 4096;
constexpr double kBeyondChance = 2;  // standard errors on dev by which a choice must be better than the plain one
enum Stream : uint64_t { kShuffleStream = 1, kDropoutStream = 2 };

// The words of a corpus as rows of weights, grouped by shard within a word: rows[begin[w] .. begin[w + 1]).
struct RowTable {
  std::vector<uint64_t> begin{0};
  std::vector<uint32_t> rows;
};

RowTable to_rows(const FeatureTable& features, const std::vector<uint32_t>& row_of_slot) {
  RowTable table;
  table.begin.reserve(features.begin.size());
  table.rows.reserve(features.slots.size());
  for (size_t w = 0; w + 1 < features.begin.size(); ++w) {
    for (uint64_t k = features.begin[w]; k < features.begin[w + 1]; ++k) {
      const uint32_t row = row_of_slot[features.slots[k]];
      if (row != RowIndex::kNone) table.rows.push_back(row);
    }
    std::stable_sort(table.rows.begin() + ptrdiff_t(table.begin.back()), table.rows.end(),
                     [](uint32_t a, uint32_t b) { return a % kShards < b % kShards; });
    table.begin.push_back(table.rows.size());
  }
  return table;
}

// What one sentence of a minibatch leaves for the update.
struct Step {
  int64_t sentence = 0, n = 0;
  std::vector<uint32_t> rows;              // kept rows, grouped by shard within a word
  std::vector<uint32_t> shard_begin;       // [n, kShards + 1] into rows
  std::vector<float> gradient;             // [n, P], of the log likelihood
  std::vector<uint8_t> counts;             // [n]: the gradient is worth applying
  std::vector<float> pairs, starts, ends;  // gradients of the transitions
  double loss = 0;
};

class Trainer {
 public:
  Trainer(Model& model, const Sentences& sentences, const Labels& labels, const Sentences* dev,
          const Labels* dev_labels, const TrainConfig& config)
      : model_(model),
        sentences_(sentences),
        labels_(labels),
        dev_(dev),
        dev_labels_(dev_labels),
        config_(config),
        lease_(ThreadPool::instance().lease(config.threads)),
        P_(model.transitions().stride()) {}

  Status run(const std::function<bool(const EpochReport&)>& on_epoch, const std::atomic<bool>* cancelled,
             TrainOutcome* outcome);

 private:
  void prepare();
  bool epoch(int e, const std::atomic<bool>* cancelled, double* loss);
  void gradients(int64_t sentence, uint64_t position, Step& step, CrfWorkspace<float>& ws, std::vector<float>& scratch);
  void keep_rows(int64_t first, int64_t n, uint64_t position, Step& step) const;
  void update_rows(const std::vector<Step>& steps, int64_t count, int shard, float rate);
  void update_transitions(const std::vector<Step>& steps, int64_t count, float rate);
  void end_of_epoch(int e);
  EntityScore dev_score(const Rows& rows, const CrfTransitions<float>& transitions, const std::vector<float>& bias);
  void choose_bias(const Rows& rows, const CrfTransitions<float>& transitions, const EntityScore& plain,
                   TrainOutcome* outcome);

  Model& model_;
  const Sentences& sentences_;
  const Labels& labels_;
  const Sentences* dev_;
  const Labels* dev_labels_;
  const TrainConfig& config_;
  Lease lease_;
  const int64_t P_;

  RowTable train_rows_, dev_rows_;
  Rows weights_, squares_, sum_;  // [rows, P]; sum_: of the snapshots to average
  int snapshots_ = 0;
  std::vector<float> transition_squares_;  // [tags + 2, P]: transitions, start, end
  std::vector<std::vector<float>> transition_sum_;
  std::vector<float> mask_rows_;  // [tags + masks, P] of 0 or 1
};

void Trainer::prepare() {
  const FeatureTable features = extract(model_.features(), sentences_, config_.bits, lease_);
  std::vector<uint32_t> row_of_slot(size_t(1) << config_.bits, 0);
  for (const uint32_t slot : features.slots) ++row_of_slot[slot];
  std::vector<uint32_t> used;
  for (size_t slot = 0; slot < row_of_slot.size(); ++slot) {
    const bool keep = row_of_slot[slot] >= uint32_t(config_.min_count) && row_of_slot[slot] > 0;
    row_of_slot[slot] = keep ? uint32_t(used.size()) : RowIndex::kNone;
    if (keep) used.push_back(uint32_t(slot));
  }
  model_.index().build(config_.bits, used);
  train_rows_ = to_rows(features, row_of_slot);
  if (dev_ != nullptr) {
    dev_rows_ = to_rows(extract(model_.features(), *dev_, config_.bits, lease_), row_of_slot);
  }
  weights_.assign(used.size() * size_t(P_), 0.0f);
  squares_.assign(weights_.size(), float(config_.initial_squares));
  transition_squares_.assign(size_t((model_.tags().size() + 2) * P_), float(config_.initial_squares));
  const int64_t tags = model_.tags().size();
  mask_rows_.assign(size_t(int64_t(labels_.masks.size()) * P_), 0.0f);
  for (size_t m = 0; m < labels_.masks.size(); ++m) {
    for (int64_t t = 0; t < tags; ++t)
      mask_rows_[m * size_t(P_) + size_t(t)] = labels_.masks[m][size_t(t)] ? 1.0f : 0.0f;
  }
}

void Trainer::keep_rows(int64_t first, int64_t n, uint64_t position, Step& step) const {
  const Philox rng(config_.seed, kDropoutStream);
  const uint32_t threshold = uint32_t(config_.dropout * 256);
  step.rows.clear();
  step.shard_begin.clear();
  uint64_t draw = position << 24;
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t begin = train_rows_.begin[size_t(first + i)], end = train_rows_.begin[size_t(first + i) + 1];
    int shard = 0;
    step.shard_begin.push_back(uint32_t(step.rows.size()));
    Philox::Block block{};
    for (uint64_t k = begin; k < end; ++k) {
      const uint64_t j = k - begin;
      if (threshold != 0) {
        if ((j & 15) == 0) block = rng.block(draw++);
        if ((block.v[(j >> 2) & 3] >> (8 * (j & 3)) & 255) < threshold) continue;
      }
      const uint32_t row = train_rows_.rows[k];
      for (; shard < int(row % kShards); ++shard) step.shard_begin.push_back(uint32_t(step.rows.size()));
      step.rows.push_back(row);
    }
    for (; shard < kShards; ++shard) step.shard_begin.push_back(uint32_t(step.rows.size()));
  }
}

void Trainer::gradients(int64_t sentence, uint64_t position, Step& step, CrfWorkspace<float>& ws,
                        std::vector<float>& e) {
  const int64_t first = int64_t(sentences_.sentence_begin[size_t(sentence)]);
  const int64_t n = int64_t(sentences_.sentence_begin[size_t(sentence) + 1]) - first;
  const CrfTransitions<float>& tr = model_.transitions();
  const int64_t tags = tr.tags();
  step.sentence = sentence;
  step.n = n;
  step.loss = 0;
  if (n == 0) return;
  keep_rows(first, n, position, step);
  const float scale = config_.dropout > 0 ? float(1.0 / (1.0 - double(uint32_t(config_.dropout * 256)) / 256)) : 1.0f;
  e.assign(size_t(n * P_), 0.0f);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t* bounds = &step.shard_begin[size_t(i * (kShards + 1))];
    kernels().crf->sum_rows(bounds[kShards] - bounds[0], step.rows.data() + bounds[0], weights_.data(), P_,
                            &e[size_t(i * P_)]);
    if (scale != 1.0f) kernels().scale(P_, scale, &e[size_t(i * P_)], &e[size_t(i * P_)]);
  }
  step.gradient.assign(size_t(n * P_), 0.0f);
  for (std::vector<float>* v : {&step.pairs, &step.starts, &step.ends})
    v->assign(size_t((v == &step.pairs ? tags : 1) * P_), 0.0f);
  const double log_z =
      crf_posterior<float>(kernels(), tr, n, e.data(), nullptr, ws,
                           {step.gradient.data(), step.pairs.data(), step.starts.data(), step.ends.data()});
  for (std::vector<float>* v : {&step.gradient, &step.pairs, &step.starts, &step.ends}) {
    for (float& x : *v) x = -x;
  }
  const int32_t* y = labels_.tags.data() + first;
  const bool partial = std::any_of(y, y + n, [](int32_t t) { return t < 0; });
  if (!partial) {
    step.loss = log_z - crf_path_score(tr, n, e.data(), y);
    for (int64_t i = 0; i < n; ++i) {
      step.gradient[size_t(i * P_ + y[i])] += 1.0f;
      if (i > 0) step.pairs[size_t(y[i - 1] * P_ + y[i])] += 1.0f;
    }
    step.starts[size_t(y[0])] += 1.0f;
    step.ends[size_t(y[n - 1])] += 1.0f;
  } else {
    std::vector<float> one_hot(size_t(tags * P_), 0.0f), nodes(size_t(n * P_));
    for (int64_t t = 0; t < tags; ++t) one_hot[size_t(t * P_ + t)] = 1.0f;
    std::vector<const float*> masks;
    for (int64_t i = 0; i < n; ++i) {
      masks.push_back(y[i] >= 0 ? &one_hot[size_t(y[i] * P_)] : &mask_rows_[size_t((-1 - y[i]) * P_)]);
    }
    const double log_allowed =
        crf_posterior<float>(kernels(), tr, n, e.data(), masks.data(), ws,
                             {nodes.data(), step.pairs.data(), step.starts.data(), step.ends.data()});
    if (!std::isfinite(log_allowed)) {  // labels that no path of the scheme can have: nothing to learn
      step.n = 0;
      return;
    }
    step.loss = log_z - log_allowed;
    for (size_t c = 0; c < nodes.size(); ++c) step.gradient[c] += nodes[c];
  }
  step.counts.assign(size_t(n), 0);
  for (int64_t i = 0; i < n; ++i) {
    float* g = &step.gradient[size_t(i * P_)];
    float top = 0;
    for (int64_t t = 0; t < tags; ++t) {
      g[t] *= scale;
      top = std::max(top, std::fabs(g[t]));
    }
    for (int64_t t = tags; t < P_; ++t) g[t] = 0;
    step.counts[size_t(i)] = top > kSmallGradient;
  }
}

void Trainer::update_rows(const std::vector<Step>& steps, int64_t count, int shard, float rate) {
  for (int64_t b = 0; b < count; ++b) {
    const Step& step = steps[size_t(b)];
    for (int64_t i = 0; i < step.n; ++i) {
      if (!step.counts[size_t(i)]) continue;
      const uint32_t* bounds = &step.shard_begin[size_t(i * (kShards + 1)) + size_t(shard)];
      kernels().crf->adagrad_rows(bounds[1] - bounds[0], step.rows.data() + bounds[0], weights_.data(), squares_.data(),
                                  P_, &step.gradient[size_t(i * P_)], rate, float(config_.l2));
    }
  }
}

void Trainer::update_transitions(const std::vector<Step>& steps, int64_t count, float rate) {
  CrfTransitions<float>& tr = model_.transitions();
  auto apply = [&](std::vector<float>& scores, const std::vector<float> Step::*gradient, size_t at) {
    for (size_t c = 0; c < scores.size(); ++c) {
      if (scores[c] <= float(kForbidden)) continue;
      double g = 0;
      for (int64_t b = 0; b < count; ++b) {
        if (steps[size_t(b)].n > 0) g += double((steps[size_t(b)].*gradient)[c]);
      }
      if (g == 0) continue;
      float& q = transition_squares_[at + c];
      q += float(g * g);
      scores[c] += rate * float(g) / std::sqrt(q);
    }
  };
  const size_t cells = tr.scores.size();
  apply(tr.scores, &Step::pairs, 0);
  apply(tr.start, &Step::starts, cells);
  apply(tr.end, &Step::ends, cells + size_t(P_));
  tr.refresh();
}

bool Trainer::epoch(int e, const std::atomic<bool>* cancelled, double* loss) {
  const int64_t n = sentences_.count();
  std::vector<uint32_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0u);
  const Philox rng(config_.seed, kShuffleStream);
  for (int64_t i = n - 1; i > 0; --i) {
    std::swap(order[size_t(i)], order[size_t(rng.below(uint64_t(e) << 32 | uint64_t(i), uint64_t(i) + 1))]);
  }
  const int64_t batch = config_.batch;
  std::vector<Step> steps(static_cast<size_t>(batch));
  std::vector<CrfWorkspace<float>> workspaces(size_t(lease_.threads()));
  std::vector<std::vector<float>> emissions(size_t(lease_.threads()));
  double total = 0;
  for (int64_t first = 0; first < n; first += batch) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return false;
    const int64_t count = std::min(batch, n - first);
    const double progress = (double(e) + double(first) / double(n)) / config_.epochs;
    const float rate = float(config_.learning_rate * (1 - (1 - config_.final_rate) * progress));
    lease_.parallel_for(count, [&](int64_t b, int worker) {
      gradients(order[size_t(first + b)], uint64_t(e) * uint64_t(n) + uint64_t(first + b), steps[size_t(b)],
                workspaces[size_t(worker)], emissions[size_t(worker)]);
    });
    lease_.parallel_for(kShards + 1, [&](int64_t shard, int) {
      if (shard == kShards) {
        update_transitions(steps, count, rate);
      } else {
        update_rows(steps, count, int(shard), rate);
      }
    });
    for (int64_t b = 0; b < count; ++b) total += steps[size_t(b)].loss;
  }
  *loss = total / double(std::max<int64_t>(1, sentences_.words()));
  return true;
}

void Trainer::end_of_epoch(int e) {
  const int64_t chunks = chunk_count(int64_t(weights_.size()), kRowsPerChunk);
  const bool averaging = config_.average_from >= 0 && e >= config_.average_from;
  if (averaging && sum_.empty()) sum_.assign(weights_.size(), 0.0f);
  const float keep = float(1 - config_.decay);
  lease_.parallel_for(chunks, [&](int64_t chunk, int) {
    const size_t begin = size_t(chunk * kRowsPerChunk), end = std::min(weights_.size(), begin + size_t(kRowsPerChunk));
    for (size_t c = begin; c < end; ++c) {
      weights_[c] *= keep;
      if (averaging) sum_[c] += weights_[c];
    }
  });
  if (!averaging) return;
  ++snapshots_;
  const CrfTransitions<float>& tr = model_.transitions();
  if (transition_sum_.empty()) {
    transition_sum_ = {std::vector<float>(tr.scores.size(), 0.0f), std::vector<float>(tr.start.size(), 0.0f),
                       std::vector<float>(tr.end.size(), 0.0f)};
  }
  const std::vector<float>* parts[] = {&tr.scores, &tr.start, &tr.end};
  for (int part = 0; part < 3; ++part) {
    for (size_t c = 0; c < parts[part]->size(); ++c) transition_sum_[size_t(part)][c] += (*parts[part])[c];
  }
}

EntityScore Trainer::dev_score(const Rows& rows, const CrfTransitions<float>& tr, const std::vector<float>& bias) {
  std::vector<int32_t> tags(size_t(dev_->words()), 0);
  std::vector<CrfWorkspace<float>> workspaces(size_t(lease_.threads()));
  std::vector<std::vector<float>> emissions(size_t(lease_.threads()));
  parallel_range(lease_, dev_->count(), 32, [&](int64_t begin, int64_t end, int worker) {
    std::vector<float>& e = emissions[size_t(worker)];
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = int64_t(dev_->sentence_begin[size_t(s)]);
      const int64_t n = int64_t(dev_->sentence_begin[size_t(s) + 1]) - first;
      if (n == 0) continue;
      e.resize(size_t(n * P_));
      for (int64_t i = 0; i < n; ++i) {
        std::copy(bias.begin(), bias.end(), e.begin() + ptrdiff_t(i * P_));
        const uint64_t from = dev_rows_.begin[size_t(first + i)], to = dev_rows_.begin[size_t(first + i) + 1];
        kernels().crf->sum_rows(int64_t(to - from), dev_rows_.rows.data() + from, rows.data(), P_, &e[size_t(i * P_)]);
      }
      crf_viterbi(kernels(), tr, n, e.data(), workspaces[size_t(worker)], tags.data() + first);
    }
  });
  return {model_.tags(), *dev_, *dev_labels_, tags};
}

// An annotated corpus rewards precision and recall alike, a likelihood does not know of either: one number moves the
// balance between entities and the rest, where dev shows that it should move.
void Trainer::choose_bias(const Rows& rows, const CrfTransitions<float>& transitions, const EntityScore& plain,
                          TrainOutcome* outcome) {
  for (const double b : {-2.0, -1.5, -1.0, -0.75, -0.5, -0.25, 0.25, 0.5, 1.0}) {
    std::vector<float> bias(size_t(P_), 0.0f);
    for (int64_t t = 0; t < model_.tags().size(); ++t) {
      if (model_.tags().parts[size_t(t)] == Part::outside) bias[size_t(t)] = float(b);
    }
    const EntityScore score = dev_score(rows, transitions, bias);
    if (score.f1() <= outcome->dev_f1 || score.standard_errors_above(plain) <= kBeyondChance) continue;
    outcome->dev_f1 = score.f1();
    outcome->bias = b;
    model_.bias() = bias;
  }
}

// Small dev sets, and dev sets of the very documents that were trained on, tell an epoch or a bias better by chance
// alone: what is kept is the last epoch without a bias, unless dev shows another to be better beyond chance.
Status Trainer::run(const std::function<bool(const EpochReport&)>& on_epoch, const std::atomic<bool>* cancelled,
                    TrainOutcome* outcome) {
  prepare();
  Rows best_rows, averaged;
  const Rows* rows = &weights_;
  CrfTransitions<float> transitions = model_.transitions(), best_transitions = transitions;
  EntityScore score, best;
  for (int e = 0; e < config_.epochs; ++e) {
    double loss = 0;
    if (!epoch(e, cancelled, &loss)) return Status::aborted("The training was aborted.");
    end_of_epoch(e);
    outcome->epochs = e + 1;
    transitions = model_.transitions();
    if (snapshots_ > 0) {
      averaged.resize(sum_.size());
      kernels().scale(int64_t(sum_.size()), 1.0f / float(snapshots_), sum_.data(), averaged.data());
      rows = &averaged;
      std::vector<float>* parts[] = {&transitions.scores, &transitions.start, &transitions.end};
      for (int part = 0; part < 3; ++part) {
        for (size_t c = 0; c < parts[part]->size(); ++c) {
          (*parts[part])[c] = transition_sum_[size_t(part)][c] / float(snapshots_);
        }
      }
      transitions.refresh();
    }
    if (dev_ != nullptr) score = dev_score(*rows, transitions, model_.bias());
    if (dev_ != nullptr && (e == 0 || score.f1() > best.f1())) {
      best = score;
      best_rows = *rows;
      best_transitions = transitions;
      outcome->best_epoch = e + 1;
    }
    const double f1 = dev_ != nullptr ? score.f1() : std::numeric_limits<double>::quiet_NaN();
    if (on_epoch && !on_epoch({e + 1, config_.epochs, loss, f1})) return Status::aborted("The training was aborted.");
    if (dev_ != nullptr && config_.patience > 0 && e + 1 - outcome->best_epoch >= config_.patience) break;
  }
  if (dev_ == nullptr || best.standard_errors_above(score) <= kBeyondChance) {
    best = score;
    best_rows = *rows;
    best_transitions = transitions;
    outcome->best_epoch = outcome->epochs;
  }
  outcome->dev_f1 = best.f1();
  if (dev_ != nullptr && config_.tune_bias) choose_bias(best_rows, best_transitions, best, outcome);
  model_.transitions() = best_transitions;
  model_.rows() = std::move(best_rows);
  model_.forget();
  return {};
}

}  // namespace

Status train(Model& model, const Sentences& sentences, const Labels& labels, const Sentences* dev,
             const Labels* dev_labels, const TrainConfig& config,
             const std::function<bool(const EpochReport&)>& on_epoch, const std::atomic<bool>* cancelled,
             TrainOutcome* outcome) {
  return Trainer(model, sentences, labels, dev, dev_labels, config).run(on_epoch, cancelled, outcome);
}

}  // namespace hebb::ner
