// The kernels themselves, on borrowed arrays: what lib/nn/functional.ts wraps. Synchronous, threaded over a lease.
#include <napi.h>

#include <limits>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "core/gemm.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

constexpr int64_t kGrain = 1 << 15;  // elements in one chunk of elementwise work
constexpr int64_t kMaxSize = int64_t(1) << 40;

using args::array;
using args::expect_size;
using args::integer;
using args::number;
using args::optional_array;

// A lease only for work that is worth waking threads for.
Lease lease_for(int64_t elements) { return elements > 2 * kGrain ? ThreadPool::instance().lease(0) : Lease(); }

int64_t rows_per_chunk(int64_t cols) { return cols >= kGrain ? 1 : kGrain / (cols > 0 ? cols : 1); }

// activate(index, alpha, x, y)
void activate(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const UnaryRow<float>& row = kernels().activations[integer(env, call[0], "index", 0, kernels().activation_count - 1)];
  const float alpha = float(number(env, call[1], "alpha"));
  const Span<float> x = array<float>(env, call[2], "x"), y = array<float>(env, call[3], "y");
  expect_size(env, y, x.size, "y");
  Lease lease = lease_for(int64_t(x.size));
  parallel_range(lease, int64_t(x.size), kGrain, [&](int64_t begin, int64_t end, int) {
    row.forward(end - begin, x.data + begin, y.data + begin, alpha);
  });
}

// softmax(rows, cols, x, y, log)
void softmax(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const int64_t rows = integer(env, call[0], "rows", 0, kMaxSize), cols = integer(env, call[1], "cols", 0, kMaxSize);
  const Span<float> x = array<float>(env, call[2], "x"), y = array<float>(env, call[3], "y");
  if (cols > 0 && rows > std::numeric_limits<int64_t>::max() / cols) args::refuse(env, "Expected fewer elements.");
  expect_size(env, x, size_t(rows * cols), "x");
  expect_size(env, y, size_t(rows * cols), "y");
  auto* kernel = args::boolean(env, call[4], "log") ? kernels().log_softmax_forward : kernels().softmax_forward;
  Lease lease = lease_for(rows * cols);
  parallel_range(lease, rows, rows_per_chunk(cols), [&](int64_t begin, int64_t end, int) {
    kernel(end - begin, cols, x.data + begin * cols, y.data + begin * cols);
  });
}

// layerNorm(rows, cols, x, gamma | null, beta | null, eps, y, moments): moments holds 2 * rows elements of scratch
void layer_norm(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const int64_t rows = integer(env, call[0], "rows", 0, kMaxSize), cols = integer(env, call[1], "cols", 0, kMaxSize);
  const Span<float> x = array<float>(env, call[2], "x");
  const Span<float> gamma = optional_array<float>(env, call[3], "gamma");
  const Span<float> beta = optional_array<float>(env, call[4], "beta");
  const float eps = float(number(env, call[5], "eps"));
  const Span<float> y = array<float>(env, call[6], "y"), moments = array<float>(env, call[7], "moments");
  if (cols > 0 && rows > std::numeric_limits<int64_t>::max() / cols) args::refuse(env, "Expected fewer elements.");
  expect_size(env, x, size_t(rows * cols), "x");
  expect_size(env, y, size_t(rows * cols), "y");
  expect_size(env, moments, size_t(2 * rows), "moments");
  if (gamma.data != nullptr) expect_size(env, gamma, size_t(cols), "gamma");
  if (beta.data != nullptr) expect_size(env, beta, size_t(cols), "beta");
  Lease lease = lease_for(rows * cols);
  parallel_range(lease, rows, rows_per_chunk(cols), [&](int64_t begin, int64_t end, int) {
    kernels().layer_norm_forward(end - begin, cols, x.data + begin * cols, gamma.data, beta.data, eps,
                                 y.data + begin * cols, moments.data + begin, moments.data + rows + begin);
  });
}

// matmul(transposeA, transposeB, M, N, K, alpha, A, B, beta, C)
void matmul(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const bool ta = args::boolean(env, call[0], "transposeA"), tb = args::boolean(env, call[1], "transposeB");
  constexpr int64_t kMaxDim = int64_t(1) << 31;  // the product of two stays below 2^63
  const int64_t M = integer(env, call[2], "M", 0, kMaxDim), N = integer(env, call[3], "N", 0, kMaxDim);
  const int64_t K = integer(env, call[4], "K", 0, kMaxDim);
  const float alpha = float(number(env, call[5], "alpha")), beta = float(number(env, call[8], "beta"));
  const Span<float> A = array<float>(env, call[6], "A"), B = array<float>(env, call[7], "B");
  const Span<float> C = array<float>(env, call[9], "C");
  expect_size(env, A, size_t(M * K), "A");
  expect_size(env, B, size_t(K * N), "B");
  expect_size(env, C, size_t(M * N), "C");
  constexpr double kWorthThreads = 64.0 * 64.0 * 64.0;
  Lease lease = double(M) * double(N) * double(K) > kWorthThreads ? ThreadPool::instance().lease(0) : Lease();
  throw_if_error(env, gemm<float>(lease, kernels(), ta, tb, M, N, K, alpha, A.data, ta ? M : K, B.data, tb ? K : N,
                                  beta, C.data, N));
}

// (x): the position of the first NaN or infinity, or -1
Napi::Value find_nonfinite(const Napi::CallbackInfo& call) {
  const Span<float> x = array<float>(call.Env(), call[0], "x");
  return Napi::Number::New(call.Env(), double(kernels().find_nonfinite(int64_t(x.size), x.data)));
}

}  // namespace

void register_functional(Napi::Env env, Napi::Object exports) {
  exports.Set("activate", Napi::Function::New(env, activate, "activate"));
  exports.Set("softmax", Napi::Function::New(env, softmax, "softmax"));
  exports.Set("layerNorm", Napi::Function::New(env, layer_norm, "layerNorm"));
  exports.Set("findNonFinite", Napi::Function::New(env, find_nonfinite, "findNonFinite"));
  exports.Set("matmul", Napi::Function::New(env, matmul, "matmul"));
}

}  // namespace hebb
