# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""One case: the same inputs to all, a check of each, then samples turn by turn."""
import sys

from suite import cases, check
from suite.intervals import median_interval

YARDSTICK = "yardstick"


def say(text):
    print(text, file=sys.stderr, flush=True)


def rates(samples, clock):
    """Units a second of each sample; `samples` is {"units": [...], "wall_s": [...], "cpu_s": [...]}."""
    return [units / seconds for units, seconds in zip(samples["units"], samples[clock])]


def no_samples():
    return {"units": [], "wall_s": [], "cpu_s": []}


def add_sample(samples, reply):
    for key, values in samples.items():
        values.append(float(f"{reply[key]:.7g}"))


def clock_of(contestant, threads):
    """One thread of a CPU: its own CPU time, whatever else the machine does. Otherwise wall time."""
    return "cpu_s" if contestant.hello.get("device") == "cpu" and threads == 1 else "wall_s"


def prepare(contestant, case, inputs, expected):
    """What stands beside a contestant's samples; without "samples" it does not take part."""
    reply = contestant.ask(do="prepare", case=case)
    if "unsupported" in reply or "error" in reply:
        return reply
    if contestant.name == YARDSTICK:
        return {**reply, "samples": no_samples()}
    answer = contestant.ask(do="check", **inputs)
    if not answer.get("output"):
        return {"error": f"nothing to check: {answer.get('unsupported') or answer.get('error')}"}
    try:
        result = {**reply, **check.verdict(case, answer, expected)}
    except (OSError, ValueError) as error:
        return {**reply, "error": f"its result cannot be read: {error}"}
    return result if "wrong" in result else {**result, "samples": no_samples()}


def sample_all(contestants, results, count, seconds):
    """`count` rounds; in each, everyone who takes part gives one sample, first in turn.

    Neighbours in time are what ratios are taken of, so that a machine that slows down for a while
    slows down both.
    """
    taking_part = [c for c in contestants if "samples" in results[c.name]]
    for _ in range(count):
        for contestant in list(taking_part):
            reply = contestant.ask(do="sample", seconds=seconds)
            if not (reply.get("units", 0) > 0 and reply["cpu_s"] > 0 and reply["wall_s"] > 0):
                del results[contestant.name]["samples"]
                results[contestant.name]["error"] = reply.get("error", f"no sample: {reply}")
                taking_part.remove(contestant)
                continue
            add_sample(results[contestant.name]["samples"], reply)
            for key in ("means", "layers"):
                if key in reply:
                    results[contestant.name][key] = reply[key]
        taking_part = taking_part[1:] + taking_part[:1]


def summarise(results, contestants, threads):
    for contestant in contestants:
        result = results[contestant.name]
        if "samples" in result:
            result["clock"] = clock_of(contestant, threads)
            found = median_interval(rates(result["samples"], result["clock"]))
            result["rate"] = dict(zip(("median", "low", "high"), found))


def over(results, name, other):
    """(median, low, high) of the rate of `name` over that of `other`, round by round."""
    return median_interval(ratios(results, name, other))


def ratios(results, name, other):
    a, b = results[name], results[other]
    clock = "wall_s" if "wall_s" in (a["clock"], b["clock"]) else "cpu_s"
    pairs = zip(rates(a["samples"], clock), rates(b["samples"], clock))
    return [own / rival for own, rival in pairs]


def measure_case(case, contestants, reference, settings, folder):
    """{"name", "case", "results": {contestant: ...}}; see bench/README.md for what a result holds."""
    case = {**case, "threads": settings["threads"]}
    record = {"name": cases.name(case), "case": case, "unit": cases.UNITS[case["kind"]]}
    inputs = reference.ask(do="inputs", case=case, folder=str(folder))
    case_given = {**case, **{key: inputs[key] for key in ("matrices",) if key in inputs}}
    expected = reference.ask(do="check", case=case_given, **inputs)
    if "error" in inputs or "error" in expected:
        raise RuntimeError(f"{record['name']}: {inputs.get('error') or expected['error']}")
    if case["kind"] == "layer":
        expected["hidden"] = check.read_npy(expected["output"])
    results = {}
    for contestant in contestants:
        results[contestant.name] = prepare(contestant, case_given, inputs, expected)
    sample_all(contestants, results, settings["samples"], settings["seconds"])
    summarise(results, contestants, settings["threads"])
    record["results"] = results
    shown = {name: r["rate"]["median"] for name, r in results.items() if "rate" in r}
    shown.pop(YARDSTICK, None)
    say(f"{record['name']}: " + ", ".join(f"{name} {value:.4g}" for name, value in shown.items()))
    for name, result in results.items():
        for trouble in ("wrong", "error"):
            if trouble in result:
                say(f"  {name}: {trouble}: {result[trouble]}")
    return record

