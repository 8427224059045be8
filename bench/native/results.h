// The times of contenders as JSON, which bench/src turns into tables.
#pragma once
#include <cstdio>
#include <string>
#include <vector>

#include "stopwatch.h"

namespace bench {

struct Work {
  double amount;  // of one call
  const char* unit;
};

struct Limit {
  double rate;  // units of work a second; 0: none
  const char* name;
};

// {"isa", "peers", "cases": [{"case", "work", "limit", "contestants": [{"name", "seconds": [...]}]}]}
class Results {
 public:
  Results(const std::string& isa, const std::string& peers)
      : text_("{\"isa\": \"" + isa + "\", \"peers\": \"" + peers + "\", \"cases\": [") {}

  void add(const std::string& name, const Work& work, const Limit& limit, const std::vector<Contender>& all) {
    text_ += (empty_ ? "\n" : ",\n");
    empty_ = false;
    text_ += "{\"case\": \"" + name + "\", \"work\": " + pair("amount", work.amount, "unit", work.unit);
    if (limit.rate > 0) text_ += ", \"limit\": " + pair("rate", limit.rate, "name", limit.name);
    text_ += ", \"contestants\": [";
    for (size_t i = 0; i < all.size(); ++i) {
      text_ += std::string(i == 0 ? "" : ", ") + "{\"name\": \"" + all[i].name + "\", \"seconds\": [";
      for (size_t j = 0; j < all[i].seconds.size(); ++j) text_ += (j == 0 ? "" : ", ") + number(all[i].seconds[j]);
      text_ += "]}";
    }
    text_ += "]}";
  }

  // False when the file cannot be written.
  bool write(const char* path) const {
    FILE* file = std::fopen(path, "w");
    if (file == nullptr) {
      std::fprintf(stderr, "Cannot write %s.\n", path);
      return false;
    }
    const bool written = std::fprintf(file, "%s\n]}\n", text_.c_str()) > 0;
    return std::fclose(file) == 0 && written;
  }

 private:
  static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
  }
  static std::string pair(const char* a, double value, const char* b, const char* word) {
    return std::string("{\"") + a + "\": " + number(value) + ", \"" + b + "\": \"" + word + "\"}";
  }

  std::string text_;
  bool empty_ = true;
};

}  // namespace bench
