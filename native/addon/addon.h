// Registration: each binding file offers one function that sets its exports.
#pragma once
#include <napi.h>

namespace hebb {

void register_cluster(Napi::Env env, Napi::Object exports);        // cluster.cc: k-means
void register_data(Napi::Env env, Napi::Object exports);           // data.cc: columns, data sets, scaling
void register_decomposition(Napi::Env env, Napi::Object exports);  // decomposition.cc: PCA
void register_functional(Napi::Env env, Napi::Object exports);     // functional.cc: matmul, activations, softmax, ...
void register_graph(Napi::Env env, Napi::Object exports);          // graph.cc: shape inference, compilation
void register_mixture(Napi::Env env, Napi::Object exports);        // mixture.cc: Gaussian mixtures, kernel density
void register_neighbors(Napi::Env env, Napi::Object exports);      // neighbors.cc
void register_ner(Napi::Env env, Napi::Object exports);            // ner.cc: the tagger
void register_program(Napi::Env env, Napi::Object exports);        // program.cc: running compiled programs
void register_quality(Napi::Env env, Napi::Object exports);        // quality.cc: how faithful maps are
void register_runtime(Napi::Env env, Napi::Object exports);        // runtime.cc: info, threads
void register_tsne(Napi::Env env, Napi::Object exports);           // tsne.cc
void register_tsne_stages(Napi::Env env, Napi::Object exports);    // tsne_stages.cc: its stages one by one

}  // namespace hebb
