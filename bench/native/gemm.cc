// Matrix products of hebb beside other libraries, interleaved in one process.
//   hebb_bench_gemm [--threads=N] [--rounds=N] [--ms=N] [--json=FILE] [filter ...]
// Prints GFLOP/s (medians over rounds), percent of the measured FMA peak and the ratio to the best peer. "hebb" packs
// what it needs on each call; "hebb_packed" has its weights in panels (B; or the result, for the gradient of weights).
// `OPENBLAS_CORETYPE` and `OPENBLAS_L2_SIZE` must be unset for a fair race.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "core/arena.h"
#include "core/gemm.h"
#include "peak.h"
#include "peers.h"
#include "results.h"

using namespace hebb;
using bench::Contender;
using bench::Shape;

namespace {

// "mlp" shapes of a batch of 128 (or 32) through 784-512-256-10 and of a transformer's feed-forward layer.
const Shape kShapes[] = {
    {"square_64", false, false, 64, 64, 64},
    {"square_128", false, false, 128, 128, 128},
    {"square_256", false, false, 256, 256, 256},
    {"square_512", false, false, 512, 512, 512},
    {"square_1024", false, false, 1024, 1024, 1024},
    {"square_2048", false, false, 2048, 2048, 2048},
    {"mlp_forward_128x784x512", false, false, 128, 512, 784},
    {"mlp_forward_128x512x256", false, false, 128, 256, 512},
    {"mlp_forward_128x256x10", false, false, 128, 10, 256},
    {"mlp_forward_1x784x512", false, false, 1, 512, 784},
    {"mlp_forward_32x768x3072", false, false, 32, 3072, 768},
    {"mlp_forward_512x768x768", false, false, 512, 768, 768},
    {"mlp_dw_784x128x512", true, false, 784, 512, 128},
    {"mlp_dw_512x128x256", true, false, 512, 256, 128},
    {"mlp_dw_256x128x10", true, false, 256, 10, 128},
    {"mlp_dw_768x32x3072", true, false, 768, 3072, 32},
    {"mlp_dx_128x512x784", false, true, 128, 784, 512},
    {"mlp_dx_128x10x256", false, true, 128, 256, 10},
    {"mlp_dx_32x3072x768", false, true, 32, 768, 3072},
};

struct Options {
  int threads = 1, rounds = 7;
  double slice = 0.004;
  const char* json = nullptr;
  std::vector<std::string> filters;
};

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    if (a.rfind("--threads=", 0) == 0) {
      o.threads = std::atoi(a.c_str() + 10);
    } else if (a.rfind("--rounds=", 0) == 0) {
      o.rounds = std::atoi(a.c_str() + 9);
    } else if (a.rfind("--ms=", 0) == 0) {
      o.slice = std::atof(a.c_str() + 5) * 1e-3;
    } else if (a.rfind("--json=", 0) == 0) {
      o.json = argv[i] + 7;
    } else {
      o.filters.push_back(a);
    }
  }
  return o;
}

struct Result {
  const Shape* shape;
  double hebb, packed, peak, best_peer, openblas;
  std::string best_name;
};

void check(const char* name, const float* got, const std::vector<float>& want, int64_t K) {
  double worst = 0;
  for (size_t i = 0; i < want.size(); ++i) worst = std::max(worst, std::fabs(double(got[i]) - double(want[i])));
  if (!(worst <= 1e-5 * std::sqrt(double(K)) + 1e-5)) std::printf("  WRONG: %s is off by %g\n", name, worst);
}

