// A compiled plan with its memory. Templated over float (users) and double (the oracle of gradient checks); ProgramBase
// is the face that bindings see.
//
// One call at a time: whoever wants to use a program acquires it (Use) and is refused with ERR_BUSY while another does.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>

#include "core/arena.h"
#include "core/job.h"
#include "core/low_gemm.h"
#include "core/status.h"
#include "core/thread_pool.h"
#include "graph/layout.h"
#include "graph/op.h"
#include "graph/plan.h"

namespace hebb::graph {

// Values for an input, or a gradient for an output: T for real nodes, int32 for i32 nodes.
struct Feed {
  int32_t node = -1;
  const void* data = nullptr;
  int64_t count = 0;
};

struct Bytes {
  size_t params = 0, gradients = 0, slots = 0, activations = 0;
  size_t total() const { return params + gradients + slots + activations; }
};

// What `read` and `write` address.
enum class Store : int32_t { param = 0, gradient = 1, slot0 = 2, slot1 = 3 };

// What a program computes in. bf16 and int8 (inference only) are for the products with weights that only dense layers
// read (core/low_gemm.h); the rest is float32. As lib/graph/program.ts numbers them.
enum class Arithmetic : int32_t { f32 = 0, f64 = 1, bf16 = 2, int8 = 3 };

class ProgramBase {
 public:
  virtual ~ProgramBase() = default;

  // Compiles. `threads`: the most that a call uses; 0: as many as the pool has.
  static Status create(Plan plan, Arithmetic arithmetic, int threads, std::shared_ptr<ProgramBase>& program);

  const Plan& plan() const { return plan_; }
  const Layout& layout() const { return layout_; }
  Bytes bytes() const { return bytes_; }
  virtual bool is_double() const = 0;

  // batch = 0: B follows from the feeds. Runs what the `wanted` nodes depend on.
  virtual Status forward(const Feed* feeds, int feed_count, int64_t batch, const int32_t* wanted, int wanted_count,
                         bool training) = 0;
  // Rows of the only input through to rows of the only output, in minibatches. Real numbers are read where they lie;
  // with `finite`, NaN and infinity among them are refused (minibatches before are in `out`).
  virtual Status forward_rows(const Feed& x, int64_t rows, bool finite, void* out, int64_t out_count) = 0;
  virtual Status backward(const Feed* seeds, int seed_count) = 0;
  // norm may be null. gradient_scale multiplies the gradients first.
  virtual Status apply(double learning_rate, double gradient_scale, double* norm) = 0;
  virtual Status step(const Feed* feeds, int feed_count, int64_t batch, double learning_rate, double* loss) = 0;

  // After forward: elements, dimensions and memory of a node's value.
  virtual int64_t value_count(int32_t node) const = 0;
  virtual const int64_t* value_dims(int32_t node) const = 0;
  virtual const void* value(int32_t node) const = 0;
  virtual double scalar(int32_t node) const = 0;
  // B and T of the last forward.
  virtual Sizes sizes() const = 0;

  // Copies a tensor of parameter `param` (an index into layout().params) out or in, row-major.
  virtual Status read(Store store, int32_t param, void* data, int64_t count) = 0;
  virtual Status write(Store store, int32_t param, const void* data, int64_t count) = 0;

  int64_t steps_done = 0;  // optimizer updates
  int64_t draws_done = 0;  // training passes

  bool try_acquire() { return !busy_.exchange(true, std::memory_order_acquire); }
  void release() { busy_.store(false, std::memory_order_release); }

 protected:
  Plan plan_;
  Layout layout_;
  Bytes bytes_;
  int threads_ = 0;

 private:
  std::atomic<bool> busy_{false};
};

// Holds a program for the time of a call or job.
class Use {
 public:
  explicit Use(ProgramBase& program) : program_(program.try_acquire() ? &program : nullptr) {}
  Use(const Use&) = delete;
  ~Use() {
    if (program_ != nullptr) program_->release();
  }
  Status status() const {
    return program_ != nullptr
               ? Status{}
               : Status::busy("Expected the program to be idle, but it is running: wait for its promise.");
  }

 private:
  ProgramBase* program_;
};

template <class T>
class Program : public ProgramBase {
 public:
  Status compile(Plan plan, Arithmetic arithmetic, int threads);

