// What the process runs on: ISA, threads.
#include <napi.h>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/job_runner.h"
#include "core/measure.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

Napi::Value info(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  Napi::Object out = Napi::Object::New(env);
  out.Set("isa", kernels().isa);
  out.Set("vectorWidth", kernels().width);
  const Kernels* tables[8];
  const int count = available_kernels(tables, 8);
  Napi::Array isas = Napi::Array::New(env, size_t(count));
  for (int i = 0; i < count; ++i) isas.Set(uint32_t(i), tables[i]->isa);
  out.Set("availableIsas", isas);
  const char* rejected = rejected_isa_override();
  out.Set("rejectedIsa", rejected == nullptr ? env.Null() : Napi::Value(Napi::String::New(env, rejected)));
  out.Set("threads", ThreadPool::instance().threads());
  return out;
}

void set_threads(const Napi::CallbackInfo& call) {
  ThreadPool::instance().set_threads(int(args::integer(call.Env(), call[0], "threads", 1, 256)));
}

Napi::Value measure(const Napi::CallbackInfo& call) {
  const int threads = int(args::integer(call.Env(), call[0], "threads", 0, 256));
  auto limits = std::make_shared<MachineLimits>();
  Job job;
  job.work = [limits, threads](JobContext&) { return measure_limits(threads, limits.get()); };
  job.resolve = [limits](Napi::Env env) -> Napi::Value {
    Napi::Object out = Napi::Object::New(env);
    out.Set("threads", limits->threads);
    out.Set("gflops", limits->gflops);
    out.Set("readGBs", limits->read_gbs);
    out.Set("triadGBs", limits->triad_gbs);
    return out;
  };
  return start_job(call.Env(), std::move(job));
}

}  // namespace

void register_runtime(Napi::Env env, Napi::Object exports) {
  exports.Set("info", Napi::Function::New(env, info, "info"));
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("measureLimits", Napi::Function::New(env, measure, "measureLimits"));
}

}  // namespace hebb
