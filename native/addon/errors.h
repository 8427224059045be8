// The one place where a Status becomes a JavaScript error. `fromNative` of lib/errors.ts turns `code` into the typed
// class.
#pragma once
#include <napi.h>

#include "core/status.h"

namespace hebb {

inline const char* error_code(Code code) {
  switch (code) {
    case Code::ok: return "OK";
    case Code::shape: return "ERR_SHAPE";
    case Code::argument: return "ERR_ARGUMENT";
    case Code::data: return "ERR_DATA";
    case Code::non_finite: return "ERR_NON_FINITE";
    case Code::aborted: return "ERR_ABORTED";
    case Code::busy: return "ERR_BUSY";
    case Code::out_of_memory: return "ERR_OUT_OF_MEMORY";
  }
  return "ERR_UNKNOWN";
}

inline Napi::Error make_error(Napi::Env env, const Status& status) {
  Napi::Error error = Napi::Error::New(env, status.message);
  error.Set("code", Napi::String::New(env, error_code(status.code)));
  return error;
}

inline void throw_if_error(Napi::Env env, const Status& status) {
  if (!status.ok()) throw make_error(env, status);
}

}  // namespace hebb
