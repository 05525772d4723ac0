# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""What is measured. A case is what the workers are told; its name is the row of a table."""

TAUS = [0.01, 0.1, 0.5, 1.0, 2.0]
# sigma falls to 1e-9 sigma_1: the last threshold lies where no Gram matrix in float64 can see.
COLLAPSED_TAUS = [1e-14, 1e-8, 1e-4, 0.01, 0.5]
UNITS = {"layer": "layers", "counts": "matrices", "study": "studies"}


def layer(width, batch=None, precision="float32", weights="gaussian", normalization="batch"):
    return {
        "kind": "layer",
        "width": width,
        "batch": batch or width,
        "weights": weights,
        "normalization": normalization,
        "precision": precision,
    }


def counts(n, input="gaussian", precision="float64"):
    taus = COLLAPSED_TAUS if input == "collapsed" else TAUS
    return {"kind": "counts", "n": n, "tau": taus, "precision": precision, "input": input}


def study(width, depth, depths, draws, precision="float32", **more):
    return {
        "kind": "study",
        "width": width,
        "batch": width,
        "depth": depth,
        "depths": depths,
        "tau": [0.1, 0.5],
        "draws": draws,
        "precision": precision,
        **more,
    }


def share(of, draws, depth, depths, case):
    """`case` as a share of a study so large, whose time follows from its rate."""
    assert depth * case["depths"] == case["depth"] * depths
    return {**case, "of": of, "of_units": draws * depth / case["draws"] / case["depth"]}


# Shares of what is asked for, with as many layers a recorded depth, so that a slow contestant's sample
# takes seconds, not hours: cost is linear in draws and depth, which the growth curves of the same run
# show for Rankchain.
BIG = ("d = N = 64, 8192 draws, 10 000 layers, 100 depths", 8192, 10_000, 100)
STUDIES = [
    share(*BIG, study(64, depth=500, depths=5, draws=8)),
    share(*BIG, study(64, depth=500, depths=5, draws=8, precision="float64")),
    share("Figure 2 (linear, batch): d = N = 32, 100 draws, 50 000 layers, 40 depths", 100, 50_000, 40,
          study(32, depth=2500, depths=2, draws=4, precision="float64")),
    share("Figure 3a: d = N = 64, gamma = 0.01, 48 draws, 80 000 layers, 800 depths", 48, 80_000, 800,
          study(64, depth=400, depths=4, draws=4, precision="float64", gamma=0.01,
                normalization="batch-scale")),
]  # fmt: skip

FULL = [
    *(layer(d) for d in (8, 16, 32, 64, 128, 256, 512, 1024)),
    *(layer(d, precision="float64") for d in (8, 32, 64, 128, 256, 512, 1024)),
    layer(32, batch=512),
    layer(256, batch=32),
    *(layer(64, weights=law) for law in ("uniform", "rademacher")),
    *(layer(64, normalization=norm) for norm in ("batch-scale", "layer", "rms", "none")),
    # 33 and 129: just behind where routines change (docs/benchmarks.md).
    *(counts(n) for n in (8, 16, 32, 33, 64, 128, 129, 256, 512)),
    *(counts(n, "collapsed") for n in (32, 128)),
    counts(64, precision="float32"),
    *STUDIES,
]
QUICK = [
    layer(32),
    layer(128),
    layer(64, precision="float64"),
    counts(32),
    counts(64, "collapsed"),
    STUDIES[0],
]


def name(case):
    """Case in words, unique among the cases; "layer 64 x 64 float32"."""
    if case["kind"] == "counts":
        words = ["counts", f"{case['n']} x {case['n']}", case["precision"], case["input"]]
    else:
        words = [case["kind"], f"{case['width']} x {case['batch']}", case["precision"]]
        defaults = {"weights": "gaussian", "normalization": "batch", "gamma": None}
        for key, usual in defaults.items():
            if case.get(key, usual) != usual:
                words.append(f"gamma {case[key]}" if key == "gamma" else case[key])
        if case["kind"] == "study":
            words.append(f"({case['draws']} draws, {case['depth']} layers, {case['depths']} depths)")
    return " ".join(words)
