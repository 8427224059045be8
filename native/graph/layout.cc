#include "graph/layout.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "core/arena.h"
#include "graph/intervals.h"

namespace hebb::graph {

namespace {

class Planner {
 public:
  Planner(Plan& plan, size_t element, PanelSize panel_size, Layout& layout)
      : plan_(plan),
        layout_(layout),
        panel_size_(panel_size),
        N_(int64_t(plan.nodes.size())),
        line_(int64_t(kAlignment / element)) {}

  Status run() {
    layout_.nodes.assign(size_t(N_), {});
    HEBB_RETURN_IF_ERROR(find_gradients());
    mark_contributions();
    HEBB_RETURN_IF_ERROR(find_index_users());
    find_twins();
    fold_derivatives();
    place_params();
    place_buffers();
    return check_total();
  }

 private:
  NodePlace& place(int32_t id) { return layout_.nodes[size_t(id)]; }
  bool external(const Node& n) const { return n.inputs.empty(); }
  int64_t elements(const Node& n) const {
    const int64_t count = n.shape.extent().at(plan_.max);
    return (count + line_ - 1) / line_ * line_;
  }

  // A node needs a gradient when it depends on a trainable parameter and the loss (or an output) depends on it.
  Status find_gradients() {
    if (!plan_.training()) return {};
    std::vector<uint8_t> depends(size_t(N_), 0), wanted(size_t(N_), 0);
    for (const Node& n : plan_.nodes) {
      uint8_t d = n.is_param && param_spec(n).trainable;
      if (!n.traits.stops_gradient && n.dtype == DType::real)
        for (int32_t in : n.inputs) d |= depends[size_t(in)];
      depends[size_t(n.id)] = d;
    }
    if (plan_.loss >= 0) {
      wanted[size_t(plan_.loss)] = 1;
    } else {
      for (int32_t id : plan_.outputs) wanted[size_t(id)] = 1;
    }
    for (int64_t i = N_ - 1; i >= 0; --i) {
      const Node& n = plan_.node(int32_t(i));
      if (!wanted[size_t(i)] || !depends[size_t(i)]) continue;
      place(n.id).needs_grad = true;
      for (size_t k = 0; k < n.inputs.size(); ++k) {
        const int32_t in = n.inputs[k];
        if (!depends[size_t(in)]) continue;
        if (!(n.traits.differentiable >> std::min<size_t>(k, 31) & 1u)) {
          return Status::argument("Expected input " + std::to_string(k) + " of `" + plan_.labels[size_t(n.id)] +
                                  "` not to depend on parameters: no gradient flows there. Wrap it in stopGradient.");
        }
        wanted[size_t(in)] = 1;
      }
    }
    if (plan_.loss >= 0 && !place(plan_.loss).needs_grad) {
      return Status::argument("Expected the loss to depend on a trainable parameter, received one that does not.");
    }
    return {};
  }

  // Backward runs from the last node to the first; whoever comes first to a gradient overwrites. Seeded outputs hold
  // their seed already.
  void mark_contributions() {
    std::vector<uint8_t> written(size_t(N_), 0);
    if (plan_.loss < 0)
      for (int32_t id : plan_.outputs) written[size_t(id)] = 1;
    consumers_.assign(size_t(N_), 0);
    for (const Node& n : plan_.nodes)
      for (int32_t in : n.inputs) consumers_[size_t(in)] += place(n.id).needs_grad;
    for (int64_t i = N_ - 1; i >= 0; --i) {
      Node& n = plan_.nodes[size_t(i)];
      n.accumulate.assign(n.inputs.size(), 0);
      place(n.id).grad_root = n.id;
      if (!place(n.id).needs_grad) continue;
      for (size_t k = 0; k < n.inputs.size(); ++k) {
        const size_t in = size_t(n.inputs[k]);
        n.accumulate[k] = written[in];
        written[in] = 1;
      }
    }
    // The gradient of a reshape's only input is the gradient of the reshape, if nobody else writes there.
    for (const Node& n : plan_.nodes) {
      if (!place(n.id).needs_grad || !n.traits.view || n.inputs.empty()) continue;
      const int32_t in = n.inputs[0];
      if (place(in).needs_grad && consumers_[size_t(in)] == 1 && !n.accumulate[0] && !plan_.node(in).is_param &&
          !(plan_.loss < 0 && is_output(n.id))) {
        place(n.id).grad_root = place(in).grad_root;
      }
    }
  }

