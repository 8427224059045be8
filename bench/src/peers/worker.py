"""Timed pieces of work in Python for the benchmarks: one JSON request a line in, one JSON reply a line out.

Started with the modules that the suite needs; the first line out gives their versions or names the first that is missing.
"""
import importlib
import json
import os
import sys
import tempfile
import time

modules = {}
for name in sys.argv[1:]:
    try:
        modules[name] = importlib.import_module(name)
    except ImportError:
        print(json.dumps({"missing": name}), flush=True)
        sys.exit(0)
if "torch" in modules:
    modules["torch"].set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
print(json.dumps({"versions": {name: module.__version__ for name, module in modules.items()}}), flush=True)

state = {}


def load_matrix(name, path, rows, cols):
    state[name] = modules["numpy"].fromfile(path, dtype="float32").reshape(rows, cols)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def permutation(n):
    """The order in which the common judge of maps draws its subsets of MNIST."""
    return modules["numpy"].random.RandomState(0).permutation(n).tolist()


def sklearn_tsne(name, dims, out):
    """learning_rate is a quarter of n / 12: scikit-learn's gradient has the factor 4. Leaves the map, float32, in `out`."""
    from sklearn.manifold import TSNE

    x, start = state[name], state[name + " start"]
    rate = max(len(x) / 12, 50) / 4
    model = TSNE(
        n_components=dims, perplexity=30, n_iter=1000, learning_rate=rate, init=start, angle=0.5, min_grad_norm=0, n_iter_without_progress=1000, n_jobs=-1
    )
    took = seconds(lambda: model.fit(x))
    model.embedding_.astype("float32").tofile(out)
    return took


def sklearn_neighbors(k):
    from sklearn.neighbors import NearestNeighbors

    x = state["mnist"]
    return seconds(lambda: NearestNeighbors(n_neighbors=k, algorithm="brute", n_jobs=-1).fit(x).kneighbors())


def sklearn_pca(k):
    from sklearn.decomposition import PCA

    model = PCA(n_components=k, random_state=0)
    took = seconds(lambda: model.fit(state["pixels"]))
    state["pca quality"] = float(model.explained_variance_ratio_.sum())
    return took


def sklearn_kmeans():
    from sklearn.cluster import KMeans

    model = KMeans(n_clusters=10, init=state["centers"], n_init=1)
    took = seconds(lambda: model.fit(state["mnist"]))
    state["kmeans quality"] = float(model.inertia_)
    return took


def quality(name):
    """Of the last fit: the explained share of the variance ("pca quality"), the inertia ("kmeans quality")."""
    return state[name]


def torch_mlp(sizes, seed=0):
    torch = modules["torch"]
    torch.manual_seed(seed)
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(torch.nn.Linear(sizes[i], sizes[i + 1]))
        if i + 2 < len(sizes):
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def torch_train_setup(sizes, rows, batch, classes):
    """A whole epoch as users write it: shuffle, gather, forward, loss, backward, Adam (foreach, its fast form)."""
    torch = modules["torch"]
    state["model"] = torch_mlp(sizes)
    state["optimizer"] = torch.optim.Adam(state["model"].parameters(), lr=1e-3, foreach=True)
    generator = torch.Generator().manual_seed(1)
    state["x"] = torch.rand(rows, sizes[0], generator=generator)
    state["y"] = torch.randint(0, classes, (rows,), generator=generator)
    state["batch"] = batch


def torch_train_steps(steps):
    """Seconds a step, over `steps` steps of shuffled minibatches."""
    torch = modules["torch"]
    model, optimizer, x, y, batch = (state[k] for k in ("model", "optimizer", "x", "y", "batch"))
    rows = x.shape[0]
    start = time.perf_counter()
    done = 0
    while done < steps:
        order = torch.randperm(rows)
        for begin in range(0, rows - batch + 1, batch):
            index = order[begin : begin + batch]
            optimizer.zero_grad(set_to_none=True)
            loss = torch.nn.functional.cross_entropy(model(x[index]), y[index])
            loss.backward()
            optimizer.step()
            done += 1
            if done == steps:
                break
    return (time.perf_counter() - start) / steps


def torch_infer_setup(sizes, batches):
    torch = modules["torch"]
    model = torch_mlp(sizes).eval()
    state["inputs"] = {batch: torch.rand(batch, sizes[0]) for batch in batches}
    with torch.no_grad():
        state["jit"] = torch.jit.freeze(torch.jit.trace(model, state["inputs"][batches[0]]))
    path = os.path.join(tempfile.mkdtemp(prefix="hebb-bench-"), "mlp.onnx")
    torch.onnx.export(
        model, state["inputs"][batches[0]], path, input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "B"}, "y": {0: "B"}}
    )
    return path


def torch_infer(batch, calls):
    torch = modules["torch"]
    x, model = state["inputs"][batch], state["jit"]
    with torch.no_grad():
        start = time.perf_counter()
        for _ in range(calls):
            model(x)
        return (time.perf_counter() - start) / calls


def sklearn_train_setup(sizes, rows, batch, classes, epochs):
    neural_network = importlib.import_module("sklearn.neural_network")
    numpy = modules["numpy"]
    rng = numpy.random.default_rng(1)
    state["sk_x"] = rng.random((rows, sizes[0]), dtype=numpy.float32)
    state["sk_y"] = rng.integers(0, classes, rows)
    state["sk"] = neural_network.MLPClassifier(
        sizes[1:-1], batch_size=batch, max_iter=epochs, tol=0, n_iter_no_change=epochs
    )
    state["sk_steps"] = (rows + batch - 1) // batch * epochs


def sklearn_train_epochs():
    """Seconds a step of scikit-learn's own loop."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        state["sk"].fit(state["sk_x"], state["sk_y"])
        return (time.perf_counter() - start) / state["sk_steps"]


tasks = {
    f.__name__: f
    for f in (
        load_matrix,
        permutation,
        quality,
        sklearn_kmeans,
        sklearn_neighbors,
        sklearn_pca,
        sklearn_tsne,
        sklearn_train_epochs,
        sklearn_train_setup,
        torch_infer,
        torch_infer_setup,
        torch_train_setup,
        torch_train_steps,
    )
}
for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"value": tasks[request["task"]](**request["options"])}
    except Exception as error:  # the reason goes to the reader, who names it
        reply = {"value": None, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
