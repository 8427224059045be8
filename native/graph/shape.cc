#include "graph/shape.h"

namespace hebb::graph {

std::string to_string(const Dim& dim) {
  std::string text;
  if (dim.factor != 1 || dim.symbols == 0) text = std::to_string(dim.factor);
  if (dim.symbols & kBatch) text += text.empty() ? "B" : "*B";
  if (dim.symbols & kTime) text += text.empty() ? "T" : "*T";
  return text;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank; ++i) {
    if (i > 0) text += ", ";
    text += to_string(shape.dims[i]);
  }
  return text + "]";
}

}  // namespace hebb::graph
