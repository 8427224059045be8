// 64-byte aligned memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#if defined(_WIN32)
#include <malloc.h>
#elif defined(__linux__)
#include <sys/mman.h>
#endif

namespace hebb {

constexpr size_t kAlignment = 64;
inline size_t align_up(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// From this size on blocks ask for huge pages: a matrix product walks down columns, and with 4 KiB pages it waits for
// the page tables (a fifth of the time at 2048 x 2048 in a virtual machine).
constexpr size_t kHugePage = size_t(2) << 20;

// An owned block, contents undefined after resize.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer&& o) noexcept
      : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~AlignedBuffer() { release(); }

  // False, and empty, when the system is out of memory.
  bool resize(size_t bytes) {
    release();
    if (bytes == 0) return true;
    if (bytes > SIZE_MAX - kAlignment) return false;
#if defined(_WIN32)
    data_ = _aligned_malloc(align_up(bytes), kAlignment);
#else
    const size_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
    if (posix_memalign(&data_, alignment, align_up(bytes)) != 0) data_ = nullptr;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // Whole pages only; a refusal changes nothing.
    if (data_ != nullptr && bytes >= kHugePage) madvise(data_, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
#endif
    if (data_ == nullptr) return false;
    size_ = bytes;
    return true;
  }
  void release() {
#if defined(_WIN32)
    _aligned_free(data_);
#else
    free(data_);
#endif
    data_ = nullptr;
    size_ = 0;
  }
  void* data() const { return data_; }
  size_t size() const { return size_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

// An owned, zeroed block whose pages are only touched when used: for tables of which few rows are ever written. The
// first `dense` bytes will all be used and ask for huge pages.
class ZeroedBuffer {
 public:
  ZeroedBuffer() = default;
  ZeroedBuffer(const ZeroedBuffer&) = delete;
  ~ZeroedBuffer() { free(base_); }

  // May be called once. False when the system is out of memory.
  bool create(size_t bytes, size_t dense = 0) {
    if (bytes == 0) return true;
    const size_t alignment = dense >= kHugePage ? kHugePage : kAlignment;
    if (bytes > SIZE_MAX - 2 * alignment) return false;
    base_ = calloc(bytes + alignment, 1);
    if (base_ == nullptr) return false;
    data_ = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(base_) + alignment - 1) / alignment * alignment);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (dense >= kHugePage) madvise(data_, dense / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
    size_ = bytes;
    return true;
  }
  size_t size() const { return size_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* base_ = nullptr;
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace hebb
