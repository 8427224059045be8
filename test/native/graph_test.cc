// Plans, memory layout and programs, apart from the values of single ops (test/unit/graph checks those).
#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "check.h"
#include "core/gemm.h"
#include "core/rng.h"
#include "graph/slice.h"
#include "plan_writer.h"

using namespace hebb;
using namespace hebb::graph;
using plan_writer::Writer;

namespace {

std::vector<float> noise(uint64_t seed, size_t count) {
  const Philox rng(seed);
  std::vector<float> v(count);
  for (size_t i = 0; i < count; ++i) v[i] = rng.uniform(i) * 2 - 1;
  return v;
}

// Words with an op of each family: a bag of embeddings beside dense features, normalized, with dropout.
Writer mixed_plan(int32_t hidden, int32_t max_batch, int optimizer) {
  Writer w;
  const int x = w.input(12), ids = w.input(5, true), y = w.input(0, true);
  const int table = w.param({40, hidden});
  const int bag = w.add("embeddingBag", {table, ids}, {1});
  const int h = w.linear(x, 12, hidden, plan_writer::activation("gelu"));
  const int sum = w.add("binary", {h, bag}, {plan_writer::binary("add")});
  const int gain = w.param({hidden}), bias = w.param({hidden});
  const int norm = w.add("layerNorm", {sum, gain, bias}, {}, {1e-5});
  const int kept = w.add("dropout", {norm}, {}, {0.3});
  const int deep = w.linear(kept, hidden, hidden, plan_writer::activation("relu"));
  const int logits = w.linear(deep, hidden, 7, -1);
  const int loss = w.add("softmaxCrossEntropy", {logits, y}, {0}, {0.1});
  const int accuracy = w.add("accuracy", {logits, y});
  w.finish(loss, {logits, accuracy}, optimizer, max_batch, 7, 1.0);
  return w;
}

void add(Dataset& data, DType dtype, int64_t width, const void* values) {
  Lease lease = ThreadPool::instance().lease(1);
  auto column = std::make_shared<Column>();
  column->dtype = dtype, column->rows = data.rows, column->width = width;
  CHECK(column->copy(lease, values).ok());
  data.columns.push_back(std::move(column));
}

Dataset mixed_data(int64_t rows) {
  Dataset data;
  data.rows = rows;
  const std::vector<float> x = noise(1, size_t(rows) * 12);
  std::vector<int32_t> ids(size_t(rows) * 5), y(static_cast<size_t>(rows));
  const Philox rng(2);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = int32_t(rng.below(i, 42)) - 2;
  for (size_t i = 0; i < y.size(); ++i) y[i] = int32_t(rng.below(i + ids.size(), 7));
  add(data, DType::real, 12, x.data());
  add(data, DType::i32, 5, ids.data());
  add(data, DType::i32, 1, y.data());
  return data;
}

SliceOptions training_options(int64_t batch, int threads) {
  SliceOptions o;
  o.feeds = {{0, 0}, {1, 1}, {2, 2}};
  o.all_rows = true;
  o.batch = batch;
  o.train = true;
  o.rates = {1e-2};
  o.keep_losses = true;
  o.threads = threads;
  return o;
}

// A program made of whatever a damaged plan still describes must not touch memory that is not its own.
void exercise(const Writer& w) {
  Plan plan;
  if (!w.decode(plan).ok()) return;
  Plan sized;
  Layout layout;
  if (!w.decode(sized).ok() ||
      !plan_layout(
           sized, sizeof(float), [](int64_t K, int64_t N) { return panel_elements<float>(kernels(), K, N); }, layout)
           .ok())
    return;
  if (layout.arena + layout.index_arena + layout.param_count > 1 << 20) return;
  std::shared_ptr<ProgramBase> program;
  if (!ProgramBase::create(std::move(plan), Arithmetic::f32, 1, program).ok()) return;
  std::vector<std::vector<int32_t>> memory;
  std::vector<Feed> feeds;
  for (int32_t id : program->plan().inputs) {
    const int64_t count = program->plan().node(id).shape.extent().at({2, 1});
    memory.emplace_back(size_t(count), 0);
    feeds.push_back({id, memory.back().data(), count});
  }
  double loss = 0;
  for (int i = 0; i < 2; ++i) {
    const Status status = program->step(feeds.data(), int(feeds.size()), 2, 0.1, &loss);
    (void)status;
  }
  const std::vector<int32_t> outputs = program->plan().outputs;
  const Status status =
      program->forward(feeds.data(), int(feeds.size()), 2, outputs.data(), int(outputs.size()), false);
  (void)status;
}

}  // namespace

