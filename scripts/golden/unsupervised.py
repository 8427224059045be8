"""test/golden/unsupervised.json: PCA, KMeans, DBSCAN and map quality as scikit-learn gives them.

Usage: /usr/bin/python3 scripts/golden/unsupervised.py
"""

import json
import pathlib

import numpy as np
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics import pairwise_distances, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

ROOT = pathlib.Path(__file__).resolve().parents[2]


def float32(x):
    return np.asarray(x, dtype=np.float32).astype(np.float64)


IRIS = float32(load_iris().data)
WINE = float32(load_wine().data)
DIGITS = float32(load_digits().data)
WIDE = float32(np.random.default_rng(5).normal(size=(12, 40)) + 3)


def flat(x):
    return [float(v) for v in np.asarray(x).ravel()]


def pca_case(name, x, k, whiten):
    model = PCA(n_components=k, whiten=whiten, svd_solver="full").fit(x)
    sign = np.sign(model.components_[np.arange(k), np.abs(model.components_).argmax(axis=1)])
    return dict(
        data=name,
        nComponents=k,
        whiten=whiten,
        mean=flat(model.mean_),
        components=flat(model.components_ * sign[:, None]),
        explainedVariance=flat(model.explained_variance_),
        explainedVarianceRatio=flat(model.explained_variance_ratio_),
        singularValues=flat(model.singular_values_),
        transformed=flat((model.transform(x) * sign)[:7]),
        restored=flat(model.inverse_transform(model.transform(x))[:3]),
    )


def pca_share(x, share):
    return dict(share=share, nComponents=int(PCA(n_components=share, svd_solver="full").fit(x).n_components_))


def low_rank_case(name, x):
    model = PCA(svd_solver="full").fit(float32(x))
    return dict(data=name, explainedVariance=flat(model.explained_variance_))


def kmeans_case(name, x, rows, weights=None):
    model = KMeans(n_clusters=len(rows), init=x[rows], n_init=1, max_iter=300, tol=1e-4, algorithm="lloyd").fit(
        x, sample_weight=weights
    )
    return dict(
        data=name,
        rows=rows,
        weighted=weights is not None,
        centers=flat(model.cluster_centers_),
        labels=[int(v) for v in model.labels_],
        inertia=float(model.inertia_),
        silhouette=float(silhouette_score(x, model.labels_)),
    )


def kmeans_quality(name, x, k):
    best = min(KMeans(n_clusters=k, n_init=1, random_state=s).fit(x).inertia_ for s in range(10))
    return dict(data=name, nClusters=k, best=float(best))


def dbscan_case(name, x, eps, min_samples, metric="euclidean"):
    given = pairwise_distances(x, metric="euclidean") if metric == "precomputed" else x
    model = DBSCAN(eps=eps, min_samples=min_samples, metric=metric, algorithm="brute").fit(given)
    return dict(
        data=name,
        metric=metric,
        eps=eps,
        minSamples=min_samples,
        labels=[int(v) for v in model.labels_],
        core=[int(v) for v in model.core_sample_indices_],
    )


def mixture_case(name, x, labels, kind):
    """From the hard assignment: its weights, means and covariances are where EM starts."""
    k, d = labels.max() + 1, x.shape[1]
    reg = 1e-6
    weights = np.bincount(labels) / len(x)
    means = np.stack([x[labels == c].mean(axis=0) for c in range(k)])
    full = np.stack([np.cov(x[labels == c].T, bias=True) + reg * np.eye(d) for c in range(k)])
    diagonal = np.stack([np.diag(c) for c in full])
    tied = np.einsum("k,kij->ij", weights, full)
    precisions = dict(
        full=np.linalg.inv(full), diag=1 / diagonal, spherical=1 / diagonal.mean(axis=1), tied=np.linalg.inv(tied)
    )[kind]
    model = GaussianMixture(
        k, covariance_type=kind, weights_init=weights, means_init=means, precisions_init=precisions, reg_covar=reg
    ).fit(x)
    covariances = model.covariances_
    if kind == "spherical":
        covariances = np.repeat(covariances[:, None], d, axis=1)
    return dict(
        data=name,
        start=[int(v) for v in labels],
        covarianceType=kind,
        weights=flat(model.weights_),
        means=flat(model.means_),
        covariances=flat(covariances),
        labels=[int(v) for v in model.predict(x)],
        score=float(model.score(x)),
        nIter=int(model.n_iter_),
        density=flat(model.score_samples(x)[:5]),
        bic=float(model.bic(x)),
        aic=float(model.aic(x)),
    )


