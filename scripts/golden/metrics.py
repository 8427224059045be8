"""test/golden/metrics.json: classification, ranking and regression figures of scikit-learn, edge cases included.

Usage: /usr/bin/python3 scripts/golden/metrics.py
"""

import json
import math
import pathlib
import warnings

import numpy as np
from sklearn import metrics

ROOT = pathlib.Path(__file__).resolve().parents[2]
warnings.simplefilter("ignore")


def plain(value):
    """JSON without NaN and Infinity."""
    if isinstance(value, (np.ndarray, list, tuple)):
        return [plain(v) for v in np.asarray(value).tolist()] if isinstance(value, np.ndarray) else [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def classification(name, y, p, labels=None):
    y, p = np.asarray(y), np.asarray(p)
    case = {"name": name, "yTrue": y.tolist(), "yPred": p.tolist(), "labels": labels, "scores": []}
    case["accuracy"] = plain(metrics.accuracy_score(y, p))
    case["confusion"] = metrics.confusion_matrix(y, p, labels=labels).tolist()
    for ours, theirs in (("true", "true"), ("predicted", "pred"), ("all", "all")):
        case[f"confusion_{ours}"] = metrics.confusion_matrix(y, p, labels=labels, normalize=theirs).tolist()
    for average in ("macro", "micro", "weighted"):
        for zero in (0, 1):
            prf = metrics.precision_recall_fscore_support(y, p, average=average, labels=labels, zero_division=zero)
            case["scores"].append({"average": average, "zeroDivision": zero, "prf": plain(list(prf[:3]))})
    each = metrics.precision_recall_fscore_support(y, p, labels=labels, zero_division=0)
    case["perClass"] = [plain(v) for v in each]
    present = np.unique(np.concatenate([y, p]))
    if len(present) <= 2 and labels is None:
        for positive in present.tolist():
            for zero in (0, 1):
                prf = metrics.precision_recall_fscore_support(
                    y, p, average="binary", pos_label=positive, zero_division=zero
                )
                case["scores"].append(
                    {"average": "binary", "posLabel": positive, "zeroDivision": zero, "prf": plain(list(prf[:3]))}
                )
    return case


def classifications():
    rng = np.random.default_rng(1)
    yield classification("binary", rng.integers(0, 2, 40), rng.integers(0, 2, 40))
    yield classification("binary perfect", [0, 1, 1, 0], [0, 1, 1, 0])
    yield classification("never predicted", [0, 1, 0, 1], [0, 0, 0, 0])
    yield classification("single class right", [1, 1, 1], [1, 1, 1])
    yield classification("single class wrong", [1, 1, 1], [0, 0, 0])
    yield classification("one row", [3], [3])
    words = np.array(["cat", "dog", "emu", "fox"])
    y, p = words[rng.integers(0, 4, 60)], words[rng.integers(0, 4, 60)]
    yield classification("four words", y, p)
    yield classification("a class only predicted", ["a", "b", "b"], ["a", "c", "b"])
    yield classification("a class only true", ["a", "b", "c"], ["a", "b", "b"])
    yield classification("labels in another order", y, p, ["fox", "cat", "dog", "emu"])
    yield classification("some of the labels", y, p, ["dog", "cat"])
    yield classification("labels that do not occur", y, p, ["dog", "cat", "gnu"])
    yield classification("booleans", rng.integers(0, 2, 20) == 1, rng.integers(0, 2, 20) == 1)
    yield classification("imbalanced", np.r_[np.zeros(95, int), np.ones(4, int), [2]], rng.integers(0, 3, 100))


def ranking(name, y, scores):
    y, scores = np.asarray(y), np.asarray(scores, dtype=np.float64)
    case = {"name": name, "yTrue": y.tolist(), "scores": scores.tolist()}
    for drop in (True, False):
        fpr, tpr, thresholds = metrics.roc_curve(y, scores, drop_intermediate=drop)
        # Later versions than 1.2 begin at infinity instead of the greatest score + 1.
        case["roc" if drop else "rocAll"] = [plain(fpr), plain(tpr), plain(thresholds[1:])]
    case["pr"] = [plain(v) for v in metrics.precision_recall_curve(y, scores)]
    case["averagePrecision"] = plain(metrics.average_precision_score(y, scores))
    case["auc"] = plain(metrics.roc_auc_score(y, scores)) if len(np.unique(y)) == 2 else None
    return case


def rankings():
    rng = np.random.default_rng(2)
    yield ranking("documentation", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    yield ranking("random", rng.integers(0, 2, 60), rng.random(60))
    yield ranking("ties", rng.integers(0, 2, 80), rng.integers(0, 6, 80) / 6)
    yield ranking("all equal", [0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5])
    yield ranking("perfect", [0, 0, 1, 1], [-3, -2, 2, 3])
    yield ranking("reversed", [1, 1, 0, 0], [-3, -2, 2, 3])
    yield ranking("only positives", [1, 1, 1], [0.2, 0.6, 0.4])
    yield ranking("only negatives", [0, 0, 0], [0.2, 0.6, 0.4])
    yield ranking("signs", [-1, 1, -1, 1, 1], [0.0, -0.0, -1.0, 2.0, 2.0])
    y = (rng.random(300) < 0.1).astype(int)
    yield ranking("rare", y, rng.normal(size=300) + y)


def probabilities():
    rng = np.random.default_rng(3)
    for name, classes, rows, dtype in (
        ("three", 3, 30, np.float64), ("three single", 3, 30, np.float32), ("ten", 10, 200, np.float64)
    ):  # fmt: skip
        P = rng.dirichlet(np.ones(classes), rows).astype(dtype)
        y = np.r_[np.arange(classes), rng.integers(0, classes, rows - classes)]
        exact = P.astype(np.float64)
        yield {
            "name": name,
            "yTrue": y.tolist(),
            "proba": exact.tolist(),
            "single": dtype == np.float32,
            "logLoss": plain(metrics.log_loss(y, P)),
            "macro": plain(metrics.roc_auc_score(y, exact / exact.sum(1, keepdims=True), multi_class="ovr")),
            "weighted": plain(
                metrics.roc_auc_score(y, exact / exact.sum(1, keepdims=True), multi_class="ovr", average="weighted")
            ),
        }
    hard = np.eye(3)[[0, 1, 2, 0]]
    for dtype in (np.float64, np.float32):
        yield {
            "name": f"certain and wrong {dtype.__name__}",
            "yTrue": [0, 1, 2, 1],
            "proba": hard.tolist(),
            "single": dtype == np.float32,
            "logLoss": plain(metrics.log_loss([0, 1, 2, 1], hard.astype(dtype))),
        }
    p = rng.random(25)
    y = rng.integers(0, 2, 25)
    yield {"name": "binary", "yTrue": y.tolist(), "proba": p.tolist(), "single": False,
           "logLoss": plain(metrics.log_loss(y, p)), "binaryAuc": plain(metrics.roc_auc_score(y, p))}  # fmt: skip
    yield {"name": "binary with 0 and 1", "yTrue": [0, 1, 1], "proba": [0.0, 1.0, 0.0], "single": False,
           "logLoss": plain(metrics.log_loss([0, 1, 1], [0.0, 1.0, 0.0]))}  # fmt: skip


def regression(name, y, p):
    y, p = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    return {
        "name": name,
        "yTrue": y.tolist(),
        "yPred": p.tolist(),
        "mse": plain(metrics.mean_squared_error(y, p)),
        "rmse": plain(metrics.mean_squared_error(y, p, squared=False)),
        "mae": plain(metrics.mean_absolute_error(y, p)),
        "medianAbsoluteError": plain(metrics.median_absolute_error(y, p)),
        "r2": plain(metrics.r2_score(y, p)),
    }


def regressions():
    rng = np.random.default_rng(4)
    y = rng.normal(size=51) * 100
    yield regression("odd", y, y + rng.normal(size=51))
    yield regression("even", y[:50], rng.normal(size=50))
    yield regression("large offset", y + 1e8, y + 1e8 + rng.normal(size=51))
    yield regression("constant met", [2, 2, 2], [2, 2, 2])
    yield regression("constant missed", [2, 2, 2], [2, 2, 3])
    yield regression("one row", [2], [3])
    yield regression("outputs", rng.normal(size=(20, 3)), rng.normal(size=(20, 3)))


golden = {
    "classification": list(classifications()),
    "ranking": list(rankings()),
    "probability": list(probabilities()),
    "regression": list(regressions()),
}
ROOT.joinpath("test/golden/metrics.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
