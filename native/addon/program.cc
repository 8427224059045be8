// Bindings of compiled programs. Feeds come as one array aligned with the program's inputs, undefined where not given.
#include <memory>
#include <string>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "addon/graph.h"
#include "addon/job_runner.h"
#include "graph/slice.h"

namespace hebb {

using namespace graph;

namespace {

// A typed array of the element type that the node and the program's precision ask for.
Feed read_feed(Napi::Env env, const ProgramBase& program, int32_t node, Napi::Value value) {
  const char* name = program.plan().labels[size_t(node)].c_str();
  if (program.plan().node(node).dtype == DType::i32) {
    const Span<int32_t> span = args::array<int32_t>(env, value, name);
    return {node, span.data, int64_t(span.size)};
  }
  if (program.is_double()) {
    const Span<double> span = args::array<double>(env, value, name);
    return {node, span.data, int64_t(span.size)};
  }
  const Span<float> span = args::array<float>(env, value, name);
  return {node, span.data, int64_t(span.size)};
}

// At most 64 feeds live on the stack; inputs beyond that go to the heap.
struct Feeds {
  Feed fixed[64];
  std::vector<Feed> more;
  int count = 0;
  const Feed* data() const { return more.empty() ? fixed : more.data(); }

  Feeds(Napi::Env env, const ProgramBase& program, Napi::Value value, const std::vector<int32_t>& nodes,
        const char* name) {
    if (value.IsUndefined()) return;
    if (!value.IsArray()) args::refuse(env, std::string("Expected `") + name + "` to be an array.");
    if (nodes.size() > 64) more.resize(nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) {
      napi_value element;
      if (napi_get_element(env, value, uint32_t(i), &element) != napi_ok) throw Napi::Error::New(env);
      const Napi::Value feed(env, element);
      if (feed.IsUndefined()) continue;
      (more.empty() ? fixed[count] : more[size_t(count)]) = read_feed(env, program, nodes[i], feed);
      ++count;
    }
  }
};

std::vector<int32_t> node_list(Napi::Env env, const ProgramBase& program, Napi::Value value, const char* name) {
  const Span<int32_t> span = args::array<int32_t>(env, value, name);
  std::vector<int32_t> nodes(span.data, span.data + span.size);
  for (int32_t id : nodes) {
    if (id < 0 || size_t(id) >= program.plan().nodes.size())
      args::refuse(env, std::string("Expected `") + name + "` to hold nodes of the program.");
  }
  return nodes;
}

Napi::Value copy_value(Napi::Env env, const ProgramBase& program, int32_t node) {
  const size_t count = size_t(program.value_count(node));
  const void* data = program.value(node);
  if (program.plan().node(node).dtype == DType::i32) {
    Napi::Int32Array out = Napi::Int32Array::New(env, count);
    std::copy_n(static_cast<const int32_t*>(data), count, out.Data());
    return out;
  }
  if (program.is_double()) {
    Napi::Float64Array out = Napi::Float64Array::New(env, count);
    std::copy_n(static_cast<const double*>(data), count, out.Data());
    return out;
  }
  Napi::Float32Array out = Napi::Float32Array::New(env, count);
  std::copy_n(static_cast<const float*>(data), count, out.Data());
  return out;
}

// { params: node ids, bytes: [params, gradients, slots, activations], updates, draws }
Napi::Value program_info(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Napi::Object out = Napi::Object::New(env);
  out.Set("params", typed_array(env, program->plan().params));
  const Bytes bytes = program->bytes();
  Napi::Float64Array sizes = Napi::Float64Array::New(env, 4);
  sizes[0] = double(bytes.params);
  sizes[1] = double(bytes.gradients);
  sizes[2] = double(bytes.slots);
  sizes[3] = double(bytes.activations);
  out.Set("bytes", sizes);
  out.Set("updates", double(program->steps_done));
  out.Set("draws", double(program->draws_done));
  return out;
}

// (program, feeds, batch, output nodes, training): [B, T, value...]
Napi::Value program_forward(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Use use(*program);
  throw_if_error(env, use.status());
  const Feeds feeds(env, *program, call[1], program->plan().inputs, "feeds");
  const int64_t batch = args::integer(env, call[2], "batch", 0, INT32_MAX);
  const std::vector<int32_t> wanted = node_list(env, *program, call[3], "outputs");
  const bool training = args::boolean(env, call[4], "training");
  throw_if_error(env, program->forward(feeds.data(), feeds.count, batch, wanted.data(), int(wanted.size()), training));
  Napi::Array out = Napi::Array::New(env, wanted.size() + 2);
  out.Set(0u, double(program->sizes().B));
  out.Set(1u, double(program->sizes().T));
  for (size_t i = 0; i < wanted.size(); ++i) out.Set(uint32_t(i + 2), copy_value(env, *program, wanted[i]));
  return out;
}

// (program, x, rows, out, finite): rows of the only input through to rows of the only output, in minibatches
void program_forward_into(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Use use(*program);
  throw_if_error(env, use.status());
  const Plan& plan = program->plan();
  if (program->is_double() || plan.inputs.size() != 1 || plan.outputs.size() != 1) {
    args::refuse(env, "Expected a float32 program with one input and one output.");
  }
  const Feed x = read_feed(env, *program, plan.inputs[0], call[1]);
  const int64_t rows = args::integer(env, call[2], "rows", 1, INT32_MAX);
  const Span<float> out = args::array<float>(env, call[3], "out");
  const bool finite = args::boolean(env, call[4], "finite");
  throw_if_error(env, program->forward_rows(x, rows, finite, out.data, int64_t(out.size)));
}

// (program, feeds, batch, learning rate): the loss
Napi::Value program_step(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Use use(*program);
  throw_if_error(env, use.status());
  const Feeds feeds(env, *program, call[1], program->plan().inputs, "feeds");
  const int64_t batch = args::integer(env, call[2], "batch", 0, INT32_MAX);
  const double rate = args::number(env, call[3], "learningRate");
  double loss = 0;
  throw_if_error(env, program->step(feeds.data(), feeds.count, batch, rate, &loss));
  return Napi::Number::New(env, loss);
}

// (program, seeds aligned with the outputs)
void program_backward(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Use use(*program);
  throw_if_error(env, use.status());
  const Feeds seeds(env, *program, call[1], program->plan().outputs, "seeds");
  throw_if_error(env, program->backward(seeds.data(), seeds.count));
}

// (program, learning rate, gradient scale): the gradient norm
Napi::Value program_apply(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Use use(*program);
  throw_if_error(env, use.status());
  double norm = 0;
  throw_if_error(env, program->apply(args::number(env, call[1], "learningRate"),
                                     args::number(env, call[2], "gradientScale"), &norm));
  return Napi::Number::New(env, norm);
}

struct TensorRef {
  Store store;
  int32_t param;
  void* data;
  int64_t count;
};
TensorRef tensor_ref(const Napi::CallbackInfo& call, const ProgramBase& program) {
  Napi::Env env = call.Env();
  TensorRef t;
  t.store = Store(args::integer(env, call[1], "store", 0, 3));
  t.param = int32_t(args::integer(env, call[2], "param", 0, int64_t(program.plan().params.size()) - 1));
  if (program.is_double()) {
    const Span<double> span = args::array<double>(env, call[3], "data");
    t.data = span.data;
    t.count = int64_t(span.size);
  } else {
    const Span<float> span = args::array<float>(env, call[3], "data");
    t.data = span.data;
    t.count = int64_t(span.size);
  }
  return t;
}

// (program, store, param, array)
void program_read(const Napi::CallbackInfo& call) {
  const auto program = ProgramHandle::get(call.Env(), call[0]);
  Use use(*program);
  throw_if_error(call.Env(), use.status());
  const TensorRef t = tensor_ref(call, *program);
  throw_if_error(call.Env(), program->read(t.store, t.param, t.data, t.count));
}
void program_write(const Napi::CallbackInfo& call) {
  const auto program = ProgramHandle::get(call.Env(), call[0]);
  Use use(*program);
  throw_if_error(call.Env(), use.status());
  const TensorRef t = tensor_ref(call, *program);
  throw_if_error(call.Env(), program->write(t.store, t.param, t.data, t.count));
}

// (program, updates, draws): the position of a resumed training run
void program_set_position(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const auto program = ProgramHandle::get(env, call[0]);
  Use use(*program);
  throw_if_error(env, use.status());
  const int64_t top = int64_t(1) << 53;
  program->steps_done = args::integer(env, call[1], "updates", 0, top);
  program->draws_done = args::integer(env, call[2], "draws", 0, top);
}

void program_dispose(const Napi::CallbackInfo& call) { ProgramHandle::dispose(call.Env(), call[0]); }

// Everything a slice needs, shared by the job and its outcome.
struct SliceJob {
  std::shared_ptr<ProgramBase> program;
  std::shared_ptr<Dataset> data;
  std::unique_ptr<Use> use;
  SliceOptions options;
  SliceStats stats;
  std::vector<float> out32;
  std::vector<double> out64;
};

// (program, data, feed nodes, feed columns, indices or null, batch, threads, ...)
std::shared_ptr<SliceJob> read_slice(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto job = std::make_shared<SliceJob>();
  job->program = ProgramHandle::get(env, call[0]);
  job->data = DatasetHandle::get(env, call[1]);
  job->use = std::make_unique<Use>(*job->program);
  throw_if_error(env, job->use->status());
  SliceOptions& o = job->options;
  const std::vector<int32_t> nodes = node_list(env, *job->program, call[2], "feedNodes");
  const Span<int32_t> columns = args::array<int32_t>(env, call[3], "feedColumns");
  if (columns.size != nodes.size()) args::refuse(env, "Expected as many feed columns as feed nodes.");
  const std::vector<int32_t>& inputs = job->program->plan().inputs;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (columns.data[i] < 0 || size_t(columns.data[i]) >= job->data->columns.size() ||
        !std::binary_search(inputs.begin(), inputs.end(), nodes[i]))
      args::refuse(env, "Expected feeds to pair inputs with columns.");
    o.feeds.push_back({nodes[i], columns.data[i]});
  }
  o.all_rows = call[4].IsNull() || call[4].IsUndefined();
  const Span<int32_t> indices = args::optional_array<int32_t>(env, call[4], "indices");
  o.indices.assign(indices.data, indices.data + indices.size);
  o.batch = args::integer(env, call[5], "batchSize", 1, INT32_MAX);
  o.threads = int(args::integer(env, call[6], "threads", 0, 256));
  return job;
}

// Runs the slice in the background; `call` is that of read_slice.
Napi::Value start_slice(const Napi::CallbackInfo& call, const SliceJob& slice, Job job, Napi::Function progress = {}) {
  if (slice.data->borrowed()) job.borrowed = Napi::Persistent(call[1].As<Napi::Object>());
  return start_job(call.Env(), std::move(job), progress);
}

Napi::Value stats_object(Napi::Env env, const SliceStats& stats) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("steps", double(stats.steps));
  out.Set("rows", double(stats.rows));
  out.Set("loss", stats.loss);
  out.Set("seconds", stats.seconds);
  out.Set("aborted", stats.aborted);
  out.Set("metrics", typed_array(env, stats.metrics));
  out.Set("losses", typed_array(env, stats.losses));
  std::vector<double> epochs;
  for (const SliceMeans& epoch : stats.epochs) {
    epochs.insert(epochs.end(), {double(epoch.steps), double(epoch.rows), epoch.loss, epoch.seconds});
    epochs.insert(epochs.end(), epoch.metrics.begin(), epoch.metrics.end());
  }
  out.Set("epochs", typed_array(env, epochs));
  return out;
}

