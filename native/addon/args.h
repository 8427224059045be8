// Argument checks of the bindings: only what memory safety needs. TypeScript has validated and worded everything else
// before, so a failure here is a bug of ours or a caller who went round lib/.
#pragma once
#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace hebb {

// A borrowed view of a typed array; valid during the synchronous call only.
template <class T>
struct Span {
  T* data = nullptr;
  size_t size = 0;
};

namespace args {

[[noreturn]] inline void refuse(Napi::Env env, const std::string& what) {
  Napi::TypeError error = Napi::TypeError::New(env, what);
  error.Set("code", Napi::String::New(env, "ERR_INVALID_ARG"));
  throw error;
}

template <class T>
constexpr napi_typedarray_type array_type();
template <>
constexpr napi_typedarray_type array_type<float>() {
  return napi_float32_array;
}
template <>
constexpr napi_typedarray_type array_type<double>() {
  return napi_float64_array;
}
template <>
constexpr napi_typedarray_type array_type<int32_t>() {
  return napi_int32_array;
}
template <>
constexpr napi_typedarray_type array_type<uint32_t>() {
  return napi_uint32_array;
}
template <>
constexpr napi_typedarray_type array_type<uint8_t>() {
  return napi_uint8_array;
}
template <>
constexpr napi_typedarray_type array_type<uint16_t>() {
  return napi_uint16_array;
}

// A typed array of exactly this element type. `name` goes into the message.
template <class T>
Span<T> array(Napi::Env env, Napi::Value value, const char* name) {
  bool is_array = false;
  napi_is_typedarray(env, value, &is_array);
  if (is_array) {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
    if (type == array_type<T>()) return {static_cast<T*>(data), length};
  }
  refuse(env, std::string("Expected `") + name + "` to be a typed array of the right element type.");
}

// As array(), or an empty span for null and undefined.
template <class T>
Span<T> optional_array(Napi::Env env, Napi::Value value, const char* name) {
  if (value.IsNull() || value.IsUndefined()) return {};
  return array<T>(env, value, name);
}

inline double number(Napi::Env env, Napi::Value value, const char* name) {
  double x = 0;
  if (napi_get_value_double(env, value, &x) != napi_ok)
    refuse(env, std::string("Expected `") + name + "` to be a number.");
  return x;
}

// An integer in [lo, hi].
inline int64_t integer(Napi::Env env, Napi::Value value, const char* name, int64_t lo, int64_t hi) {
  const double x = number(env, value, name);
  if (!(x >= double(lo) && x <= double(hi)) || x != double(int64_t(x))) {
    refuse(env, std::string("Expected `") + name + "` to be an integer from " + std::to_string(lo) + " to " +
                    std::to_string(hi) + ".");
  }
  return int64_t(x);
}

inline bool boolean(Napi::Env env, Napi::Value value, const char* name) {
  if (!value.IsBoolean()) refuse(env, std::string("Expected `") + name + "` to be a boolean.");
  return value.As<Napi::Boolean>().Value();
}

// An empty function for anything that is none.
inline Napi::Function optional_function(Napi::Value value) {
  return value.IsFunction() ? value.As<Napi::Function>() : Napi::Function();
}

template <class T>
void expect_size(Napi::Env env, const Span<T>& span, size_t at_least, const char* name) {
  if (span.size < at_least) {
    refuse(env, std::string("Expected `") + name + "` to hold at least " + std::to_string(at_least) +
                    " elements, received " + std::to_string(span.size) + ".");
  }
}

// The first three arguments of what works on a matrix: x (Float32Array), its rows and its columns.
struct Rows {
  const float* data;
  int64_t n, dims;
  int64_t size() const { return n * dims; }
};
inline Rows rows(const Napi::CallbackInfo& call, int64_t least, int64_t most_dims = INT32_MAX) {
  const Span<float> x = array<float>(call.Env(), call[0], "x");
  const int64_t n = integer(call.Env(), call[1], "rows", least, INT32_MAX);
  const int64_t dims = integer(call.Env(), call[2], "dims", 1, most_dims);
  expect_size(call.Env(), x, size_t(n) * size_t(dims), "x");
  return {x.data, n, dims};
}

}  // namespace args

// A copy for JavaScript.
template <class T>
Napi::TypedArrayOf<T> typed_array(Napi::Env env, const std::vector<T>& values) {
  Napi::TypedArrayOf<T> out = Napi::TypedArrayOf<T>::New(env, values.size());
  std::copy(values.begin(), values.end(), out.Data());
  return out;
}

}  // namespace hebb
