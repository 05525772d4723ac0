# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Who takes part, in the order of the tables: (name, device, file in this folder, its arguments).

Every one is a worker process that answers the protocol of docs/benchmarks.md, or says at once that
it is missing here and why. A file without .py is a program that the build puts into its bin/.
"""

CONTESTANTS = (
    ("published", "cpu", "published.py", ()),
    ("numpy-batched", "cpu", "numpy_batched.py", ()),
)
