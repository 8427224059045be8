#include "graph/sparse.h"

#include <cstring>

namespace hebb::graph {

template <class T>
bool SparseGrad<T>::create(int64_t rows, int64_t width) {
  rows_ = rows;
  width_ = width;
  slot_of_row_ = static_cast<int32_t*>(std::calloc(size_t(rows > 0 ? rows : 1), sizeof(int32_t)));
  return slot_of_row_ != nullptr;
}

template <class T>
bool SparseGrad<T>::grow(int64_t kept, int64_t slots) {
  if (slots <= capacity_) return true;
  int64_t capacity = slots + slots / 2;
  if (capacity > rows_) capacity = rows_;
  AlignedBuffer larger;
  if (!larger.resize(size_t(capacity * width_) * sizeof(T))) return false;
  if (capacity_ > 0) std::memcpy(larger.data(), grads_.data(), size_t(kept * width_) * sizeof(T));
  grads_ = std::move(larger);
  capacity_ = capacity;
  return true;
}

template <class T>
bool SparseGrad<T>::add(Lease& lease, const KernelTable<T>& k, const int32_t* ids, int64_t positions, int64_t per_row,
                        const T* dy, const T* scale) {
  const int64_t before = touched();
  // Slots in order of first touch, then a counting sort of the positions by slot.
  for (int64_t p = 0; p < positions; ++p) {
    if (ids[p] < 0) continue;
    int32_t& slot = slot_of_row_[ids[p]];
    if (slot != 0) continue;
    rows_touched_.push_back(ids[p]);
    slot = int32_t(rows_touched_.size());
  }
  const int64_t slots = touched();
  if (!grow(before, slots)) {
    while (touched() > before) {
      slot_of_row_[rows_touched_.back()] = 0;
      rows_touched_.pop_back();
    }
    return false;
  }
  starts_.assign(size_t(slots) + 1, 0);
  for (int64_t p = 0; p < positions; ++p)
    if (ids[p] >= 0) ++starts_[size_t(slot_of_row_[ids[p]])];
  for (int64_t s = 0; s < slots; ++s) starts_[size_t(s) + 1] += starts_[size_t(s)];
  order_.resize(size_t(positions));
  for (int64_t p = 0; p < positions; ++p)
    if (ids[p] >= 0) order_[size_t(starts_[size_t(slot_of_row_[ids[p]]) - 1]++)] = int32_t(p);
  // starts_[s] is now the end of slot s.
  const int64_t grain = 1 + 8192 / (width_ > 0 ? width_ : 1);
  parallel_range(lease, slots, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t s = begin; s < end; ++s) {
      T* g = grads() + s * width_;
      bool fresh = s >= before;
      for (int32_t i = s > 0 ? starts_[size_t(s) - 1] : 0; i < starts_[size_t(s)]; ++i) {
        const int64_t row = order_[size_t(i)] / per_row;
        const T factor = scale == nullptr ? T(1) : scale[row];
        if (fresh) {
          k.scale(width_, factor, dy + row * width_, g);
        } else {
          k.axpy(width_, factor, dy + row * width_, g);
        }
        fresh = false;
      }
    }
  });
  return true;
}

template <class T>
void SparseGrad<T>::clear() {
  for (int32_t row : rows_touched_) slot_of_row_[row] = 0;
  rows_touched_.clear();
}

template class SparseGrad<float>;
template class SparseGrad<double>;

}  // namespace hebb::graph
