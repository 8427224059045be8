// Linear-chain conditional random fields on top of any encoder: the loss of a sequence's tags, and the best tags.
//
// Inputs: emissions [..., L, K]; transitions [K, K] (from, to), start [K], end [K]; tags i32 [..., L]. A sequence ends
// at its first negative tag; what follows is padding.
#include <optional>

#include "core/crf.h"
#include "graph/ops/common.h"

namespace hebb::graph {

namespace {

enum Place { kEmissions, kTransitions, kStart, kEnd, kTags };

Status infer_chain(Inference& n) {
  HEBB_RETURN_IF_ERROR(needs_real(n, 0, kTags));
  const Shape& e = n.shape(kEmissions);
  if (e.rank < 2 || e.last().symbols != 0) {
    return wrong(n, "emissions of shape [..., length, tags] with a fixed number of tags, received " + to_string(e));
  }
  const int32_t K = e.last().factor;
  const Shape& a = n.shape(kTransitions);
  if (a.rank != 2 || !a.dims[0].is(K) || !a.dims[1].is(K)) {
    return wrong(
        n, "transitions of shape [" + std::to_string(K) + ", " + std::to_string(K) + "], received " + to_string(a));
  }
  for (const int k : {int(kStart), int(kEnd)}) {
    const Shape& v = n.shape(k);
    if (v.rank != 1 || !v.dims[0].is(K))
      return wrong(n, "scores of start and end of shape [" + std::to_string(K) + "], received " + to_string(v));
  }
  if (n.input_count() <= kTags) return {};
  HEBB_RETURN_IF_ERROR(needs_index(n, kTags));
  Shape expected = e;
  --expected.rank;
  if (n.shape(kTags) == expected) return {};
  return wrong(n, "tags of shape " + to_string(expected) + " for emissions " + to_string(e) + ", received " +
                      to_string(n.shape(kTags)));
}

// What a thread keeps between sequences and steps.
template <class T>
struct Kept {
  std::optional<CrfTransitions<T>> transitions;
  CrfWorkspace<T> workspace;
  std::vector<T> emissions, nodes;  // [L, P], one sequence in rows of whole vectors

  static Kept& mine() {
    static thread_local Kept kept;
    return kept;
  }
};

// The sequences of one call. The transitions belong to the calling thread; its chunks only read them.
template <class T>
struct Chain {
  int64_t L, K, P, count;  // length, tags, stride, sequences
  const T* emissions;
  const int32_t* tags;  // null: all sequences are whole
  const CrfTransitions<T>* transitions;

  Chain(Exec<T>& x, const Node& n) {
    const Node& from = x.node(n.inputs[kEmissions]);
    const NodeRun<T>& e = x.input(n, kEmissions);
    K = e.dims[from.shape.rank - 1];
    L = e.dims[from.shape.rank - 2];
    P = crf_stride(K);
    count = L * K > 0 ? e.count / (L * K) : 0;
    emissions = e.value;
    tags = n.inputs.size() > size_t(kTags) ? x.input(n, kTags).index : nullptr;
    std::optional<CrfTransitions<T>>& tr = Kept<T>::mine().transitions;
    if (!tr || tr->tags() != K) tr.emplace(K);
    const T* scores = x.in(n, kTransitions);
    for (int64_t s = 0; s < K; ++s) std::copy_n(scores + s * K, K, tr->scores.data() + s * P);
    std::copy_n(x.in(n, kStart), K, tr->start.data());
    std::copy_n(x.in(n, kEnd), K, tr->end.data());
    tr->refresh();
    transitions = &*tr;
  }

