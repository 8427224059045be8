// t-SNE: a handle that owns affinities and map; jobs prepare and run it.
#include <atomic>
#include <memory>
#include <vector>

#include "addon/addon.h"
#include "addon/affinities.h"
#include "addon/args.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "algorithms/tsne_session.h"
#include "kernels/kernels.h"

namespace hebb {

namespace {

struct State {
  TsneSession session;
  std::atomic<bool> busy{false};
  int64_t n = 0;  // 0: not prepared
  int dims = 2;
};

// What a prepare job reads; the caller's arrays are copied, since they may be detached in mid-job.
struct Input {
  std::vector<float> x, start;
  std::vector<int32_t> indices;
  AffinityRows affinities;
  TsneSetup setup;
};

template <class T>
std::vector<T> copy_of(const Span<T>& span) {
  return std::vector<T>(span.data, span.data + span.size);
}

TsneReport report_to(JobContext& job) {
  return [&job](TsneStage stage, double done, double kl, double gradient) {
    const double values[4] = {double(stage), done, kl, gradient};
    job.report(values, 4);
  };
}

class NativeTsne : public Napi::ObjectWrap<NativeTsne> {
 public:
  explicit NativeTsne(const Napi::CallbackInfo& call)
      : Napi::ObjectWrap<NativeTsne>(call), state_(std::make_shared<State>()) {}

  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("Tsne",
                DefineClass(env, "Tsne",
                            {InstanceMethod<&NativeTsne::prepare>("prepare"), InstanceMethod<&NativeTsne::run>("run"),
                             InstanceMethod<&NativeTsne::embedding>("embedding"),
                             InstanceMethod<&NativeTsne::iterations>("iterations")}));
  }

 private:
  // prepare(kind, x | null, indices | null, rows, columns, numbers, start | null, starts, columns, values, onProgress)
  //   -> job
  // numbers: dims, method, perplexity, theta, metric, start, seed, threads, dof, neighbours
  // starts, columns and values are affinities (kind 3).
  Napi::Value prepare(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    auto input = std::make_shared<Input>();
    TsneSetup& s = input->setup;
    read_numbers(call, s);
    const Span<float> x = args::optional_array<float>(env, call[1], "x");
    const Span<int32_t> indices = args::optional_array<int32_t>(env, call[2], "indices");
    const Span<float> given = args::optional_array<float>(env, call[6], "start");
    if (s.kind != TsneInputKind::affinities) args::expect_size(env, x, size_t(s.n) * size_t(s.columns), "x");
    if (s.kind == TsneInputKind::distances && s.columns != s.n) args::refuse(env, "Expected a square matrix.");
    if (s.start == TsneStart::given) args::expect_size(env, given, size_t(s.n * s.dims), "start");
    if (s.kind == TsneInputKind::neighbors) {
      args::expect_size(env, indices, size_t(s.n * s.columns), "indices");
      if (s.columns >= s.n) args::refuse(env, "Expected fewer neighbours than points.");
      for (size_t i = 0; i < indices.size; ++i) {
        if (indices.data[i] < 0 || indices.data[i] >= s.n) args::refuse(env, "Expected neighbour indices of points.");
      }
    }
    const bool rows = s.kind == TsneInputKind::features || s.kind == TsneInputKind::distances;
    if (s.method == TsneMethod::exact && !rows) args::refuse(env, "Expected features or distances.");
    claim(env);
    try {
      if (s.kind == TsneInputKind::affinities) input->affinities = affinity_rows(call, 7, s.n);
      input->x = copy_of(x);
      input->start = copy_of(given);
      input->indices = copy_of(indices);
    } catch (const std::bad_alloc&) {
      state_->busy.store(false);
      throw make_error(env, Status::out_of_memory("Expected memory for a copy of `x`, received none from the system."));
    } catch (...) {
      state_->busy.store(false);
      throw;
    }
    s.x = input->x.empty() ? nullptr : input->x.data();
    s.affinities = &input->affinities;
    s.given = input->start.data();
    s.indices = input->indices.data();
    state_->n = 0;
    Job job;
    job.work = [state = state_, input](JobContext& context) -> Status {
      const Status status = state->session.prepare(kernels(), input->setup, context.cancel_flag(), report_to(context));
      if (status.ok()) {
        state->dims = input->setup.dims;
        state->n = input->setup.n;
      }
      *input = {};
      return status;
    };
    job.resolve = [](Napi::Env e) -> Napi::Value { return e.Undefined(); };
    return start(env, std::move(job), call[10]);
  }

