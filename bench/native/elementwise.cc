// Elementwise and row kernels against oneDNN's primitives on one thread, interleaved in one process:
//   cmake -S . -B build-bench -DHEBB_BENCH=ON && cmake --build build-bench --target bench_elementwise
//   ./build-bench/bench_elementwise [--json=FILE] [filter]          HEBB_ISA=avx2 ONEDNN_MAX_CPU_ISA=AVX2 for the AVX2 kernels
// Needs libdnnl-dev. Prints the median time of a call, ours and the peer's, peer / ours (above 1: ours is faster) and
// the bytes that ours moves a second.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dnnl.hpp>
#include <functional>
#include <string>
#include <vector>

#include <unistd.h>

#include "core/arena.h"
#include "core/rng.h"
#include "kernels/kernels.h"
#include "results.h"

namespace {

using hebb::Kernels;
constexpr int64_t kCount = 1 << 20, kRows = 1024, kCols = 1024;

struct Buffers {
  hebb::AlignedBuffer memory[6];
  float* x;  // uniform in [-4, 4)
  float* y;  // ours
  float* z;  // the peer's
  float* a;
  float* b;
  float* c;
  Buffers() {
    for (auto& m : memory) {
      if (!m.resize(kCount * sizeof(float))) std::abort();
    }
    x = memory[0].as<float>(), y = memory[1].as<float>(), z = memory[2].as<float>();
    a = memory[3].as<float>(), b = memory[4].as<float>(), c = memory[5].as<float>();
    const hebb::Philox rng(1);
    for (int64_t i = 0; i < kCount; ++i) x[i] = 8 * rng.uniform(uint64_t(i)) - 4;
    for (float* p : {y, z, a, b, c}) std::fill(p, p + kCount, 0.5f);
  }
};

// oneDNN on the same memory.
class Peer {
 public:
  explicit Peer(Buffers& b) : b_(b), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

  std::function<void()> eltwise(dnnl::algorithm algorithm, float alpha = 0) {
    const dnnl::memory::desc flat({kCount}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a);
    const dnnl::eltwise_forward::desc d(dnnl::prop_kind::forward_inference, algorithm, flat, alpha, 0);
    return bind(dnnl::eltwise_forward({d, engine_}), flat);
  }
  std::function<void()> softmax() {
    const dnnl::softmax_forward::desc d(dnnl::prop_kind::forward_inference, square(), 1);
    return bind(dnnl::softmax_forward({d, engine_}), square());
  }
  std::function<void()> layer_norm() {
    using Flags = dnnl::normalization_flags;
    const dnnl::layer_normalization_forward::desc d(dnnl::prop_kind::forward_training, square(), 1e-5f,
                                                    Flags::use_scale | Flags::use_shift);
    const dnnl::layer_normalization_forward::primitive_desc pd(d, engine_);
    const dnnl::layer_normalization_forward primitive(pd);
    const dnnl::memory::desc vector({kCols}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a);
    const std::unordered_map<int, dnnl::memory> args = {{DNNL_ARG_SRC, {square(), engine_, b_.x}},
                                                        {DNNL_ARG_DST, {square(), engine_, b_.z}},
                                                        {DNNL_ARG_MEAN, {pd.mean_desc(), engine_, b_.a}},
                                                        {DNNL_ARG_VARIANCE, {pd.variance_desc(), engine_, b_.a + 4096}},
                                                        {DNNL_ARG_SCALE, {vector, engine_, b_.b}},
                                                        {DNNL_ARG_SHIFT, {vector, engine_, b_.c}}};
    return [this, primitive, args] { run(primitive, args); };
  }

