#include "core/thread_pool.h"

#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "core/arena.h"
#include "core/pause.h"
#include "core/signal.h"

#if defined(__linux__)
#include <sched.h>
#endif

namespace hebb {

int usable_cpus() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int n = CPU_COUNT(&set);
    if (n > 0) return n;
  }
#endif
  const unsigned n = std::thread::hardware_concurrency();
  return n > 0 ? int(n) : 1;
}

namespace {

// How long an idle worker spins before it sleeps, in pauses (tens of nanoseconds each): within a lease, and after one.
constexpr int kSpinPauses = 4000;
constexpr int kIdlePauses = 4000;
// A caller that waits for stragglers spins this long, then yields between looks.
constexpr int kCallerPauses = 2000;

// The CPU this thread runs on, -1 where the system does not say.
int current_cpu() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

// The CPUs that a worker may use when it holds itself on one of them; given back at the end.
struct Seat {
#if defined(__linux__)
  cpu_set_t allowed;
  bool held = false;
  ~Seat() {
    if (held) sched_setaffinity(0, sizeof allowed, &allowed);
  }
#endif
};

}  // namespace

// `epoch` is odd while a loop is open. A worker first says that it is `busy`, then looks whether a loop is open; the
// caller first closes the loop, then waits until nobody is busy (both sequentially consistent), so a worker that wakes
// late never touches a loop that is over, and nobody waits for a worker that sleeps.
//
// Each member has a share of the chunks, the same run of them in every loop of as many, and helps with the others'
// shares when its own is done: what it wrote in one loop is in its caches in the next. In a loop of fewer chunks than
// members those without a share leave the others alone.
//
// Nothing that many members write lies in one cache line: lines that wander cost more than short loops.
struct Crew {
  struct Member {
    // The chunks taken of its share. The upper 16 bits say in which loop, so that nobody has to reset it before each,
    // and the line stays in its owner's cache while nobody helps.
    alignas(64) std::atomic<uint64_t> taken{0};
    alignas(64) std::atomic<bool> busy{false};
    alignas(64) std::atomic<int> cpu{-1};  // where it was when a loop began
  };
  static constexpr uint32_t kLoops = 1u << 16;
  static constexpr int kLoopShift = 48;

  alignas(64) Signal epoch;
  alignas(64) std::atomic<int> sleepers{0};
  std::atomic<bool> dismissed{false};
  std::atomic<int> present;  // workers that have not yet left, and the caller
  int size;                  // workers + the caller
  int64_t chunks = 0;
  void (*fn)(void*, int64_t, int) = nullptr;
  void* context = nullptr;
  bool crowded;  // more members than CPUs
  std::unique_ptr<Member[]> members;

  explicit Crew(int threads)
      : present(threads), size(threads), crowded(threads > usable_cpus()), members(new Member[size_t(threads)]) {}

  // Gives the CPU.
  int note_cpu(int member) {
    const int cpu = current_cpu();
    std::atomic<int>& noted = members[size_t(member)].cpu;
    if (noted.load(std::memory_order_relaxed) != cpu) noted.store(cpu, std::memory_order_relaxed);
    return cpu;
  }

  bool taken(int cpu, int but) const {
    for (int i = 0; i < size; ++i) {
      if (i != but && members[size_t(i)].cpu.load(std::memory_order_relaxed) == cpu) return true;
    }
    return false;
  }

  // A system may put threads on the CPU of the one that wakes them, and leave them there for long although others idle.
  // A worker that finds itself on a CPU of its crew moves to one that is not, and stays there until it leaves the crew.
  void settle(int worker, Seat& seat) {
    const int here = note_cpu(worker);
#if defined(__linux__)
    if (crowded || !taken(here, worker)) return;
    if (!seat.held && sched_getaffinity(0, sizeof seat.allowed, &seat.allowed) != 0) return;
    for (int step = 1; step < CPU_SETSIZE; ++step) {
      const int cpu = (here + step) % CPU_SETSIZE;
      if (!CPU_ISSET(cpu, &seat.allowed) || taken(cpu, worker)) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      if (sched_setaffinity(0, sizeof one, &one) == 0) seat.held = true;
      note_cpu(worker);
      return;
    }
#else
    (void)here, (void)seat;
#endif
  }

