# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The Markdown of a result: every figure in it is computed from the JSON beside it."""
import math
from statistics import median

from suite import roofline
from suite.measure import YARDSTICK, over

HEADINGS = {
    "layer": ("Layer step", "Layers a second: one layer of one network, d x N, fresh weights."),
    "counts": (
        "Spectrum and counts",
        "Matrices a second, from H to the soft ranks at five thresholds.",
    ),
    "study": ("Whole studies", "Studies a second: chains, counts at log-spaced depths, means."),
}


def number(value):
    """Three significant digits."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    if 1e-3 <= abs(value) < 1e6:
        digits = max(0, 2 - math.floor(math.log10(abs(value))))
        return f"{value:.{digits}f}"
    return f"{value:.2e}"


def own_name(contestant, contestants):
    """Rankchain on the device that `contestant` runs on."""
    device = contestants[contestant].get("device")
    return "rankchain" if device == "cpu" else f"rankchain-{device}"


def rivals(data):
    """Names of those that started, in order, without Rankchain and the yardstick."""
    return [
        name
        for name, hello in data["contestants"].items()
        if "missing" not in hello and not name.startswith("rankchain") and name != YARDSTICK
    ]


def comparisons(data):
    """(case, rival, own, (ratio, low, high)) of Rankchain's rate over the rival's, where both ran."""
    shares = [data["fig3a"]["share"]] if data.get("fig3a") else []
    for record in data["cases"] + shares:
        for rival in rivals(data):
            own = own_name(rival, data["contestants"])
            results = record["results"]
            if "rate" in results.get(rival, {}) and "rate" in results.get(own, {}):
                yield record, rival, own, over(results, own, rival)


def where_rivals_win(data):
    """Lines of the section of that name. A win: the whole interval of the ratio is on one side of 1."""
    wins, ties, count = [], [], 0
    for record, rival, own, (ratio, low, high) in comparisons(data):
        count += 1
        text = f"{record['name']}: {rival}"
        if high < 1:
            wins.append(
                f"- **{text}** is {number(1 / ratio)} times as fast as {own} "
                f"({number(1 / high)} to {number(1 / low)})."
            )
        elif not low > 1:
            ties.append(f"- {text} against {own}: {number(ratio)} ({number(low)} to {number(high)}).")
    wrong = [
        f"- {record['name']}: **{name}** computes it wrong: {result['wrong']}."
        for record in data["cases"]
        for name, result in record["results"].items()
        if name.startswith("rankchain") and "wrong" in result
    ]
    alone = [
        f"- {record['name']}: {name} has this case and {own_name(name, data['contestants'])} has not."
        for record in data["cases"]
        for name in rivals(data)
        if "rate" in record["results"][name]
        and "rate" not in record["results"].get(own_name(name, data["contestants"]), {})
    ]
    lines = [f"{count} comparisons; a rival is faster in {len(wins)}, {len(ties)} are undecided.", ""]
    lines += (wins + wrong + alone) or ["No rival that ran here was faster in any case of this run."]
    if ties:
        lines += ["", "Undecided (the interval of the ratio holds 1):", "", *ties]
    return lines


def cell(record, name, data):
    contestants = data["contestants"]
    result = record["results"].get(name, {})
    if "rate" not in result:
        reason = [key for key in ("unsupported", "wrong", "error") if key in result]
        return f"({reason[0]})" if reason else ""
    text = number(result["rate"]["median"])
    own = own_name(name, contestants)
    if name.startswith("rankchain"):
        half = (result["rate"]["high"] - result["rate"]["low"]) / 2 / result["rate"]["median"]
        share = roofline.share(data, name, record["case"], result)
        return f"{text} ± {100 * half:.1f} %" + (f" ({share})" if share else "")
    if "rate" not in record["results"].get(own, {}):
        return text
    ratio, low, high = over(record["results"], own, name)
    mark = "**" if high < 1 else ""
    return f"{text}, {mark}x {number(ratio)}{mark} ({number(low)} to {number(high)})"


def case_table(records, names, data, prefix):
    lines = ["| case | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for record in records:
        cells = [cell(record, name, data) for name in names]
        lines.append(f"| {record['name'].removeprefix(prefix + ' ')} | " + " | ".join(cells) + " |")
    return lines


def in_short(data):
    """Per kind of case and rival: the smallest, middle and largest of the ratios."""
    found = {}
    for record, rival, _, (ratio, _, _) in comparisons(data):
        found.setdefault(rival, {}).setdefault(record["case"]["kind"], []).append(ratio)
    lines = ["| Rankchain over | " + " | ".join(HEADINGS) + " |", "|---" * (len(HEADINGS) + 1) + "|"]
    for rival, by_kind in found.items():
        cells = []
        for kind in HEADINGS:
            values = by_kind.get(kind)
            cells.append(
                f"{number(min(values))}, {number(median(values))}, {number(max(values))} ({len(values)})"
                if values
                else ""
            )
        lines.append(f"| {rival} | " + " | ".join(cells) + " |")
    return lines


def whole_studies(records, names):
    """What the shares amount to, by the rates of the table."""
    lines = []
    for record in records:
        case, results = record["case"], record["results"]
        times = [
            f"{name} {number(case['of_units'] / results[name]['rate']['median'] / 60)} min"
            for name in names
            if "rate" in results.get(name, {})
        ]
        if "of" in case and times:
            lines.append(f"- {case['of']}, {case['precision']}: {', '.join(times)}.")
    return ["The whole studies would take, at these rates (extrapolated):", "", *lines, ""] if lines else []


def notes(data):
    """Why a cell is empty, each reason once."""
    lines = {}
    for record in data["cases"]:
        for name, result in record["results"].items():
            for trouble in ("unsupported", "wrong", "error"):
                if trouble in result and name != YARDSTICK:
                    key = f"{name}: {trouble}: {result[trouble]}"
                    lines.setdefault(key, []).append(record["name"])
    return [
        f"- {key} ({'; '.join(where) if len(where) < 4 else f'{where[0]} and {len(where) - 1} others'})"
        for key, where in lines.items()
    ]


def growth_section(curves):
    lines = []
    for curve in curves:
        fit = ""
        if "exponent" in curve:
            fit = (
                f" From {curve['fitted_from']} on, time goes with the power {curve['exponent']:.2f} ± "
                f"{curve['exponent_stderr']:.2f}."
            )
        if "line" in curve:
            start, slope, off = curve["line"]
            fit = (
                f" The line {number(start)} s + {number(slope)} s x {curve['axis']} is at most "
                f"{100 * off:.1f} % off."
            )
        low, high = min(curve["peak_mib"]), max(curve["peak_mib"])
        lines += [
            f"Growth in **{curve['axis']}**, of a {curve['of']}.{fit} Peak memory "
            f"{low:.0f} to {high:.0f} MiB.",
            "",
            f"| {curve['axis']} | " + " | ".join(map(str, curve["values"])) + " |",
            "|---" * (len(curve["values"]) + 1) + "|",
            f"| seconds a {curve['of']} | " + " | ".join(map(number, curve["seconds"])) + " |",
            "| peak MiB | " + " | ".join(f"{m:.1f}" for m in curve["peak_mib"]) + " |",
            "",
        ]
    return lines


def fig3a_section(fig3a):
    layers, chains, whole = fig3a["layers"], fig3a["chains"], fig3a["whole"]
    results = fig3a["share"]["results"]
    lines = [
        f"{layers} layers at d = N = 256, gamma = 0.01, BN_{{0,1}}, float64, as {chains} chains of "
        f"{layers // chains}, one a processor, with soft rank 0.5 at 100 depths, into a result file: "
        f"**{whole['wall_s']:.0f} s, {whole['cpu_s']:.0f} CPU seconds, measured whole.**",
        "",
    ]
    published = results.get("published", {})
    if "rate" not in published:
        return lines + ["The published recurrence did not run here, so its time is not known."]
    rate = published["rate"]
    ratio, low, high = over(results, "rankchain", "published")
    done = sum(published["samples"]["units"])
    return lines + [
        f"The recurrence as published, without any ranks: {number(rate['median'])} layers a CPU second "
        f"on one thread ({number(rate['low'])} to {number(rate['high'])}), so {layers} layers would "
        f"take **{layers / rate['median']:.0f} CPU seconds** ({layers / rate['high']:.0f} to "
        f"{layers / rate['low']:.0f}), extrapolated from the {number(done)} layers measured here. Layer for "
        f"layer, side by side on one thread, Rankchain is {number(ratio)} times as fast "
        f"({number(low)} to {number(high)}).",
    ]


def contestant_lines(contestants):
    lines = ["| contestant | device | peak MiB | versions |", "|---|---|---|---|"]
    for name, hello in contestants.items():
        if "missing" not in hello:
            versions = ", ".join(f"{k} {v}" for k, v in hello.get("versions", {}).items())
            lines.append(f"| {name} | {hello['device']} | {hello.get('peak_mib', '')} | {versions} |")
    missing = [f"- {name}: {h['missing']}" for name, h in contestants.items() if "missing" in h]
    return lines + (["", "Missing on this machine, so nothing is said of them:", ""] + missing if missing else [])


def ceiling_lines(ceilings):
    lines = []
    for device, found in ceilings.items():
        if device != "error" and "missing" not in found:
            text = ", ".join(f"{name} {value:.3g}" for name, value in found.items())
            lines += [f"Ceilings of {device}, measured in this run, a second: {text}. Shares in "
                      f"brackets after Rankchain's rates are of the bound that follows "
                      f"(docs/benchmarks.md).", ""]  # fmt: skip
        elif device != "error":
            lines += [f"No ceilings of {device}: {found['missing']}.", ""]
    return lines


def markdown(data):
    machine, settings = data["machine"], data["settings"]
    names = [n for n, h in data["contestants"].items() if "missing" not in h and n != YARDSTICK]
    lines = [f"# Benchmark suite, {data['date']}", ""]
    if settings["burn"]:
        lines += [f"**A slowdown of {100 * settings['burn']:g} % was planted into Rankchain.**", ""]
    lines += [
        f"{machine['cpu']} ({machine['cpus']} processors, cache {machine['cache']}, {machine['memory']}), "
        f"GPUs: {', '.join(g['name'] for g in machine['gpus']) or 'none'}. {machine['system']}. "
        f"Rankchain {machine['revision']}.",
        "",
        f"{settings['samples']} samples of at least {settings['seconds']} s each, turn by turn, "
        f"{settings['threads']} thread(s) each. On one thread of a CPU rates are of CPU time, elsewhere of "
        f"wall time. Medians; after ± half the 95 % interval; in brackets the 95 % interval of the ratio to "
        f"Rankchain on the same kind of device (x 2: Rankchain does twice as much in the same time). "
        f"While this ran, {data['load']['other_percent']:.0f} % of the machine did something else and "
        f"{data['load']['steal_percent']:.1f} % was taken by the hypervisor.",
        "",
        *contestant_lines(data["contestants"]),
        "",
        *ceiling_lines(data.get("ceilings", {})),
        "## Where a rival wins",
        "",
        *where_rivals_win(data),
        "",
        "## In short",
        "",
        "How many times as much as the rival Rankchain does in the same time: smallest, median and largest "
        "over the cases that both have (how many).",
        "",
        *in_short(data),
        "",
    ]
    for kind, (heading, unit) in HEADINGS.items():
        records = [record for record in data["cases"] if record["case"]["kind"] == kind]
        if records:
            lines += [f"## {heading}", "", unit, "", *case_table(records, names, data, kind), ""]
        if kind == "study":
            lines += whole_studies(records, names)
    if notes(data):
        lines += ["What is missing in the tables:", "", *notes(data), ""]
    if data.get("fig3a"):
        lines += ["## Figure 3a of the paper, d = 256", "", *fig3a_section(data["fig3a"]), ""]
    if data.get("growth"):
        lines += ["## Growth", "", *growth_section(data["growth"])]
    return "\n".join(lines).rstrip() + "\n"
