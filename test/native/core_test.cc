// The thread pool, job threads, aligned memory and the random generator.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include "check.h"
#include "core/arena.h"
#include "core/job.h"
#include "core/rng.h"
#include "core/thread_pool.h"

using namespace hebb;

namespace {

// Sets the size of the pool for one test.
struct PoolSize {
  int before = ThreadPool::instance().threads();
  explicit PoolSize(int n) { ThreadPool::instance().set_threads(n); }
  ~PoolSize() { ThreadPool::instance().set_threads(before); }
};

void wait_for(const std::atomic<int>& count, int value) {
  for (int i = 0; i < 20000 && count.load() != value; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Leases `threads` threads. Workers come back when they have noticed that their lease is over, so right after another
// lease there may be fewer: this waits for all.
Lease lease_all(int threads) {
  Lease lease = ThreadPool::instance().lease(threads);
  for (int i = 0; i < 20000 && lease.threads() != threads; ++i) {
    lease = Lease();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lease = ThreadPool::instance().lease(threads);
  }
  return lease;
}

}  // namespace

TEST(pool_runs_each_chunk_once) {
  PoolSize size(7);
  for (int threads : {1, 2, 3, 7}) {
    Lease lease = ThreadPool::instance().lease(threads);
    CHECK(lease.threads() >= 1 && lease.threads() <= threads);
    for (int64_t chunks : {0, 1, 2, 5, 64, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<size_t>(chunks));
      lease.parallel_for(chunks, [&](int64_t chunk, int worker) {
        CHECK(worker >= 0 && worker < lease.threads());
        seen[size_t(chunk)].fetch_add(1);
      });
      for (const auto& count : seen) CHECK(count.load() == 1);
    }
  }
}

TEST(pool_many_short_loops) {
  PoolSize size(3);
  Lease lease = ThreadPool::instance().lease(3);
  std::vector<int64_t> sums(16);
  for (int round = 0; round < 3000; ++round) {
    lease.parallel_for(16, [&](int64_t chunk, int) { sums[size_t(chunk)] += chunk; });
  }
  for (size_t i = 0; i < sums.size(); ++i) CHECK(sums[i] == int64_t(i) * 3000);
}

// Numbers of loops come again after 65,536 loops and pauses between them: what was taken then must not count now.
TEST(pool_forgets_the_loops_before) {
  PoolSize size(7);
  Lease lease = lease_all(7);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::atomic<int>> seen(64);
    lease.parallel_for(64, [&](int64_t chunk, int) { seen[size_t(chunk)].fetch_add(1); });
    for (const auto& count : seen) CHECK(count.load() == 1);
    for (int i = 0; i < 32767; ++i) lease.parallel_for(2, [](int64_t, int) {});
  }
}

TEST(pool_members_begin_with_the_same_share) {
  PoolSize size(3);
  Lease lease = lease_all(3);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> begun{0};
    lease.parallel_for(3, [&](int64_t chunk, int worker) {
      begun.fetch_add(1);
      wait_for(begun, 3);
      CHECK(chunk == worker);
    });
  }
}

// Three chunks, seven members: those of members 0, 2 and 4.
TEST(pool_members_without_a_share_leave_the_others_alone) {
  PoolSize size(7);
  Lease lease = lease_all(7);
  for (int round = 0; round < 2000; ++round) {
    std::atomic<int> seen[3] = {};
    lease.parallel_for(3, [&](int64_t chunk, int worker) {
      CHECK(worker == 0 || worker == 2 || worker == 4);
      seen[chunk].fetch_add(1);
    });
    for (const auto& count : seen) CHECK(count.load() == 1);
  }
}

TEST(pool_workers_sleep_and_wake) {
  PoolSize size(3);
  Lease lease = ThreadPool::instance().lease(3);
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> done{0};
    lease.parallel_for(8, [&](int64_t, int) { done.fetch_add(1); });
    CHECK(done.load() == 8);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // long past the time that workers spin
  }
}

TEST(pool_leases_share_what_there_is) {
  PoolSize size(3);
  {
    Lease first = lease_all(3);
    Lease second = ThreadPool::instance().lease(3);
    CHECK(first.threads() == 3);
    CHECK(second.threads() == 1);
    std::atomic<int> done{0};
    second.parallel_for(10, [&](int64_t, int) { done.fetch_add(1); });
    CHECK(done.load() == 10);
    Lease moved = std::move(first);
    CHECK(moved.threads() == 3 && first.threads() == 1);
  }
  CHECK(lease_all(3).threads() == 3);  // what was leased comes back
}

