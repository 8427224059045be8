// A very small test harness: TEST(name) { ... CHECK(condition) ... }. main.cc runs every test, or those whose name
// contains an argument.
#pragma once
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace check {

struct Case {
  std::string name;
  std::function<void()> body;
};
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
struct Registrar {
  Registrar(const char* name, std::function<void()> body) { cases().push_back({name, std::move(body)}); }
};
inline int& failures() {
  static int count = 0;
  return count;
}
inline void fail(const char* file, int line, const std::string& what) {
  if (++failures() <= 50) std::fprintf(stderr, "  %s:%d: %s\n", file, line, what.c_str());
}

}  // namespace check

#define TEST(name)                                                     \
  static void test_##name();                                           \
  static const check::Registrar registrar_##name(#name, &test_##name); \
  static void test_##name()

#define CHECK(condition)                                           \
  do {                                                             \
    if (!(condition)) check::fail(__FILE__, __LINE__, #condition); \
  } while (0)

// With a printf-style note of the values that failed.
#define CHECK_NOTE(condition, ...)                                           \
  do {                                                                       \
    if (!(condition)) {                                                      \
      char note_[256];                                                       \
      std::snprintf(note_, sizeof note_, __VA_ARGS__);                       \
      check::fail(__FILE__, __LINE__, std::string(#condition ": ") + note_); \
    }                                                                        \
  } while (0)