Result race_shape(const Shape& s, const Options& o, Lease& lease, bench::Results& times) {
  const Kernels& k = kernels();
  std::mt19937 rng(1);
  std::uniform_real_distribution<float> u(-0.5f, 0.5f);
  // Everyone works in the memory that hebb's own tensors live in: aligned, in huge pages when large.
  AlignedBuffer memory[4];
  auto floats = [&](int which, int64_t n) {
    if (!memory[which].resize(size_t(n) * sizeof(float))) std::abort();
    return memory[which].as<float>();
  };
  float* a = floats(0, s.M * s.K);
  float* b = floats(1, s.K * s.N);
  float* c = floats(2, s.M * s.N);
  std::vector<float> reference(size_t(s.M * s.N));
  for (int64_t i = 0; i < s.M * s.K; ++i) a[i] = u(rng);
  for (int64_t i = 0; i < s.K * s.N; ++i) b[i] = u(rng);
  const int64_t lda = s.ta ? s.M : s.K, ldb = s.tb ? s.K : s.N;
  const bool into_panels = s.ta;  // the gradient of weights is what has a layout of our choice there
  const int64_t panel_k = into_panels ? s.M : s.K;
  float* panels = floats(3, panel_elements(k, panel_k, s.N));
  std::memset(panels, 0, memory[3].size());
  if (!into_panels) pack_panels(lease, k, s.tb, s.K, s.N, b, ldb, panels);

  std::vector<Contender> all;
  auto must = [](const Status& status) {
    if (!status.ok()) std::abort();
  };
  all.push_back(
      {"hebb", [&] { must(gemm<float>(lease, k, s.ta, s.tb, s.M, s.N, s.K, 1, a, lda, b, ldb, 0, c, s.N)); }, {}});
  all.push_back({"hebb_packed",
                 [&] {
                   if (into_panels) {
                     must(gemm_to_panels<float>(lease, k, s.ta, s.tb, s.M, s.N, s.K, 1, a, lda, b, ldb, 0, panels));
                   } else {
                     must(gemm_panels<float>(lease, k, s.ta, s.M, s.N, s.K, 1, a, lda, panels, 0, c, s.N));
                   }
                 },
                 {}});
  for (bench::Peer& peer : bench::make_peers(s, o.threads, a, b, c)) {
    all.push_back({peer.name, peer.run, {}});
  }
  for (Contender& contender : all) {
    contender.run();
    if (into_panels && contender.name == "hebb_packed") {
      unpack_panels(lease, k, false, s.M, s.N, panels, c, s.N);
    }
    if (contender.name == "hebb") reference.assign(c, c + s.M * s.N);
    check(contender.name.c_str(), c, reference, s.K);
  }
  std::vector<double> peaks;
  // Threads of the peers' own pools stop spinning before the next measurement.
  auto between = [&] {
    std::this_thread::sleep_for(std::chrono::microseconds(o.threads > 1 ? 3000 : 50));
    peaks.push_back(bench::fma_peak_gflops());
    bench::spread(lease);
  };
  bench::race(all, o.rounds, o.slice, o.threads > 1 ? bench::Clock::wall : bench::Clock::thread, between);
  std::sort(peaks.begin(), peaks.end());

  Result r{&s, 0, 0, peaks[peaks.size() / 2] * o.threads, 0, 0, "-"};
  const double flops = 2.0 * double(s.M) * double(s.N) * double(s.K) * 1e-9;
  times.add(s.name, {flops * 1e9, "FLOP"}, {r.peak * 1e9, "FMA peak"}, all);
  std::printf("%-26s peak %6.1f |", s.name, r.peak);
  for (const Contender& contender : all) {
    const double rate = flops / contender.median();
    std::printf(" %s %.1f", contender.name.c_str(), rate);
    if (contender.name == "hebb") {
      r.hebb = rate;
    } else if (contender.name == "hebb_packed") {
      r.packed = rate;
    } else if (rate > r.best_peer) {
      r.best_peer = rate, r.best_name = contender.name;
    }
    if (contender.name == "openblas") r.openblas = rate;
  }
  const double ours = std::max(r.hebb, r.packed);
  std::printf(" | %.1f%% %.1f%%", 100 * r.hebb / r.peak, 100 * r.packed / r.peak);
  if (r.best_peer > 0) std::printf(" x%.3f of %s", ours / r.best_peer, r.best_name.c_str());
  std::printf("\n");
  std::fflush(stdout);
  return r;
}

}  // namespace

int main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  ThreadPool::instance().set_threads(std::max(o.threads, ThreadPool::instance().threads()));
  Lease lease = ThreadPool::instance().lease(o.threads);
  std::printf("isa %s, threads %d, FMA loop %s, peers: %s\n", kernels().isa, lease.threads(), bench::fma_peak_isa(),
              bench::peer_versions().c_str());
  bench::Results times(kernels().isa, bench::peer_versions());
  std::vector<Result> results;
  for (const Shape& s : kShapes) {
    bool chosen = o.filters.empty();
    for (const std::string& f : o.filters) chosen = chosen || std::strstr(s.name, f.c_str()) != nullptr;
    if (chosen) results.push_back(race_shape(s, o, lease, times));
  }
  double to_best = 0, to_openblas = 0;
  int with_best = 0, with_openblas = 0;
  for (const Result& r : results) {
    if (std::strncmp(r.shape->name, "mlp", 3) != 0) continue;
    const double ours = std::max(r.hebb, r.packed);
    if (r.best_peer > 0) to_best += std::log(ours / r.best_peer), ++with_best;
    if (r.openblas > 0) to_openblas += std::log(ours / r.openblas), ++with_openblas;
  }
  if (with_best > 0) std::printf("mlp shapes, geometric mean: x%.3f of the best peer", std::exp(to_best / with_best));
  if (with_openblas > 0) std::printf(", x%.3f of OpenBLAS", std::exp(to_openblas / with_openblas));
  if (with_best > 0) std::printf("\n");
  return o.json == nullptr || times.write(o.json) ? 0 : 1;
}
