// Memory for buffers that are alive at different times.
#pragma once
#include <cstdint>
#include <vector>

namespace hebb::graph {

// A buffer of `elements`, alive from `begin` to `end` (inclusive, on any time line). Its place goes to *offset.
struct Interval {
  int64_t begin = 0, end = -1;
  int64_t elements = 0;
  int64_t* offset = nullptr;
};

// Places every interval so that no two that are alive at the same time overlap. Returns the elements needed in all.
int64_t place_intervals(std::vector<Interval*> list);

}  // namespace hebb::graph
