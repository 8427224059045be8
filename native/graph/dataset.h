// Columns of equally many rows: what jobs read while the caller is free to change, detach or drop its arrays.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/arena.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "graph/shape.h"

namespace hebb::graph {

// Rows x width values, float or int32: a copy in native memory, or borrowed from memory that its owner keeps alive (a
// SharedArrayBuffer, which nobody can detach).
class Column {
 public:
  DType dtype = DType::real;
  int64_t rows = 0, width = 0;

  int64_t count() const { return rows * width; }
  // Bytes of its own.
  size_t bytes() const { return memory_.size(); }
  bool borrowed() const { return count() > 0 && memory_.size() == 0; }
  const float* reals() const { return static_cast<const float*>(data_); }
  const int32_t* integers() const { return static_cast<const int32_t*>(data_); }

  Status copy(Lease& lease, const void* data);
  void borrow(const void* data) { data_ = data; }
  // As copy() of reals, and looks at every value on the way: *bad is the position of the first NaN or infinity, or -1.
  Status copy_finite(Lease& lease, const float* data, int64_t* bad);
  // Element (i, j) becomes (x - center[j]) / scale[j], computed in float64. A borrowed column becomes a copy.
  Status standardize(Lease& lease, const double* center, const double* scale);

 private:
  Status own();
  AlignedBuffer memory_;
  const void* data_ = nullptr;
};

// The position of the first NaN or infinity, or -1.
int64_t find_nonfinite(Lease& lease, int64_t n, const float* x);

struct Dataset {
  int64_t rows = 0;
  std::vector<std::shared_ptr<const Column>> columns;
  bool borrowed() const;
};

}  // namespace hebb::graph