def density_case(name, x, bandwidth, kernel="gaussian"):
    model = KernelDensity(bandwidth=bandwidth, kernel=kernel).fit(x)
    queries = x[::7] + np.float32(0.25)
    density = model.score_samples(queries)
    return dict(
        data=name,
        bandwidth=bandwidth,
        kernel=kernel,
        density=[float(v) if np.isfinite(v) else None for v in density],
        score=float(model.score(x)),
    )


def trust_case(name, x, k):
    y = float32(PCA(n_components=2, svd_solver="full").fit_transform(x))
    return dict(
        data=name,
        k=k,
        map=flat(y),
        trustworthiness=float(trustworthiness(x, y, n_neighbors=k)),
        continuity=float(trustworthiness(y, x, n_neighbors=k)),
    )


START = KMeans(n_clusters=3, init=IRIS[[0, 50, 100]], n_init=1).fit(IRIS).labels_
golden = dict(
    mixture=[mixture_case("iris", IRIS, START, kind) for kind in ("full", "diag", "spherical", "tied")],
    density=[density_case("iris", IRIS, 0.4), density_case("wine", WINE, 20.0)]
    + [
        density_case("iris", IRIS, 1.3, kernel)
        for kernel in ("tophat", "epanechnikov", "exponential", "linear")
    ]
    # scikit-learn's norm of the cosine kernel is wrong (not a number, even) for an even number of columns.
    + [density_case("iris3", IRIS[:, :3], 1.3, "cosine")],
    wide=dict(rows=12, cols=40, values=flat(WIDE)),
    pca=[
        pca_case("iris", IRIS, 4, False),
        pca_case("wine", WINE, 3, True),
        pca_case("digits", DIGITS, 5, False),
        pca_case("wide", WIDE, 6, False),
    ],
    pcaShares=[pca_share(WINE, share) for share in (0.5, 0.9985, 0.99999)],
    lowRank=[
        low_rank_case("periodic", (np.arange(300)[:, None] % 3) * (np.arange(100) % 7)),
        low_rank_case("groups", np.arange(400)[:, None] % 10 == np.arange(10)),
        low_rank_case("digits", DIGITS),
    ],
    kmeans=[
        kmeans_case("iris", IRIS, [0, 50, 100]),
        kmeans_case("wine", WINE, [3, 70, 140, 9]),
        kmeans_case("digits", DIGITS, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        kmeans_case("wine", WINE, [3, 70, 140, 9], 1 + np.arange(len(WINE)) % 5),
    ],
    kmeansQuality=[kmeans_quality("iris", IRIS, 3), kmeans_quality("digits", DIGITS, 10)],
    dbscan=[dbscan_case("iris", IRIS, 0.5, 5), dbscan_case("iris", IRIS, 0.3, 3), dbscan_case("wine", WINE, 30.0, 4)]
    + [
        dbscan_case("iris", IRIS, 0.75, 5, "manhattan"),
        dbscan_case("iris", IRIS, 0.002, 5, "cosine"),
        dbscan_case("iris", IRIS, 0.4, 6, "precomputed"),
    ],
    trust=[trust_case("iris", IRIS, 5), trust_case("wine", WINE, 12)],
)
(ROOT / "test/golden/unsupervised.json").write_text(json.dumps(golden) + "\n")