TEST(graph_plan_truncated_anywhere) {
  Writer whole = mixed_plan(8, 4, plan_writer::optimizer("adam"));
  Plan plan;
  CHECK(whole.decode(plan).ok());
  for (size_t n = 0; n < whole.ints.size(); ++n) {
    Writer cut = whole;
    cut.ints.resize(n);
    Plan bad;
    CHECK(!cut.decode(bad).ok());
  }
  for (size_t n = 0; n < whole.floats.size(); ++n) {
    Writer cut = whole;
    cut.floats.resize(n);
    Plan bad;
    CHECK(!cut.decode(bad).ok());
  }
}

TEST(graph_plan_fuzzed) {
  const Philox rng(99);
  uint64_t draw = 0;
  const int32_t special[] = {-1, 0, 1, 2, 3, 7, 64, 255, 65536, INT32_MAX, INT32_MIN};
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    Writer w = mixed_plan(4, 4, plan_writer::optimizer("sgd"));
    const int changes = 1 + int(rng.below(draw++, 3));
    for (int c = 0; c < changes; ++c) {
      const size_t at = size_t(rng.below(draw++, w.ints.size()));
      const uint64_t kind = rng.below(draw++, 4);
      if (kind == 0) w.ints[at] = special[rng.below(draw++, 11)];
      if (kind == 1) w.ints[at] += int32_t(rng.below(draw++, 5)) - 2;
      if (kind == 2) w.ints[at] = int32_t(rng.below(draw++, 40));
      if (kind == 3) std::swap(w.ints[at], w.ints[rng.below(draw++, w.ints.size())]);
    }
    Plan plan;
    accepted += w.decode(plan).ok();
    exercise(w);
  }
  CHECK_NOTE(accepted > 500 && accepted < 19000, "%d", accepted);
}

// A deep chain needs two buffers when it is not trained: each layer reads one and writes the other.
TEST(graph_inference_reuses_dead_buffers) {
  const auto chain = [](int layers, int optimizer) {
    Writer w;
    int h = w.input(64);
    for (int i = 0; i < layers; ++i) h = w.linear(h, 64, 64, plan_writer::activation("relu"));
    const int loss = w.add("mean", {h}, {0, 1, 0});
    w.finish(loss, {h}, optimizer, 32);
    return w.compile();
  };
  const auto shallow = chain(2, -1), deep = chain(40, -1), training = chain(40, plan_writer::optimizer("sgd"));
  CHECK(deep->bytes().activations == shallow->bytes().activations);
  CHECK(deep->bytes().activations <= 4 * 32 * 64 * sizeof(float));
  CHECK(deep->bytes().gradients == 0 && deep->bytes().slots == 0);
  CHECK(training->bytes().activations > 40 * 32 * 64 * sizeof(float));
  // Gradients of activations reuse each other's memory: far less than one a layer.
  CHECK(training->bytes().activations < 60 * 32 * 64 * sizeof(float));
}

