// Interleaved timing: every contender runs once a round, in turn, so that a change of clock or a busy neighbour meets
// all of them; medians over the rounds are compared.
#pragma once
#include <time.h>

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/thread_pool.h"

namespace bench {

struct Contender {
  std::string name;
  std::function<void()> run;
  std::vector<double> seconds;  // one call, a round each

  double median() const {
    std::vector<double> s = seconds;
    std::sort(s.begin(), s.end());
    return s.empty() ? 0 : s[s.size() / 2];
  }
  double best() const { return *std::min_element(seconds.begin(), seconds.end()); }
};

// Work of one thread is timed by the CPU time of that thread, which a busy machine does not inflate; work of several by
// the wall clock.
enum class Clock { thread, wall };

inline double now(Clock clock) {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  timespec t;
  if (clock == Clock::thread && clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0) {
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
  }
#endif
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds until threads that share a CPU are apart.
constexpr double kSpread = 0.012;

inline double time_calls(const std::function<void()>& run, int calls, Clock clock) {
  const double start = now(clock);
  for (int i = 0; i < calls; ++i) run();
  return (now(clock) - start) / calls;
}

// Calls for `seconds`, untimed: threads that slept are awake afterwards, and the system has had the time to give each a
// CPU of its own.
inline void warm(const std::function<void()>& run, double seconds) {
  const double end = now(Clock::wall) + seconds;
  do run();
  while (now(Clock::wall) < end);
}

// `between` runs before each measurement (untimed). Each measurement lasts about `slice` seconds.
inline void race(std::vector<Contender>& all, int rounds, double slice, Clock clock,
                 const std::function<void()>& between) {
  std::vector<int> calls;
  for (Contender& c : all) {
    warm(c.run, clock == Clock::wall ? kSpread : 0);
    const double once = time_calls(c.run, 1, clock);
    calls.push_back(std::clamp(int(slice / (once + 1e-9)), 1, 100000));
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      between();
      warm(all[i].run, clock == Clock::wall ? kSpread : 0);
      all[i].seconds.push_back(time_calls(all[i].run, calls[i], clock));
    }
  }
}

// Wakes the threads of a lease and puts each on a CPU of its own, where it may stay: woken together they can begin on
// one, and on a busy machine they would stay there.
inline void spread(hebb::Lease& lease) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (lease.threads() < 2 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  if (lease.threads() > int(cpus.size())) return;
  std::atomic<int> arrived{0};
  lease.parallel_for(lease.threads(), [&](int64_t, int worker) {
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(cpus[size_t(worker)], &own);
    sched_setaffinity(0, sizeof own, &own);
    arrived.fetch_add(1);
    while (arrived.load() < lease.threads()) std::this_thread::yield();
    sched_setaffinity(0, sizeof allowed, &allowed);
  });
#else
  (void)lease;
#endif
}

}  // namespace bench
