"""Opens an MLPClassifier file with nothing but numpy, and writes one.

    model_file.py read  FILE ROWS.json   prints the probabilities of each row
    model_file.py write FILE ROWS.json   writes a 4-6-3 model, prints its probabilities of each row
"""
import json
import sys

import numpy as np


def read(file):
    raw = open(file, "rb").read()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    model = json.loads(header.pop("__metadata__")["hebb"])
    data = raw[8 + length :]
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], "<f4").reshape(t["shape"]).astype(np.float64)
    return tensors, model


def write(file, tensors, model):
    header, data = {"__metadata__": {"hebb": json.dumps(model)}}, b""
    for name, t in tensors.items():
        raw = t.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    open(file, "wb").write(len(text).to_bytes(8, "little") + text + data)


def predict(tensors, model, x):
    scaler = (model.get("preprocessing") or {}).get("scaler")
    if scaler:
        x = (x - np.array(scaler["mean"])) / np.array(scaler["scale"])
    layers = len(tensors) // 2
    for i in range(layers):
        x = x @ tensors[f"layers.{i}.weight"].T + tensors[f"layers.{i}.bias"]
        if i < layers - 1:
            x = np.tanh(x) if model["config"]["activation"] == "tanh" else np.maximum(x, 0)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


action, file, rows = sys.argv[1:]
x = np.array(json.load(open(rows)))
if action == "write":
    rng = np.random.default_rng(7)
    weights = {
        "layers.0.weight": rng.normal(size=(6, 4)),
        "layers.0.bias": rng.normal(size=6),
        "layers.1.weight": rng.normal(size=(3, 6)),
        "layers.1.bias": rng.normal(size=3),
    }
    classes = {"kind": "LabelEncoder", "type": "string", "classes": ["ant", "bee", "cat"]}
    config = {"activation": "tanh"}
    write(file, weights, {"formatVersion": 1, "kind": "MLPClassifier", "config": config, "classes": classes})
tensors, model = read(file)
print(json.dumps(predict(tensors, model, x).tolist()))
