#include "graph/dataset.h"

#include <cstring>

namespace hebb::graph {

Status Dataset::add(DType dtype, int64_t width, const void* data) {
  Column column;
  column.dtype = dtype;
  column.width = width;
  const size_t bytes = size_t(rows * width) * 4;
  if (!column.memory.resize(bytes)) {
    return Status::out_of_memory("Expected " + std::to_string(bytes >> 20) +
                                 " MiB for a data set, the system refused.");
  }
  if (bytes > 0) std::memcpy(column.memory.data(), data, bytes);
  columns.push_back(std::move(column));
  return {};
}

size_t Dataset::bytes() const {
  size_t total = 0;
  for (const Column& column : columns) total += column.memory.size();
  return total;
}

}  // namespace hebb::graph
