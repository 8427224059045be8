"""Writes test/golden/npy.json: small .npy files of every element type and both orders, in base64, with their values."""
import base64
import io
import json
import os

import numpy as np

cases = []


def add(name, array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    flat = np.ascontiguousarray(array).astype(np.float32)
    rows = array.shape[0]
    cases.append(
        {
            "name": name,
            "npy": base64.b64encode(buffer.getvalue()).decode(),
            "rows": rows,
            "cols": int(np.prod(array.shape[1:])) if array.ndim > 1 else 1,
            "values": [float(v) for v in flat.reshape(-1)],
        }
    )


base = np.array([[0, 1, 2], [3, 100, 5]])
for code in ["<f4", "<f8", ">f8", "<f2", "|i1", "<i2", ">i4", "<i8", "|u1", "<u2", "<u4", ">u8", "|b1"]:
    add(code, base.astype(code))
add("negative half and subnormal", np.array([[-1.5, 6e-8, 65504.0, 0.0009765625]], dtype="<f2"))
add("Fortran order", np.asfortranarray(base.astype("<f4")))
add("one dimension", np.arange(5, dtype="<f4"))
add("three dimensions", np.arange(12, dtype="<f4").reshape(2, 3, 2))

path = os.path.join(os.path.dirname(__file__), "../../test/golden/npy.json")
with open(path, "w") as f:
    json.dump({"numpy": np.__version__, "cases": cases}, f, indent=1)
    f.write("\n")
