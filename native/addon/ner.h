// The parts of the tagger's addon share: the handle of a model, and sentences as they cross the boundary.
#pragma once
#include <napi.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "addon/args.h"
#include "algorithms/ner/model.h"

namespace hebb::ner_addon {

struct Handle {
  std::shared_ptr<ner::Model> model;
  std::atomic<bool> training{false};
};
using SharedHandle = std::shared_ptr<Handle>;

// Throws unless the value is a tagger, and one that is not being trained.
SharedHandle& handle_of(Napi::Env env, Napi::Value value);

std::vector<char16_t> units_of(Napi::Env env, Napi::Value value, const char* name);

// Running sums of non-negative lengths that must add up to `total`.
std::vector<uint64_t> offsets_of(Napi::Env env, Span<int32_t> lengths, uint64_t total, const char* name);

// Sentences cross as four values: one string of all words joined, the length of each word in UTF-16 units (Int32Array),
// the words of each sentence (Int32Array), and the caller's own features: null, or an object { text, lengths, counts }
// of one string of all features joined, their lengths, and how many each word has.
ner::Sentences sentences_of(const Napi::CallbackInfo& call, size_t at);

template <class Array, class T>
Array array_of(Napi::Env env, const std::vector<T>& values) {
  Array out = Array::New(env, values.size());
  if (!values.empty()) std::memcpy(out.Data(), values.data(), values.size() * sizeof(T));
  return out;
}

void register_tagging(Napi::Env env, Napi::Object exports);

}  // namespace hebb::ner_addon
