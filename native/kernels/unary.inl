// UnaryRow from a body. A body is a struct with
//   static constexpr bool needs_input      f' is computed from x (true) or from y alone (false)
//   static constexpr double default_alpha
//   static Vec f(Vec x, Vec alpha)         the function
//   static Vec df(Vec v, Vec alpha)        the derivative, of v = x when needs_input, else of v = y
namespace hebb {
namespace HEBB_ISA_NS {

template <class Body>
static void unary_forward(int64_t n, const real* x, real* y, real alpha) {
  const Vec a = set1(alpha);
  map(n, x, y, [a](Vec v) { return Body::f(v, a); });
}

template <class Body>
static void unary_backward(int64_t n, const real* x, const real* y, const real* dy, real* dx, real alpha,
                           bool accumulate) {
  const Vec a = set1(alpha);
  map2_into(n, Body::needs_input ? x : y, dy, dx, accumulate, [a](Vec v, Vec d) { return d * Body::df(v, a); });
}

template <class Body>
static constexpr UnaryRow<real> unary_row(const char* name) {
  return {name, Body::needs_input, Body::default_alpha, unary_forward<Body>, unary_backward<Body>};
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
