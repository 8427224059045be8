// Columns of equally many rows in native memory: the copy that jobs read while the caller is free to change, detach or
// drop its arrays.
#pragma once
#include <cstdint>
#include <vector>

#include "core/arena.h"
#include "core/status.h"
#include "graph/shape.h"

namespace hebb::graph {

struct Column {
  DType dtype = DType::real;
  int64_t width = 0;
  AlignedBuffer memory;  // rows x width, float or int32
  const float* reals() const { return memory.as<float>(); }
  const int32_t* integers() const { return memory.as<int32_t>(); }
};

struct Dataset {
  int64_t rows = 0;
  std::vector<Column> columns;
  // Columns are only added; `data` holds rows * width elements.
  Status add(DType dtype, int64_t width, const void* data);
  size_t bytes() const;
};

}  // namespace hebb::graph
