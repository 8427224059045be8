// The backward half of a program: gradients, clipping, optimizer.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "graph/program.h"

namespace hebb::graph {

namespace {

constexpr int64_t kUpdateGrain = 16384;

}  // namespace

template <class T>
OptimizerArgs<T> Program<T>::optimizer_args(double lr, double scale, bool decay) {
  const Hyper& h = plan_.hyper;
  if (corrected_step_ != steps_done) {  // two powers cost as much as a small layer
    corrected_step_ = steps_done;
    corrections_[0] = 1 - std::pow(h.beta1, double(steps_done));
    corrections_[1] = 1 - std::pow(h.beta2, double(steps_done));
  }
  OptimizerArgs<T> a{};
  a.lr = T(lr);
  a.momentum = T(h.momentum);
  a.dampening = T(h.dampening);
  a.beta1 = T(h.beta1);
  a.beta2 = T(h.beta2);
  a.eps = T(h.eps);
  a.alpha = T(h.alpha);
  a.weight_decay = T(decay ? h.weight_decay : 0);
  a.l2 = T(decay ? h.l2 : 0);
  a.grad_scale = T(scale);
  a.bias_correction1 = T(corrections_[0]);
  a.bias_correction2 = T(corrections_[1]);
  a.first_step = steps_done == 1;
  return a;
}

template <class T>
Status Program<T>::run_backward() {
  if (plan_.loss >= 0) *exec_.run(plan_.loss).grad = T(1);
  exec_.accumulating = has_gradients_;
  for (int32_t id : backward_order_) {
    const Node& n = plan_.node(id);
    n.op->backward(exec_, n);
    if (exec_.failed) return std::move(exec_.status);
    if (!updated_pieces_ && cancelled()) {
      can_backward_ = false;
      has_gradients_ = true;  // of some operations: to be dropped
      --draws_done;
      return Status::aborted("The operation was aborted.");
    }
  }
  can_backward_ = false;
  has_gradients_ = true;
  return {};
}

// Clipping needs the norm of the whole gradient and accumulation several passes: then the update waits for the end.
template <class T>
Status Program<T>::run_backward_and_apply(double learning_rate) {
  const bool clips = plan_.hyper.clip_norm < std::numeric_limits<double>::infinity();
  if (clips || has_gradients_) {
    HEBB_RETURN_IF_ERROR(run_backward());
    return apply(learning_rate, 1.0, nullptr);
  }
  ++steps_done;
  pieces_.resize(layout_.params.size());
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const ParamPlace& p = layout_.params[i];
    if (!p.fusable) continue;
    const ParamSpec spec = param_spec(plan_.node(p.node));
    pieces_[i] = {&exec_.kernels->optimizers[plan_.optimizer], params_.as<T>() + p.offset,
                  slot_count_ > 0 ? slots_[0].as<T>() + p.offset : nullptr,
                  slot_count_ > 1 ? slots_[1].as<T>() + p.offset : nullptr,
                  optimizer_args(learning_rate * spec.learning_rate_scale, 1.0, spec.decay)};
    exec_.run(p.node).update = &pieces_[i];
  }
  updated_pieces_ = true;
  Status applied = run_backward();
  for (const ParamPlace& p : layout_.params) exec_.run(p.node).update = nullptr;
  if (applied.ok()) applied = apply(learning_rate, 1.0, nullptr);
  updated_pieces_ = false;
  return applied;
}

template <class T>
Status Program<T>::backward(const Feed* seeds, int seed_count) {
  if (!plan_.training())
    return Status::argument("Expected a program compiled with an optimizer, received one for inference.");
  if (!can_backward_) {
    return Status::argument("Expected forward({ ... }, { training: true }) right before backward().");
  }
  if (plan_.loss >= 0 && seed_count > 0) {
    return Status::argument("Expected no seeds for a program with a loss.");
  }
  if (plan_.loss < 0) {
    for (int32_t id : plan_.outputs) {
      NodeRun<T>& r = exec_.run(id);
      if (r.grad == nullptr) continue;
      std::fill(r.grad, r.grad + r.count, T(0));
    }
    for (int i = 0; i < seed_count; ++i) {
      NodeRun<T>& r = exec_.run(seeds[i].node);
      if (r.grad == nullptr) continue;
      if (seeds[i].count != r.count) {
        return Status::shape("Expected the seed of `" + plan_.labels[size_t(seeds[i].node)] + "` to hold " +
                             std::to_string(r.count) + " values, received " + std::to_string(seeds[i].count) + ".");
      }
      exec_.k().axpy(r.count, T(1), static_cast<const T*>(seeds[i].data), r.grad);
    }
  }
  enter(0);
  const Status status = run_backward();
  leave();
  return status;
}

