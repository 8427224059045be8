// The memory of a program: its buffers, and parameters between row-major order and the place that their ops want.
#include <algorithm>
#include <cstring>
#include <string>

#include "core/gemm.h"
#include "graph/initialize.h"
#include "graph/program.h"

namespace hebb::graph {

template <class T>
Status Program<T>::allocate() {
  const size_t dense = size_t(layout_.dense_count) * sizeof(T);
  bool ok = arena_.resize(size_t(layout_.arena + layout_.scratch) * sizeof(T)) &&
            index_arena_.resize(size_t(layout_.index_arena) * sizeof(int32_t)) &&
            params_.create(size_t(layout_.param_count) * sizeof(T), dense) && grads_.resize(dense);
  bytes_.activations = arena_.size() + index_arena_.size();
  bytes_.params = params_.size();
  bytes_.gradients = grads_.size();
  for (int s = 0; s < slot_count_; ++s) {
    ok = ok && slots_[s].create(size_t(layout_.param_count) * sizeof(T), dense);
    bytes_.slots += slots_[s].size();
  }
  sparse_.resize(layout_.params.size());
  for (size_t i = 0; ok && i < layout_.params.size(); ++i) {
    const ParamPlace& p = layout_.params[i];
    if (!p.sparse) continue;
    const Shape& shape = plan_.node(p.node).shape;
    sparse_[i] = std::make_unique<SparseGrad<T>>();
    const int64_t rows = shape.rank > 0 ? shape.dims[0].factor : 1;
    ok = sparse_[i]->create(rows, rows > 0 ? p.count / rows : 0);
    bytes_.gradients += sparse_[i]->bytes();
  }
  if (!ok) {
    const double total =
        double(layout_.arena + layout_.param_count * (1 + slot_count_) + layout_.dense_count) * sizeof(T);
    return Status::out_of_memory("Expected " + std::to_string(int64_t(total / 1048576)) +
                                 " MiB of memory for the program, the system refused.");
  }
  if (grads_.size() > 0) std::memset(grads_.data(), 0, grads_.size());
  partials_.resize(1024);
  return {};
}

// Pointers of every node into the buffers; those of inputs may be replaced by borrowed ones for a call.
template <class T>
void Program<T>::bind() {
  exec_.scratch = arena_.as<T>() + layout_.arena;
  for (const Node& n : plan_.nodes) {
    const NodePlace& p = layout_.nodes[size_t(n.id)];
    NodeRun<T>& r = exec_.run(n);
    if (n.is_param) {
      const ParamPlace& param = layout_.params[size_t(p.param)];
      r.value = params_.as<T>() + param.offset;
      r.panels = param.panels;
      if (param.panels && !low_.empty()) r.low = &low_[size_t(p.param)];
      if (param.sparse) {
        r.sparse = sparse_[size_t(p.param)].get();
      } else if (param.has_gradient) {
        r.grad = grads_.as<T>() + param.offset;
      }
      continue;
    }
    const NodePlace& root = layout_.nodes[size_t(p.root)];
    if (n.dtype == DType::i32) {
      r.index = index_arena_.as<int32_t>() + root.value;
    } else if (plan_.node(p.root).is_param) {
      r.value = params_.as<T>() + layout_.params[size_t(root.param)].offset;
    } else {
      r.value = arena_.as<T>() + root.value;
    }
    if (p.needs_grad) r.grad = arena_.as<T>() + p.grad;
    if (p.aux != kNone) r.aux = arena_.as<T>() + p.aux;
  }
}

// Between row-major [out, in] and the place of a parameter (or of its gradient or slots).
template <class T>
void Program<T>::copy_in(const ParamPlace& p, const T* from, T* to) {
  if (p.count == 0) return;
  if (!p.panels) {
    std::memcpy(to, from, size_t(p.count) * sizeof(T));
    return;
  }
  const Shape& shape = plan_.node(p.node).shape;
  const int64_t out = shape.dims[0].factor, in = shape.dims[1].factor;
  pack_panels<T>(own_, *exec_.kernels, true, in, out, from, in, to);
}

template <class T>
void Program<T>::copy_out(const ParamPlace& p, const T* from, T* to) {
  if (p.count == 0) return;
  if (!p.panels) {
    std::memcpy(to, from, size_t(p.count) * sizeof(T));
    return;
  }
  const Shape& shape = plan_.node(p.node).shape;
  const int64_t out = shape.dims[0].factor, in = shape.dims[1].factor;
  unpack_panels<T>(own_, *exec_.kernels, true, in, out, from, to, in);
}

// The weight [out, in] of a dense layer, row-major, in the program's reduced precision.
template <class T>
Status Program<T>::pack_low(size_t param, const T* values) {
  if constexpr (sizeof(T) == sizeof(float)) {
    const ParamPlace& p = layout_.params[param];
    if (low_.empty() || !p.panels) return {};
    const Shape& shape = plan_.node(p.node).shape;
    const int64_t out = shape.dims[0].factor, in = shape.dims[1].factor;
    LowMatrix& matrix = low_[param];
    bytes_.params -= matrix.bytes();
    const Status status = matrix.pack(*exec_.kernels, low_precision_, true, in, out, values, in);
    bytes_.params += matrix.bytes();
    if (!status.ok()) return {status.code, quoted(plan_, p.node) + ": " + status.message};
  }
  return {};
}

template <class T>
Status Program<T>::initialize() {
  for (size_t i = 0; i < layout_.params.size(); ++i) {
    const ParamPlace& p = layout_.params[i];
    const ParamSpec spec = param_spec(plan_.node(p.node));
    if (!p.panels) {
      initialize_values(spec, plan_.seed, i, p.count, params_.as<T>() + p.offset);
      continue;
    }
    std::vector<T> values(size_t(p.count), T(0));
    initialize_values(spec, plan_.seed, i, p.count, values.data());
    copy_in(p, values.data(), params_.as<T>() + p.offset);
    HEBB_RETURN_IF_ERROR(pack_low(i, values.data()));
  }
  for (int32_t id : plan_.constants) {
    const Node& n = plan_.node(id);
    const int64_t count = n.shape.extent().at(plan_.max);
    for (int64_t i = 0; i < count; ++i) exec_.run(n).value[i] = T(n.floats[size_t(i)]);
  }
  return {};
}

template <class T>
T* Program<T>::tensor(Store store, int32_t param, Status& status) {
  const ParamPlace& p = layout_.params[size_t(param)];
  const int slot = store == Store::slot0 ? 0 : store == Store::slot1 ? 1 : -1;
  if (slot >= slot_count_) {
    status = Status::argument("Expected an optimizer with more slots.");
    return nullptr;
  }
  if (slot >= 0) return slots_[slot].as<T>() + p.offset;
  if (store == Store::gradient) {
    if (!p.has_gradient || p.sparse) status = Status::argument("Expected a parameter with a dense gradient.");
    return p.has_gradient && !p.sparse ? grads_.as<T>() + p.offset : nullptr;
  }
  return params_.as<T>() + p.offset;
}

template <class T>
Status Program<T>::read(Store store, int32_t param, void* data, int64_t count) {
  const ParamPlace& p = layout_.params[size_t(param)];
  if (count != p.count) return Status::shape("Expected " + std::to_string(p.count) + " values.");
  T* const out = static_cast<T*>(data);
  if (store == Store::gradient && (p.sparse || !p.has_gradient)) {
    std::fill(out, out + count, T(0));
    if (!p.sparse) return {};
    const SparseGrad<T>& s = *sparse_[size_t(param)];
    for (int64_t slot = 0; slot < s.touched(); ++slot)
      std::memcpy(out + s.rows()[slot] * s.width(), s.grads() + slot * s.width(), size_t(s.width()) * sizeof(T));
    return {};
  }
  Status status;
  const T* from = tensor(store, param, status);
  if (from != nullptr) copy_out(p, from, out);
  return status;
}

template <class T>
Status Program<T>::write(Store store, int32_t param, const void* data, int64_t count) {
  const ParamPlace& p = layout_.params[size_t(param)];
  if (count != p.count) return Status::shape("Expected " + std::to_string(p.count) + " values.");
  Status status;
  T* to = tensor(store, param, status);
  if (to == nullptr) return status;
  if (store == Store::param) HEBB_RETURN_IF_ERROR(pack_low(size_t(param), static_cast<const T*>(data)));
  copy_in(p, static_cast<const T*>(data), to);
  return {};
}

template class Program<float>;
template class Program<double>;

}  // namespace hebb::graph
