#include "graph/slice.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

namespace hebb::graph {

namespace {

// T from the widths of the columns; checks that each column fits its input.
Status time_steps(const ProgramBase& program, const Dataset& data, const SliceOptions& options, int64_t& T) {
  T = -1;
  for (const ColumnFeed& feed : options.feeds) {
    const Node& node = program.plan().node(feed.node);
    const Column& column = *data.columns[size_t(feed.column)];
    const Extent e = node.shape.extent();
    if (column.dtype != node.dtype) {
      return Status::argument("Expected the column for " + quoted(program.plan(), feed.node) + " to hold " +
                              (node.dtype == DType::i32 ? "integers (i32)" : "real numbers (f32)") + ".");
    }
    if (e.b != 1 || e.t > 1 || node.shape.rank < 1 || (node.shape.dims[0].symbols & kBatch) == 0) {
      return Status::shape("Expected an input of shape [B, ...] for a column, received " +
                           quoted(program.plan(), feed.node) + " of shape " + to_string(node.shape) + ".");
    }
    int64_t here = e.t == 0                                       ? column.width
                   : e.factor > 0 && column.width % e.factor == 0 ? column.width / e.factor
                                                                  : -1;
    if (e.t == 0 ? here != e.factor : (here < 1 || (T > 0 && here != T))) {
      return Status::shape("Expected the column for " + quoted(program.plan(), feed.node) + " to have rows of shape " +
                           to_string(node.shape) + ", received rows of " + std::to_string(column.width) + " values.");
    }
    if (e.t == 1) T = here;
  }
  if (T < 0) T = 1;
  return {};
}

template <class T>
class Slice {
 public:
  Slice(Program<T>& program, const Dataset& data, const SliceOptions& options)
      : program_(program), data_(data), options_(options) {}

  Status run(const CancelFlag* cancel, const SliceReport& report, SliceStats& stats);

 private:
  Status prepare();
  Status gather(int64_t first, int64_t rows);
  Status run_epoch(const std::vector<int32_t>& order, int64_t epoch, const CancelFlag* cancel,
                   const SliceReport& report, SliceStats& stats);
  Status train_step(const std::vector<int32_t>& order, int64_t epoch, int64_t step);
  void note(int64_t rows, SliceStats& stats);
  void close_epoch(bool finished, SliceStats& stats);
  Status explain(const std::vector<int32_t>& order, int64_t step) {
    return program_.explain_nonfinite(order, " in the forward pass of step " + std::to_string(step + 1) +
                                                 " of this run (update " + std::to_string(program_.steps_done + 1) +
                                                 ")");
  }
  const int32_t* rows_at(int64_t first, int64_t rows);

  Program<T>& program_;
  const Dataset& data_;
  const SliceOptions& options_;
  std::vector<int32_t> wanted_;
  std::vector<int32_t> numbers_;  // row numbers when all rows are used
  int64_t rows_ = 0, steps_ = 0;  // of an epoch
  int64_t T_ = 1, updates_ = 0;
  SliceMeans sums_;  // over the rows of the epoch in work
};

template <class T>
Status Slice<T>::prepare() {
  const Plan& plan = program_.plan();
  if (options_.batch < 1 || options_.batch > plan.max.B) {
    return Status::argument("Expected a batch size from 1 to " + std::to_string(plan.max.B) + " (maxBatch), received " +
                            std::to_string(options_.batch) + ".");
  }
  HEBB_RETURN_IF_ERROR(time_steps(program_, data_, options_, T_));
  const int64_t given = int64_t(options_.indices.size());
  if (given % options_.epochs != 0) {
    return Status::argument("Expected row indices for " + std::to_string(options_.epochs) +
                            " epochs of as many rows each, received " + std::to_string(given) + ".");
  }
  rows_ = options_.all_rows ? data_.rows : given / options_.epochs;
  for (int32_t row : options_.indices) {
    if (row < 0 || row >= data_.rows) {
      return Status::data("Expected row indices from 0 to " + std::to_string(data_.rows - 1) + ", received " +
                          std::to_string(row) + ".");
    }
  }
  if (options_.output >= 0) {
    wanted_ = {options_.output};
  } else {
    if (plan.loss >= 0) wanted_.push_back(plan.loss);
    wanted_.insert(wanted_.end(), options_.metrics.begin(), options_.metrics.end());
  }
  if (options_.train && (plan.loss < 0 || !plan.training())) {
    return Status::argument("Expected a program compiled with a loss and an optimizer for training.");
  }
  steps_ = chunk_count(rows_, options_.batch);
  const int64_t updates = chunk_count(steps_, options_.accumulate) * options_.epochs;
  if (options_.train && options_.rates.size() != 1 && int64_t(options_.rates.size()) < updates) {
    return Status::argument("Expected a learning rate for each of " + std::to_string(updates) + " updates, received " +
                            std::to_string(options_.rates.size()) + ".");
  }
  for (int32_t id : program_.order_for(wanted_.data(), int(wanted_.size()))) {
    const bool is_input = std::binary_search(plan.inputs.begin(), plan.inputs.end(), id);
    const bool fed =
        std::any_of(options_.feeds.begin(), options_.feeds.end(), [&](const ColumnFeed& f) { return f.node == id; });
    if (is_input && !fed) {
      return Status::argument("Expected a column for input " + quoted(program_.plan(), id) + ", received none.");
    }
  }
  return {};
}

template <class T>
const int32_t* Slice<T>::rows_at(int64_t first, int64_t rows) {
  if (!options_.all_rows) return options_.indices.data() + first;
  numbers_.resize(size_t(options_.batch));
  for (int64_t i = 0; i < rows; ++i) numbers_[size_t(i)] = int32_t(first + i);
  return numbers_.data();
}

inline void gather_reals(const Kernels& k, int64_t rows, int64_t width, const float* src, const int32_t* index,
                         float* dst) {
  k.gather_rows(rows, width, src, width, index, dst);
}
inline void gather_reals(const KernelTable<double>&, int64_t rows, int64_t width, const float* src,
                         const int32_t* index, double* dst) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < width; ++c) dst[r * width + c] = double(src[index[r] * width + c]);
}

