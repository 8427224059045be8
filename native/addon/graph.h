// What the bindings of graphs, programs and data sets share.
#pragma once
#include "addon/handle.h"
#include "graph/dataset.h"
#include "graph/program.h"

namespace hebb {

template <>
struct HandleTraits<graph::ProgramBase> {
  static constexpr napi_type_tag tag = {0x8f1d4c2be7a94d51ull, 0xb0a6c3e95d7f2481ull};
  static constexpr const char* name = "program";
};
template <>
struct HandleTraits<graph::Dataset> {
  static constexpr napi_type_tag tag = {0x3c7e90a15b2d48f6ull, 0x96d4e8b17f0a3c25ull};
  static constexpr const char* name = "data set";
};

template <>
struct HandleTraits<graph::Column> {
  static constexpr napi_type_tag tag = {0x5be20f6d4c9131a7ull, 0xe84f17a2c06b9d53ull};
  static constexpr const char* name = "column";
};

using ProgramHandle = Handle<graph::ProgramBase>;
using DatasetHandle = Handle<graph::Dataset>;
using ColumnHandle = Handle<graph::Column>;

}  // namespace hebb
