// Numbers and places in messages.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>

namespace hebb {

// Six significant digits without a tail of zeros.
inline std::string written(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

inline std::string written_place(int64_t i, int64_t j) {
  char text[64];
  std::snprintf(text, sizeof text, "(%lld, %lld)", static_cast<long long>(i), static_cast<long long>(j));
  return text;
}

// What to do about values that are too large or too alike; ends a sentence.
inline std::string scaling_advice() { return ": scale the columns, with StandardScaler for example."; }

}  // namespace hebb
