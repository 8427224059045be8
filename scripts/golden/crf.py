#!/usr/bin/python3
"""Linear-chain CRFs by enumeration of every path, in float64, gradients by PyTorch's autograd: test/golden/crf.json.

    /usr/bin/python3 scripts/golden/crf.py        (Debian: python3-torch; made with PyTorch 1.13.1)
"""

import itertools
import json
import pathlib

import torch

torch.manual_seed(5)


def score(e, transitions, start, end, path):
    total = start[path[0]] + end[path[-1]]
    for i, tag in enumerate(path):
        total = total + e[i, tag]
        if i > 0:
            total = total + transitions[path[i - 1], tag]
    return total


def flat(x):
    return x.detach().flatten().tolist()


def case(sequences, length, tags, lengths, spread):
    e = (spread * torch.randn(sequences, length, tags, dtype=torch.float64)).requires_grad_()
    parts = [torch.randn(*shape, dtype=torch.float64).requires_grad_() for shape in ([tags, tags], [tags], [tags])]
    y = torch.randint(0, tags, (sequences, length))
    loss = 0
    decoded = []
    for s, n in enumerate(lengths):
        y[s, n:] = -1
        if n == 0:
            decoded.append([-1] * length)
            continue
        paths = list(itertools.product(range(tags), repeat=n))
        scores = torch.stack([score(e[s], *parts, path) for path in paths])
        loss = loss + torch.logsumexp(scores, 0) - score(e[s], *parts, y[s, :n].tolist())
        decoded.append(list(paths[int(scores.argmax())]) + [-1] * (length - n))
    loss = loss / sum(n > 0 for n in lengths)
    loss.backward()
    return {
        "shape": [sequences, length, tags],
        "emissions": flat(e),
        "scores": [flat(p) for p in parts],
        "tags": y.flatten().tolist(),
        "loss": loss.item(),
        "gradients": [flat(torch.zeros_like(x) if x.grad is None else x.grad) for x in [e, *parts]],
        "decoded": [t for row in decoded for t in row],
    }


cases = [
    case(1, 1, 2, [1], 1),
    case(3, 4, 3, [4, 2, 3], 1),
    case(4, 3, 5, [3, 0, 1, 3], 2),
    case(2, 5, 4, [5, 4], 40),  # far apart: the recursions in log space
]
target = pathlib.Path(__file__).parents[2] / "test/golden/crf.json"
target.write_text(json.dumps(cases) + "\n")
