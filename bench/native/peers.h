// The sgemm of other libraries, each behind one function type. CMake defines HEBB_HAVE_OPENBLAS, HEBB_HAVE_DNNL and
// HEBB_HAVE_XSMM for those it finds.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

struct Shape {
  const char* name;
  bool ta, tb;
  int64_t M, N, K;
};

struct Peer {
  std::string name;
  std::function<void()> run;  // C = op(A) * op(B), contiguous row-major
  bool prepacked;             // B was laid out beforehand, not timed
};

// The peers that can do this shape; A, B, C must outlive them.
std::vector<Peer> make_peers(const Shape& shape, int threads, const float* A, const float* B, float* C);
// "OpenBLAS 0.3.21, oneDNN 2.6.3, ..."
std::string peer_versions();

}  // namespace bench
