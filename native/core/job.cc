#include "core/job.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace hebb {

namespace {

struct JobThread {
  std::condition_variable wake;
  std::function<void()> work;
};

struct JobThreads {
  std::mutex mutex;
  std::vector<JobThread*> idle;

  void serve(JobThread* self) {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      self->wake.wait(lock, [self] { return bool(self->work); });
      std::function<void()> work = std::move(self->work);
      self->work = nullptr;
      lock.unlock();
      work();
      work = nullptr;  // captured state is freed before the thread counts as idle
      lock.lock();
      idle.push_back(self);
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
  std::lock_guard<std::mutex> lock(threads.mutex);
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
  JobThread* thread = threads.idle.back();
  threads.idle.pop_back();
  thread->work = std::move(work);
  thread->wake.notify_one();
  return true;
}

}  // namespace hebb