template <class T>
Status Slice<T>::gather(int64_t first, int64_t rows) {
  const int32_t* index = rows_at(first, rows);
  for (const ColumnFeed& feed : options_.feeds) {
    const Column& column = *data_.columns[size_t(feed.column)];
    const int64_t width = column.width;
    const int64_t grain = std::max<int64_t>(1, 8192 / std::max<int64_t>(width, 1));
    if (column.dtype == DType::i32) {
      const int32_t* src = column.integers();
      int32_t* dst = program_.index_buffer(feed.node);
      for (int64_t r = 0; r < rows; ++r, dst += width) {
        for (int64_t i = 0; i < width; ++i) dst[i] = src[int64_t(index[r]) * width + i];
      }
      HEBB_RETURN_IF_ERROR(program_.check_indices(feed.node));
      continue;
    }
    T* dst = program_.input_buffer(feed.node);
    parallel_range(program_.lease(), rows, grain, [&](int64_t begin, int64_t end, int) {
      gather_reals(program_.kernels(), end - begin, width, column.reals(), index + begin, dst + begin * width);
    });
  }
  return {};
}

// `step` of `epoch`, both from 0.
template <class T>
Status Slice<T>::train_step(const std::vector<int32_t>& order, int64_t epoch, int64_t step) {
  HEBB_RETURN_IF_ERROR(program_.run_forward(order, true));
  if (!std::isfinite(program_.scalar(program_.plan().loss))) return explain(order, epoch * steps_ + step);
  const double rate = options_.rates[options_.rates.size() == 1 ? 0 : size_t(updates_)];
  if (options_.accumulate == 1) {
    ++updates_;
    return program_.run_backward_and_apply(rate);
  }
  HEBB_RETURN_IF_ERROR(program_.run_backward());
  const int64_t in_group = step % options_.accumulate + 1;
  if (in_group < options_.accumulate && step + 1 < steps_) return {};
  ++updates_;
  return program_.apply(rate, 1.0 / double(in_group), nullptr);
}

template <class T>
void Slice<T>::note(int64_t rows, SliceStats& stats) {
  sums_.rows += rows;
  ++sums_.steps;
  if (options_.output >= 0) return;
  const int32_t loss = program_.plan().loss;
  if (loss >= 0) {
    sums_.loss += program_.scalar(loss) * double(rows);
    if (options_.keep_losses) stats.losses.push_back(program_.scalar(loss));
  }
  for (size_t m = 0; m < options_.metrics.size(); ++m)
    sums_.metrics[m] += program_.scalar(options_.metrics[m]) * double(rows);
}