  // Ids and labels are checked where they come in, against everyone who will use them as indices. What a program
  // computes itself cannot be checked there and is no index.
  Status find_index_users() {
    layout_.index_users.resize(size_t(N_));
    std::vector<int32_t> root(static_cast<size_t>(N_));
    for (const Node& n : plan_.nodes) {
      const bool passes_on = n.dtype == DType::i32 && !n.inputs.empty() && plan_.node(n.inputs[0]).dtype == DType::i32;
      root[size_t(n.id)] = passes_on ? root[size_t(n.inputs[0])] : n.id;
      if (n.traits.index_input < 0 || size_t(n.traits.index_input) >= n.inputs.size()) continue;
      const int32_t from = root[size_t(n.inputs[size_t(n.traits.index_input)])];
      if (!plan_.node(from).inputs.empty()) {
        return Status::argument("Expected input " + std::to_string(n.traits.index_input) + " of `" +
                                plan_.labels[size_t(n.id)] + "` to be fed, received what `" +
                                plan_.labels[size_t(from)] + "` computes.");
      }
      layout_.index_users[size_t(from)].push_back(n.id);
    }
    return {};
  }

  // An op that ends in an activation leaves its derivative to the only reader of its output, if that one can multiply
  // it into the gradient that it passes back.
  void fold_derivatives() {
    for (Node& n : plan_.nodes) {
      if (!place(n.id).needs_grad || !n.traits.folds_derivative) continue;
      Node& before = plan_.nodes[size_t(n.inputs[0])];
      const bool sole =
          consumers_[size_t(before.id)] == 1 && !n.accumulate[0] && !(plan_.loss < 0 && is_output(before.id));
      if (before.traits.activation < 0 || !place(before.id).needs_grad || !sole) continue;
      n.folds = before.id;
      before.derivative_folded = true;
    }
  }

  void find_twins() {
    for (Node& n : plan_.nodes) {
      if (std::string(n.op->name) != "accuracy") continue;
      for (const Node& loss : plan_.nodes) {
        if (std::string(loss.op->name) == "softmaxCrossEntropy" && loss.inputs[0] == n.inputs[0] &&
            loss.inputs[1] == n.inputs[1]) {
          n.twin = loss.id;
        }
      }
    }
  }

  bool is_output(int32_t id) const {
    return std::find(plan_.outputs.begin(), plan_.outputs.end(), id) != plan_.outputs.end();
  }

  // Dense trainable parameters first, those with equal settings side by side; then row-sparse ones; then the rest.
  void place_params() {
    const size_t count = plan_.params.size();
    layout_.params.resize(count);
    std::vector<ParamSpec> specs;
    for (size_t i = 0; i < count; ++i) {
      const int32_t id = plan_.params[i];
      ParamPlace& p = layout_.params[i];
      p.node = id;
      p.count = plan_.node(id).shape.extent().at(plan_.max);
      p.has_gradient = place(id).needs_grad;
      p.sparse = p.has_gradient && only_sparse_uses(id);
      p.stored = p.count;
      if (p.count > 0 && only_panel_uses(id)) {
        const Shape& shape = plan_.node(id).shape;  // [out, in]
        p.panels = true;
        p.stored = panel_size_(shape.dims[1].factor, shape.dims[0].factor);
        p.fusable = p.has_gradient && consumers_[size_t(id)] == 1;
        plan_.nodes[size_t(id)].fusable = p.fusable;
        layout_.scratch = std::max(layout_.scratch, panel_size_(shape.dims[0].factor, shape.dims[1].factor));
      }
      place(id).param = int32_t(i);
      specs.push_back(param_spec(plan_.node(id)));
    }
    std::vector<size_t> order(count);
    std::iota(order.begin(), order.end(), size_t(0));
    const auto group = [&](size_t i) { return !layout_.params[i].has_gradient ? 2 : layout_.params[i].sparse ? 1 : 0; };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      if (group(a) != group(b)) return group(a) < group(b);
      if (specs[a].decay != specs[b].decay) return specs[a].decay;
      if (layout_.params[a].fusable != layout_.params[b].fusable) return layout_.params[a].fusable;
      return specs[a].learning_rate_scale < specs[b].learning_rate_scale;
    });
    int64_t at = 0;
    for (size_t i : order) {
      ParamPlace& p = layout_.params[i];
      p.offset = at;
      const int64_t length = (p.stored + line_ - 1) / line_ * line_;
      if (group(i) == 0) {
        Segment* last = layout_.segments.empty() ? nullptr : &layout_.segments.back();
        if (last != nullptr && last->decay == specs[i].decay && last->fusable == p.fusable &&
            last->learning_rate_scale == specs[i].learning_rate_scale) {
          last->length += length;
        } else {
          layout_.segments.push_back({at, length, specs[i].decay, specs[i].learning_rate_scale, p.fusable});
        }
        layout_.dense_count = at + length;
      }
      at += length;
    }
    layout_.param_count = at;
  }

