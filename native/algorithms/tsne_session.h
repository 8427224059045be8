// One t-SNE from its input to its map: neighbours, affinities, start, optimisation; each stage can be cancelled.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "algorithms/neighbors.h"
#include "algorithms/tsne.h"
#include "algorithms/watch.h"

namespace hebb {

enum class TsneStage { neighbors = 0, affinities = 1, start = 2, optimize = 3 };

// stage, fraction of it done (optimize: the iteration), KL divergence and gradient norm (optimize only; NaN = not yet)
using TsneReport = std::function<void(TsneStage, double, double, double)>;

enum class TsneInputKind { features = 0, distances = 1, neighbors = 2, affinities = 3 };
// The repulsion by a tree, by all pairs (on a dense P), or by a grid (two dimensions only).
enum class TsneMethod { barnes_hut = 0, exact = 1, fft = 2 };
enum class TsneStart { pca = 0, random = 1, given = 2 };

struct TsneSetup {
  TsneInputKind kind = TsneInputKind::features;
  const float* x = nullptr;          // features [n, columns], distances [n, n], or neighbour distances [n, columns]
  const int32_t* indices = nullptr;  // neighbours [n, columns], the point itself not among them
  const AffinityRows* affinities = nullptr;  // instead of x and indices
  int64_t n = 0, columns = 0;
  int dims = 2;
  TsneMethod method = TsneMethod::barnes_hut;
  double perplexity = 30;
  double theta = 0.5;
  double dof = 1;
  Metric metric = Metric::euclidean;
  NeighborMethod neighbors = NeighborMethod::automatic;
  TsneStart start = TsneStart::pca;
  const float* given = nullptr;  // [n, dims]
  uint64_t seed = 0;
  int threads = 0;  // 0: the pool's size
};

struct TsneSchedule {
  int64_t iterations = 1000;
  TsneStep step;
  double min_gradient_norm = 0;  // stop when |gradient| sqrt(n) is below this
  // Stop when, at a look at the KL divergence, it has not fallen for so many iterations; 0: never. The count goes on
  // from run to run, and begins anew after a run without patience.
  int64_t patience = 0;
};

struct TsneOutcome {
  int64_t iterations = 0;                                           // done in this run
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();  // of the last step
  double kl_divergence = 0;                                         // of the map that came out
  bool converged = false;                                           // stopped early
  bool aborted = false;                                             // the figures are of the map as it was then
};

class TsneSession {
 public:
  Status prepare(const Kernels& kernels, const TsneSetup& setup, const CancelFlag& cancel, const TsneReport& report);
  Status run(const TsneSchedule& schedule, const CancelFlag& cancel, const TsneReport& report, TsneOutcome& outcome);
  TsneOptimizer& optimizer() { return optimizer_; }

 private:
  struct Stages;
  Status prepare_sparse(Lease& lease, const TsneSetup& setup, const Stages& stages, const std::vector<float>& start);
  Status sparse_affinities(Lease& lease, const TsneSetup& setup, const Stages& stages, SparseAffinities& p);
  Status prepare_exact(Lease& lease, const TsneSetup& setup, const Stages& stages, const std::vector<float>& start);
  Status iterate(Lease& lease, const TsneSchedule& schedule, const TsneReport& report, TsneOutcome& outcome);

  const Kernels* kernels_ = nullptr;
  int threads_ = 0;
  TsneOptimizer optimizer_;
  double last_kl_ = 0, best_kl_ = 0;  // at the last look, and the least one since patience began
  int64_t best_at_ = 0;
};

// The start of a map, [n, dims]: principal components of features or of distances taken as such, scaled to a standard
// deviation of 1e-4, random places of that size, or the given one.
Status tsne_start(Lease& lease, const Kernels& kernels, const TsneSetup& setup, const Watch& watch,
                  std::vector<float>& start);

// Places new points in a finished map: each is moved by the attraction of its neighbours among the map's points and the
// repulsion of all of them, which stay where they are (Policar, Strazar and Zupan 2019, "openTSNE", partial
// embeddings).
struct TsnePlacement {
  const float* map = nullptr;  // [n, dims]
  int64_t n = 0;
  int dims = 2;
  const int32_t* indices = nullptr;  // neighbours [m, k]
  const float* distances = nullptr;  // their distances, [m, k]; replaced by affinities
  int64_t m = 0, k = 0;
  double perplexity = 5;
  double dof = 1;
  int64_t iterations = 250;
  double exaggeration = 1.5;
  double learning_rate = 0.1;
  double momentum = 0.8;
  double max_step = 0.25;
};
Status tsne_place(Lease& lease, const Kernels& kernels, const TsnePlacement& placement, const Watch& watch, float* out);

}  // namespace hebb