// (..., train, rates or null, accumulate, keep losses, metric nodes, epochs, background, on progress)
// In the background: { promise, cancel }, else the result.
Napi::Value program_run(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto job = read_slice(call);
  SliceOptions& o = job->options;
  o.train = args::boolean(env, call[7], "train");
  const Span<double> rates = args::optional_array<double>(env, call[8], "learningRates");
  o.rates.assign(rates.data, rates.data + rates.size);
  o.accumulate = args::integer(env, call[9], "accumulate", 1, INT32_MAX);
  o.keep_losses = args::boolean(env, call[10], "keepLosses");
  o.metrics = node_list(env, *job->program, call[11], "metrics");
  for (int32_t id : o.metrics) {
    if (job->program->plan().node(id).shape.rank != 0) args::refuse(env, "Expected metrics to be scalars.");
  }
  o.epochs = args::integer(env, call[12], "epochs", 1, INT32_MAX);
  if (!args::boolean(env, call[13], "background")) {
    throw_if_error(env, run_slice(*job->program, *job->data, o, nullptr, {}, job->stats));
    return stats_object(env, job->stats);
  }
  Napi::Function progress;
  if (call[14].IsFunction()) progress = call[14].As<Napi::Function>();
  Job work;
  work.work = [job](JobContext& context) {
    const Status status = run_slice(
        *job->program, *job->data, job->options, &context.cancel_flag(),
        [&](double step, double steps, double loss) {
          const double values[3] = {step, steps, loss};
          context.report(values, 3);
        },
        job->stats);
    job->use.reset();
    return status;
  };
  work.resolve = [job](Napi::Env e) { return stats_object(e, job->stats); };
  return start_slice(call, *job, std::move(work), progress);
}

