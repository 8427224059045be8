#!/usr/bin/python3
"""Writes test/golden/torch_ops.json: values and gradients of activations, softmax, layer norm and losses by PyTorch.

    /usr/bin/python3 scripts/golden/torch_ops.py        (Debian: python3-torch; made with PyTorch 1.13)

Everything in float64 from inputs that float32 holds exactly. An op with an output of many elements is weighted and
summed, so that every element of its gradient is its own.
"""
import json
import math
import os

import torch
import torch.nn.functional as F

ROWS, COLS = 6, 5


def noise(shape, stream, low=-1.0, high=1.0):
    """Reproducible without torch's generator: fractional parts of a sine."""
    values = [math.sin((i + 1) * 12.9898 + stream * 78.233) * 43758.5453 for i in range(math.prod(shape))]
    values = [low + (high - low) * (v - math.floor(v)) for v in values]
    return torch.tensor(values, dtype=torch.float64).float().double().reshape(shape)


def tensor_json(t):
    return {"shape": list(t.shape), "data": t.detach().flatten().tolist()}


def case(name, op, function, params, feeds=None, options=None):
    """params get gradients; feeds do not; function takes both by name and gives the output."""
    params = {k: v.clone().requires_grad_(True) for k, v in params.items()}
    feeds = dict(feeds or {})
    output = function(**params, **feeds)
    loss = output
    if output.dim() > 0:
        feeds["weights"] = noise(output.shape, 99, 0.5, 1.5)
        loss = (output * feeds["weights"]).sum()
    loss.backward()
    return {
        "name": name,
        "op": op,
        "options": options or {},
        "params": {k: tensor_json(v) for k, v in params.items()},
        "feeds": {k: {**tensor_json(v), "integer": v.dtype == torch.int64} for k, v in feeds.items()},
        "output": output.detach().flatten().tolist(),
        "gradients": {k: v.grad.flatten().tolist() for k, v in params.items()},
    }


def activations():
    wide = torch.cat([noise([41], 1, -6, 6), torch.tensor([0.0, -100, 100, -30, 30, -12, 12, 1e-3, -1e-3]).double()])
    functions = {
        "relu": F.relu,
        "leaky_relu": F.leaky_relu,
        "elu": F.elu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu,
        "softplus": F.softplus,
    }
    for name, function in functions.items():
        # The derivative at a kink is a choice, and PyTorch's softplus is linear above 20.
        x = wide[wide != 0] if name in ("relu", "leaky_relu", "elu") else wide
        yield case(name, "activation", lambda x, f=function: f(x), {"x": x.float().double()}, options={"name": name})
    for name, alpha, function in (("leaky_relu", 0.25, F.leaky_relu), ("elu", 1.5, F.elu)):
        options = {"name": name, "alpha": alpha}
        x = noise([9], 2, -3, 3)
        yield case(f"{name}, alpha {alpha}", "activation", lambda x, f=function: f(x, alpha), {"x": x}, options=options)


def rows():
    x = noise([ROWS, COLS], 3, -4, 4)
    yield case("softmax", "softmax", lambda x: F.softmax(x, -1), {"x": x})
    yield case("log softmax", "logSoftmax", lambda x: F.log_softmax(x, -1), {"x": x})
    gain = {"gamma": noise([COLS], 4, 0.5, 2), "beta": noise([COLS], 5)}
    for eps in (1e-5, 0.1):
        norm = lambda x, gamma=None, beta=None: F.layer_norm(x, [COLS], gamma, beta, eps)
        yield case(f"layer norm, eps {eps}", "layerNorm", norm, {"x": x, **gain}, options={"eps": eps})
        yield case(f"layer norm without gain, eps {eps}", "layerNorm", norm, {"x": x}, options={"eps": eps, "affine": False})


def cross_entropies():
    x = {"x": noise([ROWS, COLS], 6, -3, 3)}
    labels = torch.tensor([2, 0, -1, 4, 1, 2])
    probabilities = noise([ROWS, COLS], 7, 0.05, 1)
    probabilities = (probabilities / probabilities.sum(-1, keepdim=True)).float().double()
    class_weights = noise([COLS], 8, 0.3, 3)
    for reduction in ("mean", "sum"):
        for smoothing in (0, 0.1):
            for weighted in (False, True):
                weight = class_weights if weighted else None
                options = {"reduction": reduction, "labelSmoothing": smoothing}
                if weighted:
                    options["classWeights"] = class_weights.tolist()
                for kind, y in (("labels", labels), ("probabilities", probabilities)):
                    name = f"cross-entropy of {kind}, {reduction}, smoothing {smoothing}"
                    name += ", class weights" if weighted else ""
                    settings = {"weight": weight, "reduction": reduction, "label_smoothing": smoothing}
                    if kind == "labels":
                        settings["ignore_index"] = -1
                    function = lambda x, y: F.cross_entropy(x, y, **settings)
                    yield case(name, "softmaxCrossEntropy", function, x, {"y": y}, options)


def element_losses():
    x = {"x": noise([ROWS, COLS], 9, -3, 3)}
    y = {"y": noise([ROWS, COLS], 10, 0, 1)}
    extreme = {"x": torch.tensor([[-80.0, 80, -5, 5, 0]], dtype=torch.float64)}
    hard = {"y": torch.tensor([[1.0, 0, 0, 1, 1]], dtype=torch.float64)}
    for reduction in ("mean", "sum"):
        for weight in (1, 2.5):
            pos = torch.tensor(weight, dtype=torch.float64)
            bce = lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=pos, reduction=reduction)
            options = {"reduction": reduction, "positiveWeight": weight}
            yield case(f"BCE, {reduction}, weight {weight}", "bceWithLogits", bce, x, y, options)
            yield case(f"BCE of large logits, {reduction}, weight {weight}", "bceWithLogits", bce, extreme, hard, options)
        only = {"reduction": reduction}
        yield case(f"MSE, {reduction}", "mse", lambda x, y: F.mse_loss(x, y, reduction=reduction), x, y, only)
        yield case(f"MAE, {reduction}", "mae", lambda x, y: F.l1_loss(x, y, reduction=reduction), x, y, only)
        for delta in (1, 0.5):
            huber = lambda x, y: F.huber_loss(x, y, reduction=reduction, delta=delta)
            yield case(f"Huber, {reduction}, delta {delta}", "huber", huber, x, y, {**only, "delta": delta})


def main():
    torch.set_num_threads(1)
    cases = [*activations(), *rows(), *cross_entropies(), *element_losses()]
    path = os.path.join(os.path.dirname(__file__), "..", "..", "test", "golden", "torch_ops.json")
    with open(path, "w") as file:
        json.dump({"cases": cases}, file)
        file.write("\n")


main()
