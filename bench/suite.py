#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark suite: Rankchain and its rivals, one machine, one run.

    python3 bench/suite.py                 everything, about a quarter of an hour
    python3 bench/suite.py --quick         a few cases, about a minute

Builds what it needs, starts a worker process for every contestant that the machine has, checks that
each computes the right thing, times them turn by turn, and writes
bench/results/suite_DATE_MACHINE.json, .md and .svg. docs/benchmarks.md says how to read them.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time

import figure
from suite import cases, growth, machine, report, roofline
from suite.contestant import Contestant
from suite.measure import YARDSTICK, measure_case, say

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a few cases and short samples")
    add("--build", type=pathlib.Path, help="a build folder with the target suite_programs, as it is")
    add("--python", default=sys.executable, help="the interpreter that has the rivals' libraries")
    add("--only", metavar="TEXT", action="append",
        help="cases whose name holds TEXT, or that of another --only; no growth, no Figure 3a")  # fmt: skip
    add("--contestants", metavar="A,B", help="of the rivals these alone")
    add("--threads", type=int, default=1, help="of every contestant on the CPU (1)")
    add("--samples", type=int, help="a contestant and case, at least 20 (20)")
    add("--seconds", type=float, help="of a sample at least (0.05)")
    add("--fig3a-layers", type=int, metavar="N", help="(1000000; --quick: 2000; 0: none)")
    add("--output", type=pathlib.Path, help="folder (bench/results)", default=HERE / "results")
    add("--burn", type=float, default=0, metavar="SHARE",
        help="plant a slowdown into Rankchain: so much extra CPU time in its timed loops")  # fmt: skip
    chosen = parser.parse_args()
    chosen.samples = chosen.samples or 20
    if chosen.samples < 20:
        parser.error("--samples: at least 20, or the intervals mean little")
    if not 1 <= chosen.threads <= len(os.sched_getaffinity(0)):
        parser.error(f"--threads: 1 to {len(os.sched_getaffinity(0))} here")
    if chosen.seconds is None:
        chosen.seconds = 0.03 if chosen.quick else 0.05
    if chosen.fig3a_layers is None:
        chosen.fig3a_layers = 2_000 if chosen.quick else 1_000_000
    if not shutil.which(chosen.python):
        parser.error(f"--python: no {chosen.python}")
    return chosen


