#include "core/low_gemm.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "core/gemm_loops.h"

namespace hebb {

namespace {

constexpr int64_t kRowsAtOnce = 512;      // of A that are converted before they are multiplied
constexpr int64_t kMaxDepthInt8 = 65536;  // 65536 * 255 * 127 < 2^31

// Nearest even, as an upper half of a float32; finite values and infinities.
uint16_t to_bf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if (std::isnan(x)) return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float from_bf16(uint16_t h) {
  const uint32_t bits = uint32_t(h) << 16;
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

float quantised(float x, float inverse) { return std::nearbyint(x * inverse); }

// max |x| over n elements `step` apart; NaN when one of them is not finite.
float largest(int64_t n, const float* x, int64_t step) {
  float most = 0, poison = 0;
  for (int64_t i = 0; i < n; ++i) {
    const float a = std::fabs(x[i * step]);
    most = a > most ? a : most;
    poison += a * 0.0f;
  }
  return most + poison;
}

void convert_row_to_floats(Precision precision, int64_t K, const float* x, float* y, float* scale) {
  if (precision == Precision::bf16) {
    for (int64_t k = 0; k < K; ++k) y[k] = from_bf16(to_bf16(x[k]));
    return;
  }
  const float most = largest(K, x, 1), inverse = most > 0 ? 127.0f / most : 0.0f;
  *scale = most / 127.0f;
  for (int64_t k = 0; k < K; ++k) y[k] = std::isnan(most) ? 0.0f : quantised(x[k], inverse);
}

bool is_row(const UnaryRow<float>* row, const char* name) {
  return row != nullptr && std::strcmp(row->name, name) == 0;
}

}  // namespace

Status LowMatrix::pack(const Kernels& kernels, Precision precision, bool transposed, int64_t K, int64_t N,
                       const float* W, int64_t ld) {
  if (precision == Precision::int8 && K > kMaxDepthInt8) {
    return Status::argument("Expected a matrix of at most 65536 rows for int8, received " + std::to_string(K) + ".");
  }
  const int64_t row = transposed ? 1 : ld, column = transposed ? ld : 1;
  for (int64_t j = 0; j < N; ++j) {
    if (std::isnan(largest(K, W + j * column, row))) {
      return Status::non_finite("Expected finite weights to round, column " + std::to_string(j) + " is not.");
    }
  }
  kernels_ = &kernels, precision_ = precision, K_ = K, N_ = N;
  low_ = low_kernels(kernels, precision);
  const int64_t padded = round_up(N, 16);
  words_ = low_ == nullptr ? 0 : ceil_div(K, low_->group);
  const size_t weights = low_ == nullptr ? size_t(panel_elements(kernels, K, N)) * sizeof(float)
                                         : size_t(words_ * padded) * sizeof(uint32_t);
  const size_t columns = precision == Precision::int8 ? size_t(padded) * (sizeof(float) + sizeof(int32_t)) : 0;
  if (!weights_.resize(weights) || !columns_.resize(columns)) {
    return Status::out_of_memory("No memory for the packed weights.");
  }
  if (precision == Precision::int8) {
    std::memset(columns_.data(), 0, columns);
    float* scale = columns_.as<float>();
    for (int64_t j = 0; j < N; ++j) scale[j] = largest(K, W + j * column, row) / 127.0f;
  }
  if (low_ == nullptr) return pack_floats(transposed, W, ld);
  pack_words(transposed, W, ld);
  return {};
}

void LowMatrix::pack_words(bool transposed, const float* W, int64_t ld) {
  const int64_t row = transposed ? 1 : ld, column = transposed ? ld : 1, padded = round_up(N_, 16);
  if (weights_.size() > 0) std::memset(weights_.data(), 0, weights_.size());
  const float* scale = columns_.as<float>();
  int32_t* offset = columns_.as<int32_t>() + padded;
  for (int64_t panel = 0; panel < gemm_panel_count(N_, low_->w, low_->nv); ++panel) {
    const int64_t first = gemm_panel_column(N_, low_->w, low_->nv, panel);
    const int64_t width = gemm_panel_column(N_, low_->w, low_->nv, panel + 1) - first;
    uint32_t* words = weights_.as<uint32_t>() + first * words_;
    for (int64_t j = 0; j < width && first + j < N_; ++j) {
      const float* w = W + (first + j) * column;
      if (precision_ == Precision::bf16) {
        uint16_t* halves = reinterpret_cast<uint16_t*>(words);
        for (int64_t k = 0; k < K_; ++k) halves[(k / 2 * width + j) * 2 + k % 2] = to_bf16(w[k * row]);
        continue;
      }
      const float inverse = scale[first + j] > 0 ? 1.0f / scale[first + j] : 0.0f;
      int8_t* bytes = reinterpret_cast<int8_t*>(words);
      int32_t sum = 0;
      for (int64_t k = 0; k < K_; ++k) {
        const int8_t q = int8_t(quantised(w[k * row], inverse));
        bytes[(k / 4 * width + j) * 4 + k % 4] = q;
        sum += q;
      }
      offset[first + j] = 128 * sum;
    }
  }
}

Status LowMatrix::pack_floats(bool transposed, const float* W, int64_t ld) {
  const int64_t row = transposed ? 1 : ld, column = transposed ? ld : 1;
  AlignedBuffer rounded;
  if (!rounded.resize(size_t(K_ * N_) * sizeof(float))) return Status::out_of_memory("No memory to round weights in.");
  float* out = rounded.as<float>();
  for (int64_t j = 0; j < N_; ++j) {
    const float scale = precision_ == Precision::int8 ? columns_.as<float>()[j] : 0.0f;
    const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
    for (int64_t k = 0; k < K_; ++k) {
      const float w = W[k * row + j * column];
      out[k * N_ + j] = precision_ == Precision::bf16 ? from_bf16(to_bf16(w)) : quantised(w, inverse);
    }
  }
  Lease alone;
  pack_panels(alone, *kernels_, false, K_, N_, out, N_, weights_.as<float>());
  return {};
}

Status LowMatrix::multiply(Lease& lease, int64_t M, const float* A, int64_t lda, float* C, int64_t ldc,
                           const GemmEpilogue<float>& epilogue) const {
  if (N_ == 0) return {};
  for (int64_t row = 0; row < M; row += kRowsAtOnce) {
    const int64_t rows = M - row < kRowsAtOnce ? M - row : kRowsAtOnce;
    HEBB_RETURN_IF_ERROR(low_ != nullptr
                             ? multiply_words(lease, rows, A + row * lda, lda, C + row * ldc, ldc, epilogue)
                             : multiply_floats(lease, rows, A + row * lda, lda, C + row * ldc, ldc, epilogue));
  }
  return {};
}

Status LowMatrix::multiply_words(Lease& lease, int64_t M, const float* A, int64_t lda, float* C, int64_t ldc,
                                 const GemmEpilogue<float>& epilogue) const {
  const size_t row_bytes = align_up(size_t(M) * sizeof(float));
  char* scratch = static_cast<char*>(lease.scratch(0, row_bytes + size_t(M * words_) * sizeof(uint32_t) + 64));
  if (scratch == nullptr) return Status::out_of_memory("No memory to convert the operand in.");
  float* row_scale = reinterpret_cast<float*>(scratch);
  uint32_t* a = reinterpret_cast<uint32_t*>(scratch + row_bytes);
  const int64_t grain = ceil_div(16 * 1024, K_ + 1);
  parallel_range(lease, M, grain, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) low_->convert_row(K_, A + i * lda, a + i * words_, row_scale + i);
  });
  LowBlock all{};
  all.columns = N_, all.rows = M, all.words = words_;
  all.a = a, all.b = weights_.as<uint32_t>();
  all.row_scale = row_scale, all.column_scale = columns_.as<float>();
  all.column_offset = columns_.as<int32_t>() + round_up(N_, 16);
  all.c = C, all.c_row = ldc, all.bias = epilogue.bias;
  all.relu = is_row(epilogue.activation, "relu");
  all.activation = all.relu || is_row(epilogue.activation, "identity") ? nullptr : epilogue.activation;
  all.activation_alpha = epilogue.activation_alpha;
  const int64_t panels = gemm_panel_count(N_, low_->w, low_->nv), tiles = ceil_div(M, low_->mr);
  // Halves of a panel's rows, so that shares are even; integer sums and fixed chains: any cut gives the same bits.
  const int64_t parts = lease.threads() > 1 && tiles >= 4 ? 2 : 1;
  lease.parallel_for(M * N_ * K_ < 512 * 1024 ? 1 : panels * parts, [&](int64_t chunk, int) {
    LowBlock block = all;
    if (M * N_ * K_ < 512 * 1024) {
      block.tile1 = tiles, block.col1 = gemm_panel_column(N_, low_->w, low_->nv, panels);
    } else {
      block.col0 = gemm_panel_column(N_, low_->w, low_->nv, chunk / parts);
      block.col1 = gemm_panel_column(N_, low_->w, low_->nv, chunk / parts + 1);
      block.tile0 = tiles * (chunk % parts) / parts, block.tile1 = tiles * (chunk % parts + 1) / parts;
    }
    low_->block(block);
  });
  return {};
}

