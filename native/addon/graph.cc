// Graph building: names of ops and kernels, shape inference, compilation. Data sets.
#include "addon/graph.h"

#include <string>
#include <vector>

#include "addon/addon.h"
#include "addon/args.h"
#include "graph/op.h"
#include "graph/plan.h"
#include "kernels/kernels.h"

namespace hebb {

using namespace graph;

namespace {

template <class Row>
Napi::Array names_of(Napi::Env env, const Row* rows, int count) {
  Napi::Array names = Napi::Array::New(env, size_t(count));
  for (int i = 0; i < count; ++i) names.Set(uint32_t(i), rows[i].name);
  return names;
}

// { ops, activations, activationAlphas, functions, functionAlphas, binaries, optimizers, optimizerSlots }
Napi::Value graph_info(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const KernelTable<double>& k = kernels_f64();
  Napi::Object out = Napi::Object::New(env);
  Napi::Array ops = Napi::Array::New(env, size_t(op_count()));
  for (int i = 0; i < op_count(); ++i) ops.Set(uint32_t(i), op_at(i).name);
  out.Set("ops", ops);
  const auto alphas = [&](const UnaryRow<double>* rows, int count) {
    Napi::Array values = Napi::Array::New(env, size_t(count));
    for (int i = 0; i < count; ++i) values.Set(uint32_t(i), rows[i].default_alpha);
    return values;
  };
  out.Set("activations", names_of(env, k.activations, k.activation_count));
  out.Set("activationAlphas", alphas(k.activations, k.activation_count));
  out.Set("functions", names_of(env, k.functions, k.function_count));
  out.Set("functionAlphas", alphas(k.functions, k.function_count));
  out.Set("binaries", names_of(env, k.binaries, k.binary_count));
  out.Set("optimizers", names_of(env, k.optimizers, k.optimizer_count));
  Napi::Array slots = Napi::Array::New(env, size_t(k.optimizer_count));
  for (int i = 0; i < k.optimizer_count; ++i) slots.Set(uint32_t(i), k.optimizers[i].slots);
  out.Set("optimizerSlots", slots);
  return out;
}

// (op, inputs, ints, floats): dtype, rank, (factor, symbols)... of each input; returns the same of the result.
Napi::Value infer_shape(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const int op = int(args::integer(env, call[0], "op", 0, op_count() - 1));
  const Span<int32_t> inputs = args::array<int32_t>(env, call[1], "inputs");
  const Span<int32_t> ints = args::array<int32_t>(env, call[2], "ints");
  const Span<double> floats = args::array<double>(env, call[3], "floats");
  Inference inference;
  for (size_t at = 0; at < inputs.size;) {
    Operand operand;
    operand.dtype = DType(inputs.data[at++] != 0);
    const int32_t rank = at < inputs.size ? inputs.data[at++] : -1;
    if (rank < 0 || rank > kMaxRank || inputs.size - at < size_t(rank) * 2 || inference.input_count() >= kMaxInputs)
      args::refuse(env, "Expected `inputs` to be encoded shapes.");
    operand.shape.rank = rank;
    for (int i = 0; i < rank; ++i) {
      operand.shape.dims[i] = {inputs.data[at], inputs.data[at + 1]};
      at += 2;
    }
    inference.inputs.push_back(operand);
  }
  inference.ints = ints.data;
  inference.int_count = int64_t(ints.size);
  inference.floats = floats.data;
  inference.float_count = int64_t(floats.size);
  throw_if_error(env, infer_node(op, inference));
  const Shape& shape = inference.out.shape;
  Napi::Int32Array out = Napi::Int32Array::New(env, size_t(2 + 2 * shape.rank));
  out[0] = int32_t(inference.out.dtype);
  out[1] = shape.rank;
  for (int i = 0; i < shape.rank; ++i) {
    out[size_t(2 + 2 * i)] = shape.dims[i].factor;
    out[size_t(3 + 2 * i)] = shape.dims[i].symbols;
  }
  return out;
}

// (ints, floats, labels, doublePrecision, threads): a program handle.
Napi::Value program_create(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const Span<int32_t> ints = args::array<int32_t>(env, call[0], "ints");
  const Span<double> floats = args::array<double>(env, call[1], "floats");
  std::vector<std::string> labels;
  if (call[2].IsArray()) {
    Napi::Array names = call[2].As<Napi::Array>();
    for (uint32_t i = 0; i < names.Length(); ++i) labels.push_back(names.Get(i).ToString().Utf8Value());
  }
  const auto arithmetic = Arithmetic(args::integer(env, call[3], "arithmetic", 0, 3));
  const int threads = int(args::integer(env, call[4], "threads", 0, 256));
  Plan plan;
  throw_if_error(
      env, decode_plan(ints.data, int64_t(ints.size), floats.data, int64_t(floats.size), std::move(labels), plan));
  std::shared_ptr<ProgramBase> program;
  throw_if_error(env, ProgramBase::create(std::move(plan), arithmetic, threads, program));
  const size_t bytes = program->bytes().total();
  return ProgramHandle::create(env, std::move(program), bytes);
}

}  // namespace

void register_graph(Napi::Env env, Napi::Object exports) {
  exports.Set("graphInfo", Napi::Function::New(env, graph_info, "graphInfo"));
  exports.Set("inferShape", Napi::Function::New(env, infer_shape, "inferShape"));
  exports.Set("programCreate", Napi::Function::New(env, program_create, "programCreate"));
}

}  // namespace hebb
