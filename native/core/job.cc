#include "core/job.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/pause.h"
#include "core/thread_pool.h"

namespace hebb {

namespace {

using Clock = std::chrono::steady_clock;

// Jobs that follow each other within this time are a series (the short epochs of a small net): their thread stays awake
// so long for the next one, as waking it takes longer than such a job. On a lone CPU it would be in the way of the
// thread that calls.
constexpr auto kSeries = std::chrono::microseconds(300);

struct JobThread {
  std::condition_variable wake;
  std::function<void()> work;
  std::atomic<bool> called{false};  // `work` is there
  Clock::time_point since;          // when it became idle
  bool in_series = false;           // whether its newest job came soon after that
};

struct JobThreads {
  std::mutex mutex;
  std::vector<JobThread*> idle;
  const bool may_stay_awake = usable_cpus() > 1;

  void serve(JobThread* self) {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      if (!self->work && self->in_series) {
        lock.unlock();
        stay_awake(*self);
        lock.lock();
      }
      self->wake.wait(lock, [self] { return bool(self->work); });
      std::function<void()> work = std::move(self->work);
      self->work = nullptr;
      self->called.store(false, std::memory_order_relaxed);
      lock.unlock();
      work();
      work = nullptr;  // captured state is freed before the thread counts as idle
      lock.lock();
      self->since = Clock::now();
      idle.push_back(self);
    }
  }

  static void stay_awake(const JobThread& self) {
    for (uint32_t looks = 1; !self.called.load(std::memory_order_relaxed); ++looks) {
      cpu_pause();
      if (looks % 64 == 0 && Clock::now() - self.since > kSeries) return;
    }
  }
};

// Never destroyed: job threads outlive static destruction.
JobThreads& job_threads() {
  static JobThreads* threads = new JobThreads();
  return *threads;
}

}  // namespace

bool run_job(std::function<void()> work) {
  JobThreads& threads = job_threads();
  std::unique_lock<std::mutex> lock(threads.mutex);
  if (threads.idle.empty()) {
    JobThread* thread = new JobThread();
    try {
      std::thread([&threads, thread] { threads.serve(thread); }).detach();
    } catch (...) {
      delete thread;
      return false;
    }
    threads.idle.push_back(thread);
  }
  JobThread* thread = threads.idle.back();  // idle for the shortest time
  threads.idle.pop_back();
  thread->work = std::move(work);
  thread->in_series = threads.may_stay_awake && Clock::now() - thread->since < kSeries;
  thread->called.store(true, std::memory_order_relaxed);
  lock.unlock();  // who is woken wants the lock
  thread->wake.notify_one();
  return true;
}

}  // namespace hebb