def built():
    """The folder of the programs of a build with the preset `bench`, which is brought up to date."""
    say("building (cmake --preset bench)")
    for command in (
        ["cmake", "--preset", "bench"],
        ["cmake", "--build", "--preset", "bench", "--target", "suite_programs"],
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return ROOT / "build-bench"


def start_all(programs, chosen, log):
    """(contestants that are here, {name: first line} of all that were tried, reference)."""
    own = str(programs / "bin" / "suite_worker")
    if not os.access(own, os.X_OK):
        sys.exit(f"no {own}: build the target suite_programs")
    burn = ["--burn", str(chosen.burn)] if chosen.burn else []
    commands = {
        "rankchain": [own, *burn],
        "rankchain-cuda": [own, "--device", "cuda", *burn],
        YARDSTICK: [own, "--as", "yardstick"],
        "lapack": [own, "--as", "lapack"],
    }
    listed = runpy.run_path(str(HERE / "rivals" / "contestants.py"))["CONTESTANTS"]
    for name, _device, file, more in listed:
        if chosen.contestants is not None and name not in chosen.contestants.split(","):
            continue
        script = [chosen.python, str(HERE / "rivals" / file)]
        commands[name] = [*(script if file.endswith(".py") else [str(programs / "bin" / file)]), *more]
    cores = set(sorted(os.sched_getaffinity(0))[-chosen.threads :])
    every, hellos = [], {}
    for name, command in commands.items():
        if not shutil.which(command[0]):
            hellos[name] = {"name": name, "missing": f"not built: no {command[0]}"}
            continue
        # A device's host code may have the whole machine.
        device = name == "rankchain-cuda" or any(n == name and d == "cuda" for n, d, *_ in listed)
        allowed = os.sched_getaffinity(0) if device else cores
        every.append(Contestant(name, command, allowed, log, chosen.threads))
    here = []
    for contestant in every:  # they start side by side
        hellos[contestant.name] = contestant.greet()
        if "missing" in contestant.hello:
            say(f"{contestant.name}: missing: {contestant.hello['missing']}")
            contestant.stop()
        else:
            here.append(contestant)
    reference = Contestant("reference", [own, "--as", "reference"], os.sched_getaffinity(0), log)
    return here, {name: hellos[name] for name in commands}, reference


def main():
    chosen = arguments()
    programs = chosen.build or built()
    os.environ["SUITE_PROGRAMS"] = str(programs.resolve())  # for rivals that are built
    chosen_cases = cases.QUICK if chosen.quick else cases.FULL
    if chosen.only:
        every = {cases.name(c): c for c in cases.FULL + cases.QUICK}
        chosen_cases = [c for name, c in every.items() if any(text in name for text in chosen.only)]
        if not chosen_cases:
            sys.exit(f"--only: no case holds {' or '.join(chosen.only)}; there are\n" + "\n".join(every))
    settings = {"quick": chosen.quick, "threads": chosen.threads, "samples": chosen.samples,
                "seconds": chosen.seconds, "burn": chosen.burn}  # fmt: skip
    started = time.monotonic()
    date = datetime.datetime.now().strftime("%Y-%m-%d")
    data = {"schema": 1, "date": date, "machine": machine.describe(ROOT), "settings": settings}
    worked, stolen = machine.busy()
    own = sum(os.times()[:4])

    with tempfile.TemporaryDirectory(prefix="suite-") as folder, open(
        pathlib.Path(folder) / "log", "w+"
    ) as log:
        contestants, data["contestants"], reference = start_all(programs, chosen, log)
        try:
            data["cases"] = [
                measure_case(case, contestants, reference, settings, folder) for case in chosen_cases
            ]
            cores = contestants[0].cores
            data["ceilings"] = roofline.measure(programs, cores)
            if not chosen.only:
                command = [str(programs / "bin" / "suite_worker")]
                data["growth"] = growth.measure(command, cores, log, settings, folder, reference)
                if chosen.fig3a_layers:
                    data["fig3a"] = growth.fig3a(contestants, reference, command, cores, log, settings,
                                                 folder, chosen.fig3a_layers)  # fmt: skip
        except (RuntimeError, KeyboardInterrupt):
            log.flush()
            log.seek(0)
            sys.stderr.write(log.read()[-4000:])
            raise
        finally:
            for contestant in contestants + [reference]:
                if contestant.process:
                    contestant.hello["peak_mib"] = round(contestant.peak_memory_mib(), 1)
                contestant.stop()

    # Children are counted when they have ended; what they and this script did is no disturbance.
    elapsed = time.monotonic() - started
    worked, stolen = (now - then for now, then in zip(machine.busy(), (worked, stolen)))
    own = sum(os.times()[:4]) - own
    available = elapsed * data["machine"]["cpus"]
    data["load"] = {
        "seconds": elapsed,
        "other_percent": max(0, 100 * (worked - own) / available),
        "steal_percent": 100 * stolen / available,
    }
    write(data, chosen)


def write(data, chosen):
    what = [gpu["name"] for gpu in data["machine"]["gpus"]] or [data["machine"]["cpu"]]
    words = re.sub(r"\(.*?\)", "", what[0])
    label = re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-").lower()
    stem = f"suite_{data['date']}_{label}{'_quick' if chosen.quick else ''}"
    chosen.output.mkdir(parents=True, exist_ok=True)
    with open(chosen.output / f"{stem}.json", "w") as file:
        text = json.dumps(data, indent=1, allow_nan=False)
        file.write(re.sub(r"\[[-+.,\deE\s]*\]", lambda numbers: " ".join(numbers[0].split()), text) + "\n")
    (chosen.output / f"{stem}.md").write_text(report.markdown(data))
    print(figure.draw(data, chosen.output / f"{stem}.svg"))
    print(chosen.output / f"{stem}.md")
    print(chosen.output / f"{stem}.json")


if __name__ == "__main__":
    main()
