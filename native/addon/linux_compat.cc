// Lets a binary that was linked against a newer glibc load on an older one (2.28 and up on both architectures).
//
// - gcc >= 11 reads `__libc_single_threaded` (glibc 2.32) in shared_ptr.
// - With glibc 2.34 the pthread functions moved into libc itself and got a new version there; exp, log and their like
//   got one with 2.29, hypot with 2.35.
// The linker's --wrap (glibc_ldflags in sources.gypi) sends the calls here, those of a static libstdc++ too, and
// .symver binds them to the version that every glibc has. scripts/check-binary.mjs fails on a symbol that is too new.
#if defined(__linux__)
#include <pthread.h>
#include <signal.h>
#endif

#ifdef __GLIBC__
#if defined(__x86_64__)
#define HEBB_OLD_GLIBC "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define HEBB_OLD_GLIBC "GLIBC_2.17"
#endif

#ifdef HEBB_OLD_GLIBC
#define HEBB_WRAP(result, name, parameters, arguments)              \
  __asm__(".symver hebb_old_" #name ", " #name "@" HEBB_OLD_GLIBC); \
  result hebb_old_##name parameters;                                \
  result __wrap_##name parameters { return hebb_old_##name arguments; }
#else
#define HEBB_WRAP(result, name, parameters, arguments) \
  result __real_##name parameters;                     \
  result __wrap_##name parameters { return __real_##name arguments; }
#endif

extern "C" {

#ifdef HEBB_OLD_GLIBC
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
#endif

HEBB_WRAP(int, pthread_create,
          (pthread_t * thread, const pthread_attr_t* attributes, void* (*start)(void*), void* data),
          (thread, attributes, start, data))
HEBB_WRAP(int, pthread_join, (pthread_t thread, void** result), (thread, result))
HEBB_WRAP(int, pthread_detach, (pthread_t thread), (thread))
HEBB_WRAP(int, pthread_once, (pthread_once_t * once, void (*start)()), (once, start))
HEBB_WRAP(int, pthread_key_create, (pthread_key_t * key, void (*destroy)(void*)), (key, destroy))
HEBB_WRAP(int, pthread_key_delete, (pthread_key_t key), (key))
HEBB_WRAP(void*, pthread_getspecific, (pthread_key_t key), (key))
HEBB_WRAP(int, pthread_setspecific, (pthread_key_t key, const void* value), (key, value))
HEBB_WRAP(int, pthread_sigmask, (int how, const sigset_t* set, sigset_t* old), (how, set, old))
HEBB_WRAP(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))

HEBB_WRAP(double, exp, (double x), (x))
HEBB_WRAP(double, exp2, (double x), (x))
HEBB_WRAP(double, log, (double x), (x))
HEBB_WRAP(double, log2, (double x), (x))
HEBB_WRAP(double, pow, (double x, double y), (x, y))
HEBB_WRAP(double, hypot, (double x, double y), (x, y))
HEBB_WRAP(float, hypotf, (float x, float y), (x, y))

}  // extern "C"
#endif
