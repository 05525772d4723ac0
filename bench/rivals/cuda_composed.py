#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""cuRAND, cuBLAS and cuSOLVER composed by hand in C++ (cuda_composed.cpp); here is only the protocol.

The library is built with Rankchain where there is a CUDA toolkit, target `composed`; SUITE_PROGRAMS is
its build folder.
"""
import worker  # first: it decides the threads of the libraries

import ctypes
import os
import pathlib
import weakref

import numpy as np

POINTER, INT64 = ctypes.c_void_p, ctypes.c_int64


def load():
    folder = os.environ.get("SUITE_PROGRAMS")
    path = pathlib.Path(folder or "build-bench") / "lib" / "libcomposed.so"
    if not path.exists():
        raise worker.Missing(f"no {path.name}: it is built where there is a CUDA toolkit")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise worker.Missing(str(error)) from None
    library.composed_error.restype = ctypes.c_char_p
    library.composed_hidden.restype = POINTER
    library.composed_hidden.argtypes = [POINTER]
    for name in ("composed_destroy", "composed_free"):
        getattr(library, name).argtypes, getattr(library, name).restype = [POINTER], None
    return library


def call(name, *arguments):
    """The function of that name; Python numbers go as 64-bit integers or doubles, arrays by address."""
    kinds = {int: INT64, float: ctypes.c_double}
    values = [kinds[type(a)](a) if type(a) in kinds else
              POINTER(a.ctypes.data) if isinstance(a, np.ndarray) else a for a in arguments]
    if getattr(LIBRARY, name)(*values) != 0:
        raise RuntimeError(LIBRARY.composed_error().decode())


class DeviceArray:
    """An array on the device."""

    def __init__(self, address, shape, dtype):
        self.address, self.shape, self.dtype = address, shape, np.dtype(dtype)

    @classmethod
    def of(cls, array):
        array, address = np.ascontiguousarray(array), POINTER()
        call("composed_upload", array, array.nbytes, ctypes.byref(address))
        made = cls(address, array.shape, array.dtype)
        weakref.finalize(made, LIBRARY.composed_free, address)
        return made

    def get(self):
        array = np.empty(self.shape, self.dtype)
        call("composed_download", self.address, array.nbytes, array)
        return array


class ComposedChains(worker.Chains):
    def __init__(self, case, batch):
        worker.only("weights", case.weights, ("gaussian",))
        worker.only("normalization", case.normalization, ("batch",))
        worker.only("activation", case.activation, ("linear",))
        self.chains = POINTER()
        call("composed_create", ctypes.c_int(case.precision == "float32"), case.width, case.batch,
             batch, float(case.factor), ctypes.c_int(case.residual), ctypes.byref(self.chains))
        weakref.finalize(self, LIBRARY.composed_destroy, self.chains)
        self.h = DeviceArray(POINTER(LIBRARY.composed_hidden(self.chains)),
                             (batch, case.width, case.batch), case.precision)

    def begin(self):
        call("composed_begin", self.chains)

    def run(self, layers):
        call("composed_run", self.chains, layers)

    def given(self, weights, x):
        weights = np.ascontiguousarray(weights, np.float32)
        x = np.ascontiguousarray(x, np.float32)
        call("composed_given", self.chains, weights, len(weights), x)
        return self.h.get()

    def hidden(self):
        return self.h

    def poison(self):
        call("composed_poison", self.chains)

    def look(self):
        h = self.h.get()
        return bool(np.isfinite(h).all() and h.any(axis=(1, 2)).all()), h[0]


class Composed:
    device = "cuda"
    methods = ("XsyevBatched", "gesvdjBatched")
    own_threads = True
    start_numbers, fewest_matrices = 2 ** 23, 1024

    def __init__(self):
        name, room = ctypes.create_string_buffer(256), INT64()
        try:
            call("composed_device", name, ctypes.byref(room))
        except RuntimeError as error:
            raise worker.Missing(str(error)) from None
        self.name, self.most_numbers = name.value.decode(), room.value // 32

    def versions(self):
        return {"device": self.name}

    def chains(self, case, batch):
        return ComposedChains(case, batch)

    def native(self, array):
        return DeviceArray.of(array)

    def counter(self, method, case):
        def counts(h):
            total, rows, columns = h.shape
            if method == "gesvdjBatched" and max(rows, columns) > 32:
                raise worker.Unsupported("gesvdjBatched goes to 32 x 32")
            least = np.array(case.tau, np.float64) * columns
            found = np.empty((total, len(least)), np.int64)
            call("composed_count", ctypes.c_int(h.dtype == np.float32), h.address, total, rows,
                 columns, ctypes.c_int(method == "gesvdjBatched"), least, len(least), found)
            return found

        return counts


if __name__ == "__main__":
    LIBRARY = load()
    worker.serve(Composed)
