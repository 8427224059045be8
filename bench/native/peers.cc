#include "peers.h"

#if defined(HEBB_HAVE_OPENBLAS)
#include <cblas.h>
#endif
#if defined(HEBB_HAVE_DNNL)
#include <dnnl.hpp>
#include <memory>
#endif
#if defined(HEBB_HAVE_XSMM)
#include <libxsmm.h>
#endif

extern "C" void omp_set_num_threads(int) __attribute__((weak));

namespace bench {

#if defined(HEBB_HAVE_OPENBLAS)
static void add_openblas(std::vector<Peer>& peers, const Shape& s, int threads, const float* A, const float* B,
                         float* C) {
  const int lda = int(s.ta ? s.M : s.K), ldb = int(s.tb ? s.K : s.N);
  peers.push_back({"openblas",
                   [=] {
                     openblas_set_num_threads(threads);
                     cblas_sgemm(CblasRowMajor, s.ta ? CblasTrans : CblasNoTrans, s.tb ? CblasTrans : CblasNoTrans,
                                 int(s.M), int(s.N), int(s.K), 1.0f, A, lda, B, ldb, 0.0f, C, int(s.N));
                   },
                   false});
}
#endif

#if defined(HEBB_HAVE_DNNL)
static void add_dnnl(std::vector<Peer>& peers, const Shape& s, int threads, const float* A, const float* B, float* C) {
  using dt = dnnl::memory::data_type;
  using tag = dnnl::memory::format_tag;
  const int64_t lda = s.ta ? s.M : s.K, ldb = s.tb ? s.K : s.N;
  peers.push_back({"dnnl_sgemm",
                   [=] {
                     if (omp_set_num_threads) omp_set_num_threads(threads);
                     dnnl_sgemm(s.ta ? 'T' : 'N', s.tb ? 'T' : 'N', s.M, s.N, s.K, 1.0f, A, lda, B, ldb, 0.0f, C, s.N);
                   },
                   false});
  if (omp_set_num_threads) omp_set_num_threads(threads);
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  static dnnl::stream stream(engine);
  const dnnl::memory::desc a_desc({s.M, s.K}, dt::f32, s.ta ? tag::ba : tag::ab);
  const dnnl::memory::desc b_desc({s.K, s.N}, dt::f32, s.tb ? tag::ba : tag::ab);
  const dnnl::memory::desc c_desc({s.M, s.N}, dt::f32, tag::ab);
  for (bool prepacked : {false, true}) {
    const dnnl::memory::desc b_used = prepacked ? dnnl::memory::desc({s.K, s.N}, dt::f32, tag::any) : b_desc;
    const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(a_desc, b_used, c_desc), engine);
    const dnnl::matmul product(desc);
    const dnnl::memory a(a_desc, engine, const_cast<float*>(A)), c(c_desc, engine, C);
    dnnl::memory b(b_desc, engine, const_cast<float*>(B));
    if (prepacked) {
      dnnl::memory packed(desc.weights_desc(), engine);
      dnnl::reorder(b, packed).execute(stream, b, packed);
      stream.wait();
      b = packed;
    }
    peers.push_back({prepacked ? "dnnl_packed" : "dnnl_matmul",
                     [=] {
                       if (omp_set_num_threads) omp_set_num_threads(threads);
                       product.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
                       stream.wait();
                     },
                     prepacked});
  }
}
#endif

#if defined(HEBB_HAVE_XSMM)
// Its generated kernels are column-major, single-threaded and without a transposed A: C' = B' A'.
static void add_xsmm(std::vector<Peer>& peers, const Shape& s, int threads, const float* A, const float* B, float* C) {
  if (threads > 1 || s.ta || s.tb || s.M * s.N * s.K > int64_t(1024) * 1024 * 1024) return;
  const int m = int(s.N), n = int(s.M), k = int(s.K);
  const float alpha = 1, beta = 0;
  const libxsmm_smmfunction kernel =
      libxsmm_smmdispatch(m, n, k, nullptr, nullptr, nullptr, &alpha, &beta, nullptr, nullptr);
  if (kernel == nullptr) return;
  peers.push_back({"libxsmm", [=] { kernel(B, A, C); }, false});
}
#endif

std::vector<Peer> make_peers(const Shape& shape, int threads, const float* A, const float* B, float* C) {
  std::vector<Peer> peers;
#if defined(HEBB_HAVE_OPENBLAS)
  add_openblas(peers, shape, threads, A, B, C);
#endif
#if defined(HEBB_HAVE_DNNL)
  add_dnnl(peers, shape, threads, A, B, C);
#endif
#if defined(HEBB_HAVE_XSMM)
  add_xsmm(peers, shape, threads, A, B, C);
#endif
  (void)shape, (void)threads, (void)A, (void)B, (void)C;
  return peers;
}

std::string peer_versions() {
  std::string out;
#if defined(HEBB_HAVE_OPENBLAS)
  out += openblas_get_config();
#endif
#if defined(HEBB_HAVE_DNNL)
  const dnnl_version_t* v = dnnl_version();
  out += (out.empty() ? "" : "; ") + std::string("oneDNN ") + std::to_string(v->major) + "." +
         std::to_string(v->minor) + "." + std::to_string(v->patch);
#endif
#if defined(HEBB_HAVE_XSMM)
  out += (out.empty() ? "" : "; ") + std::string("libxsmm ") + LIBXSMM_VERSION;
#endif
  return out.empty() ? "none" : out;
}

}  // namespace bench
