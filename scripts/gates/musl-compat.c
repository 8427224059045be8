// What Debian's libstdc++.so.6 and libgcc_s.so.1 take from glibc and musl lacks, so that a program that needs them runs
// on Debian's musl: a test bed for the musl gate, under the name of glibc's loader, which both libraries ask for.
#include <stddef.h>
#include <unistd.h>

struct tm;
size_t strftime_l(char *, size_t, const char *, const struct tm *, void *);

char __libc_single_threaded = 0;

// For __builtin_cpu_supports, which libgcc_s.so.1 itself binds; musl's loader skips its versioned definition.
struct {
  unsigned words[4];
} __cpu_model;
int __cpu_indicator_init(void) { return 0; }

// Destructors of thread-local objects are not run; the process under test ends with its main thread.
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) {
  (void)destroy, (void)object, (void)library;
  return 0;
}

// "Unknown": libgcc then walks dl_iterate_phdr.
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

unsigned arc4random(void) {
  unsigned value;
  getentropy(&value, sizeof value);
  return value;
}

size_t __strftime_l(char *out, size_t size, const char *format, const struct tm *time, void *locale) {
  return strftime_l(out, size, format, time, locale);
}
