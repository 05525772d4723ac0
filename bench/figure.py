#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The figure of a result of the suite: rates against size, log-log, one line a contestant.

    python3 bench/figure.py RESULT.json [FIGURE.svg]      default: RESULT.svg

Bars are the 95 % intervals of the medians; the dashed line is the bound by the ceilings measured in
the same run (docs/benchmarks.md). Panels without two sizes are left out. Needs gnuplot.
"""
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from suite import roofline

USUAL = {"weights": "gaussian", "normalization": "batch", "input": "gaussian"}
PANELS = (
    ("layers/s, float32, d = N", "layer", "float32"),
    ("layers/s, float64, d = N", "layer", "float64"),
    ("matrices/s, counts, float64, n = d = N", "counts", "float64"),
)
COLORS = ("#d62728", "#7f7f7f", "#1f77b4", "#ff7f0e", "#8c564b", "#2ca02c", "#9467bd", "#17becf",
          "#bcbd22", "#e377c2", "#000000", "#98df8a")


def usual(case):
    if case["kind"] == "layer" and case["width"] != case["batch"] or "gamma" in case:
        return False
    return all(case.get(key, value) == value for key, value in USUAL.items())


def panel(data, kind, precision):
    """{contestant: [(size, median, low, high)]}, with the bounds of each device as (size, bound)."""
    lines = {}
    for record in data["cases"]:
        case = record["case"]
        if case["kind"] != kind or case["precision"] != precision or not usual(case):
            continue
        size = case["n"] if kind == "counts" else case["width"]
        for name, result in record["results"].items():
            if "rate" in result and name != "yardstick":
                rate = result["rate"]
                point = (size, rate["median"], rate["low"], rate["high"])
                lines.setdefault(name, []).append(point)
                bound = roofline.bound(data, name, case, result)
                if name.startswith("rankchain") and bound:
                    lines.setdefault(f"bound of {name}", []).append((size, bound[0]))
    return {name: sorted(points) for name, points in lines.items()}


def script(data, output):
    """What gnuplot is told; None where no panel has two sizes."""
    panels = [(title, panel(data, kind, precision)) for title, kind, precision in PANELS]
    panels = [(title, lines) for title, lines in panels if any(len(p) > 1 for p in lines.values())]
    names = list(dict.fromkeys(name for _, lines in panels for name in lines))
    if not names:
        return None
    color = dict(zip([n for n in names if not n.startswith("bound")], COLORS * len(names)))
    text = [
        f"set terminal svg size {480 * len(panels)},560 font 'sans,12' background 'white'",
        f"set output '{output}'",
        "set logscale xy; set format y '10^{%L}'; set grid; set xlabel 'size' offset 0,0.6",
        "set key below maxcols 2 font ',10'; set xrange [6:1400]",
        "set xtics (8, 32, 128, 512); set mxtics 4",
        f"set multiplot layout 1,{len(panels)} title "
        f"\"{data['machine']['cpu']}, {data['date']}\" noenhanced",
    ]
    for at, (title, lines) in enumerate(panels):
        plots = []
        for index, (name, points) in enumerate(lines.items()):
            block = f"$d{at}_{index}"
            text += [f"{block} << EOD", *(" ".join(map(repr, p)) for p in points), "EOD"]
            if name.startswith("bound"):
                plots.append(f"{block} with lines dt 2 lw 1.5 lc '#444444' title '{name}'")
            else:
                width = 2.5 if name.startswith("rankchain") else 1.2
                plots.append(f"{block} with yerrorlines pt 7 ps 0.4 lw {width} "
                             f"lc '{color[name]}' title '{name}'")
        text += [f"set title '{title}'", "plot " + ", \\\n  ".join(plots)]
    return "\n".join(text) + "\nunset multiplot\n"


def draw(data, output):
    """Writes the figure; a sentence where it cannot."""
    if not shutil.which("gnuplot"):
        return "no figure: gnuplot is not installed"
    commands = script(data, output)
    if commands is None:
        return "no figure: no panel has two sizes"
    done = subprocess.run(["gnuplot"], input=commands, text=True, capture_output=True)
    if done.returncode != 0:
        return f"no figure: gnuplot: {done.stderr.strip()}"
    return str(output)


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1])
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else source.with_suffix(".svg")
    try:
        data = json.loads(source.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"figure.py: {source}: {error}")
    print(draw(data, output))


if __name__ == "__main__":
    main()
