// Affinities as three typed arrays.
#pragma once
#include "addon/args.h"
#include "algorithms/affinity.h"

namespace hebb {

// A copy of starts [n + 1], columns and values from three arguments, the first of them call[first]. Only what memory
// safety needs is checked.
inline AffinityRows affinity_rows(const Napi::CallbackInfo& call, size_t first, int64_t n) {
  Napi::Env env = call.Env();
  const Span<int32_t> starts = args::array<int32_t>(env, call[first], "starts");
  const Span<int32_t> columns = args::array<int32_t>(env, call[first + 1], "columns");
  const Span<float> values = args::array<float>(env, call[first + 2], "values");
  bool fits = starts.size == size_t(n) + 1 && starts.data[0] == 0 && values.size == columns.size &&
              starts.data[n] >= 0 && size_t(starts.data[n]) == columns.size;
  for (int64_t i = 0; fits && i < n; ++i) fits = starts.data[i] <= starts.data[i + 1];
  if (!fits) args::refuse(env, "Expected `starts` that cut `columns` and `values` into rows.");
  AffinityRows rows;
  rows.starts.assign(starts.data, starts.data + starts.size);
  rows.columns.assign(columns.data, columns.data + columns.size);
  rows.values.assign(values.data, values.data + values.size);
  return rows;
}

}  // namespace hebb