TEST(pool_leases_in_parallel_threads) {
  PoolSize size(4);
  std::vector<std::thread> callers;
  std::atomic<int64_t> total{0};
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Lease lease = ThreadPool::instance().lease(2 + round % 3);
        parallel_range(lease, 1000, 37, [&](int64_t begin, int64_t end, int) { total.fetch_add(end - begin); });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(total.load() == 6 * 50 * 1000);
}

TEST(pool_scratch_is_aligned_and_kept) {
  PoolSize size(2);
  Lease lease = ThreadPool::instance().lease(2);
  for (int worker = 0; worker < lease.threads(); ++worker) {
    void* small = lease.scratch(worker, 100);
    CHECK(small != nullptr && reinterpret_cast<uintptr_t>(small) % kAlignment == 0);
    CHECK(lease.scratch(worker, 64) == small);
  }
  Lease none;
  CHECK(none.threads() == 1 && none.scratch(0, 1000) != nullptr);
}

TEST(pool_chunks_depend_on_the_shape_alone) {
  CHECK(chunk_count(0, 8) == 0 && chunk_count(-1, 8) == 0 && chunk_count(1, 8) == 1);
  CHECK(chunk_count(8, 8) == 1 && chunk_count(9, 8) == 2);
}

TEST(job_threads_run_side_by_side_and_are_used_again) {
  std::atomic<int> started{0}, done{0};
  std::atomic<bool> release{false};
  for (int i = 0; i < 5; ++i) {
    CHECK(run_job([&] {
      started.fetch_add(1);
      while (!release.load()) std::this_thread::yield();
      done.fetch_add(1);
    }));
  }
  wait_for(started, 5);
  CHECK(started.load() == 5 && done.load() == 0);
  release.store(true);
  wait_for(done, 5);
  for (int i = 0; i < 200; ++i) CHECK(run_job([&] { done.fetch_add(1); }));
  wait_for(done, 205);
  CHECK(done.load() == 205);
}

TEST(job_threads_run_a_series) {
  std::atomic<int> done{0};
  for (int i = 1; i <= 2000; ++i) {
    CHECK(run_job([&] { done.fetch_add(1); }));
    while (done.load() < i) std::this_thread::yield();
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // longer than they stay awake
  }
  CHECK(done.load() == 2000);
}

TEST(arena_is_aligned_and_refuses_the_impossible) {
  AlignedBuffer buffer;
  CHECK(buffer.resize(0) && buffer.size() == 0);
  CHECK(buffer.resize(1000) && reinterpret_cast<uintptr_t>(buffer.data()) % kAlignment == 0);
  AlignedBuffer other = std::move(buffer);
  CHECK(other.size() == 1000 && buffer.data() == nullptr);
  CHECK(!other.resize(SIZE_MAX) && other.data() == nullptr);
}

// Known answers of the authors' Random123 distribution (kat_vectors: philox 4x32 10).
TEST(rng_philox_known_answers) {
  const Philox zeros(0, 0);
  const uint32_t first[4] = {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u};
  const Philox ones(UINT64_MAX, UINT64_MAX);
  const uint32_t second[4] = {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu};
  for (int i = 0; i < 4; ++i) {
    CHECK(zeros.block(0).v[i] == first[i]);
    CHECK(ones.block(UINT64_MAX).v[i] == second[i]);
    CHECK(zeros.u32(uint64_t(i)) == first[i]);
  }
}

TEST(rng_distributions_have_their_moments) {
  const Philox rng(42, 7);
  const int n = 200000;
  double sum = 0, squares = 0, uniform = 0;
  int low = 0;
  for (int i = 0; i < n; ++i) {
    const double z = rng.normal(uint64_t(i));
    sum += z, squares += z * z;
    const float u = rng.uniform(uint64_t(i));
    CHECK(u >= 0.0f && u < 1.0f);
    uniform += u;
    const uint64_t k = rng.below(uint64_t(i), 10);
    CHECK(k < 10);
    low += k < 3;
  }
  CHECK_NOTE(std::fabs(sum / n) < 0.01, "%g", sum / n);
  CHECK_NOTE(std::fabs(squares / n - 1) < 0.02, "%g", squares / n);
  CHECK_NOTE(std::fabs(uniform / n - 0.5) < 0.005, "%g", uniform / n);
  CHECK_NOTE(std::fabs(double(low) / n - 0.3) < 0.01, "%d", low);
}