 private:
  static dnnl::memory::desc square() {
    return {{kRows, kCols}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab};
  }
  std::function<void()> bind(const dnnl::primitive& primitive, const dnnl::memory::desc& desc) {
    const std::unordered_map<int, dnnl::memory> args = {{DNNL_ARG_SRC, {desc, engine_, b_.x}},
                                                        {DNNL_ARG_DST, {desc, engine_, b_.z}}};
    return [this, primitive, args] { run(primitive, args); };
  }
  void run(const dnnl::primitive& primitive, const std::unordered_map<int, dnnl::memory>& args) {
    primitive.execute(stream_, args);
    stream_.wait();
  }
  Buffers& b_;
  dnnl::engine engine_;
  dnnl::stream stream_;
};

struct Case {
  const char* name;
  std::function<void()> ours, peer;
  double bytes;  // moved by ours
  bool same_output;
};

// `copy_rate`: bytes a second of memcpy, the first case; the others are held against it.
void run_case(const Case& c, Buffers& b, double& copy_rate, bench::Results& times) {
  std::vector<bench::Contender> all = {{"hebb", c.ours, {}}};
  if (c.peer) all.push_back({"oneDNN", c.peer, {}});
  for (bench::Contender& contender : all) contender.run();
  double difference = 0;
  if (c.peer && c.same_output) {
    for (int64_t i = 0; i < kCount; ++i) difference = std::max(difference, double(std::abs(b.y[i] - b.z[i])));
  }
  bench::race(all, 41, 1e-3, bench::Clock::thread, [] {});
  const double us = all[0].median() * 1e6;
  if (copy_rate == 0) copy_rate = c.bytes / all[0].median();
  times.add(c.name, {c.bytes, "B"}, {copy_rate, "memcpy"}, all);
  std::printf("%-22s %8.1f", c.name, us);
  if (c.peer) {
    const double peer = all[1].median() * 1e6;
    std::printf(" %8.1f %6.2f", peer, peer / us);
  } else {
    std::printf(" %8s %6s", "-", "-");
  }
  std::printf(" %7.1f", c.bytes / us * 1e-3);
  if (c.peer && c.same_output) std::printf("   %.1e", difference);
  std::printf("\n");
  std::fflush(stdout);
}

const hebb::UnaryRow<float>& activation(const Kernels& k, const char* name) {
  for (int i = 0; i < k.activation_count; ++i) {
    if (std::strcmp(k.activations[i].name, name) == 0) return k.activations[i];
  }
  std::abort();
}

std::vector<Case> make_cases(const Kernels& k, Buffers& b, Peer& peer) {
  using dnnl::algorithm;
  const double two = 2.0 * kCount * sizeof(float);
  std::vector<Case> cases;
  const auto act = [&](const char* name, std::function<void()> p) {
    const hebb::UnaryRow<float>& row = activation(k, name);
    cases.push_back(
        {name, [&row, &b] { row.forward(kCount, b.x, b.y, float(row.default_alpha)); }, std::move(p), two, true});
  };
  cases.push_back({"memcpy", [&b] { std::memcpy(b.y, b.x, kCount * sizeof(float)); }, nullptr, two, false});
  cases.push_back({"exp", [&k, &b] { k.exp(kCount, b.x, b.y); }, peer.eltwise(algorithm::eltwise_exp), two, true});
  cases.push_back({"log", [&k, &b] { k.log(kCount, b.x, b.y); }, peer.eltwise(algorithm::eltwise_log), two, false});
  cases.push_back({"erf", [&k, &b] { k.erf(kCount, b.x, b.y); }, nullptr, two, false});
  act("relu", peer.eltwise(algorithm::eltwise_relu));
  act("elu", peer.eltwise(algorithm::eltwise_elu, 1));
  act("sigmoid", peer.eltwise(algorithm::eltwise_logistic));
  act("tanh", peer.eltwise(algorithm::eltwise_tanh));
  act("gelu", peer.eltwise(algorithm::eltwise_gelu_erf));
  act("gelu_tanh", peer.eltwise(algorithm::eltwise_gelu_tanh));
  act("silu", peer.eltwise(algorithm::eltwise_swish, 1));
  act("softplus", peer.eltwise(algorithm::eltwise_soft_relu));
  cases.push_back(
      {"softmax 1024x1024", [&k, &b] { k.softmax_forward(kRows, kCols, b.x, b.y); }, peer.softmax(), two, true});
  cases.push_back({"layer norm 1024x1024",
                   [&k, &b] { k.layer_norm_forward(kRows, kCols, b.x, b.b, b.c, 1e-5f, b.y, b.a, b.a + 4096); },
                   peer.layer_norm(), two, true});
  cases.push_back({"dropout", [&k, &b] { k.dropout(kCount, b.x, b.y, 0.1f, 1, 0, false); }, nullptr, two, false});
  cases.push_back({"sum",
                   [&k, &b] {
                     static volatile double s;
                     s = k.sum(kCount, b.x);
                   },
                   nullptr, two / 2, false});
  cases.push_back(
      {"column sums 1024x1024", [&k, &b] { k.column_sums(kRows, kCols, b.x, kCols, b.a); }, nullptr, two / 2, false});
  cases.push_back({"xent 1024x1024",
                   [&k, &b] {
                     static const std::vector<int32_t> labels(kRows, 3);
                     k.softmax_xent(kRows, kCols, b.x, labels.data(), nullptr, nullptr, 0, 1, b.y, nullptr);
                   },
                   nullptr, two, false});
  for (int i = 0; i < k.optimizer_count; ++i) {
    const hebb::OptimizerRow<float>& row = k.optimizers[i];
    cases.push_back({row.name,
                     [&row, &b] {
                       hebb::OptimizerArgs<float> args{};
                       args.lr = 1e-3f, args.momentum = 0.9f, args.beta1 = 0.9f, args.beta2 = 0.999f, args.eps = 1e-8f;
                       args.alpha = 0.99f, args.grad_scale = 1, args.bias_correction1 = args.bias_correction2 = 1;
                       row.update(kCount, b.y, b.x, b.a, b.b, args);
                     },
                     nullptr, double(3 + 2 * row.slots) * kCount * sizeof(float), false});
  }
  return cases;
}

}  // namespace

int main(int argc, char** argv) {
  const char* threads = std::getenv("OMP_NUM_THREADS");
  if (threads == nullptr || std::strcmp(threads, "1") != 0) {  // read when the OpenMP runtime of the peer is loaded
    setenv("OMP_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", argv);
  }
  Buffers buffers;
  Peer peer(buffers);
  const Kernels& k = hebb::kernels();
  const dnnl_version_t* v = dnnl::version();
  char peer_name[32];
  std::snprintf(peer_name, sizeof peer_name, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
  std::printf("isa %s, %s, %lld floats, 1 thread\n", k.isa, peer_name, static_cast<long long>(kCount));
  std::printf("%-22s %8s %8s %6s %7s   %s\n", "case", "ours us", "peer us", "ratio", "GB/s", "max difference");
  const char *json = nullptr, *filter = "";
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--json=", 7) == 0) {
      json = argv[i] + 7;
    } else if (std::strncmp(argv[i], "--", 2) != 0) {
      filter = argv[i];
    }
  }
  bench::Results times(k.isa, peer_name);
  double copy_rate = 0;
  for (const Case& c : make_cases(k, buffers, peer)) {
    if (std::strstr(c.name, filter) != nullptr || copy_rate == 0) run_case(c, buffers, copy_rate, times);
  }
  return json == nullptr || times.write(json) ? 0 : 1;
}
