#include "graph/dataset.h"

#include <atomic>
#include <cstring>

#include "graph/moments.h"
#include "kernels/kernels.h"

namespace hebb::graph {

namespace {

// 2 MiB: a huge page of fresh memory goes to one thread. And what is only looked at, a few microseconds' work.
constexpr int64_t kPiece = int64_t(1) << 19, kLook = int64_t(1) << 14;

// The first bad position of pieces that are looked at in any order. A piece behind one that is known need not be read.
struct FirstBad {
  std::atomic<int64_t> at{INT64_MAX};
  void look(int64_t begin, int64_t end, const float* x) {
    if (begin > at.load(std::memory_order_relaxed)) return;
    const int64_t found = kernels().find_nonfinite(end - begin, x + begin);
    if (found < 0) return;
    int64_t known = at.load();
    while (begin + found < known && !at.compare_exchange_weak(known, begin + found)) {
    }
  }
  int64_t position() const { return at.load() == INT64_MAX ? -1 : at.load(); }
};

}  // namespace

int64_t find_nonfinite(Lease& lease, int64_t n, const float* x) {
  FirstBad bad;
  parallel_range(lease, n, kLook, [&](int64_t begin, int64_t end, int) { bad.look(begin, end, x); });
  return bad.position();
}

Status Column::own() {
  const size_t bytes = size_t(count()) * 4;
  if (!memory_.resize(bytes)) {
    return Status::out_of_memory("Expected " + std::to_string(bytes >> 20) +
                                 " MiB for a data set, the system refused.");
  }
  data_ = memory_.data();
  return {};
}

Status Column::copy(Lease& lease, const void* data) {
  HEBB_RETURN_IF_ERROR(own());
  const char* from = static_cast<const char*>(data);
  char* to = memory_.as<char>();
  parallel_range(lease, count(), kPiece, [&](int64_t begin, int64_t end, int) {
    std::memcpy(to + begin * 4, from + begin * 4, size_t(end - begin) * 4);
  });
  return {};
}

Status Column::copy_finite(Lease& lease, const float* data, int64_t* bad) {
  HEBB_RETURN_IF_ERROR(own());
  FirstBad first;
  float* to = memory_.as<float>();
  parallel_range(lease, count(), kPiece, [&](int64_t begin, int64_t end, int) {
    std::memcpy(to + begin, data + begin, size_t(end - begin) * sizeof(float));
    first.look(begin, end, to);  // the copy: what is checked is what is kept, whoever else writes to the original
  });
  *bad = first.position();
  return {};
}

Status Column::standardize(Lease& lease, const double* center, const double* scale) {
  const float* from = reals();
  if (borrowed()) HEBB_RETURN_IF_ERROR(own());
  Affine f;
  f.center = center;
  f.scale = scale;
  transform_columns(lease, rows, width, from, f, memory_.as<float>());
  return {};
}

bool Dataset::borrowed() const {
  for (const auto& column : columns)
    if (column->borrowed()) return true;
  return false;
}

}  // namespace hebb::graph
