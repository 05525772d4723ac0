# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The bound on a rate: what a unit of work takes of each resource, over what the machine gave.

data["ceilings"] is what bench/ceilings measured in the same run: {"cpu": {resource: a second}, "cuda":
{...} or {"missing": why}}. On a device a worker's answer has "work", what a unit takes of each
resource as counted beside the kernels (kernels/work.hpp). On the CPU the bound is the product
alone, for counts the reduction alone, at the rate of one core's matrix product: random numbers,
normalisation and the cost of small sizes are left out, so nobody reaches it.
"""
import json
import os
import subprocess


def measure(programs, cores):
    """What bench/ceilings prints, run on `cores`; {} with nothing measured where it fails."""
    done = subprocess.run(
        [str(programs / "bin" / "ceilings")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr.strip()}


def work_on_cpu(case):
    """Floating point operations of a layer or a matrix, nothing else counted."""
    if case["kind"] == "layer":
        return 2.0 * case["width"] ** 2 * case["batch"], case["precision"]
    if case["kind"] == "counts":
        return case["n"] ** 3 + 4.0 / 3 * case["n"] ** 3, "float64"  # Gram matrix, tridiagonal form
    return None, None


def bound(data, name, case, result):
    """(units a second, the resource that limits) or None, for contestant `name`."""
    device = data["contestants"].get(name, {}).get("device")
    ceilings = data.get("ceilings", {}).get(device) or {}
    if device == "cpu":
        operations, precision = work_on_cpu(case)
        rate = ceilings.get(f"{precision}_product_flops")
        if not operations or not rate:
            return None
        return case.get("threads", 1) * rate / operations, "product"
    limits = [
        (ceilings[resource] / amount, resource)
        for resource, amount in (result.get("work") or {}).items()
        if amount > 0 and resource in ceilings
    ]
    return min(limits) if limits else None


def share(data, name, case, result):
    """"47 % of product", or nothing."""
    limit = bound(data, name, case, result)
    if not limit or "rate" not in result:
        return ""
    return f"{100 * result['rate']['median'] / limit[0]:.0f} % of {limit[1]}"