  static void read_numbers(const Napi::CallbackInfo& call, TsneSetup& s) {
    Napi::Env env = call.Env();
    s.kind = TsneInputKind(args::integer(env, call[0], "kind", 0, 3));
    s.n = args::integer(env, call[3], "rows", 4, INT32_MAX / 4);
    s.columns = args::integer(env, call[4], "columns", 1, INT32_MAX);
    const Span<double> numbers = args::array<double>(env, call[5], "numbers");
    args::expect_size(env, numbers, 10, "numbers");
    s.dims = numbers.data[0] == 3 ? 3 : 2;
    s.method = TsneMethod(numbers.data[1] == 1 ? 1 : numbers.data[1] == 2 ? 2 : 0);
    s.perplexity = numbers.data[2];
    s.theta = numbers.data[3];
    s.metric = Metric(numbers.data[4] == 1 ? 1 : numbers.data[4] == 2 ? 2 : 0);
    s.start = TsneStart(numbers.data[5] == 1 ? 1 : numbers.data[5] == 2 ? 2 : 0);
    s.seed = uint64_t(numbers.data[6]);
    s.threads = int(numbers.data[7]);
    s.dof = numbers.data[8];
    s.neighbors = NeighborMethod(numbers.data[9] == 0 ? 0 : numbers.data[9] == 1 ? 1 : 2);
    if (!(s.dof > 0)) args::refuse(env, "Expected positive degrees of freedom.");
    if (!(s.perplexity >= 1 && s.perplexity <= double(s.n - 1))) args::refuse(env, "Expected a usable perplexity.");
  }

  // run(numbers, onProgress) -> job of Float64Array [iterations, gradient norm, KL divergence, converged, aborted]
  // A run that was cancelled resolves too, with the figures of the map as it is then.
  // numbers: iterations, exaggeration, momentum, learning rate, min gain, min gradient norm, patience
  Napi::Value run(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    const Span<double> numbers = args::array<double>(env, call[0], "numbers");
    args::expect_size(env, numbers, 7, "numbers");
    claim(env);
    if (state_->n == 0) {
      state_->busy.store(false);
      args::refuse(env, "Expected a prepared map.");
    }
    TsneSchedule s;
    s.iterations = int64_t(numbers.data[0]);
    s.step.exaggeration = numbers.data[1];
    s.step.momentum = numbers.data[2];
    s.step.learning_rate = numbers.data[3];
    s.step.min_gain = numbers.data[4];
    s.min_gradient_norm = numbers.data[5];
    s.patience = int64_t(numbers.data[6]);
    auto outcome = std::make_shared<TsneOutcome>();
    Job job;
    job.work = [state = state_, s, outcome](JobContext& context) {
      return state->session.run(s, context.cancel_flag(), report_to(context), *outcome);
    };
    job.resolve = [outcome](Napi::Env e) -> Napi::Value {
      Napi::Float64Array values = Napi::Float64Array::New(e, 5);
      values[0] = double(outcome->iterations);
      values[1] = outcome->gradient_norm;
      values[2] = outcome->kl_divergence;
      values[3] = outcome->converged ? 1 : 0;
      values[4] = outcome->aborted ? 1 : 0;
      return values;
    };
    return start(env, std::move(job), call[1]);
  }

  // embedding() -> Float32Array [rows, dims], or null before prepare
  Napi::Value embedding(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    claim(env);
    state_->busy.store(false);
    if (state_->n == 0) return env.Null();
    Napi::Float32Array out = Napi::Float32Array::New(env, size_t(state_->n * state_->dims));
    state_->session.optimizer().copy_embedding(out.Data());
    return out;
  }

  // iterations() -> number done since prepare
  Napi::Value iterations(const Napi::CallbackInfo& call) {
    Napi::Env env = call.Env();
    claim(env);
    state_->busy.store(false);
    return Napi::Number::New(env, state_->n == 0 ? 0.0 : double(state_->session.optimizer().iterations()));
  }

  void claim(Napi::Env env) {
    if (state_->busy.exchange(true)) {
      throw make_error(env, Status::busy("Expected one job at a time on a map, received a second one."));
    }
  }

  Napi::Value start(Napi::Env env, Job job, Napi::Value on_progress) {
    auto state = state_;
    auto work = std::move(job.work);
    job.work = [state, work = std::move(work)](JobContext& context) {
      struct Release {
        State& state;
        ~Release() { state.busy.store(false); }
      } release{*state};
      return work(context);
    };
    try {
      return start_job(env, std::move(job), args::optional_function(on_progress));
    } catch (...) {
      state->busy.store(false);
      throw;
    }
  }

  std::shared_ptr<State> state_;
};

}  // namespace

void register_tsne(Napi::Env env, Napi::Object exports) { NativeTsne::define(env, exports); }

}  // namespace hebb
