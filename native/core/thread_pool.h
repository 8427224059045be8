// One process-wide pool of compute threads that jobs lease from.
//
// A job takes a Lease for up to n threads (itself included) and runs parallel loops on it. While a lease is held its
// workers belong to it: between loops they spin for a short time, then sleep. When fewer workers are free than asked
// for, the lease simply has fewer: results do not change, because loops are cut into chunks whose bounds the caller
// derives from the shape alone.
//
// A worker that comes back spins a little before it sleeps, so that a caller that leases again and again, as a server
// that predicts does, finds it awake (`warm`). Threads of a lease that wake up on one CPU part (Linux).
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace hebb {

// CPUs that this process may use.
int usable_cpus();

class ThreadPool;
struct Crew;  // the shared control block of a lease (thread_pool.cc)

class Lease {
 public:
  Lease() = default;  // one thread: loops run inline
  Lease(Lease&& other) noexcept
      : crew_(std::exchange(other.crew_, nullptr)), scratch_(std::exchange(other.scratch_, nullptr)) {}
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  ~Lease() { release(); }

  // Threads this lease can run on, the caller included.
  int threads() const;

  // Runs fn(chunk, worker) once for each chunk in [0, chunks); worker is in [0, threads()). Chunks are claimed in any
  // order by any worker. Returns when all are done. `fn` must not throw and must not start another loop on this lease.
  template <class F>
  void parallel_for(int64_t chunks, F&& fn) {
    if (chunks <= 1 || crew_ == nullptr) {
      for (int64_t i = 0; i < chunks; ++i) fn(i, 0);
      return;
    }
    using Fn = std::remove_reference_t<F>;
    run(
        chunks, [](void* context, int64_t chunk, int worker) { (*static_cast<Fn*>(context))(chunk, worker); },
        const_cast<void*>(static_cast<const void*>(&fn)));
  }

  // 64-byte aligned scratch of a worker, at least `bytes` long, kept between calls (contents are not); null when the
  // system is out of memory. Grow it before a loop in which allocation would hurt.
  void* scratch(int worker, size_t bytes);

 private:
  friend class ThreadPool;
  using ChunkFn = void (*)(void* context, int64_t chunk, int worker);
  void run(int64_t chunks, ChunkFn fn, void* context);
  void release();
  struct Scratch;
  Crew* crew_ = nullptr;
  Scratch* scratch_ = nullptr;
};

class ThreadPool {
 public:
  static ThreadPool& instance();
  // At most `max_threads` threads (0: the pool's size), the caller included.
  Lease lease(int max_threads);
  // Whether a worker that could be leased is awake: a lease then costs about a microsecond, else a system call, and the
  // worker arrives some tens of microseconds later.
  bool warm() const;
  // The pool's size, callers included: defaults to the CPUs this process may run on.
  int threads() const;
  // 1 <= n <= 256. Leases already taken keep what they have.
  void set_threads(int n);

 private:
  ThreadPool();
  struct Impl;
  Impl* impl_;
  friend class Lease;
};

// Chunks of `grain` elements that cover n; bounds depend on n and grain alone.
inline int64_t chunk_count(int64_t n, int64_t grain) { return n <= 0 ? 0 : (n + grain - 1) / grain; }

// Splits [0, n) into chunks of `grain` and calls fn(begin, end, worker) for each.
template <class F>
void parallel_range(Lease& lease, int64_t n, int64_t grain, F&& fn) {
  lease.parallel_for(chunk_count(n, grain), [&](int64_t chunk, int worker) {
    const int64_t begin = chunk * grain, end = begin + grain < n ? begin + grain : n;
    fn(begin, end, worker);
  });
}

}  // namespace hebb
