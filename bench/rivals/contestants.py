# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Who takes part, in the order of the tables: (name, device, file in this folder, its arguments).

Every one is a worker process that answers the protocol of bench/README.md, or says at once that
it is missing here and why. A file without .py is a program that the build puts into its bin/.
"""

CONTESTANTS = (
    ("published", "cpu", "published.py", ()),
    ("numpy-batched", "cpu", "numpy_batched.py", ()),
    ("torch-cpu", "cpu", "torch_chain.py", ()),
    ("torch-cpu-compiled", "cpu", "torch_chain.py", ("--compiled",)),
    ("jax-cpu", "cpu", "jax_chain.py", ()),
    ("torch-cuda", "cuda", "torch_chain.py", ("--device", "cuda")),
    ("torch-cuda-compiled-graph", "cuda", "torch_chain.py",
     ("--device", "cuda", "--compiled", "--graph")),
    ("torch-cuda-magma", "cuda", "torch_chain.py", ("--device", "cuda", "--linalg", "magma")),
    ("triton", "cuda", "triton_chain.py", ()),
    ("jax-cuda", "cuda", "jax_chain.py", ("--device", "cuda")),
    ("cupy", "cuda", "cupy_chain.py", ()),
    ("cublas-cusolver", "cuda", "cuda_composed.py", ()),
    ("cusolverdx", "cuda", "cusolverdx.py", ()),
)


def name_of(file, arguments):
    for name, _, its_file, its_arguments in CONTESTANTS:
        if (its_file, its_arguments) == (file, tuple(arguments)):
            return name
    return " ".join([file, *arguments])
