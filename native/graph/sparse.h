// The gradient of a table of rows of which a minibatch touches few: only touched rows are stored.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/arena.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb::graph {

template <class T>
class SparseGrad {
 public:
  SparseGrad() = default;
  SparseGrad(const SparseGrad&) = delete;
  ~SparseGrad() { std::free(slot_of_row_); }

  // For a table of `rows` x `width`. The map from rows to slots is 4 bytes a row, in pages that are only touched where
  // rows are. False when out of memory.
  bool create(int64_t rows, int64_t width);
  size_t bytes() const { return size_t(rows_) * sizeof(int32_t) + grads_.size(); }

  // Adds, for each position p with ids[p] >= 0, scale[p / per_row] * dy[p / per_row] to the gradient of row ids[p].
  // `scale` may be null. Sums are taken in the order of positions, whatever the threads. False when out of memory.
  bool add(Lease& lease, const KernelTable<T>& k, const int32_t* ids, int64_t positions, int64_t per_row, const T* dy,
           const T* scale);
  void clear();

  int64_t touched() const { return int64_t(rows_touched_.size()); }
  const int32_t* rows() const { return rows_touched_.data(); }
  T* grads() const { return grads_.template as<T>(); }
  int64_t width() const { return width_; }

 private:
  bool grow(int64_t kept, int64_t slots);
  int64_t rows_ = 0, width_ = 0, capacity_ = 0;
  int32_t* slot_of_row_ = nullptr;     // slot + 1, or 0
  std::vector<int32_t> rows_touched_;  // by slot, in order of first touch
  AlignedBuffer grads_;                // [capacity, width]
  std::vector<int32_t> starts_, order_;
};

}  // namespace hebb::graph