  int64_t length(int64_t s) const {
    if (tags == nullptr) return L;
    const int32_t* y = tags + s * L;
    return std::find_if(y, y + L, [](int32_t t) { return t < 0; }) - y;
  }
  int64_t sequences_with_tags() const {
    int64_t found = 0;
    for (int64_t s = 0; s < count; ++s) found += length(s) > 0;
    return found;
  }
  // The emissions of sequence s in rows of P values.
  const T* padded(int64_t s, int64_t n, Kept<T>& kept) const {
    kept.emissions.assign(size_t(n * P), T(0));
    for (int64_t i = 0; i < n; ++i) std::copy_n(emissions + (s * L + i) * K, K, kept.emissions.data() + i * P);
    return kept.emissions.data();
  }
  int64_t grain() const { return partial_grain(count, row_grain(L * K * K, kHeavyGrain)); }
};

// The negative log likelihood of the tags. ints: reduction (0 mean over the sequences that have tags, 1 sum).
struct CrfLoss {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 1, 0));
    HEBB_RETURN_IF_ERROR(infer_chain(n));
    if (n.ints[0] < 0 || n.ints[0] > 1) return wrong(n, "a reduction of mean or sum");
    n.out.shape.rank = 0;
    n.traits.exact_scalar = true;
    n.traits.backward_reads_inputs = 31;
    n.traits.differentiable = 15;
    n.traits.index_input = kTags;
    n.traits.index_limit = n.shape(kEmissions).last();
    return {};
  }

  static double factor(const Node& n, int64_t sequences) {
    return n.ints[0] == 1 ? 1.0 : sequences > 0 ? 1.0 / double(sequences) : 0.0;
  }

  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const Chain<T> chain(x, n);
    const double sum = sum_chunks(*x.lease, chain.count, chain.grain(), [&](int64_t begin, int64_t end) {
      Kept<T>& kept = Kept<T>::mine();
      double loss = 0;
      for (int64_t s = begin; s < end; ++s) {
        const int64_t length = chain.length(s);
        if (length == 0) continue;
        const T* e = chain.padded(s, length, kept);
        loss += crf_posterior<T>(x.k(), *chain.transitions, length, e, nullptr, kept.workspace, {}) -
                crf_path_score(*chain.transitions, length, e, chain.tags + s * chain.L);
      }
      return loss;
    });
    set_scalar(x, n, sum * factor(n, chain.sequences_with_tags()));
  }

  // One sequence: expectations under the model less what the tags say. pairs [K, P], starts and ends [P] are added to.
  template <class T>
  static void expect(Exec<T>& x, const Chain<T>& chain, int64_t s, int64_t length, Kept<T>& kept, T* pairs) {
    const int64_t P = chain.P;
    T *starts = pairs + chain.K * P, *ends = starts + P;
    const T* e = chain.padded(s, length, kept);
    kept.nodes.resize(size_t(length * P));
    crf_posterior<T>(x.k(), *chain.transitions, length, e, nullptr, kept.workspace,
                     {kept.nodes.data(), pairs, starts, ends});
    const int32_t* y = chain.tags + s * chain.L;
    for (int64_t i = 0; i < length; ++i) {
      kept.nodes[size_t(i * P + y[i])] -= T(1);
      if (i > 0) pairs[y[i - 1] * P + y[i]] -= T(1);
    }
    starts[y[0]] -= T(1);
    ends[y[length - 1]] -= T(1);
  }

  template <class T>
  static void backward(Exec<T>& x, const Node& n) {
    const Chain<T> chain(x, n);
    const int64_t L = chain.L, K = chain.K, P = chain.P, cells = (K + 2) * P;
    const T scale = T(factor(n, chain.sequences_with_tags()) * double(*x.dout(n)));
    const int64_t grain = chain.grain(), chunks = chunk_count(chain.count, grain);
    T* sums = static_cast<T*>(x.lease->scratch(0, size_t(std::max<int64_t>(1, chunks) * cells) * sizeof(T)));
    if (sums == nullptr) return x.fail(Status::out_of_memory("Expected scratch memory, received none."));
    std::fill_n(sums, std::max<int64_t>(1, chunks) * cells, T(0));
    T* de = x.din(n, kEmissions);
    const bool add = de != nullptr && x.accumulate(n, kEmissions);
    parallel_range(*x.lease, chain.count, grain, [&](int64_t begin, int64_t end, int) {
      Kept<T>& kept = Kept<T>::mine();
      for (int64_t s = begin; s < end; ++s) {
        const int64_t length = chain.length(s);
        if (length > 0) expect(x, chain, s, length, kept, sums + begin / grain * cells);
        if (de == nullptr) continue;
        for (int64_t i = 0; i < L; ++i) {
          T* to = de + (s * L + i) * K;
          for (int64_t t = 0; t < K; ++t) {
            const T g = i < length ? scale * kept.nodes[size_t(i * P + t)] : T(0);
            to[t] = add ? to[t] + g : g;
          }
        }
      }
    });
    for (int64_t c = 1; c < chunks; ++c) x.k().axpy(cells, T(1), sums + c * cells, sums);
    const auto give = [&](int k, const T* from, int64_t rows) {
      T* to = x.din(n, k);
      if (to == nullptr) return;
      const bool adds = x.accumulate(n, k);
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t t = 0; t < K; ++t) {
          const T g = scale * from[r * P + t];
          to[r * K + t] = adds ? to[r * K + t] + g : g;
        }
      }
    };
    give(kTransitions, sums, K);
    give(kStart, sums + K * P, 1);
    give(kEnd, sums + (K + 1) * P, 1);
  }
};

// The best tags of each sequence, i32 [..., L], -1 where the optional fifth input, i32 [..., L], says padding.
struct CrfDecode {
  static Status infer(Inference& n) {
    HEBB_RETURN_IF_ERROR(needs_ints(n, 0, 0));
    HEBB_RETURN_IF_ERROR(infer_chain(n));
    n.out.dtype = DType::i32;
    n.out.shape = n.shape(kEmissions);
    --n.out.shape.rank;
    n.traits.stops_gradient = true;
    return {};
  }
  template <class T>
  static void forward(Exec<T>& x, const Node& n) {
    const Chain<T> chain(x, n);
    int32_t* out = x.run(n).index;
    parallel_range(*x.lease, chain.count, chain.grain(), [&](int64_t begin, int64_t end, int) {
      Kept<T>& kept = Kept<T>::mine();
      for (int64_t s = begin; s < end; ++s) {
        const int64_t length = chain.length(s);
        int32_t* path = out + s * chain.L;
        crf_viterbi(x.k(), *chain.transitions, length, chain.padded(s, length, kept), kept.workspace, path);
        std::fill(path + length, path + chain.L, -1);
      }
    });
  }
  template <class T>
  static void backward(Exec<T>&, const Node&) {}
};

}  // namespace

extern const Op crf_loss_op = make_op<CrfLoss>("crfLoss", 5, 5, 64);
extern const Op crf_decode_op = make_op<CrfDecode>("crfDecode", 4, 5, 64);

}  // namespace hebb::graph
