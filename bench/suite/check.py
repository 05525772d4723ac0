# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Is what a contestant computed right? Asked before anything of it is timed."""
import array
import math
import re
import sys

ROUNDOFF = {"float32": 2.0**-24, "float64": 2.0**-53}
# Times the distance of plain loops. A correct program sums in another order, fuses products or has
# another square root, which moves its error by small factors. Rounding H to tf32 in every layer, with
# everything else exact, moves it by 3000 (d = 8) to 340 (d = 1024).
SLACK = 16


def read_npy(path):
    """(shape, values) of a row-major little-endian file; values are an array of the standard library."""
    with open(path, "rb") as file:
        start = file.read(10)
        if start[:7] != b"\x93NUMPY\x01":
            raise ValueError(f"{path}: no .npy file of version 1")
        header = file.read(int.from_bytes(start[8:10], "little")).decode("latin1")
        kind = re.search(r"'descr': *'[<|]([fi][48])'", header)
        shape = re.search(r"'shape': *\(([0-9, ]*)\)", header)
        if not kind or not shape or "'fortran_order': False" not in header:
            raise ValueError(f"{path}: not a row-major array of floats or integers: {header}")
        values = array.array({"f4": "f", "f8": "d", "i4": "i", "i8": "q"}[kind[1]], file.read())
    if sys.byteorder == "big":
        values.byteswap()
    shape = tuple(int(n) for n in shape[1].replace(",", " ").split())
    if math.prod(shape) != len(values):
        raise ValueError(f"{path}: {len(values)} values for {shape}")
    return shape, values


def tolerance(spread, precision):
    """The root mean square error that is allowed.

    `spread` is that of plain float32 loops on the same data; to first order errors go with the unit
    roundoff, so in float64 it is 2^29 times smaller.
    """
    return SLACK * spread * ROUNDOFF[precision] / ROUNDOFF["float32"]


def compare_hidden(found, expected):
    """The root mean square difference; NaN where a number is not finite, inf for another shape."""
    if found[0] != expected[0]:
        return math.inf
    squares = math.fsum((a - b) ** 2 for a, b in zip(found[1], expected[1]) if math.isfinite(a))
    if not all(map(math.isfinite, found[1])):
        return math.nan
    return math.sqrt(squares / len(found[1]))


def wrong_counts(found, low, high):
    """How many of the counts [B, tau] lie outside what a correct program may find."""
    shape, values = found
    low = [count for row in low for count in row]
    high = [count for row in high for count in row]
    if len(shape) != 2 or len(values) != len(low):
        return len(low)
    return sum(not a <= count <= b for a, count, b in zip(low, values, high))


def verdict(case, answer, expected):
    """{"rms_error", "tolerance"} or {"counts_checked"}, with "wrong" in words where it is wrong."""
    found = read_npy(answer["output"])
    if case["kind"] == "layer":
        error = compare_hidden(found, expected["hidden"])
        allowed = tolerance(expected["spread"], case["precision"])
        report = {"rms_error": error if math.isfinite(error) else None, "tolerance": allowed}
        if not error <= allowed:
            report["wrong"] = f"off by {error:.1e}, allowed {allowed:.1e}"
        return report
    wrong = wrong_counts(found, expected["low"], expected["high"])
    report = {"counts_checked": len(found[1])}
    if wrong:
        report["wrong"] = f"{wrong} of {len(found[1])} counts wrong"
    return report
