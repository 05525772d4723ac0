# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""How Rankchain's cost and memory grow, and the million layers of the paper's Figure 3a."""
import os
from statistics import median

from suite import cases
from suite.contestant import Contestant
from suite.intervals import line, power_law
from suite.measure import YARDSTICK, add_sample, clock_of, measure_case, no_samples, rates, say

POINT_SAMPLES = 7


def point(command, cores, log, case, settings):
    """(seconds a unit, peak MiB) of a case, in a process of its own."""
    worker = Contestant("rankchain", command, cores, log, settings["threads"])
    try:
        worker.ask(do="prepare", case={**case, "threads": settings["threads"]})
        clock = clock_of(worker, settings["threads"])
        samples = no_samples()
        for _ in range(POINT_SAMPLES):
            reply = worker.ask(do="sample", seconds=settings["seconds"], timeout=600)
            if "error" in reply:
                raise RuntimeError(f"growth: {case}: {reply['error']}")
            add_sample(samples, reply)
        return 1 / median(rates(samples, clock)), worker.peak_memory_mib()
    finally:
        worker.stop()


def curves(quick):
    """[(axis, what a unit is, {value: case}, what is fitted: a line, or a power law from where)]"""
    few = (lambda values: values[::2]) if quick else (lambda values: values)
    study = lambda **change: {**cases.study(32, depth=1000, depths=5, draws=32), **change}
    counts = lambda taus: {**cases.counts(64), "tau": taus}
    taus = lambda k: [0.01 * 1.1**i for i in range(k)]
    sizes = few((16, 32, 64, 128, 256, 512, 1024))
    return [
        ("draws", "study", {n: study(draws=n) for n in few((8, 16, 32, 64, 128))}, "line"),
        ("depth", "study", {n: study(depth=n) for n in few((250, 500, 1000, 2000, 4000))}, "line"),
        ("width", "layer", {d: cases.layer(d, 64) for d in sizes}, 64),
        ("width = batch", "layer", {d: cases.layer(d) for d in sizes}, 64),
        ("batch", "layer", {n: cases.layer(64, n) for n in sizes}, 64),
        ("thresholds", "matrix", {k: counts(taus(k)) for k in few((1, 2, 4, 8, 16, 32, 64))}, "line"),
    ]


def measure(command, cores, log, settings, folder, reference):
    """[{"axis", "of", "values", "seconds", "peak_mib", and "line" or "exponent"}]"""
    matrices = reference.ask(do="inputs", case=cases.counts(64), folder=str(folder))["matrices"]
    found = []
    for axis, of, by_value, fit in curves(settings["quick"]):
        curve = {"axis": axis, "of": of, "values": list(by_value), "seconds": [], "peak_mib": []}
        for case in by_value.values():
            seconds, memory = point(command, cores, log, {**case, "matrices": matrices}, settings)
            curve["seconds"].append(seconds)
            curve["peak_mib"].append(memory)
        points = [(x, y) for x, y in zip(curve["values"], curve["seconds"])]
        if fit == "line":
            curve["line"] = line(*zip(*points))
        else:
            curve["fitted_from"] = fit
            kept = [p for p in points if p[0] >= fit]
            curve["exponent"], curve["exponent_stderr"] = power_law(*zip(*kept))
        found.append(curve)
        say(f"growth in {axis}: {', '.join(f'{s:.3g}' for s in curve['seconds'])} s a {of}")
    return found


FIG3A = {**cases.layer(256, precision="float64", normalization="batch-scale"), "gamma": 0.01}


def fig3a(contestants, reference, command, cores, log, settings, folder, layers):
    """The paper's Figure 3a at d = 256: `layers` layers by Rankchain, and the share of a contestant.

    The rates of one thread stand side by side as in every case. Rankchain then goes the whole way, on
    all processors: one chain each, which share the layers that are averaged over, soft rank 0.5
    counted at 100 depths and written to a result file. `published` is the recurrence alone.
    """
    chosen = [c for c in contestants if c.name in ("rankchain", "published", YARDSTICK)]
    record = measure_case(FIG3A, chosen, reference, {**settings, "threads": 1}, folder)
    chains = len(os.sched_getaffinity(0))
    case = cases.study(256, depth=layers // chains, depths=100, draws=chains, precision="float64",
                       gamma=0.01, normalization="batch-scale")  # fmt: skip
    case = {**case, "tau": [0.5], "threads": chains}
    say(f"Figure 3a, d = 256: {chains} chains of {case['depth']} layers")
    worker = Contestant("rankchain", command, os.sched_getaffinity(0), log, chains)
    try:
        worker.ask(do="prepare", case=case)
        whole = worker.ask(do="sample", seconds=1e-3, timeout=7200)
    finally:
        worker.stop()
    if "error" in whole:
        raise RuntimeError(f"Figure 3a: {whole['error']}")
    say(f"Figure 3a, d = 256: {whole['wall_s']:.0f} s, {whole['cpu_s']:.0f} CPU seconds")
    return {"layers": case["depth"] * chains, "chains": chains, "share": record, "whole": whole}
