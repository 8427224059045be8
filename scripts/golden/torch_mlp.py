#!/usr/bin/python3
"""Writes test/golden/torch_mlp.json: a small net trained by PyTorch from fixed weights on fixed batches, step by step.

    /usr/bin/python3 scripts/golden/torch_mlp.py        (Debian: python3-torch; made with PyTorch 1.13.1)

5 -> 8 (tanh) -> 6 (relu) -> 3, softmax cross-entropy, 25 steps of batches of 7 of 35 rows, for each optimizer. The last
bits of float32 depend on the CPU and the BLAS that PyTorch takes there: another machine's file agrees within 1e-5.
"""
import json
import math
import os

import torch

STEPS, BATCH, ROWS = 25, 7, 35
SIZES = [5, 8, 6, 3]


def noise(count, stream):
    """Reproducible without torch's generator: fractional parts of a sine."""
    values = [math.sin((i + 1) * 12.9898 + stream * 78.233) * 43758.5453 for i in range(count)]
    return [2 * (v - math.floor(v)) - 1 for v in values]


def tensors():
    out = []
    for layer, (inputs, outputs) in enumerate(zip(SIZES, SIZES[1:])):
        bound = 1 / math.sqrt(inputs)
        w = torch.tensor(noise(inputs * outputs, 2 * layer + 1), dtype=torch.float64) * bound
        b = torch.tensor(noise(outputs, 2 * layer + 2), dtype=torch.float64) * bound
        out += [w.reshape(outputs, inputs).float(), b.float()]
    return out


def forward(p, x):
    h = torch.tanh(x @ p[0].T + p[1])
    h = torch.relu(h @ p[2].T + p[3])
    return h @ p[4].T + p[5]


# name -> (hebb factory, options, learning rate, clip, torch optimizer over (decayed, other) groups)
RUNS = {
    "sgd": ("sgd", {}, 0.1, None, lambda g: torch.optim.SGD(g, lr=0.1)),
    "sgd, l2": ("sgd", {"l2": 0.01}, 0.1, None, lambda g: torch.optim.SGD([{**g[0], "weight_decay": 0.02}, g[1]], lr=0.1)),
    "momentum": ("momentum", {}, 0.05, None, lambda g: torch.optim.SGD(g, lr=0.05, momentum=0.9)),
    "momentum, dampened": (
        "momentum",
        {"momentum": 0.8, "dampening": 0.3},
        0.05,
        None,
        lambda g: torch.optim.SGD(g, lr=0.05, momentum=0.8, dampening=0.3),
    ),
    "nesterov": ("nesterov", {}, 0.05, None, lambda g: torch.optim.SGD(g, lr=0.05, momentum=0.9, nesterov=True)),
    "adam": ("adam", {}, 0.01, None, lambda g: torch.optim.Adam(g, lr=0.01)),
    "adam, clipped": ("adam", {"clipNorm": 0.25}, 0.01, 0.25, lambda g: torch.optim.Adam(g, lr=0.01)),
    "adamw": (
        "adamw",
        {},
        0.01,
        None,
        lambda g: torch.optim.AdamW([{**g[0], "weight_decay": 0.01}, {**g[1], "weight_decay": 0.0}], lr=0.01),
    ),
    "rmsprop": ("rmsprop", {}, 0.005, None, lambda g: torch.optim.RMSprop(g, lr=0.005)),
}


def train(run, x, y):
    factory, options, rate, clip, make = run
    params = [t.clone().requires_grad_(True) for t in tensors()]
    optimizer = make([{"params": params[0::2]}, {"params": params[1::2]}])
    losses = []
    for step in range(STEPS):
        first = step * BATCH % ROWS
        loss = torch.nn.functional.cross_entropy(forward(params, x[first : first + BATCH]), y[first : first + BATCH])
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(params, clip)
        optimizer.step()
        losses.append(loss.item())
    weights = [p.detach().flatten().tolist() for p in params]
    return {"factory": factory, "options": options, "learningRate": rate, "losses": losses, "weights": weights}


def main():
    torch.set_num_threads(1)
    x = torch.tensor(noise(ROWS * SIZES[0], 0), dtype=torch.float64).float().reshape(ROWS, SIZES[0])
    y = torch.tensor([(3 * i + i // 4) % SIZES[-1] for i in range(ROWS)])
    out = {
        "sizes": SIZES,
        "batch": BATCH,
        "x": x.flatten().tolist(),
        "y": y.tolist(),
        "initial": [t.flatten().tolist() for t in tensors()],
        "runs": {name: train(run, x, y) for name, run in RUNS.items()},
    }
    path = os.path.join(os.path.dirname(__file__), "..", "..", "test", "golden", "torch_mlp.json")
    with open(path, "w") as file:
        json.dump(out, file)
        file.write("\n")


main()