// Random graphs of elementwise ops, views and softmax: reusing memory must not change a value.
TEST(graph_liveness_keeps_values) {
  const int32_t rows = 5, width = 6;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Philox rng(seed, 3);
    uint64_t draw = 0;
    Writer reuse, keep;
    for (Writer* w : {&reuse, &keep}) {
      draw = 0;
      const int x = w->add("input", {}, {0, 2, rows, 0, width, 0});
      std::vector<int32_t> nodes = {x, w->param({rows, width}), w->param({width})};
      for (int i = 0; i < 25; ++i) {
        const int32_t a = nodes[rng.below(draw++, nodes.size())], b = nodes[rng.below(draw++, nodes.size())];
        switch (rng.below(draw++, 7)) {
          case 0: nodes.push_back(w->add("binary", {a, b}, {plan_writer::binary("add")})); break;
          case 1: nodes.push_back(w->add("binary", {a, b}, {plan_writer::binary("mul")})); break;
          case 2: nodes.push_back(w->add("unary", {a}, {0, plan_writer::activation("tanh")}, {0})); break;
          case 3: nodes.push_back(w->add("affine", {a}, {}, {0.5, 0.1})); break;
          case 4: nodes.push_back(w->add("softmax", {a})); break;
          case 5: nodes.push_back(w->add("stopGradient", {a})); break;
          default: nodes.push_back(w->add("dropout", {a}, {}, {0.5})); break;
        }
      }
      // `keep` gives out every node, so that nothing may be overwritten.
      std::vector<int32_t> all(nodes.begin() + 3, nodes.end());
      w->finish(-1, w == &keep ? all : std::vector<int32_t>{nodes.back()}, -1, rows);
    }
    const auto small = reuse.compile(), large = keep.compile();
    CHECK(small != nullptr && large != nullptr);
    if (small == nullptr || large == nullptr) continue;
    CHECK(small->bytes().activations <= large->bytes().activations);
    const std::vector<float> x = noise(seed, size_t(rows) * width);
    const Feed feed{0, x.data(), rows * width};
    const int32_t wanted = small->plan().outputs[0];
    CHECK(small->forward(&feed, 1, 0, &wanted, 1, false).ok());
    CHECK(large->forward(&feed, 1, 0, large->plan().outputs.data(), int(large->plan().outputs.size()), false).ok());
    CHECK(small->value_count(wanted) == large->value_count(wanted));
    CHECK(std::memcmp(small->value(wanted), large->value(wanted), size_t(small->value_count(wanted)) * sizeof(float)) ==
          0);
    // Read where it lies: nothing beyond its end, nothing written.
    const std::vector<float> given = x;
    std::vector<float> rows_out(size_t(small->value_count(wanted)));
    CHECK(small->forward_rows(feed, 1, true, rows_out.data(), int64_t(rows_out.size())).ok());
    CHECK(std::memcmp(large->value(wanted), rows_out.data(), rows_out.size() * sizeof(float)) == 0);
    CHECK(x == given);
    CHECK(small->forward(&feed, 1, 0, &wanted, 1, false).ok());
    CHECK(std::memcmp(small->value(wanted), rows_out.data(), rows_out.size() * sizeof(float)) == 0);
  }
}

TEST(graph_rows_where_they_lie) {
  ThreadPool::instance().set_threads(3);
  const int32_t width = 70, classes = 5;
  Writer w;
  const int x = w.input(width);
  const int h = w.linear(w.linear(x, width, 200, plan_writer::activation("relu")), 200, 96, -1);
  const int y = w.add("softmax", {w.linear(h, 96, classes, -1)});
  w.finish(-1, {y}, -1, 64);
  const auto program = w.compile(false, 0);
  for (int64_t rows : {1, 2, 63, 64, 65, 200}) {
    std::vector<float> values = noise(uint64_t(rows), size_t(rows) * width), out(size_t(rows) * classes, -1);
    const Feed feed{0, values.data(), rows * width};
    CHECK(program->forward_rows(feed, rows, true, out.data(), rows * classes).ok());
    for (int64_t first = 0; first < rows; first += 64) {
      const int64_t some = std::min<int64_t>(64, rows - first);
      const Feed part{0, values.data() + first * width, some * width};
      CHECK(program->forward(&part, 1, 0, &y, 1, false).ok());
      CHECK(std::memcmp(program->value(y), out.data() + first * classes, size_t(some * classes) * sizeof(float)) == 0);
    }
    for (float bad : {NAN, -INFINITY}) {
      const size_t at = size_t((rows * 2 - 1) * width / 2);
      const float good = std::exchange(values[at], bad);
      const Status refused = program->forward_rows(feed, rows, true, out.data(), rows * classes);
      CHECK(refused.code == Code::non_finite);
      CHECK(refused.message.find(std::isnan(bad) ? "NaN" : "Infinity") != std::string::npos);
      CHECK(program->forward_rows(feed, rows, false, out.data(), rows * classes).ok());
      values[at] = good;
    }
    CHECK(program->forward_rows(feed, rows, true, out.data(), rows * classes - 1).code == Code::shape);
    CHECK(program->forward_rows({0, values.data(), rows * width - 1}, rows, true, out.data(), rows * classes).code ==
          Code::shape);
  }
}

