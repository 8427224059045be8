// Tagging, and the names that documents repeat.
#include <memory>
#include <utility>

#include "addon/addon.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "addon/ner.h"
#include "algorithms/ner/consistency.h"

namespace hebb::ner_addon {

namespace {

using namespace ner;

using SharedNames = std::shared_ptr<NamesOfDocuments>;

const SharedNames& names_of(Napi::Env env, Napi::Value value) {
  if (!value.IsExternal()) args::refuse(env, "Expected names of documents.");
  return *value.As<Napi::External<SharedNames>>().Data();
}

// { entities: [sentence, begin, end, type] each, scores }
Napi::Object entities_of(Napi::Env env, const std::vector<TaggedEntity>& entities) {
  std::vector<int32_t> flat;
  std::vector<float> scores;
  for (const TaggedEntity& e : entities) {
    for (const int64_t value : {e.sentence, e.begin, e.end, int64_t(e.type)}) flat.push_back(int32_t(value));
    scores.push_back(e.score);
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("entities", array_of<Napi::Int32Array>(env, flat));
  out.Set("scores", array_of<Napi::Float32Array>(env, scores));
  return out;
}

struct TagState {
  std::shared_ptr<Model> model;
  Sentences sentences;
  bool with_entities = false;
  int threads = 0;
  SharedNames names;               // or null
  std::vector<int32_t> documents;  // of each sentence; empty: all are of one
  std::vector<int32_t> tags;
  std::vector<TaggedEntity> entities;

  bool run(const std::atomic<bool>* cancelled) {
    if (!model->tag(sentences, threads, tags, with_entities ? &entities : nullptr, cancelled)) return false;
    if (names == nullptr) return true;
    names->add(sentences, documents.empty() ? nullptr : documents.data(), with_entities ? entities : of_tags());
    return true;
  }
  Napi::Value result(Napi::Env env) const {
    Napi::Object out = entities_of(env, entities);
    out.Set("tags", array_of<Napi::Int32Array>(env, tags));
    return out;
  }

 private:
  std::vector<TaggedEntity> of_tags() const {
    std::vector<TaggedEntity> out;
    std::vector<Entity> spans;
    for (int64_t s = 0; s < sentences.count(); ++s) {
      const int64_t first = int64_t(sentences.sentence_begin[size_t(s)]);
      model->tags().entities(tags.data() + first, int64_t(sentences.sentence_begin[size_t(s) + 1]) - first, spans);
      for (const Entity& span : spans) out.push_back({s, span.begin, span.end, span.type, 1});
    }
    return out;
  }
};

std::shared_ptr<TagState> tag_state(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto state = std::make_shared<TagState>();
  state->model = handle_of(env, call[0])->model;
  state->sentences = sentences_of(call, 1);
  state->with_entities = args::boolean(env, call[5], "withEntities");
  state->threads = int(args::integer(env, call[6], "threads", 0, 256));
  if (state->model->index().bits() == 0) args::refuse(env, "Expected a trained tagger.");
  if (call[7].IsNull()) return state;
  state->names = names_of(env, call[7]);
  const Span<int32_t> documents = args::optional_array<int32_t>(env, call[8], "documents");
  if (documents.size != 0) args::expect_size(env, documents, size_t(state->sentences.count()), "documents");
  state->documents.assign(documents.data, documents.data + documents.size);
  return state;
}

// nerTag(model, text, lengths, sentences, features, withEntities, threads, names | null, documents | null), and the
// same as a job. With names, the sentences are added to them: one call after the other.
Napi::Value tag(const Napi::CallbackInfo& call) {
  const auto state = tag_state(call);
  state->run(nullptr);
  return state->result(call.Env());
}

Napi::Value start_tagging(const Napi::CallbackInfo& call) {
  const auto state = tag_state(call);
  Job job;
  job.work = [state](JobContext& context) -> Status {
    return state->run(&context.cancel_flag().requested) ? Status{} : Status::aborted("The tagging was aborted.");
  };
  job.resolve = [state](Napi::Env env) { return state->result(env); };
  return start_job(call.Env(), std::move(job));
}

// nerNames(isPerson): names of documents, isPerson of each type.
Napi::Value create_names(const Napi::CallbackInfo& call) {
  const Span<uint8_t> is_person = args::array<uint8_t>(call.Env(), call[0], "isPerson");
  auto* names = new SharedNames(
      std::make_shared<NamesOfDocuments>(std::vector<uint8_t>(is_person.data, is_person.data + is_person.size)));
  return Napi::External<SharedNames>::New(call.Env(), names, [](Napi::Env, SharedNames* n) { delete n; });
}

// { sentences, entities, scores }: the sentences that change, by the order in which they were added, and their
// entities.
Napi::Value changes_of(Napi::Env env, const ChangedSentences& changed) {
  Napi::Object out = entities_of(env, changed.entities);
  out.Set("sentences",
          array_of<Napi::Int32Array>(env, std::vector<int32_t>(changed.sentences.begin(), changed.sentences.end())));
  return out;
}

// nerChanges(names), after all sentences were added, and the same as a job. The names are forgotten: their memory does
// not wait for the garbage collector.
Napi::Value changes(const Napi::CallbackInfo& call) {
  const SharedNames& names = names_of(call.Env(), call[0]);
  return changes_of(call.Env(), std::exchange(*names, NamesOfDocuments({})).changes());
}

Napi::Value start_changes(const Napi::CallbackInfo& call) {
  const SharedNames names = names_of(call.Env(), call[0]);
  auto changed = std::make_shared<ChangedSentences>();
  Job job;
  job.work = [names, changed](JobContext&) -> Status {
    *changed = std::exchange(*names, NamesOfDocuments({})).changes();
    return {};
  };
  job.resolve = [changed](Napi::Env env) { return changes_of(env, *changed); };
  return start_job(call.Env(), std::move(job));
}

}  // namespace

void register_tagging(Napi::Env env, Napi::Object exports) {
  auto add = [&](const char* name, auto function) { exports.Set(name, Napi::Function::New(env, function, name)); };
  add("nerTag", tag);
  add("nerTagJob", start_tagging);
  add("nerNames", create_names);
  add("nerChanges", changes);
  add("nerChangesJob", start_changes);
}

}  // namespace hebb::ner_addon
