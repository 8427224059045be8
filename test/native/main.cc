#include <cstring>

#include "check.h"

int main(int argc, char** argv) {
  int ran = 0, failed = 0;
  for (const check::Case& test : check::cases()) {
    bool chosen = argc < 2;
    for (int i = 1; i < argc; ++i) chosen = chosen || test.name.find(argv[i]) != std::string::npos;
    if (!chosen) continue;
    const int before = check::failures();
    std::printf("%s\n", test.name.c_str());
    std::fflush(stdout);
    test.body();
    ++ran;
    if (check::failures() != before) {
      std::printf("  FAILED\n");
      ++failed;
    }
  }
  std::printf("%d passed, %d failed\n", ran - failed, failed);
  return failed == 0 && ran > 0 ? 0 : 1;
}
