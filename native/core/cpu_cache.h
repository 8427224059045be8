// Sizes of this machine's caches, for blocking. They move work between caches, never a bit of a result.
#pragma once
#include <cstdint>

namespace hebb {

// Bytes of the data cache of `level` (1 or 2: of one core), or a common size where the system does not say.
int64_t cpu_cache_bytes(int level);

}  // namespace hebb
