// What a thread does between two looks at something that another one changes.
#pragma once

namespace hebb {

#if defined(__x86_64__) || defined(_M_X64) || defined(__i386__)
inline void cpu_pause() { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
inline void cpu_pause() { asm volatile("yield"); }
#else
inline void cpu_pause() {}
#endif

}  // namespace hebb
