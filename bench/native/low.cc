// bf16 and int8 products with packed weights beside their measured peaks:
//   hebb_bench_low [--threads=N] [--json=FILE]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "core/low_gemm.h"
#include "peak.h"
#include "results.h"

using namespace hebb;

int main(int argc, char** argv) {
  int threads = 1;
  const char* json = nullptr;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--threads=", 10) == 0) threads = std::atoi(argv[i] + 10);
    if (std::strncmp(argv[i], "--json=", 7) == 0) json = argv[i] + 7;
  }
  bench::Results times(kernels().isa, "none");
  ThreadPool::instance().set_threads(std::max(threads, 1));
  Lease lease = ThreadPool::instance().lease(threads);
  const int64_t shapes[][3] = {{512, 512, 512}, {1024, 1024, 1024}, {128, 512, 784}, {128, 3072, 768}, {1, 3072, 768}};
  for (const auto& s : shapes) {
    const int64_t M = s[0], N = s[1], K = s[2];
    std::mt19937 rng(1);
    std::normal_distribution<float> normal(0, 1);
    AlignedBuffer memory[3];
    if (!memory[0].resize(size_t(M * K) * 4) || !memory[1].resize(size_t(K * N) * 4) ||
        !memory[2].resize(size_t(M * N) * 4)) {
      return 1;
    }
    float* a = memory[0].as<float>();
    float* w = memory[1].as<float>();
    float* c = memory[2].as<float>();
    for (int64_t i = 0; i < M * K; ++i) a[i] = normal(rng);
    for (int64_t i = 0; i < K * N; ++i) w[i] = normal(rng);
    LowMatrix packed[2];
    std::vector<bench::Contender> all;
    for (Precision precision : {Precision::bf16, Precision::int8}) {
      LowMatrix& m = packed[precision == Precision::int8];
      if (!m.pack(kernels(), precision, false, K, N, w, N).ok()) return 1;
      all.push_back({precision == Precision::bf16 ? "bf16" : "int8",
                     [&, M, K, N, a, c] {
                       if (!m.multiply(lease, M, a, K, c, N).ok()) std::abort();
                     },
                     {}});
    }
    std::vector<double> peaks[2];
    bench::race(all, 15, 0.002, threads > 1 ? bench::Clock::wall : bench::Clock::thread, [&] {
      peaks[0].push_back(bench::bf16_peak_gflops() * threads);
      peaks[1].push_back(bench::int8_peak_gops() * threads);
      bench::spread(lease);
    });
    const std::string shape = std::to_string(M) + "x" + std::to_string(K) + "x" + std::to_string(N);
    const double operations = 2 * double(M) * double(N) * double(K);
    std::printf("%-14s", shape.c_str());
    for (int i = 0; i < 2; ++i) {
      std::sort(peaks[i].begin(), peaks[i].end());
      const double rate = 1e-9 * operations / all[size_t(i)].median();
      const double peak = peaks[i][peaks[i].size() / 2];
      times.add(all[size_t(i)].name + " " + shape, {operations, i == 0 ? "FLOP" : "OP"},
                {peak * 1e9, i == 0 ? "bf16 peak" : "int8 peak"}, {all[size_t(i)]});
      const double best = 1e-9 * operations / all[size_t(i)].best();
      std::printf("  %s %.1f", all[size_t(i)].name.c_str(), rate);
      if (packed[i].in_hardware()) {
        std::printf(" of %.1f (%.1f%%, best %.1f)", peak, 100 * rate / peak, best);
      } else {
        std::printf(" (emulated, best %.1f)", best);
      }
    }
    std::printf("\n");
  }
  return json == nullptr || times.write(json) ? 0 : 1;
}
