# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""What a result was measured on, and how quiet that was."""
import os
import platform
import re
import shutil
import subprocess


def output_of(*command):
    """Its standard output, or None where it is not there or fails."""
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else None


def field(path, name):
    try:
        with open(path) as file:
            found = re.search(rf"^{name}\s*:\s*(.*)$", file.read(), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def gpus():
    keys = ["name", "driver_version", "memory.total", "clocks.max.sm", "clocks.max.memory",
            "clocks.sm", "clocks.mem", "power.limit", "mig.mode.current"]  # fmt: skip
    listed = output_of("nvidia-smi", f"--query-gpu={','.join(keys)}", "--format=csv,noheader")
    return [dict(zip(keys, line.split(", "))) for line in (listed or "").splitlines()]


def describe(root):
    model = [field("/proc/cpuinfo", key) for key in ("cpu family", "model")]
    return {
        "cpu": field("/proc/cpuinfo", "model name") or platform.processor(),
        "cpu_family_model": " ".join(str(m) for m in model),
        "cpus": os.cpu_count(),
        "allowed_cpus": sorted(os.sched_getaffinity(0)),
        "mhz": field("/proc/cpuinfo", "cpu MHz"),
        "cache": field("/proc/cpuinfo", "cache size"),
        "memory": field("/proc/meminfo", "MemTotal"),
        "gpus": gpus(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "revision": output_of("git", "-C", str(root), "describe", "--always", "--dirty") or "unknown",
    }


def device(description):
    """What must be equal for two results to be compared."""
    names = [gpu["name"] for gpu in description["gpus"]]
    cpu = [str(description[key]) for key in ("cpu", "cpu_family_model", "cpus", "cache")]
    return ", ".join(cpu + names)


def busy():
    """(seconds that processors worked, seconds that a hypervisor took from them), since the boot."""
    with open("/proc/stat") as file:
        times = [int(t) / os.sysconf("SC_CLK_TCK") for t in file.readline().split()[1:]]
    user, nice, system, _idle, _wait, interrupt, soft, steal = times[:8]
    return user + nice + system + interrupt + soft, steal
