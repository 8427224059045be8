// Native objects held by JavaScript: a tagged object around a shared_ptr, freed by the garbage collector or dispose().
#pragma once
#include <napi.h>

#include <memory>
#include <string>

#include "addon/errors.h"
#include "core/status.h"

namespace hebb {

// Specialised for every held class: a random tag, so that no other object is taken for one, and a word for messages.
template <class T>
struct HandleTraits;

template <class T>
class Handle {
 public:
  static Napi::Object create(Napi::Env env, std::shared_ptr<T> object, size_t bytes) {
    Napi::Object holder = Napi::Object::New(env);
    Box* box = new Box{std::move(object), int64_t(bytes)};
    if (napi_wrap(env, holder, box, &Handle::finalize, nullptr, nullptr) != napi_ok) {
      delete box;
      throw Napi::Error::New(env);
    }
    napi_type_tag_object(env, holder, &HandleTraits<T>::tag);
    Napi::MemoryManagement::AdjustExternalMemory(env, box->bytes);
    return holder;
  }

  static std::shared_ptr<T> get(Napi::Env env, Napi::Value value) {
    Box* box = find(env, value);
    if (box == nullptr)
      throw make_error(env, Status::argument(std::string("Expected a ") + HandleTraits<T>::name + "."));
    if (box->object == nullptr) {
      throw make_error(env, Status::argument(std::string("Expected a live ") + HandleTraits<T>::name +
                                             ", received one that was disposed."));
    }
    return box->object;
  }

  // Frees now; a job that still runs keeps its share until it ends. A second call does nothing.
  static void dispose(Napi::Env env, Napi::Value value) {
    Box* box = find(env, value);
    if (box == nullptr) return;
    box->object.reset();
    release_bytes(env, *box);
  }

 private:
  struct Box {
    std::shared_ptr<T> object;
    int64_t bytes;
  };

  static Box* find(Napi::Env env, Napi::Value value) {
    bool matches = false;
    if (!value.IsObject() || napi_check_object_type_tag(env, value, &HandleTraits<T>::tag, &matches) != napi_ok ||
        !matches)
      return nullptr;
    void* box = nullptr;
    return napi_unwrap(env, value, &box) == napi_ok ? static_cast<Box*>(box) : nullptr;
  }
  static void release_bytes(napi_env env, Box& box) {
    int64_t now = 0;
    if (box.bytes != 0) napi_adjust_external_memory(env, -box.bytes, &now);
    box.bytes = 0;
  }
  static void finalize(napi_env env, void* data, void*) {
    Box* box = static_cast<Box*>(data);
    release_bytes(env, *box);
    delete box;
  }
};

}  // namespace hebb
