// Background work on threads of our own (never libuv's four): a job thread runs one job at a time and is kept for the
// next one.
#pragma once
#include <atomic>
#include <functional>

namespace hebb {

// Set by the side that wants a job to end; looked at by the job at least once a minibatch, iteration or sentence.
struct CancelFlag {
  std::atomic<bool> requested{false};
  void request() { requested.store(true, std::memory_order_relaxed); }
  bool is_requested() const { return requested.load(std::memory_order_relaxed); }
};

// Runs `work` on a job thread. False when no thread can be had. `work` must not throw.
bool run_job(std::function<void()> work);

}  // namespace hebb
