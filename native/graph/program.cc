#include "graph/program.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "core/gemm.h"
#include "graph/dataset.h"

namespace hebb::graph {

namespace {

// Below this many floating-point operations a pass runs on the calling thread: waking another costs more. Where one is
// awake, or will be by the next pass of a series, a quarter of that is worth sharing.
constexpr double kSharedWork = 2e6;
constexpr double kWarmWork = 5e5;
constexpr double kSeriesSeconds = 1e-4;  // between two passes of a series

template <class T>
int64_t panel_size(int64_t K, int64_t N) {
  return panel_elements<T>(kernels_for<T>(), K, N);
}

}  // namespace

Status ProgramBase::create(Plan plan, Arithmetic arithmetic, int threads, std::shared_ptr<ProgramBase>& program) {
  if (arithmetic == Arithmetic::f64) {
    auto made = std::make_shared<Program<double>>();
    HEBB_RETURN_IF_ERROR(made->compile(std::move(plan), arithmetic, threads));
    program = std::move(made);
  } else {
    auto made = std::make_shared<Program<float>>();
    HEBB_RETURN_IF_ERROR(made->compile(std::move(plan), arithmetic, threads));
    program = std::move(made);
  }
  return {};
}

template <class T>
Status Program<T>::compile(Plan plan, Arithmetic arithmetic, int threads) {
  plan_ = std::move(plan);
  threads_ = threads;
  const bool low = arithmetic == Arithmetic::bf16 || arithmetic == Arithmetic::int8;
  if (low && plan_.training()) {
    return Status::argument("Expected a program without an optimizer: bf16 and int8 are for inference.");
  }
  HEBB_RETURN_IF_ERROR(plan_layout(plan_, sizeof(T), panel_size<T>, layout_));
  if (low) {
    low_.resize(layout_.params.size());
    low_precision_ = arithmetic == Arithmetic::bf16 ? Precision::bf16 : Precision::int8;
  }
  exec_.kernels = &kernels_for<T>();
  exec_.nodes = &plan_.nodes;
  exec_.lease = &own_;
  exec_.inline_leases.resize(1);
  exec_.seed = plan_.seed;
  exec_.runs.resize(plan_.nodes.size());
  fed_.assign(plan_.nodes.size(), 0);
  if (plan_.training()) {
    if (plan_.optimizer >= exec_.kernels->optimizer_count) return Status::argument("Expected a known optimizer.");
    slot_count_ = exec_.kernels->optimizers[plan_.optimizer].slots;
    for (int32_t i = int32_t(plan_.nodes.size()) - 1; i >= 0; --i)
      if (layout_.nodes[size_t(i)].needs_grad && !plan_.node(i).inputs.empty()) backward_order_.push_back(i);
  }
  HEBB_RETURN_IF_ERROR(allocate());
  bind();
  return initialize();
}

template <class T>
Status Program<T>::set_sizes(Sizes sizes) {
  if (sized_ && sizes == exec_.sizes) return {};
  if (sizes.B > plan_.max.B) {
    return Status::shape("Expected at most " + std::to_string(plan_.max.B) + " rows (maxBatch), received " +
                         std::to_string(sizes.B) + ".");
  }
  if (plan_.max.T > 0 && sizes.T > plan_.max.T) {
    return Status::shape("Expected at most " + std::to_string(plan_.max.T) + " time steps (maxTime), received " +
                         std::to_string(sizes.T) + ".");
  }
  exec_.sizes = sizes;
  sized_ = true;
  can_backward_ = false;
  work_ = 0;
  for (const Node& n : plan_.nodes) {
    NodeRun<T>& r = exec_.run(n);
    for (int i = 0; i < n.shape.rank; ++i) r.dims[i] = n.shape.dims[i].at(sizes);
    r.count = n.shape.extent().at(sizes);
    if (n.inputs.empty()) continue;
    const NodeRun<T>& first = exec_.run(n.inputs[0]);
    const Shape& shape = plan_.node(n.inputs[0]).shape;
    // A negative cost: a contraction over the last dimension of input 0.
    const double inner = n.op->cost < 0 && shape.rank > 0 ? double(first.dims[shape.rank - 1]) : 1;
    work_ += double(std::max(r.count, n.op->cost < 0 ? int64_t(0) : first.count)) * std::fabs(n.op->cost) * inner;
  }
  return {};
}

template <class T>
Status Program<T>::resolve_sizes(const Feed* feeds, int count, int64_t batch, Sizes& sizes) const {
  int64_t B = batch > 0 ? batch : -1, T_ = -1;
  // Every round settles what the round before made solvable: at most one unknown a feed.
  for (int round = 0; round < 2; ++round) {
    for (int f = 0; f < count; ++f) {
      const Extent e = plan_.node(feeds[f].node).shape.extent();
      int64_t rest = feeds[f].count;
      int b = e.b, t = e.t;
      if (e.factor <= 0 || rest % e.factor != 0) continue;
      rest /= e.factor;
      for (; b > 0 && B > 0 && rest % B == 0; --b) rest /= B;
      for (; t > 0 && T_ > 0 && rest % T_ == 0; --t) rest /= T_;
      if (b == 1 && t == 0 && B < 0) B = rest;
      if (t == 1 && b == 0 && T_ < 0) T_ = rest;
    }
  }
  for (int f = 0; f < count; ++f) {
    const Shape& shape = plan_.node(feeds[f].node).shape;
    const Extent e = shape.extent();
    if ((e.b > 0 && B < 0) || (e.t > 0 && T_ < 0)) {
      if (e.b > 0 && e.t > 0 && B < 0 && T_ < 0 && e.factor > 0 && feeds[f].count % e.factor == 0) {
        return Status::shape("Expected the number of rows to follow from the feeds, but " +
                             quoted(plan_, feeds[f].node) + " has shape " + to_string(shape) + ": give `batch`.");
      }
      return Status::shape("Expected " + quoted(plan_, feeds[f].node) + " to fill shape " + to_string(shape) +
                           ", received " + std::to_string(feeds[f].count) + " values.");
    }
    const int64_t expected = e.at({B, T_});
    if (expected != feeds[f].count) {
      std::string known = e.b > 0 ? " with B = " + std::to_string(B) : "";
      if (e.t > 0) known += (e.b > 0 ? ", T = " : " with T = ") + std::to_string(T_);
      return Status::shape("Expected " + quoted(plan_, feeds[f].node) + " to hold " + std::to_string(expected) +
                           " values, shape " + to_string(shape) + known + ", received " +
                           std::to_string(feeds[f].count) + ".");
    }
  }
  sizes.B = B < 0 ? 1 : B;
  sizes.T = T_ < 0 ? 1 : T_;
  return {};
}

template <class T>
Status Program<T>::check_indices(int32_t node) {
  const std::vector<int32_t>& users = layout_.index_users[size_t(node)];
  if (users.empty()) return {};
  int64_t limit = int64_t(1) << 31;
  for (int32_t user : users) limit = std::min(limit, plan_.node(user).traits.index_limit.at(exec_.sizes));
  const NodeRun<T>& r = exec_.run(node);
  int32_t largest = -1;
  for (int64_t i = 0; i < r.count; ++i) largest = std::max(largest, r.index[i]);
  if (largest < limit) return {};
  const int64_t at = std::find_if(r.index, r.index + r.count, [&](int32_t x) { return x >= limit; }) - r.index;
  return Status::data("Expected " + quoted(plan_, node) + " to hold integers below " + std::to_string(limit) +
                      ", received " + std::to_string(r.index[at]) + " at position " + std::to_string(at) + ".");
}

template <class T>
Status Program<T>::accept(const Feed& feed) {
  NodeRun<T>& r = exec_.run(feed.node);
  fed_[size_t(feed.node)] = 1;
  if (plan_.node(feed.node).dtype == DType::i32) {
    // Copied before it is checked: the memory might be shared with another thread of the caller.
    if (feed.count > 0) std::memcpy(r.index, feed.data, size_t(feed.count) * sizeof(int32_t));
    return check_indices(feed.node);
  }
  if (feed.count > 0) std::memcpy(r.value, feed.data, size_t(feed.count) * sizeof(T));
  return {};
}

// The nodes that `wanted` depends on, sources excluded, in order.
template <class T>
const std::vector<int32_t>& Program<T>::order_for(const int32_t* wanted, int count) {
  for (const Order& order : orders_) {
    if (order.wanted.size() == size_t(count) && std::equal(wanted, wanted + count, order.wanted.begin()))
      return order.nodes;
  }
  if (orders_.size() >= 16) orders_.clear();
  std::vector<uint8_t> needed(plan_.nodes.size(), 0);
  for (int i = 0; i < count; ++i) needed[size_t(wanted[i])] = 1;
  for (int64_t i = int64_t(plan_.nodes.size()) - 1; i >= 0; --i)
    if (needed[size_t(i)])
      for (int32_t in : plan_.node(int32_t(i)).inputs) needed[size_t(in)] = 1;
  Order order;
  order.wanted.assign(wanted, wanted + count);
  for (const Node& n : plan_.nodes)
    if (needed[size_t(n.id)]) order.nodes.push_back(n.id);
  orders_.push_back(std::move(order));
  return orders_.back().nodes;
}

template <class T>
Status Program<T>::run_forward(const std::vector<int32_t>& order, bool training) {
  exec_.training = training;
  exec_.draws = uint64_t(draws_done);
  exec_.failed = false;
  ++exec_.pass;
  can_backward_ = false;
  for (int32_t id : order) {
    const Node& n = plan_.node(id);
    n.op->forward(exec_, n);
    if (exec_.failed) return std::move(exec_.status);
    if (cancelled()) return Status::aborted("The operation was aborted.");
  }
  if (training) {
    ++draws_done;
    can_backward_ = true;
  }
  return {};
}

template <class T>
Status Program<T>::explain_nonfinite(const std::vector<int32_t>& order, const std::string& when) {
  const KernelTable<T>& k = *exec_.kernels;
  exec_.draws = uint64_t(draws_done > 0 ? draws_done - 1 : 0);  // the same dropout masks again
  const auto name = [&](const Node& n, int64_t at, const std::string& where) {
    const T* value = exec_.run(n).value;
    return Status::non_finite("Expected finite numbers, received " +
                              std::string(std::isnan(value[at]) ? "NaN" : "Infinity") + when + ": first in " +
                              quoted(plan_, n.id) + " (" + n.op->name + ")" + where + ".");
  };
  for (int32_t id : order) {
    const Node& n = plan_.node(id);
    if (!n.inputs.empty()) n.op->forward(exec_, n);
    if (n.dtype != DType::real) continue;
    const bool panels = exec_.run(n).panels;
    const int64_t stored = panels ? layout_.params[size_t(layout_.nodes[size_t(id)].param)].stored : exec_.run(n).count;
    const int64_t at = k.find_nonfinite(stored, exec_.run(n).value);
    if (at >= 0 && panels) return name(n, at, "");
    if (at >= 0) return name(n, at, " at element " + std::to_string(at) + " of shape " + to_string(n.shape));
  }
  return Status::non_finite("Expected a finite loss, received NaN or Infinity" + when + ".");
}

template <class T>
void Program<T>::enter(int max_threads) {
  if (threads_ > 0) max_threads = max_threads > 0 ? std::min(max_threads, threads_) : threads_;
  ThreadPool& pool = ThreadPool::instance();
  if (max_threads == 1 || work_ < kWarmWork || (work_ < kSharedWork && !in_series() && !pool.warm())) {
    exec_.lease = &own_;
    return;
  }
  shared_ = pool.lease(max_threads);
  exec_.lease = &shared_;
  if (exec_.inline_leases.size() < size_t(shared_.threads())) exec_.inline_leases.resize(size_t(shared_.threads()));
}

template <class T>
void Program<T>::leave() {
  if (work_ >= kWarmWork && work_ < kSharedWork) left_ = std::chrono::steady_clock::now();
  if (exec_.lease != &shared_) return;
  exec_.lease = &own_;
  shared_ = Lease();
}

template <class T>
bool Program<T>::in_series() const {
  return std::chrono::steady_clock::now() - left_ < std::chrono::duration<double>(kSeriesSeconds);
}

template <class T>
Status Program<T>::forward(const Feed* feeds, int feed_count, int64_t batch, const int32_t* wanted, int wanted_count,
                           bool training) {
  Sizes sizes;
  HEBB_RETURN_IF_ERROR(resolve_sizes(feeds, feed_count, batch, sizes));
  HEBB_RETURN_IF_ERROR(set_sizes(sizes));
  for (int32_t id : plan_.inputs) fed_[size_t(id)] = 0;
  for (int i = 0; i < feed_count; ++i) HEBB_RETURN_IF_ERROR(accept(feeds[i]));
  const std::vector<int32_t>& order = order_for(wanted, wanted_count);
  for (int32_t id : plan_.inputs) {
    if (fed_[size_t(id)] == 0 && std::binary_search(order.begin(), order.end(), id)) {
      return Status::argument("Expected a value for input " + quoted(plan_, id) + ", received none.");
    }
  }
  enter(0);
  const Status status = run_forward(order, training && plan_.training());
  leave();
  return status;
}

// Where an input and the views of it find their values.
template <class T>
void Program<T>::place_input(int32_t input, T* values) {
  for (const Node& n : plan_.nodes)
    if (layout_.nodes[size_t(n.id)].root == input) exec_.run(n).value = values;
}

template <class T>
Status Program<T>::forward_part(const Feed& x, int64_t rows, bool finite, T* out, int64_t out_count) {
  const int32_t output = plan_.outputs[0];
  Sizes sizes;
  HEBB_RETURN_IF_ERROR(resolve_sizes(&x, 1, rows, sizes));
  HEBB_RETURN_IF_ERROR(set_sizes(sizes));
  if (value_count(output) != out_count) {
    return Status::shape("Expected `out` to hold the output.");
  }
  const bool real = plan_.node(x.node).dtype == DType::real;
  if (!real) HEBB_RETURN_IF_ERROR(accept(x));
  enter(0);
  Status status;
  if constexpr (sizeof(T) == sizeof(float)) {
    const float* values = static_cast<const float*>(x.data);
    const int64_t bad = real && finite ? find_nonfinite(*exec_.lease, x.count, values) : -1;
    if (bad >= 0) {
      status = Status::non_finite("Expected `x` to hold finite numbers, received " +
                                  std::string(std::isnan(values[bad]) ? "NaN" : "Infinity") + ".");
    }
  }
  if (status.ok()) {
    if (real) place_input(x.node, static_cast<T*>(const_cast<void*>(x.data)));
    status = run_forward(order_for(&output, 1), false);
    if (status.ok()) std::memmove(out, exec_.run(output).value, size_t(out_count) * sizeof(T));
    if (real) place_input(x.node, arena_.as<T>() + layout_.nodes[size_t(x.node)].value);
  }
  leave();
  return status;
}

template <class T>
Status Program<T>::forward_rows(const Feed& x, int64_t rows, bool finite, void* out, int64_t out_count) {
  const int64_t width = x.count / rows, out_width = out_count / rows;
  if (width * rows != x.count || out_width * rows != out_count) return Status::shape("Expected whole rows.");
  const int64_t bytes = plan_.node(x.node).dtype == DType::i32 ? int64_t(sizeof(int32_t)) : int64_t(sizeof(T));
  for (int64_t first = 0; first < rows; first += plan_.max.B) {
    const int64_t some = std::min<int64_t>(rows - first, plan_.max.B);
    const Feed part{x.node, static_cast<const char*>(x.data) + first * width * bytes, some * width};
    HEBB_RETURN_IF_ERROR(forward_part(part, some, finite, static_cast<T*>(out) + first * out_width, some * out_width));
  }
  return {};
}

template <class T>
const void* Program<T>::value(int32_t node) const {
  const NodeRun<T>& r = exec_.runs[size_t(node)];
  return plan_.node(node).dtype == DType::i32 ? static_cast<const void*>(r.index) : static_cast<const void*>(r.value);
}

template <class T>
double Program<T>::scalar(int32_t node) const {
  const NodeRun<T>& r = exec_.runs[size_t(node)];
  return plan_.node(node).traits.exact_scalar ? r.scalar : double(*r.value);
}

template class Program<float>;
template class Program<double>;

}  // namespace hebb::graph
