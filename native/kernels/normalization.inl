// Layer normalisation (Ba, Kiros, Hinton 2016) over rows, with its gradient.
namespace hebb {
namespace HEBB_ISA_NS {

// y = (x - mean) * rstd * gamma + beta, rstd = 1 / sqrt(var + eps), var = sum (x - mean)^2 / cols. The mean is found in
// two steps, the second from differences with the first, so that a large common offset costs no precision.
static void layer_norm_forward(int64_t rows, int64_t cols, const real* x, const real* gamma, const real* beta, real eps,
                               real* y, real* mean, real* rstd) {
  if (cols == 0) return;
  const real inverse = real(1) / real(cols);
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    Vec total[4] = {zero(), zero(), zero(), zero()};
    for_vectors4(cols, [&](int64_t i, auto io, int slot) { total[slot] = total[slot] + io(x + i); });
    const real near = join(total) * inverse;
    const Vec near_v = set1(near);
    Vec first[4] = {zero(), zero(), zero(), zero()}, second[4] = {zero(), zero(), zero(), zero()};
    for_vectors4(cols, [&](int64_t i, auto io, int slot) {
      const Vec d = io.only(io(x + i) - near_v, zero());
      first[slot] = first[slot] + d;
      second[slot] = fma(d, d, second[slot]);
    });
    const real shift = join(first) * inverse;
    const real variance = join(second) * inverse - shift * shift;
    mean[r] = near + shift;
    rstd[r] = real(1) / (sizeof(real) == 4 ? real(__builtin_sqrtf(float(variance + eps)))
                                           : real(__builtin_sqrt(double(variance + eps))));
    const Vec m = set1(mean[r]), s = set1(rstd[r]);
    for_vectors(cols, [&](int64_t i, auto io) {
      const Vec scaled = (io(x + i) - m) * s;
      const Vec g = gamma != nullptr ? io(gamma + i) : set1(1), b = beta != nullptr ? io(beta + i) : zero();
      io(y + i, fma(scaled, g, b));
    });
  }
}

// With h = (x - mean) * rstd and g = dy * gamma: dx = rstd * (g - mean(g) - h * mean(g * h)); dgamma += dy * h,
// dbeta += dy, over the rows in order.
static void layer_norm_backward(int64_t rows, int64_t cols, const real* x, const real* gamma, const real* mean,
                                const real* rstd, const real* dy, real* dx, real* dgamma, real* dbeta,
                                bool accumulate) {
  if (cols == 0) return;
  const real inverse = real(1) / real(cols);
  for (int64_t r = 0; r < rows; ++r, x += cols, dy += cols, dx += cols) {
    const Vec m = set1(mean[r]), s = set1(rstd[r]);
    Vec sum_g[4] = {zero(), zero(), zero(), zero()}, sum_gh[4] = {zero(), zero(), zero(), zero()};
    for_vectors4(cols, [&](int64_t i, auto io, int slot) {
      const Vec h = (io(x + i) - m) * s, d = io(dy + i);
      const Vec g = gamma != nullptr ? d * io(gamma + i) : d;
      sum_g[slot] = sum_g[slot] + g;
      sum_gh[slot] = fma(g, h, sum_gh[slot]);
      if (dgamma != nullptr) io(dgamma + i, fma(d, h, io(dgamma + i)));
      if (dbeta != nullptr) io(dbeta + i, io(dbeta + i) + d);
    });
    const Vec mean_g = set1(join(sum_g) * inverse), mean_gh = set1(join(sum_gh) * inverse);
    for_vectors(cols, [&](int64_t i, auto io) {
      const Vec h = (io(x + i) - m) * s, d = io(dy + i);
      const Vec g = gamma != nullptr ? d * io(gamma + i) : d;
      const Vec out = s * fnma(h, mean_gh, g - mean_g);
      io(dx + i, accumulate ? io(dx + i) + out : out);
    });
  }
}

}  // namespace HEBB_ISA_NS
}  // namespace hebb
