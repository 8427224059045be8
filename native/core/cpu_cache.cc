#include "core/cpu_cache.h"

#if defined(__linux__)
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace hebb {

namespace {

// 0 when unknown.
int64_t ask(int level) {
#if defined(__linux__) && defined(_SC_LEVEL2_CACHE_SIZE)
  return sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : _SC_LEVEL2_CACHE_SIZE);
#elif defined(__APPLE__)
  int64_t bytes = 0;
  size_t size = sizeof bytes;
  // The performance cores', which several of them share.
  const char* name = level == 1 ? "hw.perflevel0.l1dcachesize" : "hw.perflevel0.l2cachesize";
  if (sysctlbyname(name, &bytes, &size, nullptr, 0) != 0) return 0;
  return level == 1 ? bytes : bytes / 4;
#else
  (void)level;
  return 0;
#endif
}

int64_t bounded(int64_t bytes, int64_t usual, int64_t least, int64_t most) {
  return bytes <= 0 ? usual : bytes < least ? least : bytes > most ? most : bytes;
}

}  // namespace

int64_t cpu_cache_bytes(int level) {
  static const int64_t l1 = bounded(ask(1), 32 << 10, 16 << 10, 256 << 10);
  static const int64_t l2 = bounded(ask(2), 512 << 10, 256 << 10, 4 << 20);
  return level == 1 ? l1 : l2;
}

}  // namespace hebb
