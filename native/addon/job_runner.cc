#include "addon/job_runner.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <unordered_set>
#include <utility>
#include <vector>

#include "addon/errors.h"

namespace hebb {

namespace {

constexpr auto kProgressInterval = std::chrono::milliseconds(33);

// One running job. Owned jointly by the job thread, the `cancel` function and the environment's registry.
class RunningJob : public JobContext, public std::enable_shared_from_this<RunningJob> {
 public:
  RunningJob(Napi::Env env, Job job) : deferred_(Napi::Promise::Deferred::New(env)), job_(std::move(job)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }
  std::shared_ptr<CancelFlag> flag() const { return cancel_; }

  bool start(Napi::Env env, Napi::Function on_progress) {
    if (!on_progress.IsEmpty()) {
      on_progress_ = Napi::Persistent(on_progress);
      wants_progress_ = true;
    }
    napi_value name = Napi::String::New(env, "hebb job");
    if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                        &RunningJob::deliver, &bridge_) != napi_ok) {
      return false;
    }
    auto self = shared_from_this();
    if (run_job([self] { self->run(); })) return true;
    napi_release_threadsafe_function(bridge_, napi_tsfn_abort);
    return false;
  }

  void report(const double* values, int count) override {
    const auto now = std::chrono::steady_clock::now();
    if (!wants_progress_ || now - last_report_ < kProgressInterval) return;
    last_report_ = now;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      progress_.assign(values, values + count);
      if (pending_) return;  // the newest values replace those that are still on their way
      pending_ = true;
    }
    post(false);
  }

  // The environment goes away: nothing may be delivered any more, and JavaScript references must go now, on their own
  // thread, since the job thread may be the last owner of this object.
  void abandon() {
    cancel_->request();
    on_progress_.Reset();
    callback_error_.Reset();
    std::unique_lock<std::mutex> lock(mutex_);
    abandoned_ = true;
    if (job_.borrowed.IsEmpty()) return;
    worked_.wait(lock, [this] { return done_; });
    job_.borrowed.Reset();
  }

 private:
  struct Message {
    std::shared_ptr<RunningJob> job;
    bool last;
  };

  void run() {
    try {
      status_ = job_.work(*this);
    } catch (const std::bad_alloc&) {
      status_ = Status::out_of_memory("Expected enough memory for this job, received none from the system.");
    } catch (const std::exception& e) {
      status_ = {Code::argument, std::string("Unexpected native failure: ") + e.what()};
    }
    job_.work = nullptr;  // captured state is freed here, off the JavaScript thread
    {
      std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
      worked_.notify_all();
    }
    post(true);
  }

  void post(bool last) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (abandoned_) return;
    Message* message = new Message{shared_from_this(), last};
    const napi_status sent = napi_call_threadsafe_function(bridge_, message, napi_tsfn_nonblocking);
    if (sent != napi_ok) delete message;
    if (sent == napi_closing) abandoned_ = true;  // the bridge must not be touched again
    if (last && !abandoned_) napi_release_threadsafe_function(bridge_, napi_tsfn_release);
  }

  static void deliver(napi_env raw_env, napi_value, void*, void* data) {
    std::unique_ptr<Message> message(static_cast<Message*>(data));
    if (raw_env == nullptr) return;  // torn down while the message was on its way
    Napi::Env env(raw_env);
    Napi::HandleScope scope(env);
    // No exception may leave this callback: with a terminating worker even creating a value can throw.
    try {
      if (message->last) {
        message->job->settle(env);
      } else {
        message->job->deliver_progress(env);
      }
    } catch (...) {
    }
  }

  void deliver_progress(Napi::Env env) {
    std::vector<double> values;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      values.swap(progress_);
      pending_ = false;
    }
    try {
      Napi::Float64Array array = Napi::Float64Array::New(env, values.size());
      for (size_t i = 0; i < values.size(); ++i) array[i] = values[i];
      on_progress_.Call({array});
    } catch (const Napi::Error& error) {
      // The callback threw: end the job and reject with what it threw.
      cancel_->request();
      if (callback_error_.IsEmpty()) callback_error_ = Napi::Reference<Napi::Value>::New(error.Value(), 1);
    }
  }

  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  Job job_;
  Napi::FunctionReference on_progress_;
  Napi::Reference<Napi::Value> callback_error_;
  bool wants_progress_ = false;  // set before the job starts
  napi_threadsafe_function bridge_ = nullptr;
  Status status_;
  std::chrono::steady_clock::time_point last_report_{};
  std::mutex mutex_;
  std::vector<double> progress_;
  bool pending_ = false;
  bool abandoned_ = false;
  std::condition_variable worked_;
  bool done_ = false;
};

// The jobs of one environment (the main thread or a worker), ended by its cleanup hook.
struct Registry {
  std::unordered_set<std::shared_ptr<RunningJob>> jobs;

  static Registry& of(Napi::Env env) {
    Registry* registry = env.GetInstanceData<Registry>();
    if (registry == nullptr) {
      registry = new Registry();
      env.SetInstanceData<Registry>(registry);
      napi_add_env_cleanup_hook(
          env, [](void* data) { static_cast<Registry*>(data)->abandon_all(); }, registry);
    }
    return *registry;
  }

  void abandon_all() {
    for (const auto& job : jobs) job->abandon();
    jobs.clear();
  }
};

void RunningJob::settle(Napi::Env env) {
  {
    // The job thread lets go of the bridge under this lock. While the job is registered, the end of the environment
    // takes the lock too (abandon) before it frees the bridge.
    std::lock_guard<std::mutex> lock(mutex_);
  }
  Registry::of(env).jobs.erase(shared_from_this());
  // JavaScript references are dropped here, on their own thread, whatever happens: the job thread may be the last
  // owner.
  const Job job = std::exchange(job_, {});
  const Napi::FunctionReference on_progress = std::move(on_progress_);
  const Napi::Reference<Napi::Value> callback_error = std::move(callback_error_);
  if (job.finished) job.finished();
  try {
    if (!callback_error.IsEmpty()) {
      deferred_.Reject(callback_error.Value());
    } else if (status_.ok()) {
      deferred_.Resolve(job.resolve(env));
    } else {
      deferred_.Reject(make_error(env, status_).Value());
    }
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  }
}

}  // namespace

Napi::Object start_job(Napi::Env env, Job job, Napi::Function on_progress) {
  auto running = std::make_shared<RunningJob>(env, std::move(job));
  Registry& registry = Registry::of(env);
  registry.jobs.insert(running);
  if (!running->start(env, on_progress)) {
    registry.jobs.erase(running);
    throw make_error(env, Status::out_of_memory("Expected to start a job thread, received none from the system."));
  }
  std::shared_ptr<CancelFlag> flag = running->flag();
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("promise", running->promise());
  handle.Set("cancel", Napi::Function::New(
                           env, [flag](const Napi::CallbackInfo&) { flag->request(); }, "cancel"));
  return handle;
}

}  // namespace hebb
