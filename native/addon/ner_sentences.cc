// Sentences as they cross the boundary.
#include "addon/addon.h"
#include "addon/errors.h"
#include "addon/ner.h"

namespace hebb::ner_addon {

SharedHandle& handle_of(Napi::Env env, Napi::Value value) {
  if (!value.IsExternal()) args::refuse(env, "Expected a native tagger.");
  SharedHandle& handle = *value.As<Napi::External<SharedHandle>>().Data();
  if (handle->training.load()) {
    throw make_error(env, Status::busy("Expected the tagger to be idle, but it is being trained."));
  }
  return handle;
}

std::vector<char16_t> units_of(Napi::Env env, Napi::Value value, const char* name) {
  size_t length = 0;
  if (napi_get_value_string_utf16(env, value, nullptr, 0, &length) != napi_ok) {
    args::refuse(env, std::string("Expected `") + name + "` to be a string.");
  }
  std::vector<char16_t> units(length + 1);
  napi_get_value_string_utf16(env, value, units.data(), units.size(), &length);
  units.resize(length);
  return units;
}

std::vector<uint64_t> offsets_of(Napi::Env env, Span<int32_t> lengths, uint64_t total, const char* name) {
  std::vector<uint64_t> begin(lengths.size + 1, 0);
  for (size_t i = 0; i < lengths.size; ++i) {
    if (lengths.data[i] < 0) args::refuse(env, std::string("Expected `") + name + "` to hold no negative length.");
    begin[i + 1] = begin[i] + uint64_t(lengths.data[i]);
  }
  if (begin.back() != total) args::refuse(env, std::string("Expected `") + name + "` to add up.");
  return begin;
}

ner::Sentences sentences_of(const Napi::CallbackInfo& call, size_t at) {
  Napi::Env env = call.Env();
  ner::Sentences s;
  s.text = units_of(env, call[at], "text");
  s.word_begin = offsets_of(env, args::array<int32_t>(env, call[at + 1], "lengths"), s.text.size(), "lengths");
  s.sentence_begin =
      offsets_of(env, args::array<int32_t>(env, call[at + 2], "sentences"), uint64_t(s.words()), "sentences");
  if (call[at + 3].IsNull() || call[at + 3].IsUndefined()) return s;
  Napi::Object user = call[at + 3].ToObject();
  const std::vector<char16_t> text = units_of(env, user.Get("text"), "features");
  const std::vector<uint64_t> begin = offsets_of(env, args::array<int32_t>(env, user.Get("lengths"), "feature lengths"),
                                                 text.size(), "feature lengths");
  const Span<int32_t> counts = args::array<int32_t>(env, user.Get("counts"), "feature counts");
  s.user_begin = offsets_of(env, counts, begin.size() - 1, "feature counts");
  if (counts.size != size_t(s.words())) args::refuse(env, "Expected one feature count a word.");
  for (size_t k = 0; k + 1 < begin.size(); ++k) {
    s.user.push_back(ner::hash_units(text.data() + begin[k], uint32_t(begin[k + 1] - begin[k])));
  }
  return s;
}

}  // namespace hebb::ner_addon
