// Functions of one operand beyond the activations, binary operations, and helpers.
namespace hebb {
namespace HEBB_ISA_NS {
namespace {

struct Exp : FromOutput {
  static Vec f(Vec x, Vec) { return exp(x); }
  static Vec df(Vec y, Vec) { return y; }
};
struct Log : FromInput {
  static Vec f(Vec x, Vec) { return log(x); }
  static Vec df(Vec x, Vec) { return set1(1) / x; }
};
struct Erf : FromInput {
  static Vec f(Vec x, Vec) { return erf(x); }
  static Vec df(Vec x, Vec) { return exp_below(-(x * x)) * set1(real(1.12837916709551257390)); }
};
struct Sqrt : FromOutput {
  static Vec f(Vec x, Vec) { return sqrt(x); }
  static Vec df(Vec y, Vec) { return set1(real(0.5)) / y; }
};
struct Rsqrt : FromOutput {
  static Vec f(Vec x, Vec) { return set1(1) / sqrt(x); }
  static Vec df(Vec y, Vec) { return y * y * y * set1(real(-0.5)); }
};
struct Square : FromInput {
  static Vec f(Vec x, Vec) { return x * x; }
  static Vec df(Vec x, Vec) { return x + x; }
};
struct Abs : FromInput {
  static Vec f(Vec x, Vec) { return abs(x); }
  static Vec df(Vec x, Vec) { return select(eq(x, zero()), zero(), copysign(set1(1), x)); }
};
struct Negate : FromOutput {
  static Vec f(Vec x, Vec) { return -x; }
  static Vec df(Vec, Vec) { return set1(-1); }
};
struct Reciprocal : FromOutput {
  static Vec f(Vec x, Vec) { return set1(1) / x; }
  static Vec df(Vec y, Vec) { return -(y * y); }
};

// A binary body: f(a, b), and the partial derivatives da and db from the operands and y.
struct Add {
  static Vec f(Vec a, Vec b) { return a + b; }
  static Vec da(Vec, Vec, Vec) { return set1(1); }
  static Vec db(Vec, Vec, Vec) { return set1(1); }
};
struct Sub {
  static Vec f(Vec a, Vec b) { return a - b; }
  static Vec da(Vec, Vec, Vec) { return set1(1); }
  static Vec db(Vec, Vec, Vec) { return set1(-1); }
};
struct Mul {
  static Vec f(Vec a, Vec b) { return a * b; }
  static Vec da(Vec, Vec b, Vec) { return b; }
  static Vec db(Vec a, Vec, Vec) { return a; }
};
struct Div {
  static Vec f(Vec a, Vec b) { return a / b; }
  static Vec da(Vec, Vec b, Vec) { return set1(1) / b; }
  static Vec db(Vec, Vec b, Vec y) { return -(y / b); }
};
// The larger or smaller operand gets the gradient, each half of it at a tie. A NaN of either operand is the result.
static Vec share(Vec winner, Vec loser) { return select(eq(winner, loser), set1(real(0.5)), set1(1)); }
struct Min {
  static Vec f(Vec a, Vec b) { return select(is_nan(a), a, min(a, b)); }
  static Vec da(Vec a, Vec b, Vec) { return keep(le(a, b), share(a, b)); }
  static Vec db(Vec a, Vec b, Vec) { return keep(le(b, a), share(a, b)); }
};
struct Max {
  static Vec f(Vec a, Vec b) { return select(is_nan(a), a, max(a, b)); }
  static Vec da(Vec a, Vec b, Vec) { return keep(ge(a, b), share(a, b)); }
  static Vec db(Vec a, Vec b, Vec) { return keep(ge(b, a), share(a, b)); }
};

// Reads a vector (stride 1) or one broadcast element (stride 0).
struct Vector {
  const real* p;
  template <class IO>
  Vec at(int64_t i, IO io) const {
    return io(p + i);
  }
};
struct Broadcast {
  Vec v;
  template <class IO>
  Vec at(int64_t, IO) const {
    return v;
  }
};

}  // namespace

// Calls f(readA, readB) with readers chosen by the strides.
template <class F>
static inline void with_strides(int64_t n, const real* a, int sa, const real* b, int sb, F f) {
  if (n <= 0) return;
  if (sa != 0 && sb != 0) return f(Vector{a}, Vector{b});
  if (sa != 0) return f(Vector{a}, Broadcast{set1(*b)});
  if (sb != 0) return f(Broadcast{set1(*a)}, Vector{b});
  f(Broadcast{set1(*a)}, Broadcast{set1(*b)});
}

template <class Body>
static void binary_forward(int64_t n, const real* a, int sa, const real* b, int sb, real* y) {
  with_strides(n, a, sa, b, sb, [&](auto va, auto vb) {
    for_vectors(n, [&](int64_t i, auto io) { io(y + i, Body::f(va.at(i, io), vb.at(i, io))); });
  });
}

template <class Body>
static void binary_backward(int64_t n, const real* a, int sa, const real* b, int sb, const real* y, const real* dy,
                            real* ga, real* gb) {
  with_strides(n, a, sa, b, sb, [&](auto va, auto vb) {
    for_vectors(n, [&](int64_t i, auto io) {
      const Vec x = va.at(i, io), z = vb.at(i, io), out = io(y + i), d = io(dy + i);
      if (ga != nullptr) io(ga + i, d * Body::da(x, z, out));
      if (gb != nullptr) io(gb + i, d * Body::db(x, z, out));
    });
  });
}

template <class Body>
static constexpr BinaryRow<real> binary_row(const char* name) {
  return {name, binary_forward<Body>, binary_backward<Body>};
}

static constexpr UnaryRow<real> kFunctions[] = {
    unary_row<Abs>("abs"),     unary_row<Erf>("erf"),       unary_row<Exp>("exp"),
    unary_row<Log>("log"),     unary_row<Negate>("negate"), unary_row<Reciprocal>("reciprocal"),
    unary_row<Rsqrt>("rsqrt"), unary_row<Sqrt>("sqrt"),     unary_row<Square>("square"),
};

static constexpr BinaryRow<real> kBinaries[] = {
    binary_row<Add>("add"), binary_row<Sub>("sub"), binary_row<Mul>("mul"),
    binary_row<Div>("div"), binary_row<Min>("min"), binary_row<Max>("max"),
};

static void exp_kernel(int64_t n, const real* x, real* y) {
  map(n, x, y, [](Vec v) { return exp(v); });
}
static void log_kernel(int64_t n, const real* x, real* y) {
  map(n, x, y, [](Vec v) { return log(v); });
}
static void tanh_kernel(int64_t n, const real* x, real* y) {
  map(n, x, y, [](Vec v) { return tanh(v); });
}
static void erf_kernel(int64_t n, const real* x, real* y) {
  map(n, x, y, [](Vec v) { return erf(v); });
}

static void fill(int64_t n, real value, real* y) {
  const Vec v = set1(value);
  for_vectors(n, [&](int64_t i, auto io) { io(y + i, v); });
}
static void axpy(int64_t n, real a, const real* x, real* y) {
  const Vec va = set1(a);
  map2(n, x, y, y, [va](Vec vx, Vec vy) { return fma(va, vx, vy); });
}
static void scale(int64_t n, real a, const real* x, real* y) {
  const Vec va = set1(a);
  map(n, x, y, [va](Vec v) { return va * v; });
}
static void affine(int64_t n, real a, real b, const real* x, real* y) {
  const Vec va = set1(a), vb = set1(b);
  map(n, x, y, [va, vb](Vec v) { return fma(va, v, vb); });
}
static void multiply_add(int64_t n, const real* a, const real* b, real* y) {
  map3(n, a, b, y, y, [](Vec va, Vec vb, Vec vy) { return fma(va, vb, vy); });
}
static void clip(int64_t n, const real* x, real lo, real hi, real* y) {
  const Vec low = set1(lo), high = set1(hi);
  map(n, x, y, [low, high](Vec v) { return min(high, max(low, v)); });
}
static void clip_backward(int64_t n, const real* x, const real* dy, real lo, real hi, real* dx, bool accumulate) {
  const Vec low = set1(lo), high = set1(hi);
  map2_into(n, x, dy, dx, accumulate, [low, high](Vec v, Vec d) { return keep(ge(v, low) & le(v, high), d); });
}

// Rows lie anywhere in a large table, so each is fetched into L2 a few rows before its turn (twice as fast as without).
static void gather_rows(int64_t rows, int64_t cols, const real* src, int64_t src_ld, const int32_t* index, real* dst) {
  constexpr int64_t kAhead = 4;
  int64_t r = 0;
  if (cols < Vec::W) {  // the lanes beyond a short row are written over by the rows that follow
    const Lanes lanes = first_lanes(int(cols));
    for (; (rows - r) * cols >= Vec::W; ++r) store(dst + r * cols, load_n(src + int64_t(index[r]) * src_ld, lanes));
  }
  for (; r < rows; ++r) {
    const real* from = src + int64_t(index[r]) * src_ld;
    const real* later = src + int64_t(index[r + kAhead < rows ? r + kAhead : r]) * src_ld;
    real* to = dst + r * cols;
    int64_t i = 0;
    for (; i + Vec::W <= cols; i += Vec::W) {
      __builtin_prefetch(later + i, 0, 2);
      store(to + i, load(from + i));
    }
    if (i == cols) continue;
    __builtin_prefetch(later + i, 0, 2);
    store_pieces(to + i, load_n(from + i, int(cols - i)), int(cols - i));
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
