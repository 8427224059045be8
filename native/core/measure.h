// What this machine can do at most, measured: the limits that benchmarks print beside their figures.
#pragma once
#include "core/status.h"

namespace hebb {

struct MachineLimits {
  int threads = 1;       // that took part
  double gflops = 0;     // float32 multiply-adds of the chosen ISA, 2 operations each, all threads together
  double read_gbs = 0;   // GB/s, sum over an array much larger than the caches
  double triad_gbs = 0;  // GB/s of y += a * x there, counting two reads and one write
};

// Takes about half a second: the best of several short rounds of each.
Status measure_limits(int threads, MachineLimits* limits);

}  // namespace hebb