// (..., output node, background): one row of values a row of data
Napi::Value program_predict(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto job = read_slice(call);
  SliceOptions& o = job->options;
  o.output = int32_t(args::integer(env, call[7], "output", 0, int64_t(job->program->plan().nodes.size()) - 1));
  const bool background = args::boolean(env, call[8], "background");
  int64_t width = 0;
  throw_if_error(env, output_width(*job->program, *job->data, o, width));
  const size_t rows = o.all_rows ? size_t(job->data->rows) : o.indices.size();
  const bool wide = job->program->is_double();
  if (width > 0 && rows > (size_t(1) << 31) / size_t(width)) {
    throw make_error(env, Status::argument("Expected at most 2^31 predicted values, ask for fewer rows at a time."));
  }
  const size_t count = rows * size_t(width);
  const auto result = [job, count, wide](Napi::Env e) -> Napi::Value {
    if (job->stats.aborted) return e.Null();
    if (wide) {
      Napi::Float64Array out = Napi::Float64Array::New(e, count);
      std::copy_n(job->out64.data(), count, out.Data());
      return out;
    }
    Napi::Float32Array out = Napi::Float32Array::New(e, count);
    std::copy_n(job->out32.data(), count, out.Data());
    return out;
  };
  const auto work = [job, count, wide](const CancelFlag* cancel) {
    if (wide) {
      job->out64.resize(count);
      job->options.out = job->out64.data();
    } else {
      job->out32.resize(count);
      job->options.out = job->out32.data();
    }
    const Status status = run_slice(*job->program, *job->data, job->options, cancel, {}, job->stats);
    job->use.reset();
    return status;
  };
  if (!background) {
    throw_if_error(env, work(nullptr));
    return result(env);
  }
  Job task;
  task.work = [work](JobContext& context) { return work(&context.cancel_flag()); };
  task.resolve = result;
  return start_slice(call, *job, std::move(task));
}

}  // namespace

void register_program(Napi::Env env, Napi::Object exports) {
  exports.Set("programInfo", Napi::Function::New(env, program_info, "programInfo"));
  exports.Set("programForward", Napi::Function::New(env, program_forward, "programForward"));
  exports.Set("programForwardInto", Napi::Function::New(env, program_forward_into, "programForwardInto"));
  exports.Set("programStep", Napi::Function::New(env, program_step, "programStep"));
  exports.Set("programBackward", Napi::Function::New(env, program_backward, "programBackward"));
  exports.Set("programApply", Napi::Function::New(env, program_apply, "programApply"));
  exports.Set("programRead", Napi::Function::New(env, program_read, "programRead"));
  exports.Set("programWrite", Napi::Function::New(env, program_write, "programWrite"));
  exports.Set("programSetPosition", Napi::Function::New(env, program_set_position, "programSetPosition"));
  exports.Set("programDispose", Napi::Function::New(env, program_dispose, "programDispose"));
  exports.Set("programRun", Napi::Function::New(env, program_run, "programRun"));
  exports.Set("programPredict", Napi::Function::New(env, program_predict, "programPredict"));
}

}  // namespace hebb
