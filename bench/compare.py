#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Did Rankchain become slower? Compares two results of bench/suite.py on one device.

    python3 bench/compare.py BEFORE.json AFTER.json

Exit code 0: not slower; 1: slower somewhere; 2: the files cannot be compared.

What is compared, case by case and over all cases of a kind, is the logarithm of Rankchain's rate over
that of the yardstick of the same round, a load that no revision changes: so a machine that is slower
on another day does not matter to first order. A difference is reported where an interval for the
shift between the two runs (Hodges and Lehmann, suite/intervals.py) lies wholly beyond
2 % (MARGIN). If the two runs' samples are independent and differ by a shift of at most 2 %,
each interval is wrong with probability at most ALARM / (number of intervals), so the whole comparison
raises a false alarm with probability at most ALARM = 1 %, whatever the distribution of the noise.
The 2 % are for what no sample within a run can show: another place in memory, another temperature.
"""
import argparse
import json
import math
import sys

from suite import machine
from suite.intervals import shift_interval
from suite.measure import YARDSTICK, rates, ratios

ALARM = 0.01
MARGIN = 0.02
# "No difference" excludes this much; an interval that reaches so far is "undecided".
WANTED = 0.05
# Share of the machine that other work may take before the verdicts are said to be provisional.
QUIET_PERCENT = 10


class Refused(Exception):
    """The two files say nothing about each other."""


def load(path):
    try:
        with open(path) as file:
            data = json.load(file)
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != 1:
        raise Refused(f"{path}: not a result of bench/suite.py of schema 1")
    return data


def refuse_unlike(before, after):
    devices = [machine.device(data["machine"]) for data in (before, after)]
    if devices[0] != devices[1]:
        raise Refused(f"different devices: {devices[0]}; {devices[1]}")
    threads = [data["settings"]["threads"] for data in (before, after)]
    if threads[0] != threads[1]:
        raise Refused(f"different numbers of threads: {threads[0]} and {threads[1]}")


def series(data, name):
    """{case: (kind, [log of own rate over the yardstick's, round by round])} of contestant `name`.

    The yardstick runs on the CPU and says nothing of a device's clock: there, own rates alone.
    """
    found = {}
    for record in data["cases"]:
        results = record["results"]
        if "rate" not in results.get(name, {}) or "rate" not in results.get(YARDSTICK, {}):
            continue
        if data["contestants"][name]["device"] == "cpu":
            values = ratios(results, name, YARDSTICK)
        else:
            values = rates(results[name]["samples"], results[name]["clock"])
        found[record["name"]] = (record["case"]["kind"], [math.log(value) for value in values])
    return found


def pooled(group):
    """Round by round, the mean over the cases of a group."""
    return [sum(values) / len(values) for values in zip(*group)]


def judge(low, high):
    if high < -MARGIN:
        return "slower"
    if low > MARGIN:
        return "faster"
    if -WANTED < low and high < WANTED:
        return "no difference"
    return "undecided"


def compare(before, after):
    """[(contestant and case, (shift, low, high), verdict)], shifts as relative changes of the rate."""
    refuse_unlike(before, after)
    rows = []
    for name in ("rankchain", "rankchain-cuda"):
        old, new = series(before, name), series(after, name)
        shared = [case for case in old if case in new]
        for case in shared:
            rows.append((f"{name}: {case}", old[case][1], new[case][1]))
        for kind in ("layer", "counts", "study"):
            cases = [case for case in shared if old[case][0] == kind]
            if len(cases) > 1:
                both = [pooled([runs[case][1] for case in cases]) for runs in (old, new)]
                rows.append((f"{name}: all {len(cases)} cases of kind {kind}", *both))
    if not rows:
        raise Refused("the two files have no case of Rankchain in common")
    miss = ALARM / len(rows)
    found = []
    for label, old, new in rows:
        shift, low, high = (math.expm1(x) for x in shift_interval(old, new, miss))
        found.append((label, (shift, low, high), judge(low, high)))
    return found


def percent(value):
    return f"{100 * value:+.1f} %" if math.isfinite(value) else f"{value:+}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("before")
    parser.add_argument("after")
    chosen = parser.parse_args()
    try:
        before, after = load(chosen.before), load(chosen.after)
        found = compare(before, after)
    except Refused as reason:
        print(f"compare.py: {reason}", file=sys.stderr)
        return 2
    except (KeyError, TypeError) as error:
        print(f"compare.py: a field is missing or no number: {error!r}", file=sys.stderr)
        return 2
    for data, word in ((before, "before"), (after, "after")):
        planted = data["settings"]["burn"]
        extra = f", with a planted slowdown of {100 * planted:g} %" if planted else ""
        print(f"{word}: {data['machine']['revision']}, {data['date']}{extra}")
        other = data["load"]["other_percent"] + data["load"]["steal_percent"]
        if not other <= QUIET_PERCENT:
            print(f"  while it ran, other work took {other:.0f} % of the machine: provisional")
    print(f"\n| case | change of the rate | {100 * (1 - ALARM):g} % interval over all | verdict |")
    print("|---|---|---|---|")
    for label, (shift, low, high), verdict in found:
        print(f"| {label} | {percent(shift)} | {percent(low)} to {percent(high)} | {verdict} |")
    by_verdict = {
        verdict: [label for label, _, given in found if given == verdict]
        for verdict in ("slower", "faster", "undecided")
    }
    print()
    for verdict in ("slower", "faster"):
        for label in by_verdict[verdict]:
            print(f"{verdict.upper()}: {label}")
    if not by_verdict["slower"] and not by_verdict["faster"]:
        print("no difference")
    if by_verdict["undecided"]:
        print(
            f"too noisy to exclude {100 * WANTED:g} % in {len(by_verdict['undecided'])} of {len(found)}; "
            "repeat both runs on a quieter machine, or with more --samples"
        )
    return 1 if by_verdict["slower"] else 0


if __name__ == "__main__":
    sys.exit(main())
