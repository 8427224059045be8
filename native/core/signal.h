// A number that threads sleep on until it changes: std::atomic with wait and notify, but for Windows. There libstdc++
// 12 looks at the number for the last time before it takes its lock, and notifies without the lock: a call in between
// was missed, and a worker of the pool lost for good.
#pragma once
#include <atomic>
#include <cstdint>

#if defined(_WIN32)
#include <condition_variable>
#include <mutex>
#endif

namespace hebb {

class Signal {
 public:
  uint32_t load(std::memory_order order = std::memory_order_seq_cst) const { return value_.load(order); }
  uint32_t fetch_add(uint32_t n, std::memory_order order = std::memory_order_seq_cst) {
    return value_.fetch_add(n, order);
  }

  // Returns when the number is not `seen`: at once, or after a notify_all() that followed its change.
  void wait(uint32_t seen) {
#if defined(_WIN32)
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return value_.load() != seen; });
#else
    value_.wait(seen);
#endif
  }

  void notify_all() {
#if defined(_WIN32)
    { std::lock_guard<std::mutex> lock(mutex_); }  // who has looked before the change is asleep now
    changed_.notify_all();
#else
    value_.notify_all();
#endif
  }

 private:
  std::atomic<uint32_t> value_{0};
#if defined(_WIN32)
  std::mutex mutex_;
  std::condition_variable changed_;
#endif
};

}  // namespace hebb
