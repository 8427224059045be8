"""test/golden/datasets.json: shapes, sums and class counts of the data sets as scikit-learn loads them.

Usage: /usr/bin/python3 scripts/golden/datasets.py
"""

import json
import pathlib

import numpy as np
from sklearn import datasets

ROOT = pathlib.Path(__file__).resolve().parents[2]
golden = {}
for name, load in (
    ("digits", datasets.load_digits),
    ("iris", datasets.load_iris),
    ("wine", datasets.load_wine),
    ("breast_cancer", datasets.load_breast_cancer),
    ("diabetes", lambda: datasets.load_diabetes(scaled=False)),
):
    data = load()
    X, y = data.data, data.target
    case = {"shape": list(X.shape), "columnSums": X.sum(axis=0).tolist(), "lastRow": X[-1].tolist()}
    if name == "diabetes":
        case["ySum"] = float(y.sum())
    else:
        names = [str(n) for n in data.target_names]
        case["counts"] = {names[c]: int(n) for c, n in enumerate(np.bincount(y))}
        case["lastLabel"] = names[y[-1]]
    golden[name] = case
ROOT.joinpath("test/golden/datasets.json").write_text(json.dumps(golden, indent=1) + "\n")
