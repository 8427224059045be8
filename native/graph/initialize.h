// First values of parameters: a counter-based draw for each element, so that they depend on the seed and the
// parameter's number only.
#pragma once
#include <cstdint>

#include "graph/plan.h"

namespace hebb::graph {

template <class T>
void initialize_values(const ParamSpec& spec, uint64_t seed, uint64_t stream, int64_t count, T* values);

}  // namespace hebb::graph