  // Every reader can take it in panels, and nobody reads it as it is.
  bool only_panel_uses(int32_t param) const {
    if (is_output(param)) return false;
    bool used = false;
    for (const Node& n : plan_.nodes) {
      for (size_t k = 0; k < n.inputs.size(); ++k) {
        if (n.inputs[k] != param) continue;
        if (int(k) != n.traits.panel_input) return false;
        used = true;
      }
    }
    return used;
  }

  bool only_sparse_uses(int32_t param) const {
    if (is_output(param)) return false;
    for (const Node& n : plan_.nodes) {
      if (!layout_.nodes[size_t(n.id)].needs_grad) continue;
      for (size_t k = 0; k < n.inputs.size(); ++k) {
        if (n.inputs[k] == param && !(n.traits.sparse_inputs >> std::min<size_t>(k, 31) & 1u)) return false;
      }
    }
    return true;
  }

  void place_buffers();
  void find_lives(std::vector<Interval>& values, std::vector<Interval>& grads, std::vector<Interval>& aux);
  void share_values(std::vector<Interval>& values);
  Status check_total() const;

  Plan& plan_;
  Layout& layout_;
  PanelSize panel_size_;
  int64_t N_;
  int64_t line_;                    // elements in 64 bytes
  std::vector<int32_t> consumers_;  // of each node, those that run backward
  bool loss_shares_ = false;        // the loss writes its gradient straight into that of its first input
};

void Planner::find_lives(std::vector<Interval>& values, std::vector<Interval>& grads, std::vector<Interval>& aux) {
  const int64_t end_of_forward = N_;
  for (const Node& n : plan_.nodes) {
    const size_t i = size_t(n.id);
    NodePlace& p = place(n.id);
    const int64_t backward = 2 * N_ - n.id;
    // Inputs are all written before the first op.
    values[i] = {external(n) ? -1 : n.id, n.id, elements(n), &p.value};
    if (p.needs_grad && n.traits.backward_reads_output) values[i].end = backward;
    for (size_t k = 0; k < n.inputs.size(); ++k) {
      Interval& v = values[size_t(n.inputs[k])];
      v.end = std::max<int64_t>(v.end, n.id);
      if (p.needs_grad && (n.traits.backward_reads_inputs >> std::min<size_t>(k, 31) & 1u))
        v.end = std::max(v.end, backward);
    }
    if (std::find(plan_.constants.begin(), plan_.constants.end(), n.id) != plan_.constants.end()) {
      values[i].end = 2 * N_ + 2;
    }
    // Scalars are read at the end of a step.
    if (n.shape.rank == 0) values[i].end = 2 * N_ + 1;
    const int64_t extra = n.traits.aux.at(plan_.max);
    if (extra > 0 && (p.needs_grad || n.traits.aux_in_forward)) {
      aux[i] = {n.id, p.needs_grad ? backward : n.id, (extra + line_ - 1) / line_ * line_, &p.aux};
    }
    if (p.needs_grad && !n.is_param) grads[i] = {backward, backward, elements(n), &p.grad};
  }
  for (int32_t id : plan_.outputs) {
    values[size_t(id)].end = std::max(values[size_t(id)].end, end_of_forward);
    if (plan_.loss < 0 && place(id).needs_grad && !plan_.node(id).is_param) grads[size_t(id)].begin = end_of_forward;
  }
  if (plan_.loss >= 0 && place(plan_.loss).needs_grad) grads[size_t(plan_.loss)].begin = end_of_forward;
  // A gradient is born where the last consumer runs backward.
  for (const Node& n : plan_.nodes) {
    if (!place(n.id).needs_grad) continue;
    for (int32_t in : n.inputs) {
      if (grads[size_t(in)].elements > 0)
        grads[size_t(in)].begin = std::min(grads[size_t(in)].begin, 2 * N_ - int64_t(n.id));
    }
  }
}

