#include "core/measure.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/arena.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

constexpr int kRounds = 6;
constexpr int64_t kFmaIterations = 400000;
constexpr int64_t kElements = int64_t(16) << 20;  // 64 MiB an array

template <class F>
double best_seconds(F&& work) {
  double best = 1e30;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

}  // namespace

Status measure_limits(int threads, MachineLimits* limits) {
  Lease lease = ThreadPool::instance().lease(threads);
  const int crew = lease.threads();
  const Kernels& k = kernels();
  limits->threads = crew;

  // One chunk a thread; the spread of the threads' own speeds is part of what is measured.
  std::vector<float> sinks(size_t(crew) * 16);
  double operations = 0;
  const double fma_seconds = best_seconds([&] {
    std::vector<double> done(size_t(crew) * 8);
    lease.parallel_for(crew, [&](int64_t chunk, int) {
      done[size_t(chunk) * 8] = k.peak_fma_loop(kFmaIterations, &sinks[size_t(chunk) * 16]);
    });
    operations = 0;
    for (int i = 0; i < crew; ++i) operations += done[size_t(i) * 8];
  });
  limits->gflops = operations / fma_seconds * 1e-9;

  AlignedBuffer x, y;
  const size_t bytes = size_t(kElements) * sizeof(float);
  if (!x.resize(bytes) || !y.resize(bytes)) {
    return Status::out_of_memory(
        "Expected 128 MiB of memory to measure the memory bandwidth, received none from the system.");
  }
  const int64_t grain = (kElements + crew - 1) / crew;
  parallel_range(lease, kElements, grain, [&](int64_t begin, int64_t end, int) {
    k.fill(end - begin, 1.0f, x.as<float>() + begin);
    k.fill(end - begin, 2.0f, y.as<float>() + begin);
  });
  const double read_seconds = best_seconds([&] {
    parallel_range(lease, kElements, grain, [&](int64_t begin, int64_t end, int worker) {
      sinks[size_t(worker) * 16] = k.max(end - begin, x.as<float>() + begin);
    });
  });
  const double triad_seconds = best_seconds([&] {
    parallel_range(lease, kElements, grain, [&](int64_t begin, int64_t end, int) {
      k.axpy(end - begin, 1e-3f, x.as<float>() + begin, y.as<float>() + begin);
    });
  });
  limits->read_gbs = double(bytes) / read_seconds * 1e-9;
  limits->triad_gbs = 3.0 * double(bytes) / triad_seconds * 1e-9;
  return {};
}

}  // namespace hebb
