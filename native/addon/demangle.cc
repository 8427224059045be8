// A binary that carries its C++ runtime would carry the demangler too, 57 kB (libstdc++) or 65 kB (libc++abi) of code
// whose one user is the message about an exception that nobody caught. With this in its place, the message has the
// mangled name of the exception's type.
#if defined(__linux__) || defined(__MINGW32__)
#include <cstddef>

extern "C" char* __cxa_demangle(const char*, char*, size_t*, int* status) {
  if (status != nullptr) *status = -2;  // "not a mangled name"
  return nullptr;
}
#endif