  bool is_double() const override { return sizeof(T) == 8; }
  Status forward(const Feed* feeds, int feed_count, int64_t batch, const int32_t* wanted, int wanted_count,
                 bool training) override;
  Status forward_rows(const Feed& x, int64_t rows, bool finite, void* out, int64_t out_count) override;
  Status backward(const Feed* seeds, int seed_count) override;
  Status apply(double learning_rate, double gradient_scale, double* norm) override;
  Status step(const Feed* feeds, int feed_count, int64_t batch, double learning_rate, double* loss) override;
  int64_t value_count(int32_t node) const override { return exec_.runs[size_t(node)].count; }
  const int64_t* value_dims(int32_t node) const override { return exec_.runs[size_t(node)].dims; }
  const void* value(int32_t node) const override;
  double scalar(int32_t node) const override;
  Sizes sizes() const override { return exec_.sizes; }
  Status read(Store store, int32_t param, void* data, int64_t count) override;
  Status write(Store store, int32_t param, const void* data, int64_t count) override;

  // ---- the pieces of a slice (slice.cc)
  // Threads for the calls until leave(): the caller's own thread only when the work is too small to share.
  void enter(int max_threads);
  void leave();
  // While it is set, run_forward() and run_backward() end between two operations with Code::aborted when asked to, as
  // if the pass had not begun; drop_gradients() must follow. Not a pass that updates weights on its way.
  void watch(const CancelFlag* cancel) { cancel_ = cancel; }
  Status set_sizes(Sizes sizes);
  // The buffer of an input, to be filled by the caller.
  T* input_buffer(int32_t node) { return exec_.run(node).value; }
  int32_t* index_buffer(int32_t node) { return exec_.run(node).index; }
  Status check_indices(int32_t node);
  const std::vector<int32_t>& order_for(const int32_t* wanted, int count);
  Status run_forward(const std::vector<int32_t>& order, bool training);
  // Backward, and where possible the update of single weights on the way: then apply() must follow with the same
  // learning rate, and nothing else in between.
  Status run_backward();
  Status run_backward_and_apply(double learning_rate);
  // Names the first node with a value that is not finite, by running forward again node by node.
  Status explain_nonfinite(const std::vector<int32_t>& order, const std::string& when);
  // Forgets gradients that no apply() has used: of a run that was aborted between two updates.
  void drop_gradients();
  Lease& lease() { return *exec_.lease; }
  const KernelTable<T>& kernels() const { return *exec_.kernels; }
  double work() const { return work_; }  // rough floating-point operations of one forward pass

 private:
  bool in_series() const;
  bool cancelled() const { return cancel_ != nullptr && cancel_->is_requested(); }
  Status allocate();
  void bind();
  Status initialize();
  Status pack_low(size_t param, const T* values);
  void copy_in(const ParamPlace& p, const T* from, T* to);
  void copy_out(const ParamPlace& p, const T* from, T* to);
  Status resolve_sizes(const Feed* feeds, int count, int64_t batch, Sizes& sizes) const;
  Status accept(const Feed& feed);
  Status forward_part(const Feed& x, int64_t rows, bool finite, T* out, int64_t out_count);
  void place_input(int32_t input, T* values);
  double gradient_norm();
  OptimizerArgs<T> optimizer_args(double lr, double scale, bool decay);
  void update_dense(double lr, double scale);
  void update_sparse(double lr, double scale);
  void clear_sparse();
  T* tensor(Store store, int32_t param, Status& status);

  Exec<T> exec_;
  Lease own_;                                     // the calling thread alone; keeps its scratch memory
  Lease shared_;                                  // taken for the time of a call
  std::chrono::steady_clock::time_point left_{};  // when the last pass of middling work ended
  AlignedBuffer arena_, index_arena_, grads_;
  ZeroedBuffer params_, slots_[2];
  int slot_count_ = 0;
  std::vector<LowMatrix> low_;  // by parameter; empty without reduced precision
  Precision low_precision_ = Precision::bf16;
  std::vector<std::unique_ptr<SparseGrad<T>>> sparse_;
  std::vector<PieceUpdate<T>> pieces_;  // by parameter
  std::vector<int32_t> backward_order_;
  struct Order {
    std::vector<int32_t> wanted, nodes;
  };
  std::vector<Order> orders_;
  std::vector<uint8_t> fed_;      // inputs that hold data for the present sizes
  std::vector<double> partials_;  // of the gradient norm, one a chunk
  bool sized_ = false;
  bool can_backward_ = false;  // a training pass has run since the last update of sizes
  bool has_gradients_ = false;
  bool updated_pieces_ = false;  // fusable parameters get, or have had, their update from the backward pass
  double work_ = 0;
  const CancelFlag* cancel_ = nullptr;
  int64_t corrected_step_ = -1;     // the update that corrections_ are for
  double corrections_[2] = {1, 1};  // of Adam's moments, 1 - beta^t
};

}  // namespace hebb::graph
