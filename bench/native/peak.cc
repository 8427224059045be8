#include "peak.h"

#include "stopwatch.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace bench {

namespace {

// Twelve independent chains cover latency times issue width everywhere (4 cycles x 2).
constexpr int kChains = 12;
constexpr long kSteps = 100000;

#if defined(__x86_64__)

__attribute__((target("avx512f"), noinline)) void fma_avx512() {
  __m512 acc[kChains];
  const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(1e-9f);
#pragma GCC unroll 12
  for (int c = 0; c < kChains; ++c) acc[c] = y;
  for (long i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) acc[c] = _mm512_fmadd_ps(acc[c], x, y);
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) __asm__ volatile("" : "+v"(acc[c]));
  }
}

__attribute__((target("avx2,fma"), noinline)) void fma_avx2() {
  __m256 acc[kChains];
  const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(1e-9f);
#pragma GCC unroll 12
  for (int c = 0; c < kChains; ++c) acc[c] = y;
  for (long i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) acc[c] = _mm256_fmadd_ps(acc[c], x, y);
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) __asm__ volatile("" : "+x"(acc[c]));
  }
}

__attribute__((target("avx512f,avx512bf16"), noinline)) void dot_bf16() {
  __m512 acc[kChains];
  const __m512i x = _mm512_set1_epi32(0x3c003c00);
#pragma GCC unroll 12
  for (int c = 0; c < kChains; ++c) acc[c] = _mm512_setzero_ps();
  for (long i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) acc[c] = _mm512_dpbf16_ps(acc[c], (__m512bh)x, (__m512bh)x);
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) __asm__ volatile("" : "+v"(acc[c]));
  }
}

__attribute__((target("avx512f,avx512vnni"), noinline)) void dot_int8() {
  __m512i acc[kChains];
  const __m512i x = _mm512_set1_epi8(1);
#pragma GCC unroll 12
  for (int c = 0; c < kChains; ++c) acc[c] = _mm512_setzero_si512();
  for (long i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) acc[c] = _mm512_dpbusd_epi32(acc[c], x, x);
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) __asm__ volatile("" : "+v"(acc[c]));
  }
}

#elif defined(__aarch64__)

__attribute__((noinline)) void fma_neon() {
  float32x4_t acc[kChains];
  const float32x4_t x = vdupq_n_f32(0.999f), y = vdupq_n_f32(1e-9f);
#pragma GCC unroll 12
  for (int c = 0; c < kChains; ++c) acc[c] = y;
  for (long i = 0; i < kSteps; ++i) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) acc[c] = vfmaq_f32(y, acc[c], x);
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) __asm__ volatile("" : "+w"(acc[c]));
  }
}

#endif

double rate(void (*loop)(), int lanes) {
  return 2.0 * lanes * kChains * double(kSteps) / time_calls(loop, 1, Clock::thread) * 1e-9;
}

}  // namespace

const char* fma_peak_isa() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("fma")) return "avx2";
  return "none";
#elif defined(__aarch64__)
  return "neon";
#else
  return "none";
#endif
}

double bf16_peak_gflops() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bf16")) return rate(&dot_bf16, 32);
#endif
  return 0;
}

double int8_peak_gops() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) return rate(&dot_int8, 64);
#endif
  return 0;
}

double fma_peak_gflops() {
#if defined(__x86_64__)
  const double avx2 = __builtin_cpu_supports("fma") ? rate(&fma_avx2, 8) : 0;
  const double avx512 = __builtin_cpu_supports("avx512f") ? rate(&fma_avx512, 16) : 0;
  return avx512 > avx2 ? avx512 : avx2;
#elif defined(__aarch64__)
  return rate(&fma_neon, 4);
#else
  return 0;
#endif
}

}  // namespace bench
