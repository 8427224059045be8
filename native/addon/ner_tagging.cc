// Tagging.
#include <memory>

#include "addon/addon.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "addon/ner.h"

namespace hebb::ner_addon {

namespace {

using namespace ner;

struct TagState {
  std::shared_ptr<Model> model;
  Sentences sentences;
  bool with_entities = false;
  int threads = 0;
  std::vector<int32_t> tags;
  std::vector<TaggedEntity> entities;

  bool run(const std::atomic<bool>* cancelled) {
    return model->tag(sentences, threads, tags, with_entities ? &entities : nullptr, cancelled);
  }
  // { tags, entities: [sentence, begin, end, type] each, scores }
  Napi::Value result(Napi::Env env) const {
    Napi::Object out = Napi::Object::New(env);
    out.Set("tags", array_of<Napi::Int32Array>(env, tags));
    std::vector<int32_t> flat;
    std::vector<float> scores;
    for (const TaggedEntity& e : entities) {
      for (const int64_t value : {e.sentence, e.begin, e.end, int64_t(e.type)}) flat.push_back(int32_t(value));
      scores.push_back(e.score);
    }
    out.Set("entities", array_of<Napi::Int32Array>(env, flat));
    out.Set("scores", array_of<Napi::Float32Array>(env, scores));
    return out;
  }
};

std::shared_ptr<TagState> tag_state(const Napi::CallbackInfo& call) {
  auto state = std::make_shared<TagState>();
  state->model = handle_of(call.Env(), call[0])->model;
  state->sentences = sentences_of(call, 1);
  state->with_entities = args::boolean(call.Env(), call[5], "withEntities");
  state->threads = int(args::integer(call.Env(), call[6], "threads", 0, 256));
  if (state->model->index().bits() == 0) args::refuse(call.Env(), "Expected a trained tagger.");
  return state;
}

// nerTag(model, text, lengths, sentences, features, withEntities, threads), and the same as a job.
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

}  // namespace

void register_tagging(Napi::Env env, Napi::Object exports) {
  auto add = [&](const char* name, auto function) { exports.Set(name, Napi::Function::New(env, function, name)); };
  add("nerTag", tag);
  add("nerTagJob", start_tagging);
}

}  // namespace hebb::ner_addon