  int64_t share_begin(int member) const { return (chunks * member + size - 1) / size; }

  // The next chunk of a member's share, -1 when all are taken.
  int64_t claim(int member, uint64_t loop) {
    const int64_t begin = share_begin(member), count = share_begin(member + 1) - begin;
    if (count == 0) return -1;
    std::atomic<uint64_t>& taken = members[size_t(member)].taken;
    uint64_t seen = taken.load(std::memory_order_relaxed);
    while (seen >> kLoopShift != loop) {
      if (taken.compare_exchange_weak(seen, loop << kLoopShift | 1, std::memory_order_relaxed)) return begin;
    }
    constexpr uint64_t kCount = (uint64_t(1) << kLoopShift) - 1;
    if (int64_t(seen & kCount) >= count) return -1;
    const int64_t at = int64_t(taken.fetch_add(1, std::memory_order_relaxed) & kCount);
    return at < count ? begin + at : -1;
  }

  void work(int worker, uint32_t now) {
    if (worker > 0 && share_begin(worker) == share_begin(worker + 1)) return;
    const uint64_t loop = now % kLoops;
    for (int step = 0; step < size; ++step) {
      const int member = worker + step < size ? worker + step : worker + step - size;
      for (int64_t chunk = claim(member, loop); chunk >= 0; chunk = claim(member, loop)) fn(context, chunk, worker);
    }
  }

  void serve(int worker) {
    uint32_t seen = 0;
    Seat seat;
    for (;;) {
      settle(worker, seat);
      uint32_t now = epoch.load(std::memory_order_acquire);
      for (int i = 0; now == seen && i < kSpinPauses; ++i) {
        cpu_pause();
        now = epoch.load(std::memory_order_acquire);
      }
      if (now == seen) {
        sleepers.fetch_add(1);
        epoch.wait(seen);
        sleepers.fetch_sub(1);
        settle(worker, seat);
        now = epoch.load(std::memory_order_acquire);
      }
      if (dismissed.load(std::memory_order_acquire)) return;
      seen = now;
      if ((now & 1u) == 0) continue;
      std::atomic<bool>& busy = members[size_t(worker)].busy;
      busy.store(true);
      if (epoch.load() == now) work(worker, now);
      busy.store(false, std::memory_order_release);
    }
  }
};

struct ThreadPool::Impl {
  struct Worker {
    Signal turn;
    std::atomic<bool> awake{false};
    Crew* crew = nullptr;
    int index = 0;
  };

  std::mutex mutex;
  std::vector<Worker*> idle;
  int limit = 1;
  int leased = 0;  // workers out on leases

  void serve_forever(Worker* worker) {
    uint32_t turn = 0;
    for (;;) {
      for (int i = 0; worker->turn.load(std::memory_order_acquire) == turn && i < kIdlePauses; ++i) cpu_pause();
      worker->awake.store(false, std::memory_order_relaxed);
      worker->turn.wait(turn);
      turn = worker->turn.load(std::memory_order_acquire);
      Crew* crew = worker->crew;
      crew->serve(worker->index);
      {
        std::lock_guard<std::mutex> lock(mutex);
        worker->awake.store(true, std::memory_order_relaxed);
        idle.push_back(worker);
        --leased;
      }
      if (crew->present.fetch_sub(1) == 1) delete crew;  // the last one out; the caller left before
    }
  }

  Worker* take() {
    if (!idle.empty()) {
      Worker* worker = idle.back();
      idle.pop_back();
      return worker;
    }
    Worker* worker = new (std::nothrow) Worker();
    if (worker == nullptr) return nullptr;
    try {
      std::thread([this, worker] { serve_forever(worker); }).detach();
    } catch (...) {  // no more threads to be had: the lease gets fewer
      delete worker;
      return nullptr;
    }
    return worker;
  }
};