template <class T>
Status Slice<T>::run_epoch(const std::vector<int32_t>& order, int64_t epoch, const CancelFlag* cancel,
                           const SliceReport& report, SliceStats& stats) {
  for (int64_t step = 0; step < steps_; ++step) {
    if (cancel != nullptr && cancel->is_requested()) return Status::aborted("The operation was aborted.");
    const int64_t first = step * options_.batch, rows = std::min(options_.batch, rows_ - first);
    HEBB_RETURN_IF_ERROR(program_.set_sizes({rows, T_}));
    HEBB_RETURN_IF_ERROR(gather(options_.all_rows ? first : epoch * rows_ + first, rows));
    HEBB_RETURN_IF_ERROR(options_.train ? train_step(order, epoch, step) : program_.run_forward(order, false));
    if (options_.output >= 0) {
      const int64_t count = program_.value_count(options_.output), width = count / rows;
      std::memcpy(static_cast<T*>(options_.out) + first * width, program_.value(options_.output),
                  size_t(count) * sizeof(T));
    }
    note(rows, stats);
    if (report) {
      report(double(epoch * steps_ + step + 1), double(options_.epochs * steps_), sums_.loss / double(sums_.rows));
    }
  }
  return {};
}

// Sums over rows become means.
void divide(SliceMeans& sums, bool has_loss) {
  const double rows = double(std::max<int64_t>(sums.rows, 1));
  sums.loss = has_loss && sums.rows > 0 ? sums.loss / rows : NAN;
  for (double& m : sums.metrics) m /= rows;
}

// Adds the epoch in work, finished or not, to the whole.
template <class T>
void Slice<T>::close_epoch(bool finished, SliceStats& stats) {
  stats.steps += sums_.steps;
  stats.rows += sums_.rows;
  stats.loss += sums_.loss;
  stats.seconds += sums_.seconds;
  for (size_t m = 0; m < sums_.metrics.size(); ++m) stats.metrics[m] += sums_.metrics[m];
  if (!finished || options_.epochs == 1) return;
  divide(sums_, program_.plan().loss >= 0);
  stats.epochs.push_back(sums_);
}

template <class T>
Status Slice<T>::run(const CancelFlag* cancel, const SliceReport& report, SliceStats& stats) {
  using Clock = std::chrono::steady_clock;
  auto started = Clock::now();
  HEBB_RETURN_IF_ERROR(prepare());
  stats.metrics.assign(options_.metrics.size(), 0.0);
  constexpr int64_t kMostReserved = 1 << 20;
  if (options_.keep_losses) stats.losses.reserve(size_t(std::min(steps_ * options_.epochs, kMostReserved)));
  if (options_.epochs > 1) stats.epochs.reserve(size_t(std::min(options_.epochs, kMostReserved)));
  HEBB_RETURN_IF_ERROR(program_.set_sizes({std::min(options_.batch, std::max<int64_t>(rows_, 1)), T_}));
  const std::vector<int32_t>& order = program_.order_for(wanted_.data(), int(wanted_.size()));
  program_.enter(options_.threads);
  program_.watch(cancel);
  Status status;
  for (int64_t epoch = 0; epoch < options_.epochs && status.ok(); ++epoch) {
    sums_ = {};
    sums_.metrics.assign(options_.metrics.size(), 0.0);
    status = run_epoch(order, epoch, cancel, report, stats);
    const auto now = Clock::now();
    sums_.seconds = std::chrono::duration<double>(now - started).count();
    started = now;
    close_epoch(status.ok(), stats);
  }
  if (status.code == Code::aborted) {
    status = {};
    stats.aborted = true;
  }
  program_.watch(nullptr);
  program_.leave();
  program_.drop_gradients();
  divide(stats, program_.plan().loss >= 0);
  return status;
}

}  // namespace

Status output_width(const ProgramBase& program, const Dataset& data, const SliceOptions& options, int64_t& width) {
  int64_t T = 1;
  HEBB_RETURN_IF_ERROR(time_steps(program, data, options, T));
  const Node& node = program.plan().node(options.output);
  const Extent e = node.shape.extent();
  if (node.dtype != DType::real || node.shape.rank < 1 || e.b != 1 || !(node.shape.dims[0].symbols & kBatch)) {
    return Status::shape("Expected an output of shape [B, ...] to predict rows, received " +
                         quoted(program.plan(), node.id) + " of shape " + to_string(node.shape) + ".");
  }
  width = e.at({1, T});
  return {};
}

Status run_slice(ProgramBase& program, const Dataset& data, const SliceOptions& options, const CancelFlag* cancel,
                 const SliceReport& report, SliceStats& stats) {
  if (program.is_double())
    return Slice<double>(static_cast<Program<double>&>(program), data, options).run(cancel, report, stats);
  return Slice<float>(static_cast<Program<float>&>(program), data, options).run(cancel, report, stats);
}

}  // namespace hebb::graph