// Views share the memory of their input; an op that may work in place takes it over when nobody reads it later.
void Planner::share_values(std::vector<Interval>& values) {
  for (const Node& n : plan_.nodes) {
    NodePlace& p = place(n.id);
    p.root = n.id;
    if (n.inputs.empty()) continue;
    const int32_t root = place(n.inputs[0]).root;
    const bool view = n.traits.view || (n.traits.view_without_training && !plan_.training());
    bool may_overwrite = n.traits.in_place && !external(plan_.node(root)) && values[size_t(root)].end == n.id &&
                         plan_.node(root).shape.extent() == n.shape.extent();
    for (size_t k = 1; k < n.inputs.size(); ++k) may_overwrite = may_overwrite && place(n.inputs[k]).root != root;
    if (!view && !may_overwrite) continue;
    p.root = root;
    values[size_t(root)].end = std::max(values[size_t(root)].end, values[size_t(n.id)].end);
    values[size_t(n.id)].elements = 0;
  }
}

void Planner::place_buffers() {
  std::vector<Interval> values(static_cast<size_t>(N_)), grads(values), aux(values);
  find_lives(values, grads, aux);
  share_values(values);
  std::vector<Interval*> reals, indices;
  for (const Node& n : plan_.nodes) {
    const size_t i = size_t(n.id);
    if (!n.is_param && values[i].elements > 0) (n.dtype == DType::real ? reals : indices).push_back(&values[i]);
    if (aux[i].elements > 0) reals.push_back(&aux[i]);
  }
  // A gradient that shares another's memory stretches the other's life.
  for (int64_t i = N_ - 1; i >= 0; --i) {
    NodePlace& p = place(int32_t(i));
    if (grads[size_t(i)].elements == 0) continue;
    if (p.grad_root == i) continue;
    Interval& root = grads[size_t(p.grad_root)];
    root.begin = std::min(root.begin, grads[size_t(i)].begin);
    grads[size_t(i)].elements = 0;
  }
  // The loss leaves its gradient in place of that of its first input.
  if (plan_.loss >= 0 && plan_.training()) {
    const Node& n = plan_.node(plan_.loss);
    if (n.traits.aux_is_gradient) {
      const size_t in = size_t(n.inputs[0]);
      NodePlace& p = place(n.inputs[0]);
      if (!n.accumulate[0] && grads[in].elements > 0 && p.grad_root == n.inputs[0]) {
        grads[in].begin = n.id;
        aux[size_t(n.id)].elements = 0;
        place(n.id).aux = kNone;
        reals.erase(std::remove(reals.begin(), reals.end(), &aux[size_t(n.id)]), reals.end());
        loss_shares_ = true;
      }
    }
  }
  for (Interval& g : grads)
    if (g.elements > 0) reals.push_back(&g);
  layout_.arena = place_intervals(std::move(reals));
  layout_.index_arena = place_intervals(std::move(indices));
  for (NodePlace& p : layout_.nodes) {
    p.value = place(p.root).value;
    p.grad = place(p.grad_root).grad;
  }
  if (loss_shares_) place(plan_.loss).aux = place(plan_.node(plan_.loss).inputs[0]).grad;
}

Status Planner::check_total() const {
  if (layout_.arena > kMaxElements || layout_.index_arena > kMaxElements || layout_.param_count > kMaxElements) {
    return Status::out_of_memory("Expected a program of at most 2^40 elements, received a larger one.");
  }
  return {};
}

}  // namespace

Status plan_layout(Plan& plan, size_t element, PanelSize panel_size, Layout& layout) {
  return Planner(plan, element, panel_size, layout).run();
}

}  // namespace hebb::graph
