// Softmax and log-softmax over rows, stabilised by the row's maximum, with their gradients.
namespace hebb {
namespace HEBB_ISA_NS {

// Rows of few columns leave most lanes of a vector empty: they are taken W at a time, a row a lane.
constexpr int kNarrowColumns = 16;
static inline bool narrow(int64_t cols) { return Vec::W > 1 && cols <= kNarrowColumns; }

// x[j], lane i: element (i, j); 0 in the lanes from `count` on.
static inline void narrow_load(int count, int64_t cols, const real* rows, Vec* x) {
  real padded[kNarrowColumns * Vec::W];
  if (count < Vec::W) {
    for (int64_t i = 0; i < Vec::W * cols; ++i) padded[i] = i < count * cols ? rows[i] : real(0);
    rows = padded;
  }
  for (int64_t j = 0; j < cols; ++j) x[j] = load_strided(rows + j, cols);
}
static inline void narrow_store(int count, int64_t cols, const Vec* x, real* rows) {
  real padded[kNarrowColumns * Vec::W];
  real* to = count < Vec::W ? padded : rows;
  for (int64_t j = 0; j < cols; ++j) store_strided(to + j, cols, x[j]);
  for (int64_t i = 0; to == padded && i < count * cols; ++i) rows[i] = padded[i];
}

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

static inline void softmax_narrow(int count, int64_t cols, const real* rows, real* y) {
  Vec x[kNarrowColumns];
  narrow_load(count, cols, rows, x);
  Vec top = x[0], sum = zero();
  for (int64_t j = 1; j < cols; ++j) top = max(x[j], top);
  for (int64_t j = 0; j < cols; ++j) {
    x[j] = exp_below(x[j] - top);
    sum = sum + x[j];
  }
  const Vec inverse = set1(1) / sum;
  for (int64_t j = 0; j < cols; ++j) x[j] = x[j] * inverse;
  narrow_store(count, cols, x, y);
}

// y = e^(x - max) / sum e^(x - max)
static void softmax_forward(int64_t rows, int64_t cols, const real* x, real* y) {
  if (cols > 0 && narrow(cols)) {
    for (int64_t r = 0; r < rows; r += Vec::W) {
      softmax_narrow(rows - r < Vec::W ? int(rows - r) : Vec::W, cols, x + r * cols, y + r * cols);
    }
    return;
  }
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
