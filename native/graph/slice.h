// A slice: many minibatches of a data set in one call. Gather, forward, backward, clip, update, for each of them. Short
// epochs go several to a slice, as a call takes longer than a few minibatches of a small net.
#pragma once
#include <functional>
#include <vector>

#include "core/job.h"
#include "graph/dataset.h"
#include "graph/program.h"

namespace hebb::graph {

struct ColumnFeed {
  int32_t node = -1;
  int32_t column = -1;
};

struct SliceOptions {
  std::vector<ColumnFeed> feeds;
  std::vector<int32_t> indices;  // rows in order of use; empty with all_rows
  bool all_rows = false;
  int64_t epochs = 1;  // the indices are so many epochs of as many rows, one after the other; or all rows, so often
  int64_t batch = 1;
  bool train = false;
  std::vector<double> rates;  // one, or one an update
  int64_t accumulate = 1;     // minibatches an update
  bool keep_losses = false;
  std::vector<int32_t> metrics;  // scalar nodes to average
  int threads = 0;
  int32_t output = -1;  // predict: the node whose rows are written to `out`
  void* out = nullptr;
};

// Means over rows.
struct SliceMeans {
  int64_t steps = 0, rows = 0;
  double loss = 0;
  std::vector<double> metrics;
  double seconds = 0;
};

struct SliceStats : SliceMeans {
  std::vector<SliceMeans> epochs;  // the finished ones, where a slice has several
  std::vector<double> losses;
  bool aborted = false;
};

// Called after every minibatch with steps done, steps in all, mean loss of the epoch so far.
using SliceReport = std::function<void(double, double, double)>;

// Values of one row of `output`, for a prediction over these columns. Refuses outputs that are not one row a row.
Status output_width(const ProgramBase& program, const Dataset& data, const SliceOptions& options, int64_t& width);

// Trains or evaluates. A request on `cancel` ends it with stats.aborted: before the next operation of a minibatch,
// which then leaves no trace, or before the next minibatch once weights are being updated.
Status run_slice(ProgramBase& program, const Dataset& data, const SliceOptions& options, const CancelFlag* cancel,
                 const SliceReport& report, SliceStats& stats);

}  // namespace hebb::graph
