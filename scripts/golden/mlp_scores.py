"""Scores of scikit-learn's MLPs on held-out rows, for test/unit/models/scores.test.ts.

    python3 scripts/golden/mlp_scores.py > test/golden/mlp_scores.json

The rows are split by index (every fourth row is tested on), so that both sides see the same rows. Columns are scaled on
the training rows. Scores are means over five seeds.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
SEEDS = range(5)
OPTIONS = dict(hidden_layer_sizes=(64,), alpha=0, batch_size=32, max_iter=60, n_iter_no_change=1000)


def score(X, y, Model):
    test = np.arange(len(y)) % 4 == 3
    scaler = StandardScaler().fit(X[~test])
    scores = []
    for seed in SEEDS:
        model = Model(random_state=seed, **OPTIONS).fit(scaler.transform(X[~test]), y[~test])
        scores.append(model.score(scaler.transform(X[test]), y[test]))
    return {"mean": float(np.mean(scores)), "min": float(np.min(scores)), "test": int(test.sum())}


out = {"scikit-learn": sklearn.__version__}
for name in ["iris", "wine", "breast_cancer", "digits"]:
    data = getattr(datasets, f"load_{name}")()
    out[name] = score(data.data, data.target, MLPClassifier)
data = datasets.load_diabetes(scaled=False)
target = (data.target - data.target.mean()) / data.target.std()
out["diabetes"] = score(data.data, target, MLPRegressor)
print(json.dumps(out, indent=2))
