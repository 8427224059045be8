"""A reader and a writer of safetensors in a few lines of numpy: what a Python user needs to open a model of hebb.

Usage: safetensors_numpy.py read FILE    prints {"metadata": ..., "tensors": {name: {"dtype", "shape", "values"}}}
       safetensors_numpy.py write FILE   writes one tensor of each type
"""

import json
import struct
import sys

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
          "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "?"}  # fmt: skip


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], DTYPES[t["dtype"]]).reshape(t["shape"])
    return tensors, metadata


def write(path, tensors, metadata):
    """tensors: {name: (dtype, array)}; a BF16 array holds the upper halves of float32 as uint16."""
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name, (dtype, array) in tensors.items():
        blobs.append(array.tobytes())
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + len(blobs[-1])]}
        at += len(blobs[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    command, path = sys.argv[1:]
    if command == "read":
        tensors, metadata = read(path)
        shown = {
            name: {"dtype": str(a.dtype), "shape": list(a.shape), "values": a.ravel().tolist()}
            for name, a in tensors.items()
        }
        print(json.dumps({"metadata": metadata, "tensors": shown}))
        return
    halves = np.arange(65536, dtype=np.uint16)
    numbers = np.array([[0, 1, 2], [3, 100, 127]])
    # The one-byte tensor comes first, so that the others begin at odd offsets.
    tensors = {"BOOL": ("BOOL", np.array([True, False, True]))}
    tensors |= {d: (d, numbers.astype(t)) for d, t in DTYPES.items() if d not in ("BOOL", "F16")}
    tensors["F16"] = ("F16", halves.view("<f2"))
    tensors["F16 as F32"] = ("F32", halves.view("<f2").astype("<f4"))
    tensors["BF16"] = ("BF16", halves)
    tensors["BF16 as F32"] = ("F32", (halves.astype("<u4") << 16).view("<f4"))
    tensors["empty"] = ("F32", np.zeros((0, 4), "<f4"))
    tensors["scalar"] = ("F64", np.array(0.5))
    write(path, tensors, {"made by": "numpy", "ünï": "✓"})


main()