Status LowMatrix::multiply_floats(Lease& lease, int64_t M, const float* A, int64_t lda, float* C, int64_t ldc,
                                  const GemmEpilogue<float>& epilogue) const {
  AlignedBuffer memory;
  if (!memory.resize(size_t(M * (K_ + 1)) * sizeof(float) + 64)) {
    return Status::out_of_memory("No memory to convert the operand in.");
  }
  float* row_scale = memory.as<float>();
  float* a = row_scale + M;
  for (int64_t i = 0; i < M; ++i) convert_row_to_floats(precision_, K_, A + i * lda, a + i * K_, row_scale + i);
  const float* W = weights_.as<float>();
  if (precision_ == Precision::bf16) {
    GemmEpilogue<float> e;
    e.bias = epilogue.bias, e.activation = epilogue.activation, e.activation_alpha = epilogue.activation_alpha;
    return gemm_panels<float>(lease, *kernels_, false, M, N_, K_, 1, a, K_, W, 0, C, ldc, e);
  }
  HEBB_RETURN_IF_ERROR(gemm_panels<float>(lease, *kernels_, false, M, N_, K_, 1, a, K_, W, 0, C, ldc));
  const float* column_scale = columns_.as<float>();
  for (int64_t i = 0; i < M; ++i) {
    float* c = C + i * ldc;
    for (int64_t j = 0; j < N_; ++j) {
      c[j] = c[j] * (row_scale[i] * column_scale[j]) + (epilogue.bias == nullptr ? 0.0f : epilogue.bias[j]);
    }
    if (epilogue.activation != nullptr) epilogue.activation->forward(N_, c, c, epilogue.activation_alpha);
  }
  return {};
}

}  // namespace hebb
