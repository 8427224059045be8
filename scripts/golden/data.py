"""test/golden/data.json: scalers, encoders, split sizes and folds as scikit-learn makes them.

Usage: /usr/bin/python3 scripts/golden/data.py
"""

import json
import pathlib

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler

ROOT = pathlib.Path(__file__).resolve().parents[2]


def table(rows):
    """NaN as null: JSON has no NaN."""
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.asarray(rows, dtype=np.float64)]


def scaler_cases():
    rng = np.random.default_rng(3)
    plain = rng.normal(size=(23, 4)) * [1, 100, 1e-3, 5] + [0, 1e4, 3, -2]
    constant = np.column_stack([plain[:, 0], np.full(23, 7.3), np.zeros(23)])
    large = rng.normal(size=(50, 2)) + [1e6, -3e5]
    holes = plain.copy()
    holes[[1, 5, 22], [0, 2, 3]] = np.nan
    single = plain[:1]
    for name, X in dict(plain=plain, constant=constant, large=large, holes=holes, single=single).items():
        X = X.astype(np.float32).astype(np.float64)
        standard = StandardScaler().fit(X)
        ranged = MinMaxScaler(feature_range=(-1, 2)).fit(X)
        yield {
            "name": name,
            "X": table(X),
            "mean": standard.mean_.tolist(),
            "variance": standard.var_.tolist(),
            "scale": standard.scale_.tolist(),
            "standard": table(standard.transform(X)),
            "minMax": table(MinMaxScaler().fit_transform(X)),
            "range": table(ranged.transform(X)),
        }


def split_cases():
    rng = np.random.default_rng(5)
    for n in (4, 5, 7, 10, 33, 100, 151, 1797):
        for options in ({}, {"test_size": 0.2}, {"test_size": 0.33}, {"train_size": 0.6}, {"test_size": 2},
                        {"train_size": 0.5, "test_size": 0.3}, {"train_size": 3}, {"test_size": 0.999}):
            try:
                train, test = train_test_split(np.arange(n), random_state=0, **options)
                sizes = [len(train), len(test)]
            except ValueError:
                sizes = None
            yield {"rows": n, "options": options, "sizes": sizes}
    for classes, n, test_size in ((2, 40, 0.25), (3, 97, 0.2), (5, 203, 0.33), (10, 1797, 0.2), (3, 30, 7)):
        # Shares differ so that no two remainders are equal, where scikit-learn breaks ties at random.
        p = rng.dirichlet(np.full(classes, 8.0))
        y = rng.choice(classes, size=n, p=p)
        y[: 2 * classes] = np.repeat(np.arange(classes), 2)
        train, test = train_test_split(y, test_size=test_size, stratify=y, random_state=1)
        counts = np.bincount(y)
        exact = counts / n * len(train)
        if len(np.unique(np.round(exact % 1, 9))) < classes:
            continue
        yield {
            "labels": y.tolist(),
            "options": {"test_size": test_size},
            "trainCounts": np.bincount(train, minlength=classes).tolist(),
            "testCounts": np.bincount(test, minlength=classes).tolist(),
        }


def fold_cases():
    rng = np.random.default_rng(6)
    for n, k in ((5, 2), (10, 3), (11, 5), (23, 4), (7, 7)):
        y = rng.integers(0, 3, size=n)
        plain = [test.tolist() for _, test in KFold(k).split(np.zeros(n))]
        case = {"rows": n, "nSplits": k, "labels": y.tolist(), "test": plain}
        if np.bincount(y).max() >= k:
            case["stratified"] = [test.tolist() for _, test in StratifiedKFold(k).split(np.zeros(n), y)]
        yield case


def encoders():
    colours = ["red", "green", "blue", "green"]
    rows = [["red", "S"], ["green", "M"], ["blue", "S"], ["green", "L"]]
    labels = LabelEncoder().fit(colours)
    out = {"labels": colours, "classes": labels.classes_.tolist(), "numbers": labels.transform(colours).tolist()}
    out["rows"] = rows
    for drop, name in ((None, "none"), ("first", "first"), ("if_binary", "ifBinary")):
        encoder = OneHotEncoder(drop=drop).fit([r + [b] for r, b in zip(rows, ["y", "n", "n", "y"])])
        out[name] = encoder.transform([r + [b] for r, b in zip(rows, ["y", "n", "n", "y"])]).toarray().tolist()
    return out


golden = {
    "scalers": list(scaler_cases()),
    "splits": list(split_cases()),
    "folds": list(fold_cases()),
    "encoders": encoders(),
}
ROOT.joinpath("test/golden/data.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
