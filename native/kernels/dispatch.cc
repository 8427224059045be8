// Chooses the kernel table once, by what the CPU has *and* what the OS saves on a context switch: a CPU with AVX-512
// under an OS that does not save zmm registers must not be given AVX-512 code.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "kernels/kernels.h"
#include "kernels/low_kernels.h"

#if defined(__x86_64__) || defined(_M_X64)
#define HEBB_X86 1
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
#define HEBB_ARM64 1
#endif

namespace hebb {

namespace scalar {
extern const Kernels table;
}
namespace scalar_f64 {
extern const KernelTable<double> table;
}
#if defined(HEBB_X86)
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
namespace avx512bf16 {
extern const LowKernels table;
}
namespace avx512vnni {
extern const LowKernels table;
}
#elif defined(HEBB_ARM64)
namespace neon {
extern const Kernels table;
}
#endif

namespace {

#if defined(HEBB_X86)

struct CpuId {
  uint32_t a, b, c, d;
};

// All zeros for a leaf the CPU does not have. Own code: __builtin_cpu_supports needs a runtime object that some cross
// linkers lack.
CpuId cpuid(uint32_t leaf, uint32_t subleaf) {
  CpuId r{0, 0, 0, 0};
#if defined(_MSC_VER) && !defined(__clang__)
  int v[4];
  __cpuid(v, 0);
  if (leaf > uint32_t(v[0])) return r;
  __cpuidex(v, int(leaf), int(subleaf));
  r = {uint32_t(v[0]), uint32_t(v[1]), uint32_t(v[2]), uint32_t(v[3])};
#else
  __get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d);
#endif
  return r;
}

// XCR0: which register states the OS saves. Only to be called when the CPU reports OSXSAVE.
uint64_t xcr0() {
#if defined(_MSC_VER) && !defined(__clang__)
  return _xgetbv(0);
#else
  uint32_t lo, hi;
  __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
  return uint64_t(hi) << 32 | lo;
#endif
}

constexpr bool has(uint32_t word, int bit) { return (word >> bit & 1) != 0; }

struct X86Features {
  bool avx2 = false, avx512 = false, avx512bf16 = false, avx512vnni = false;
};

// Bits: Intel SDM volume 2, CPUID; volume 1, 13.2 (XCR0: 1 SSE, 2 AVX, 5 opmask, 6 zmm 0-15 upper halves, 7 zmm 16-31).
X86Features detect() {
  X86Features f;
  const CpuId one = cpuid(1, 0), seven = cpuid(7, 0);
  if (!has(one.c, 27)) return f;  // OSXSAVE
  const uint64_t saved = xcr0();
  const bool os_ymm = (saved & 0x6) == 0x6, os_zmm = (saved & 0xe6) == 0xe6;
  f.avx2 = os_ymm && has(one.c, 28) && has(one.c, 12) && has(seven.b, 5);  // AVX, FMA, AVX2
  f.avx512 =
      f.avx2 && os_zmm && has(seven.b, 16) && has(seven.b, 17) && has(seven.b, 30) && has(seven.b, 31);  // F DQ BW VL
  f.avx512vnni = f.avx512 && has(seven.c, 11);
  f.avx512bf16 = f.avx512 && has(cpuid(7, 1).a, 5);
  return f;
}

#endif

struct Choice {
  const Kernels* tables[3];  // scalar first, best last
  int count = 0;
  const Kernels* best;
  const char* rejected = nullptr;
  const LowKernels* bf16 = nullptr;  // beside the AVX-512 table
  const LowKernels* int8 = nullptr;

  Choice() {
    tables[count++] = &scalar::table;
#if defined(HEBB_X86)
    const X86Features f = detect();
    if (f.avx2) tables[count++] = &avx2::table;
    if (f.avx512) tables[count++] = &avx512::table;
    if (f.avx512bf16) bf16 = &avx512bf16::table;
    if (f.avx512vnni) int8 = &avx512vnni::table;
#elif defined(HEBB_ARM64)
    tables[count++] = &neon::table;  // part of armv8-a
#endif
    best = tables[count - 1];
    const char* wanted = std::getenv("HEBB_ISA");
    if (wanted == nullptr || *wanted == '\0') return;
    for (int i = 0; i < count; ++i) {
      if (std::strcmp(wanted, tables[i]->isa) == 0) {
        best = tables[i];
        return;
      }
    }
    rejected = wanted;
  }
};

const Choice& choice() {
  static const Choice chosen;
  return chosen;
}

}  // namespace

const Kernels& kernels() { return *choice().best; }

const KernelTable<double>& kernels_f64() { return scalar_f64::table; }

int available_kernels(const Kernels** tables, int capacity) {
  const Choice& c = choice();
  const int n = c.count < capacity ? c.count : capacity;
  for (int i = 0; i < n; ++i) tables[i] = c.tables[i];
  return n;
}

const LowKernels* low_kernels(const Kernels& table, Precision precision) {
  if (std::strcmp(table.isa, "avx512") != 0) return nullptr;
  return precision == Precision::bf16 ? choice().bf16 : choice().int8;
}

const char* rejected_isa_override() { return choice().rejected; }

}  // namespace hebb
