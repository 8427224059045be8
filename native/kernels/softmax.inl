// Softmax and log-softmax over rows, stabilised by the row's maximum, with their gradients.
namespace hebb {
namespace HEBB_ISA_NS {

// out[i] = e^(x[i] - shift), not stored when out is null; returns their sum.
static inline real exp_row(int64_t n, const real* x, real shift, real* out) {
  const Vec s = set1(shift);
  Vec total[4] = {zero(), zero(), zero(), zero()};
  for_vectors4(n, [&](int64_t i, auto io, int slot) {
    const Vec e = exp_below(io(x + i) - s);
    if (out != nullptr) io(out + i, e);
    total[slot] = total[slot] + io.only(e, zero());
  });
  return join(total);
}

// log of one positive number by the vector function, so that a row and a scalar agree.
static inline real log_one(real x) {
  real lanes[Vec::W];
  store(lanes, log(set1(x)));
  return lanes[0];
}

// y = e^(x - max) / sum e^(x - max)
static void softmax_forward(int64_t rows, int64_t cols, const real* x, real* y) {
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    const Vec inverse = set1(real(1) / exp_row(cols, x, row_max(cols, x), y));
    map(cols, y, y, [inverse](Vec v) { return v * inverse; });
  }
}

// dx = y * (dy - sum(y * dy))
static void softmax_backward(int64_t rows, int64_t cols, const real* y, const real* dy, real* dx, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r, y += cols, dy += cols, dx += cols) {
    const Vec inner = set1(real(dot(cols, y, dy)));
    map2_into(cols, y, dy, dx, accumulate, [inner](Vec vy, Vec vdy) { return vy * (vdy - inner); });
  }
}

// y = x - max - log(sum e^(x - max))
static void log_softmax_forward(int64_t rows, int64_t cols, const real* x, real* y) {
  if (cols == 0) return;
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    const real top = row_max(cols, x);
    const Vec high = set1(top), low = set1(log_one(exp_row(cols, x, top, nullptr)));
    map(cols, x, y, [high, low](Vec v) { return v - high - low; });
  }
}

// dx = dy - e^y * sum(dy)
static void log_softmax_backward(int64_t rows, int64_t cols, const real* y, const real* dy, real* dx, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r, y += cols, dy += cols, dx += cols) {
    const Vec total = set1(real(sum(cols, dy)));
    map2_into(cols, y, dy, dx, accumulate, [total](Vec vy, Vec vdy) { return fnma(exp_below(vy), total, vdy); });
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