struct Lease::Scratch {
  std::vector<AlignedBuffer> buffers;
};

// Never destroyed: workers outlive static destruction.
ThreadPool& ThreadPool::instance() {
  static ThreadPool* pool = new ThreadPool();
  return *pool;
}

ThreadPool::ThreadPool() : impl_(new Impl()) { impl_->limit = usable_cpus(); }

int ThreadPool::threads() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->limit;
}

void ThreadPool::set_threads(int n) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->limit = n < 1 ? 1 : n > 256 ? 256 : n;
}

bool ThreadPool::warm() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->leased < impl_->limit - 1 && !impl_->idle.empty() &&
         impl_->idle.back()->awake.load(std::memory_order_relaxed);
}

Lease ThreadPool::lease(int max_threads) {
  Lease lease;
  lease.scratch_ = new Lease::Scratch();
  std::vector<Impl::Worker*> taken;
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    const int wanted = (max_threads <= 0 || max_threads > impl_->limit ? impl_->limit : max_threads) - 1;
    while (int(taken.size()) < wanted && impl_->leased < impl_->limit - 1) {
      Impl::Worker* worker = impl_->take();
      if (worker == nullptr) break;
      taken.push_back(worker);
      ++impl_->leased;
    }
  }
  lease.scratch_->buffers.resize(taken.size() + 1);
  if (taken.empty()) return lease;
  Crew* crew = new Crew(int(taken.size()) + 1);
  crew->note_cpu(0);
  lease.crew_ = crew;
  int index = 1;
  for (Impl::Worker* worker : taken) {
    worker->crew = crew;
    worker->index = index++;
    worker->turn.fetch_add(1, std::memory_order_release);
    worker->turn.notify_all();
  }
  return lease;
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    crew_ = std::exchange(other.crew_, nullptr);
    scratch_ = std::exchange(other.scratch_, nullptr);
  }
  return *this;
}

int Lease::threads() const { return crew_ == nullptr ? 1 : crew_->size; }

void Lease::run(int64_t chunks, ChunkFn fn, void* context) {
  Crew& crew = *crew_;
  crew.chunks = chunks;
  crew.fn = fn;
  crew.context = context;
  crew.note_cpu(0);
  if (crew.epoch.load(std::memory_order_relaxed) % Crew::kLoops == 0) {  // numbers of loops begin anew
    for (int i = 0; i < crew.size; ++i) crew.members[size_t(i)].taken.store(0, std::memory_order_relaxed);
  }
  const uint32_t now = crew.epoch.fetch_add(1) + 1;
  if (crew.sleepers.load() > 0) crew.epoch.notify_all();
  crew.work(0, now);
  crew.epoch.fetch_add(1);
  for (int i = 0, member = 1; member < crew.size; ++i) {
    if (!crew.members[size_t(member)].busy.load()) {
      ++member;
    } else if (i < kCallerPauses) {
      cpu_pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void Lease::release() {
  delete std::exchange(scratch_, nullptr);
  Crew* crew = std::exchange(crew_, nullptr);
  if (crew == nullptr) return;
  crew->dismissed.store(true, std::memory_order_release);
  crew->epoch.fetch_add(2);
  crew->epoch.notify_all();
  if (crew->present.fetch_sub(1) == 1) delete crew;
}

void* Lease::scratch(int worker, size_t bytes) {
  if (scratch_ == nullptr) {
    scratch_ = new (std::nothrow) Scratch();
    if (scratch_ == nullptr) return nullptr;
    scratch_->buffers.resize(1);
  }
  AlignedBuffer& buffer = scratch_->buffers[size_t(worker)];
  if (buffer.size() < bytes && !buffer.resize(bytes + bytes / 2)) return nullptr;
  return buffer.data();
}

}  // namespace hebb