TEST(graph_same_bits_for_any_threads) {
  ThreadPool::instance().set_threads(7);
  const Dataset data = mixed_data(150);
  std::vector<std::vector<float>> states;
  std::vector<std::vector<double>> losses;
  for (int threads : {1, 2, 3, 7}) {
    // Large enough that every loop has several chunks.
    const auto program = mixed_plan(300, 64, plan_writer::optimizer("adamw")).compile(false, 0);
    SliceStats stats;
    CHECK(run_slice(*program, data, training_options(64, threads), nullptr, {}, stats).ok());
    losses.push_back(stats.losses);
    states.emplace_back();
    for (size_t p = 0; p < program->layout().params.size(); ++p) {
      const int64_t count = program->layout().params[p].count;
      std::vector<float> values(static_cast<size_t>(count));
      CHECK(program->read(Store::param, int32_t(p), values.data(), count).ok());
      states.back().insert(states.back().end(), values.begin(), values.end());
    }
  }
  for (size_t i = 1; i < states.size(); ++i) {
    CHECK(losses[i] == losses[0]);
    CHECK(std::memcmp(states[i].data(), states[0].data(), states[0].size() * sizeof(float)) == 0);
  }
  CHECK(losses[0].size() == 3);
}

TEST(graph_row_sparse_gradient) {
  ThreadPool::instance().set_threads(3);
  Lease lease = ThreadPool::instance().lease(3);
  const Kernels& k = kernels();
  const int64_t rows = 50, width = 33, positions = 400, per_row = 4;
  SparseGrad<float> sparse;
  CHECK(sparse.create(rows, width));
  const Philox rng(4);
  for (int round = 0; round < 3; ++round) {  // clear() must leave nothing behind
    std::vector<double> expected(size_t(rows * width), 0.0);
    std::set<int32_t> named;
    for (int call = 0; call < 2; ++call) {
      std::vector<int32_t> ids(static_cast<size_t>(positions));
      for (int64_t p = 0; p < positions; ++p)
        ids[size_t(p)] = int32_t(rng.below(uint64_t(p + 1000 * call + 5000 * round), call == 0 ? 14 : 60)) - 10;
      const std::vector<float> dy = noise(uint64_t(call + 10 * round), size_t(positions / per_row * width));
      const std::vector<float> scale = noise(77, size_t(positions / per_row));
      CHECK(sparse.add(lease, k, ids.data(), positions, per_row, dy.data(), scale.data()));
      for (int64_t p = 0; p < positions; ++p) {
        if (ids[size_t(p)] < 0) continue;
        named.insert(ids[size_t(p)]);
        for (int64_t c = 0; c < width; ++c)
          expected[size_t(ids[size_t(p)] * width + c)] +=
              double(scale[size_t(p / per_row)]) * double(dy[size_t(p / per_row * width + c)]);
      }
    }
    CHECK(sparse.touched() == int64_t(named.size()));
    double worst = 0;
    for (int64_t s = 0; s < sparse.touched(); ++s) {
      CHECK(named.count(sparse.rows()[s]) == 1);
      for (int64_t c = 0; c < width; ++c)
        worst = std::max(
            worst, std::fabs(double(sparse.grads()[s * width + c]) - expected[size_t(sparse.rows()[s] * width + c)]));
    }
    CHECK_NOTE(worst < 1e-5, "%g", worst);
    sparse.clear();
    CHECK(sparse.touched() == 0);
  }
}

