#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""cuSolverDx, so that the tables name it: says whether it is installed. It is a library of device
functions, and nobody has written the kernel that would make a contestant of it."""
import worker

import importlib.metadata


def absent():
    try:
        version = importlib.metadata.version("nvidia-mathdx")
    except importlib.metadata.PackageNotFoundError:
        raise worker.Missing("nvidia-mathdx, which holds cuSolverDx, is not installed") from None
    raise worker.Missing(f"nvidia-mathdx {version} is installed, but no contestant uses it yet")


if __name__ == "__main__":
    worker.serve(absent)