// The L2 norm over dense and row-sparse gradients, summed in float64 over chunks of fixed bounds.
template <class T>
double Program<T>::gradient_norm() {
  const KernelTable<T>& k = *exec_.kernels;
  double total = 0;
  const int64_t n = layout_.dense_count;
  const int64_t grain = std::max<int64_t>(65536, chunk_count(n, int64_t(partials_.size())));
  parallel_range(*exec_.lease, n, grain, [&](int64_t begin, int64_t end, int) {
    partials_[size_t(begin / grain)] = k.sum_squares(end - begin, grads_.as<T>() + begin);
  });
  for (int64_t c = 0; c < chunk_count(n, grain); ++c) total += partials_[size_t(c)];
  for (const auto& s : sparse_)
    if (s != nullptr) total += k.sum_squares(s->touched() * s->width(), s->grads());
  return std::sqrt(total);
}

template <class T>
void Program<T>::update_dense(double lr, double scale) {
  const OptimizerRow<T>& row = exec_.kernels->optimizers[plan_.optimizer];
  for (const Segment& s : layout_.segments) {
    if (s.fusable && updated_pieces_) continue;
    const OptimizerArgs<T> args = optimizer_args(lr * s.learning_rate_scale, scale, s.decay);
    parallel_range(*exec_.lease, s.length, kUpdateGrain, [&](int64_t begin, int64_t end, int) {
      const int64_t at = s.offset + begin;
      row.update(end - begin, params_.as<T>() + at, grads_.as<T>() + at,
                 slot_count_ > 0 ? slots_[0].as<T>() + at : nullptr, slot_count_ > 1 ? slots_[1].as<T>() + at : nullptr,
                 args);
    });
  }
}

// Lazy: rows that no minibatch touched keep their values and optimizer state, as with PyTorch's SparseAdam.
template <class T>
void Program<T>::update_sparse(double lr, double scale) {
  const OptimizerRow<T>& row = exec_.kernels->optimizers[plan_.optimizer];
  for (size_t i = 0; i < sparse_.size(); ++i) {
    if (sparse_[i] == nullptr) continue;
    const SparseGrad<T>& s = *sparse_[i];
    const ParamSpec spec = param_spec(plan_.node(layout_.params[i].node));
    OptimizerArgs<T> args = optimizer_args(lr * spec.learning_rate_scale, scale, spec.decay);
    args.first_step = false;
    const int64_t width = s.width(), base = layout_.params[i].offset;
    const int64_t grain = 1 + kUpdateGrain / 2 / std::max<int64_t>(width, 1);
    parallel_range(*exec_.lease, s.touched(), grain, [&](int64_t begin, int64_t end, int) {
      for (int64_t slot = begin; slot < end; ++slot) {
        const int64_t at = base + int64_t(s.rows()[slot]) * width;
        row.update(width, params_.as<T>() + at, s.grads() + slot * width,
                   slot_count_ > 0 ? slots_[0].as<T>() + at : nullptr,
                   slot_count_ > 1 ? slots_[1].as<T>() + at : nullptr, args);
      }
    });
  }
}

template <class T>
void Program<T>::clear_sparse() {
  for (const auto& s : sparse_)
    if (s != nullptr) s->clear();
}

template <class T>
void Program<T>::drop_gradients() {
  clear_sparse();
  has_gradients_ = false;
}

template <class T>
Status Program<T>::apply(double learning_rate, double gradient_scale, double* norm) {
  if (!plan_.training())
    return Status::argument("Expected a program compiled with an optimizer, received one for inference.");
  if (!has_gradients_) return Status::argument("Expected backward() before apply().");
  double scale = gradient_scale;
  const double clip = plan_.hyper.clip_norm;
  const bool clips = clip < std::numeric_limits<double>::infinity();
  if (clips || norm != nullptr) {
    const double size = gradient_norm() * std::fabs(gradient_scale);
    if (norm != nullptr) *norm = size;
    if (clips && !std::isfinite(size)) {
      drop_gradients();
      return Status::non_finite("Expected a finite gradient norm, received NaN or Infinity at update " +
                                std::to_string(steps_done + 1) + ".");
    }
    // As torch.nn.utils.clip_grad_norm_.
    if (clips) scale *= std::min(1.0, clip / (size + 1e-6));
  }
  if (!updated_pieces_) ++steps_done;
  update_dense(learning_rate, scale);
  update_sparse(learning_rate, scale);
  drop_gradients();
  return {};
}

template <class T>
Status Program<T>::step(const Feed* feeds, int feed_count, int64_t batch, double learning_rate, double* loss) {
  if (plan_.loss < 0) return Status::argument("Expected a program compiled with a loss for step().");
  if (!plan_.training())
    return Status::argument("Expected a program compiled with an optimizer, received one for inference.");
  HEBB_RETURN_IF_ERROR(forward(feeds, feed_count, batch, &plan_.loss, 1, true));
  *loss = scalar(plan_.loss);
  if (!std::isfinite(*loss)) {
    can_backward_ = false;
    return explain_nonfinite(order_for(&plan_.loss, 1),
                             " in the forward pass of step " + std::to_string(steps_done + 1));
  }
  enter(0);
  const Status status = run_backward_and_apply(learning_rate);
  leave();
  return status;
}

template class Program<float>;
template class Program<double>;

}  // namespace hebb::graph
