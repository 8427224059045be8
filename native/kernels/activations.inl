// What users may name as `activation`. To add one: a body (its contract is in unary.inl) and a row in the list below.
namespace hebb {
namespace HEBB_ISA_NS {
namespace {

struct FromOutput {
  static constexpr bool needs_input = false;
  static constexpr double default_alpha = 0;
};
struct FromInput {
  static constexpr bool needs_input = true;
  static constexpr double default_alpha = 0;
};

struct Identity : FromOutput {
  static Vec f(Vec x, Vec) { return x; }
  static Vec df(Vec, Vec) { return set1(1); }
};

// max(x, 0); NaN stays NaN
struct Relu : FromOutput {
  static Vec f(Vec x, Vec) { return max(zero(), x); }
  static Vec df(Vec y, Vec) { return keep(gt(y, zero()), set1(1)); }
};

// x > 0 ? x : alpha x, alpha >= 0
struct LeakyRelu : FromOutput {
  static constexpr double default_alpha = 0.01;
  static Vec f(Vec x, Vec alpha) { return select(gt(x, zero()), x, alpha * x); }
  static Vec df(Vec y, Vec alpha) { return select(gt(y, zero()), set1(1), alpha); }
};

// x > 0 ? x : alpha (e^x - 1), alpha >= 0 (Clevert, Unterthiner, Hochreiter 2016)
struct Elu : FromOutput {
  static constexpr double default_alpha = 1;
  static Vec f(Vec x, Vec alpha) { return select(gt(x, zero()), x, alpha * expm1_negative(min(zero(), x))); }
  static Vec df(Vec y, Vec alpha) { return select(gt(y, zero()), set1(1), y + alpha); }
};

struct Sigmoid : FromOutput {
  static Vec f(Vec x, Vec) { return sigmoid(x); }
  static Vec df(Vec y, Vec) { return fnma(y, y, y); }
};

struct Tanh : FromOutput {
  static Vec f(Vec x, Vec) { return tanh(x); }
  static Vec df(Vec y, Vec) { return fnma(y, y, set1(1)); }
};

// x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2 (Hendrycks, Gimpel 2016) = max(x, 0) - |x| Phi(-|x|)
struct Gelu : FromInput {
  static Vec f(Vec x, Vec) { return max(zero(), x) - normal_tail(abs(x)); }
  // Phi(x) + x phi(x), phi(x) = e^(-x^2 / 2) / sqrt(2 pi)
  static Vec df(Vec x, Vec) {
    const Vec cdf = fma(set1(real(0.5)), erf(x * set1(real(0.70710678118654752440))), set1(real(0.5)));
    const Vec pdf = exp_below(x * x * set1(real(-0.5))) * set1(real(0.39894228040143267794));
    return fma(x, pdf, cdf);
  }
};

// x (1 + tanh z) / 2 = x sigmoid(2 z), 2 z = sqrt(8 / pi) (x + 0.044715 x^3)
struct GeluTanh : FromInput {
  static Vec inner(Vec x) { return x * fma(x * x, set1(real(0.07135481627260025)), set1(real(1.5957691216057307))); }
  static Vec f(Vec x, Vec) { return x * sigmoid(inner(x)); }
  // s + x s' (2 z)'; beyond +-20 the second term is 0, but its factors would overflow
  static Vec df(Vec x, Vec) {
    x = max(set1(-20), min(set1(20), x));
    Vec slope;
    const Vec s = sigmoid_slope(inner(x), slope);
    return fma(x * slope, fma(x * x, set1(real(0.21406444881780074)), set1(real(1.5957691216057307))), s);
  }
};

// x sigmoid(x) (Elfwing, Uchibe, Doya 2018)
struct Silu : FromInput {
  static Vec f(Vec x, Vec) { return x * sigmoid(x); }
  static Vec df(Vec x, Vec) {
    Vec slope;
    const Vec s = sigmoid_slope(x, slope);
    return fma(x, slope, s);
  }
};

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); the derivative is sigmoid(x) = 1 - e^-y
struct Softplus : FromOutput {
  static Vec f(Vec x, Vec) { return max(zero(), x) + log1p_unit(exp_below(-abs(x))); }
  static Vec df(Vec y, Vec) { return -expm1_negative(-y); }
};

}  // namespace

// clang-format off
static constexpr UnaryRow<real> kActivations[] = {
    unary_row<Identity>("identity"),
    unary_row<Relu>("relu"),
    unary_row<LeakyRelu>("leaky_relu"),
    unary_row<Elu>("elu"),
    unary_row<Sigmoid>("sigmoid"),
    unary_row<Tanh>("tanh"),
    unary_row<Gelu>("gelu"),
    unary_row<GeluTanh>("gelu_tanh"),
    unary_row<Silu>("silu"),
    unary_row<Softplus>("softplus"),
};
// clang-format on

}  // namespace HEBB_ISA_NS
}  // namespace hebb