TEST(graph_cancelled_between_minibatches) {
  const Dataset data = mixed_data(64);
  const auto program = mixed_plan(8, 4, plan_writer::optimizer("sgd")).compile();
  CancelFlag cancel;
  SliceStats stats;
  const SliceReport report = [&](double step, double steps, double) {
    CHECK(steps == 16);
    if (step == 5) cancel.request();
  };
  CHECK(run_slice(*program, data, training_options(4, 1), &cancel, report, stats).ok());
  CHECK(stats.aborted && stats.steps == 5 && stats.rows == 20 && program->steps_done == 5);
}

// Of 10 rows in minibatches of 4: 3 steps an epoch, which has its own groups of 2 for an update.
TEST(graph_several_epochs_are_as_many_calls) {
  const Dataset data = mixed_data(10);
  SliceOptions options = training_options(4, 1);
  options.accumulate = 2;
  const auto apart = mixed_plan(8, 4, plan_writer::optimizer("adam")).compile();
  std::vector<SliceStats> calls(5);
  for (SliceStats& stats : calls) CHECK(run_slice(*apart, data, options, nullptr, {}, stats).ok());
  for (bool all : {true, false}) {
    options.epochs = 5;
    options.all_rows = all;
    for (int64_t i = 0; !all && i < 50; ++i) options.indices.push_back(int32_t(i % 10));
    const auto together = mixed_plan(8, 4, plan_writer::optimizer("adam")).compile();
    SliceStats stats;
    CHECK(run_slice(*together, data, options, nullptr, {}, stats).ok());
    CHECK(stats.steps == 15 && stats.rows == 50 && stats.epochs.size() == 5 && stats.losses.size() == 15);
    CHECK(together->steps_done == apart->steps_done && together->steps_done == 10);
    double loss = 0;
    for (size_t i = 0; i < 5; ++i) {
      CHECK(stats.epochs[i].loss == calls[i].loss && stats.epochs[i].steps == 3 && stats.epochs[i].rows == 10);
      CHECK(std::equal(calls[i].losses.begin(), calls[i].losses.end(), stats.losses.begin() + int64_t(i) * 3));
      loss += calls[i].loss / 5;
    }
    CHECK_NOTE(std::fabs(stats.loss - loss) < 1e-12, "%g", stats.loss - loss);
  }
  options.indices.pop_back();
  SliceStats stats;
  CHECK(run_slice(*apart, data, options, nullptr, {}, stats).code == Code::argument);
}

TEST(graph_cancelled_between_epochs) {
  const Dataset data = mixed_data(8);
  const auto program = mixed_plan(8, 4, plan_writer::optimizer("sgd")).compile();
  SliceOptions options = training_options(4, 1);
  options.epochs = 6;
  CancelFlag cancel;
  SliceStats stats;
  const SliceReport report = [&](double step, double steps, double) {
    CHECK(steps == 12);
    if (step == 5) cancel.request();
  };
  CHECK(run_slice(*program, data, options, &cancel, report, stats).ok());
  CHECK(stats.aborted && stats.steps == 5 && stats.rows == 20 && stats.epochs.size() == 2);
}

TEST(graph_one_call_at_a_time) {
  const auto program = mixed_plan(8, 4, plan_writer::optimizer("sgd")).compile();
  {
    Use first(*program);
    CHECK(first.status().ok());
    Use second(*program);
    CHECK(second.status().code == Code::busy);
  }
  Use third(*program);
  CHECK(third.status().ok());
}
