// Interleaved timing: every contender runs once a round, in turn, so that a change of clock or a busy neighbour meets
// all of them; medians over the rounds are compared.
#pragma once
#include <time.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

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

inline double time_calls(const std::function<void()>& run, int calls, Clock clock) {
  const double start = now(clock);
  for (int i = 0; i < calls; ++i) run();
  return (now(clock) - start) / calls;
}

// `between` runs before each measurement (untimed). Each measurement lasts about `slice` seconds.
inline void race(std::vector<Contender>& all, int rounds, double slice, Clock clock,
                 const std::function<void()>& between) {
  std::vector<int> calls;
  for (Contender& c : all) {
    c.run();
    const double once = time_calls(c.run, 1, clock);
    calls.push_back(std::clamp(int(slice / (once + 1e-9)), 1, 100000));
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      between();
      all[i].run();
      all[i].seconds.push_back(time_calls(all[i].run, calls[i], clock));
    }
  }
}

}  // namespace bench
