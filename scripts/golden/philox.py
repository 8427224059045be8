"""test/golden/philox.json: the values of native/core/rng.h, checked against an independent Philox4x32-10 in Python.

Usage: /usr/bin/python3 scripts/golden/philox.py   (needs g++ or $CXX)
"""

import json
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MASK = 0xFFFFFFFF

CASES = [
    (seed, stream, index)
    for seed in (0, 1, 7, 2**32 - 1, 2**32, 2**53 - 1)
    for stream in (0, 1, 2**33 + 5)
    for index in (0, 1, 2, 3, 4, 5, 1023, 2**31, 2**32 * 4 + 1, 2**52 + 3)
]
BOUNDS = [1, 2, 3, 10, 1000, 1797, 70000, 2**31, 2**32 - 1]

PROGRAM = """
#include "core/rng.h"
#include <cstdio>
int main() {
  unsigned long long seed, stream, index, bound;
  while (scanf("%llu %llu %llu %llu", &seed, &stream, &index, &bound) == 4) {
    const hebb::Philox rng(seed, stream);
    printf("%u %.17g %.17g %llu %.17g\\n", rng.u32(index), double(rng.uniform(index)), rng.uniform64(index),
           (unsigned long long)rng.below(index, bound), rng.normal(index));
  }
}
"""


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def u32(seed, stream, index):
    block = index >> 2
    words = philox((block & MASK, block >> 32, stream & MASK, stream >> 32), (seed & MASK, seed >> 32))
    return words[index & 3]


def main():
    lines = [(s, t, i, BOUNDS[n % len(BOUNDS)]) for n, (s, t, i) in enumerate(CASES)]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "main.cc")
        source.write_text(PROGRAM)
        binary = pathlib.Path(folder, "main")
        flags = ["-std=c++20", "-O1", "-I", str(ROOT / "native")]
        subprocess.run([os.environ.get("CXX", "g++"), *flags, str(source), "-o", str(binary)], check=True)
        text = "\n".join(" ".join(map(str, line)) for line in lines)
        out = subprocess.run([binary], input=text, capture_output=True, text=True, check=True).stdout
    rows = []
    for (seed, stream, index, bound), line in zip(lines, out.splitlines(), strict=True):
        word, uniform, uniform64, below, normal = line.split()
        assert int(word) == u32(seed, stream, index)
        rows.append(
            {
                "seed": seed,
                "stream": stream,
                "index": index,
                "bound": bound,
                "u32": int(word),
                "uniform": float(uniform),
                "uniform64": float(uniform64),
                "below": int(below),
                "normal": float(normal),
            }
        )
    ROOT.joinpath("test/golden/philox.json").write_text(json.dumps(rows, indent=0) + "\n")


main()
