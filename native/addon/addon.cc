#include "addon/addon.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  hebb::register_cluster(env, exports);
  hebb::register_data(env, exports);
  hebb::register_decomposition(env, exports);
  hebb::register_functional(env, exports);
  hebb::register_graph(env, exports);
  hebb::register_mixture(env, exports);
  hebb::register_neighbors(env, exports);
  hebb::register_ner(env, exports);
  hebb::register_program(env, exports);
  hebb::register_quality(env, exports);
  hebb::register_runtime(env, exports);
  hebb::register_tsne(env, exports);
  hebb::register_tsne_stages(env, exports);
  return exports;
}

NODE_API_MODULE(hebb, init)
