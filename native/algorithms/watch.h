// What a long computation looks at: whether it shall end, and whom it tells how far it is.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>

#include "core/job.h"
#include "core/status.h"

namespace hebb {

struct Watch {
  const CancelFlag* cancel = nullptr;
  std::function<void(double)> progress;  // the fraction done, 0 to 1; called on the thread that runs the job

  bool cancelled() const { return cancel != nullptr && cancel->is_requested(); }
  void tell(double done) const {
    if (progress) progress(done);
  }
  // Aborted when it shall end, else ok.
  Status status() const { return cancelled() ? Status::aborted("The operation was aborted.") : Status{}; }
  // A part of this work that takes its fractions from `begin` to `end`.
  Watch part(double begin, double end) const {
    if (!progress) return {cancel, {}};
    return {cancel, [tell = progress, begin, end](double done) { tell(begin + (end - begin) * done); }};
  }
};

// Counts the units of a parallel loop.
class Meter {
 public:
  Meter(const Watch& watch, int64_t units) : watch_(watch), units_(units) {}
  // False when the rest of the loop shall be left.
  bool go() const { return !watch_.cancelled(); }
  void add(int64_t units, int worker) {
    const int64_t now = done_.fetch_add(units, std::memory_order_relaxed) + units;
    if (worker == 0) watch_.tell(double(now) / double(units_));
  }

 private:
  const Watch& watch_;
  const int64_t units_;
  std::atomic<int64_t> done_{0};
};

}  // namespace hebb
