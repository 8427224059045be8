"""test/golden/judge.json: the figures that an independent judge of maps (C++, its own neighbours and affinities) gives.

Usage: HEBB_BENCH_PROBES=folder /usr/bin/python3 scripts/golden/judge.py
The folder holds tsne_eval.cpp: `prep <set>`, then `score <set> <map> <dimensions>`, beside data/<set>.shape, _x.f32, _y.u8.
"""

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = pathlib.Path(os.environ["HEBB_BENCH_PROBES"]) / "tsne_eval.cpp"
DIGITS = load_digits()
X, Y = DIGITS.data[:600], DIGITS.target[:600]


def waves(rows, cols):
    """As `waves` in test/unit/manifold/judge.test.ts."""
    i, c = np.arange(rows)[:, None], np.arange(cols)[None, :]
    return 2 * np.sin(1.3 * i + 0.7 * c * i) + 0.8 * c * (i % 7)


def case(folder, name, x, labels, embedding, stored):
    x, embedding = x.astype(np.float32), embedding.astype(np.float64)
    data = folder / "data"
    x.tofile(data / f"{name}_x.f32")
    labels.astype(np.uint8).tofile(data / f"{name}_y.u8")
    np.array(x.shape, dtype=np.int32).tofile(data / f"{name}.shape")
    embedding.tofile(folder / "map.f64")

    def judge(*words):
        return subprocess.run([folder / "judge", *words], cwd=folder, check=True, capture_output=True, text=True).stdout

    judge("prep", name)
    figures = json.loads(judge("score", name, "map.f64", str(embedding.shape[1])))
    return dict(name=name, rows=len(x), figures=figures, **(dict(map=embedding.ravel().tolist()) if stored else {}))


with tempfile.TemporaryDirectory() as place:
    folder = pathlib.Path(place)
    (folder / "data").mkdir()
    flags = ["-O3", "-fopenmp", "-ffast-math", "-fno-finite-math-only", "-w"]
    subprocess.run(["g++", *flags, SOURCE, "-o", folder / "judge"], check=True)
    tsne = TSNE(init="pca", learning_rate="auto", random_state=0).fit_transform(X).round(2)
    pca = PCA(n_components=3, svd_solver="full").fit_transform(X).round(2)
    many = waves(5200, 6)
    golden = [
        case(folder, "digits, t-SNE", X, Y, tsne, True),
        case(folder, "digits, PCA", X, Y, pca, True),
        case(folder, "waves", many, np.arange(5200) % 7, many[:, :2] + 0.1 * many[:, 2:4], False),
    ]
(ROOT / "test/golden/judge.json").write_text(json.dumps(golden) + "\n")
