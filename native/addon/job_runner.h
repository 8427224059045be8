// Runs a piece of native work on a job thread and settles a JavaScript promise with its outcome.
//
//   return start_job(env, {
//     .work = [state](JobContext& job) -> Status { ... job.report(values, n); if (job.cancelled()) ...; },
//     .resolve = [state](Napi::Env env) -> Napi::Value { ... },      // on the JavaScript thread
//   }, on_progress);
//
// Progress is throttled: report() may be called as often as one likes, the newest values reach `on_progress` (a
// function of one Float64Array) at most about 30 times a second, and never after the promise has settled. The
// environment may be torn down (worker.terminate(), process.exit()) at any time: the job is then cancelled and its
// outcome dropped.
#pragma once
#include <napi.h>

#include <functional>
#include <memory>

#include "core/job.h"
#include "core/status.h"

namespace hebb {

class JobContext {
 public:
  virtual ~JobContext() = default;
  // True once the caller asked the job to end or the environment goes away. Look at least once a minibatch.
  bool cancelled() const { return cancel_->is_requested(); }
  const CancelFlag& cancel_flag() const { return *cancel_; }
  virtual void report(const double* values, int count) = 0;

 protected:
  std::shared_ptr<CancelFlag> cancel_ = std::make_shared<CancelFlag>();
};

struct Job {
  std::function<Status(JobContext&)> work;        // on the job thread; must not touch JavaScript
  std::function<Napi::Value(Napi::Env)> resolve;  // on the JavaScript thread, when work returned ok
  std::function<void()> finished = {};            // on the JavaScript thread, before settling; optional
  // What owns the memory that the work borrows from JavaScript, kept until the work is done. An environment that is
  // torn down waits for such a job (which is cancelled), since it takes that memory along.
  Napi::ObjectReference borrowed = {};
};

// Returns { promise, cancel() }. `on_progress` may be empty. The promise rejects with make_error(status).
Napi::Object start_job(Napi::Env env, Job job, Napi::Function on_progress = {});

}  // namespace hebb
