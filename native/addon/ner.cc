// The tagger: models, training, and the arrays that go in a file.
#include "addon/ner.h"

#include <memory>

#include "addon/addon.h"
#include "addon/errors.h"
#include "addon/job_runner.h"
#include "algorithms/ner/trainer.h"

namespace hebb {

namespace {

using namespace ner;
using namespace ner_addon;

// nerModel(parts, types, endsMarked, hasBegin): parts in the order of ner::Part, types -1 for O.
Napi::Value create(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const Span<uint8_t> parts = args::array<uint8_t>(env, call[0], "parts");
  const Span<int32_t> types = args::array<int32_t>(env, call[1], "types");
  TagSet tags;
  tags.ends_marked = args::boolean(env, call[2], "endsMarked");
  tags.has_begin = args::boolean(env, call[3], "hasBegin");
  if (parts.size == 0 || parts.size > 4096 || types.size != parts.size)
    args::refuse(env, "Expected as many types as parts.");
  for (size_t t = 0; t < parts.size; ++t) {
    if (parts.data[t] > uint8_t(Part::single)) args::refuse(env, "Expected parts from 0 to 4.");
    tags.parts.push_back(Part(parts.data[t]));
    tags.types.push_back(types.data[t]);
  }
  auto* handle = new SharedHandle(std::make_shared<Handle>());
  (*handle)->model = std::make_shared<Model>(std::move(tags), FeatureConfig{});
  return Napi::External<SharedHandle>::New(env, handle, [](Napi::Env, SharedHandle* h) { delete h; });
}

// nerAddPhrases(model, text, lengths, words, lists): words of each phrase, and its list (0..63).
void add_phrases(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  Model& model = *handle_of(env, call[0])->model;
  const std::vector<char16_t> text = units_of(env, call[1], "text");
  const std::vector<uint64_t> word =
      offsets_of(env, args::array<int32_t>(env, call[2], "lengths"), text.size(), "lengths");
  const std::vector<uint64_t> phrase =
      offsets_of(env, args::array<int32_t>(env, call[3], "words"), word.size() - 1, "words");
  const Span<uint8_t> lists = args::array<uint8_t>(env, call[4], "lists");
  args::expect_size(env, lists, phrase.size() - 1, "lists");
  std::vector<uint64_t> hashes;
  for (size_t p = 0; p + 1 < phrase.size(); ++p) {
    hashes.clear();
    for (uint64_t w = phrase[p]; w < phrase[p + 1]; ++w) {
      hashes.push_back(analyse({text.data() + word[w], uint32_t(word[w + 1] - word[w])}).folded);
    }
    model.features().gazetteer.add(lists.data[p], hashes.data(), int(hashes.size()));
  }
  model.forget();
}

Napi::Value gazetteer_state(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  std::vector<uint8_t> entries;
  std::vector<uint64_t> masks;
  handle_of(env, call[0])->model->features().gazetteer.save(entries, masks);
  std::vector<uint32_t> halves;
  for (const uint64_t mask : masks) halves.push_back(uint32_t(mask)), halves.push_back(uint32_t(mask >> 32));
  Napi::Object out = Napi::Object::New(env);
  out.Set("entries", array_of<Napi::Uint8Array>(env, entries));
  out.Set("masks", array_of<Napi::Uint32Array>(env, halves));
  return out;
}

void set_gazetteer(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  Model& model = *handle_of(env, call[0])->model;
  const Span<uint8_t> entries = args::array<uint8_t>(env, call[1], "entries");
  const Span<uint32_t> halves = args::array<uint32_t>(env, call[2], "masks");
  std::vector<uint64_t> masks;
  for (size_t i = 0; i + 1 < halves.size; i += 2) masks.push_back(halves.data[i] | uint64_t(halves.data[i + 1]) << 32);
  throw_if_error(
      env, model.features().gazetteer.load(entries.data, int64_t(entries.size), masks.data(), int64_t(masks.size())));
  model.forget();
}

// nerSetClusters(model, text, lengths, counts, ids): the words, lower-cased here, with `counts` ids each.
void set_clusters(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  Model& model = *handle_of(env, call[0])->model;
  const std::vector<char16_t> text = units_of(env, call[1], "text");
  const std::vector<uint64_t> word =
      offsets_of(env, args::array<int32_t>(env, call[2], "lengths"), text.size(), "lengths");
  const Span<int32_t> counts = args::array<int32_t>(env, call[3], "counts");
  const Span<uint32_t> ids = args::array<uint32_t>(env, call[4], "ids");
  const std::vector<uint64_t> begin = offsets_of(env, counts, ids.size, "counts");
  args::expect_size(env, counts, word.size() - 1, "counts");
  ClusterMap& clusters = model.features().clusters;
  clusters.clear();
  for (size_t w = 0; w + 1 < word.size(); ++w) {
    const uint64_t key = analyse({text.data() + word[w], uint32_t(word[w + 1] - word[w])}).lower;
    clusters[key].assign(ids.data + begin[w], ids.data + begin[w + 1]);
  }
  model.forget();
}

// { keys: Uint32Array of low, high halves, sorted; counts; ids }, and back.
Napi::Value cluster_state(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const ClusterMap& clusters = handle_of(env, call[0])->model->features().clusters;
  std::vector<uint64_t> keys;
  for (const auto& entry : clusters) keys.push_back(entry.first);
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> halves, ids;
  std::vector<int32_t> counts;
  for (const uint64_t key : keys) {
    const std::vector<uint32_t>& of_key = clusters.at(key);
    halves.push_back(uint32_t(key)), halves.push_back(uint32_t(key >> 32));
    counts.push_back(int32_t(of_key.size()));
    ids.insert(ids.end(), of_key.begin(), of_key.end());
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("keys", array_of<Napi::Uint32Array>(env, halves));
  out.Set("counts", array_of<Napi::Int32Array>(env, counts));
  out.Set("ids", array_of<Napi::Uint32Array>(env, ids));
  return out;
}

void load_clusters(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  Model& model = *handle_of(env, call[0])->model;
  const Span<uint32_t> halves = args::array<uint32_t>(env, call[1], "keys");
  const Span<int32_t> counts = args::array<int32_t>(env, call[2], "counts");
  const Span<uint32_t> ids = args::array<uint32_t>(env, call[3], "ids");
  const std::vector<uint64_t> begin = offsets_of(env, counts, ids.size, "counts");
  args::expect_size(env, halves, 2 * counts.size, "keys");
  ClusterMap& clusters = model.features().clusters;
  clusters.clear();
  for (size_t k = 0; k < counts.size; ++k) {
    const uint64_t key = halves.data[2 * k] | uint64_t(halves.data[2 * k + 1]) << 32;
    clusters[key].assign(ids.data + begin[k], ids.data + begin[k + 1]);
  }
  model.forget();
}

Labels labels_of(Napi::Env env, Napi::Value tags_value, const Model& model, const Sentences& sentences) {
  const Span<int32_t> tags = args::array<int32_t>(env, tags_value, "tags");
  if (tags.size != size_t(sentences.words())) args::refuse(env, "Expected one tag a word.");
  Labels labels;
  labels.tags.assign(tags.data, tags.data + tags.size);
  for (const int32_t tag : labels.tags) {
    if (tag >= int32_t(model.tags().size())) args::refuse(env, "Expected tags of the model.");
  }
  return labels;
}

void read_annotated(Napi::Env env, Napi::Value rows_value, Napi::Value types_value, const Model& model,
                    const Sentences& sentences, Labels& labels) {
  const Span<int32_t> rows = args::array<int32_t>(env, rows_value, "annotated");
  const Span<uint8_t> types = args::array<uint8_t>(env, types_value, "annotated types");
  args::expect_size(env, rows, size_t(sentences.count()), "annotated");
  const size_t type_count = size_t(model.tags().type_count());
  for (size_t s = 0; s < rows.size; ++s) {
    if (rows.data[s] >= 0 && (size_t(rows.data[s]) + 1) * type_count > types.size) {
      args::refuse(env, "Expected annotated types for all sentences.");
    }
  }
  labels.annotated.assign(rows.data, rows.data + rows.size);
  labels.annotated_types.assign(types.data, types.data + types.size);
}

TrainConfig config_of(Napi::Env env, Napi::Value value) {
  const Span<double> v = args::array<double>(env, value, "config");
  args::expect_size(env, v, 13, "config");
  TrainConfig config;
  config.bits = int(v.data[0]);
  config.epochs = int(v.data[1]);
  config.patience = int(v.data[2]);
  config.learning_rate = v.data[3];
  config.final_rate = v.data[4];
  config.initial_squares = v.data[5];
  config.dropout = v.data[6];
  config.l2 = v.data[7];
  config.batch = int(v.data[8]);
  config.average_from = int(v.data[9]);
  config.seed = uint64_t(v.data[10]);
  config.threads = int(v.data[11]);
  config.tune_bias = v.data[12] != 0;
  if (config.bits < 8 || config.bits > 26 || config.batch < 1 || config.batch > 4096 || config.epochs < 1 ||
      !(config.dropout >= 0 && config.dropout < 1)) {
    args::refuse(env, "Expected a usable training configuration.");
  }
  return config;
}

struct TrainState {
  SharedHandle handle;
  Sentences sentences, dev;
  Labels labels, dev_labels;
  bool has_dev = false;
  TrainConfig config;
  TrainOutcome outcome;
  std::vector<double> history;
};

// nerTrain(model, text, lengths, sentences, features, tags, masks | null,
//          dev text | null, dev lengths, dev sentences, dev features, dev tags, dev annotated, dev annotated types,
//          config, onProgress | null)
Napi::Value start_training(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  auto state = std::make_shared<TrainState>();
  state->handle = handle_of(env, call[0]);
  const Model& model = *state->handle->model;
  state->sentences = sentences_of(call, 1);
  state->labels = labels_of(env, call[5], model, state->sentences);
  const Span<uint8_t> masks = args::optional_array<uint8_t>(env, call[6], "masks");
  const size_t tags = size_t(model.tags().size());
  for (size_t m = 0; (m + 1) * tags <= masks.size; ++m) {
    state->labels.masks.emplace_back(masks.data + m * tags, masks.data + (m + 1) * tags);
  }
  for (const int32_t tag : state->labels.tags) {
    if (tag < 0 && size_t(-1 - int64_t(tag)) >= state->labels.masks.size())
      args::refuse(env, "Expected masks for all tags.");
  }
  state->has_dev = !call[7].IsNull();
  if (state->has_dev) {
    state->dev = sentences_of(call, 7);
    state->dev_labels = labels_of(env, call[11], model, state->dev);
    for (const int32_t tag : state->dev_labels.tags) {
      if (tag < 0) args::refuse(env, "Expected whole tags in dev.");
    }
    read_annotated(env, call[12], call[13], model, state->dev, state->dev_labels);
  }
  state->config = config_of(env, call[14]);
  state->handle->training.store(true);
  Job job;
  job.work = [state](JobContext& context) -> Status {
    auto on_epoch = [&](const EpochReport& r) {
      const double values[] = {double(r.epoch), double(r.epochs), r.loss, r.dev_f1};
      state->history.insert(state->history.end(), values, values + 4);
      context.report(values, 4);
      return !context.cancelled();
    };
    const Status status = train(*state->handle->model, state->sentences, state->labels,
                                state->has_dev ? &state->dev : nullptr, state->has_dev ? &state->dev_labels : nullptr,
                                state->config, on_epoch, &context.cancel_flag().requested, &state->outcome);
    state->handle->training.store(false);
    return status;
  };
  job.resolve = [state](Napi::Env result_env) -> Napi::Value {
    Napi::Object out = Napi::Object::New(result_env);
    out.Set("epochs", state->outcome.epochs);
    out.Set("bestEpoch", state->outcome.best_epoch);
    out.Set("devF1", state->outcome.dev_f1);
    out.Set("bias", state->outcome.bias);
    out.Set("history", array_of<Napi::Float64Array>(result_env, state->history));
    return out;
  };
  try {
    return start_job(env, std::move(job), call[15].IsFunction() ? call[15].As<Napi::Function>() : Napi::Function());
  } catch (...) {
    state->handle->training.store(false);
    throw;
  }
}

// Weights without padding: rows [slots, tags], transitions [tags, tags], start, end, bias [tags].
Napi::Value state_of(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  const Model& model = *handle_of(env, call[0])->model;
  const size_t tags = size_t(model.tags().size()), P = size_t(model.transitions().stride());
  auto dense = [&](const auto& padded) {
    Napi::Float32Array out = Napi::Float32Array::New(env, padded.size() / P * tags);
    for (size_t r = 0; r < padded.size() / P; ++r)
      std::memcpy(out.Data() + r * tags, padded.data() + r * P, tags * sizeof(float));
    return out;
  };
  Napi::Object out = Napi::Object::New(env);
  out.Set("bits", model.index().bits());
  out.Set("slots", array_of<Napi::Uint32Array>(env, model.index().slots()));
  out.Set("rows", dense(model.rows()));
  out.Set("transitions", dense(model.transitions().scores));
  out.Set("start", dense(model.transitions().start));
  out.Set("end", dense(model.transitions().end));
  out.Set("bias", dense(model.bias()));
  return out;
}

// nerLoad(model, bits, slots, rows, transitions, start, end, bias)
void load(const Napi::CallbackInfo& call) {
  Napi::Env env = call.Env();
  Model& model = *handle_of(env, call[0])->model;
  const int bits = int(args::integer(env, call[1], "bits", 8, 26));
  const Span<uint32_t> slots = args::array<uint32_t>(env, call[2], "slots");
  for (size_t k = 0; k < slots.size; ++k) {
    if (slots.data[k] >> bits != 0 || (k > 0 && slots.data[k] <= slots.data[k - 1])) {
      throw make_error(env, Status::data("Expected the slots of a tagger to rise, received a damaged file."));
    }
  }
  const size_t tags = size_t(model.tags().size()), P = size_t(model.transitions().stride());
  CrfTransitions<float>& tr = model.transitions();
  auto weights = [&](size_t at, size_t rows) {
    const Span<float> from = args::array<float>(env, call[at], "weights");
    if (from.size != rows * tags) {
      throw make_error(env, Status::data("Expected the weights of a tagger to fit its tags, received a damaged file."));
    }
    for (size_t c = 0; c < from.size; ++c) {
      if (!(from.data[c] >= -3e38f && from.data[c] <= 3e38f)) {
        throw make_error(env, Status::non_finite("Expected finite weights, received a damaged file."));
      }
    }
    return from.data;
  };
  const float *rows = weights(3, slots.size), *scores = weights(4, tags), *start = weights(5, 1), *end = weights(6, 1),
              *bias = weights(7, 1);
  auto fill = [&](auto& to, const float* from, size_t count, float padding) {
    to.assign(count * P, padding);
    for (size_t r = 0; r < count; ++r) std::memcpy(to.data() + r * P, from + r * tags, tags * sizeof(float));
  };
  fill(model.rows(), rows, slots.size, 0.0f);
  fill(tr.scores, scores, tags, float(kForbidden));
  fill(tr.start, start, 1, float(kForbidden));
  fill(tr.end, end, 1, float(kForbidden));
  fill(model.bias(), bias, 1, 0.0f);
  model.index().build(bits, std::vector<uint32_t>(slots.data, slots.data + slots.size));
  tr.refresh();
  model.forget();
}

}  // namespace

void register_ner(Napi::Env env, Napi::Object exports) {
  auto add = [&](const char* name, auto function) { exports.Set(name, Napi::Function::New(env, function, name)); };
  add("nerModel", create);
  add("nerAddPhrases", add_phrases);
  add("nerGazetteerState", gazetteer_state);
  add("nerSetGazetteer", set_gazetteer);
  add("nerSetClusters", set_clusters);
  add("nerClusterState", cluster_state);
  add("nerLoadClusters", load_clusters);
  add("nerTrain", start_training);
  add("nerState", state_of);
  add("nerLoad", load);
  ner_addon::register_tagging(env, exports);
}

}  // namespace hebb
