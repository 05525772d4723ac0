# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""What all contestants share: the protocol, the search for the best batch size, the checks.

A contestant is a class with

    device                        "cpu" or "cuda"
    versions() -> dict            of the libraries it is made of
    chains(case, batch)           `batch` networks, see Chains; Unsupported if it cannot
    methods                       names of its ways to lambda, e.g. ("eigvalsh", "svd")
    counter(method, case)         a function: matrices [B, d, N] of its own -> int array [B, taus]
    native(array)                 a NumPy array as its own

serve(make) answers one JSON object a line on standard input by one on standard output
(bench/README.md, "A contestant's protocol"). Standard error is free for what libraries have to say.
"""
import json
import math
import os
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import contestants

# Before any library starts its threads: a rival runs one network a thread, not one product on many.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


class Missing(Exception):
    """The contestant cannot run on this machine."""


class Unsupported(Exception):
    """The contestant has no such case."""


class Chains:
    """`batch` independent networks of one case; run() and begin() return when the work is done."""

    def begin(self):
        """Back to a fresh Gaussian input."""

    def run(self, layers):
        """So many layers on, every layer with fresh weights."""

    def given(self, weights, x):
        """NumPy H [B, d, N] after the layers of weights [L, B, d, d] from x [d, N]."""

    def hidden(self):
        """H [B, d, N], an array of the contestant's own."""

    def poison(self):
        """NaN into every array that a layer writes before it reads it."""

    def look(self):
        """(every network is finite and not zero, the first network as a NumPy array)"""


def read_case(request):
    defaults = {"weights": "gaussian", "normalization": "batch", "activation": "linear",
                "gamma": math.inf, "scale": 1.0, "precision": "float32", "threads": 1, "tau": []}
    case = SimpleNamespace(**{**defaults, **request})
    # Z = factor W H, + H where residual
    case.residual = float(case.gamma) != math.inf
    scales = {"fan-in": lambda d: d ** -0.5, "he": lambda d: (2 / d) ** 0.5}
    case.factor = scales[case.scale](case.width) if case.scale in scales else float(case.scale)
    case.factor *= float(case.gamma) if case.residual else 1
    case.tau = [float(tau) for tau in case.tau]
    return case


def only(what, value, allowed):
    if value not in allowed:
        raise Unsupported(f"no {what} {value}")


def pin(threads):
    """All threads of this process to the first of the processors that it may use."""
    allowed = sorted(pin.allowed)
    if threads > len(allowed):
        raise Unsupported(f"{threads} threads on {len(allowed)} processors")
    for task in os.listdir("/proc/self/task"):
        try:
            os.sched_setaffinity(int(task), allowed[:threads])
        except ProcessLookupError:
            pass


pin.allowed = os.sched_getaffinity(0)


def log_depths(depth, count):
    """Rankchain's "log:COUNT": the distinct values of round(depth^(k / (count - 1)))."""
    if count == 1:
        return [depth]
    return sorted({math.floor(depth ** (k / (count - 1)) + 0.5) for k in range(count)})


def climb(rate, start, most, stride=2):
    """The best of start times a power of `stride`: upwards, then downwards, while it pays."""
    best, best_rate = start, rate(start)
    for step in (lambda b: stride * b, lambda b: b // stride):
        size = step(best)
        while 1 <= size <= most:
            found = rate(size)
            if found <= 1.02 * best_rate:
                break
            best, best_rate = size, found
            size = step(size)
    return best


def seconds_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def copies_of(contestant, case):
    """One a thread, but where the library has threads of its own."""
    return 1 if getattr(contestant, "own_threads", False) else case.threads


class Group:
    """Parts that are worked on side by side, a thread each."""

    def __init__(self, contestant, parts):
        self.parts = parts
        if len(parts) > 1:
            start = getattr(contestant, "start_thread", None)
            self.pool = ThreadPoolExecutor(len(parts), initializer=start)

    def each(self, work):
        return list((map if len(self.parts) == 1 else self.pool.map)(work, self.parts))


class Networks(Group):
    """One Chains a thread, of `batch` networks each."""

    def __init__(self, contestant, case, batch):
        copies = copies_of(contestant, case)
        super().__init__(contestant, [contestant.chains(case, batch) for _ in range(copies)])
        self.batch = batch * copies


def measured(contestant, case, batch):
    """(Networks, layers that take about 30 ms, rate); rate 0 where the memory does not do."""
    try:
        group, steps = Networks(contestant, case, batch), 1
        call = lambda: group.each(lambda chains: chains.run(steps))
        call()  # compiles
        while (spent := seconds_of(call)) < 0.03:
            steps *= 2
        return group, steps, group.batch * steps / min(spent, seconds_of(call))
    except Exception as error:  # each library has its own
        if "memory" not in str(error).lower() and not isinstance(error, MemoryError):
            raise
        return None, 0, 0.0


def best_networks(contestant, case):
    """(Networks, layers, rate) of the batch size with the best rate, as measured()."""
    if getattr(contestant, "one_network", False):
        return measured(contestant, case, 1)
    bytes_each = case.width * max(case.width, case.batch) * (4 if case.precision == "float32" else 8)

    def power(numbers):  # of networks that have so many float32 numbers
        return 2 ** max(0, int(math.log2(4 * numbers / bytes_each))) if numbers else 1

    seeker = getattr(contestant, "seeker", contestant)
    start = power(getattr(contestant, "start_numbers", 2 ** 17))
    most = power(getattr(contestant, "most_numbers", 2 ** 24))
    best = (None, 0, 0.0)

    def rate(batch):
        nonlocal best
        found = measured(seeker, case, batch)
        best = max(best, found, key=lambda one: one[2])  # the others are freed
        return found[2]

    batch = climb(rate, start, most, getattr(contestant, "stride", 2))
    if seeker is not contestant:
        best = measured(contestant, case, batch)
    if best[2] == 0:
        raise Unsupported("no batch size fits the memory")
    return best


class LayerTask:
    def __init__(self, contestant, case):
        self.case, self.contestant = case, contestant
        self.group, self.steps, _ = best_networks(contestant, case)

    def prepared(self):
        return {"batch": self.group.batch, "layers_a_call": self.steps}

    def check(self, numpy, request):
        weights = numpy.load(request["weights"])
        x = numpy.load(request["input"])
        chains = self.contestant.chains(self.case, weights.shape[1])
        return chains.given(weights, x)

    def sample(self, seconds):
        before = self.group.each(lambda chains: chains.look())
        self.group.each(lambda chains: chains.poison())
        units, wall, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < seconds:
            self.group.each(lambda chains: chains.run(self.steps))
            units += self.steps * self.group.batch
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        for (_, old), (healthy, new) in zip(before, self.group.each(lambda c: c.look())):
            if not healthy or (old == new).all():
                return {"error": "the chain left the finite numbers, or did not move"}
        return {"units": units, "wall_s": wall, "cpu_s": cpu}


def possible_counts(numpy, case, matrices):
    """The smallest and largest counts [B, taus] of a method that knows sigma to n u sigma_1.

    That is a backward stable SVD in the case's precision; eigenvalues of the Gram matrix are known
    to n u sigma_1^2, which hides small ones.
    """
    sigma = numpy.linalg.svd(matrices.astype("float64"), compute_uv=False)[:, None, :]
    bounds = numpy.sqrt(numpy.array(case.tau) * matrices.shape[2])[:, None]
    error = max(matrices.shape[1:]) * numpy.finfo(case.precision).eps / 2 * sigma[:, :, :1]
    return (sigma >= bounds + error).sum(2), (sigma >= bounds - error).sum(2)


def best_method(numpy, contestant, case, matrices, native):
    """(name, function) of the fastest way to counts that is right for these matrices.

    Right: what possible_counts() allows.
    """
    shown = min(len(matrices), 64)
    low, high = possible_counts(numpy, case, matrices[:shown])
    right = {}
    refused = "none of its methods counts right"
    for method in contestant.methods:
        try:
            counter = contestant.counter(method, case)
            counts = counter(native)  # compiles
        except Unsupported as error:
            refused = str(error)
            continue
        if ((counts[:shown] < low) | (counts[:shown] > high)).any():
            print(f"{NAME}: {method} counts wrong here", file=sys.stderr)
            continue
        right[method] = counter, []
    if not right:
        raise Unsupported(refused)
    for _ in range(5 if len(right) > 1 else 0):
        for counter, seconds in right.values():
            seconds.append(seconds_of(lambda: counter(native)))
    method = min(right, key=lambda name: min(right[name][1], default=0))
    return method, right[method][0]


class CountTask:
    def __init__(self, contestant, case):
        import numpy
        self.numpy, self.case = numpy, case
        matrices = numpy.load(case.matrices).astype(case.precision)
        self.count = len(matrices)
        self.method, self.counter = best_method(
            numpy, contestant, case, matrices, contestant.native(matrices))
        matrices = self.filling(contestant, matrices)
        self.total = len(matrices)
        parts = numpy.array_split(matrices, copies_of(contestant, case))
        self.group = Group(contestant, [contestant.native(part) for part in parts])
        self.first = self.counts()

    def filling(self, contestant, matrices):
        """On a device, so many copies of the matrices as it is best filled with."""
        if not hasattr(contestant, "fewest_matrices"):
            return matrices
        copies = lambda total: self.numpy.tile(matrices, (-(-total // len(matrices)), 1, 1))

        def rate(total):
            native = contestant.native(copies(total))
            self.counter(native)
            return total / seconds_of(lambda: self.counter(native))

        most = 2 ** int(math.log2(contestant.most_numbers // matrices[0].size))
        return copies(climb(rate, min(most, contestant.fewest_matrices), min(most, 2 ** 15)))

    def counts(self):
        return self.numpy.concatenate(self.group.each(self.counter))

    def prepared(self):
        return {"batch": self.total, "method": self.method}

    def check(self, numpy, request):
        return self.first[:self.count]

    def sample(self, seconds):
        units, wall, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < seconds:
            counts = self.counts()
            units += self.total
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if not (counts == self.first).all():
            return {"error": "the counts changed"}
        return {"units": units, "wall_s": wall, "cpu_s": cpu}


class StudyTask:
    """The mean soft ranks at log-spaced depths over all draws, a group of draws after the other."""

    def __init__(self, contestant, case):
        import numpy
        self.numpy, self.contestant, self.case = numpy, contestant, case
        self.group, _, rate = best_networks(contestant, case)
        # The best batch size, or what goes through the depth in half a second.
        parts = len(self.group.parts)
        fits = 2 ** max(0, int(math.log2(0.5 * rate / case.depth / parts + 1)))
        if fits < self.group.batch // parts:
            self.group = Networks(contestant, case, fits)
        self.depths = log_depths(case.depth, case.depths)
        chains = self.group.parts[0]
        chains.begin()
        chains.run(self.depths[len(self.depths) // 2])
        _, first = chains.look()
        self.method, self.counter = best_method(
            numpy, contestant, case, first[None], chains.hidden())

    def prepared(self):
        return {"batch": self.group.batch, "method": self.method}

    def check(self, numpy, request):
        weights = numpy.load(request["weights"])
        chains = self.contestant.chains(self.case, weights.shape[1])
        h = chains.given(weights, numpy.load(request["input"]))
        return self.counter(self.contestant.native(h))

    def draws(self, chains):
        """The sums of the counts [depths, taus] over the draws of one Chains."""
        sums = []
        layer = 0
        chains.begin()
        for depth in self.depths:
            chains.run(depth - layer)
            layer = depth
            sums.append(self.counter(chains.hidden()).sum(0))
        return self.numpy.array(sums)

    def sample(self, seconds):
        done, wall, cpu = 0, time.perf_counter(), time.process_time()
        total = self.numpy.zeros((len(self.depths), len(self.case.tau)))
        while time.perf_counter() - wall < seconds:
            total += sum(self.group.each(self.draws))
            done += self.group.batch
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        means = total / done
        if not (0 <= means.min() and 0 < means.max() <= min(self.case.width, self.case.batch)):
            return {"error": f"impossible mean soft ranks: {means.tolist()}"}
        return {"units": done / self.case.draws, "wall_s": wall, "cpu_s": cpu,
                "means": means.tolist(), "layers": self.depths}


TASKS = {"layer": LayerTask, "counts": CountTask, "study": StudyTask}


def answer(contestant, state, request):
    import numpy
    do = request["do"]
    if do == "prepare":
        start = time.perf_counter()
        state.pop("task", None)
        case = read_case(request["case"])
        pin(case.threads if contestant.device == "cpu" else len(pin.allowed))
        state["task"] = TASKS[case.kind](contestant, case)
        return {**state["task"].prepared(), "prepare_s": time.perf_counter() - start}
    if do == "check":
        beside = request.get("weights") or request["matrices"]
        path = os.path.join(os.path.dirname(os.path.abspath(beside)), f"{NAME}.npy")
        numpy.save(path, state["task"].check(numpy, request))
        return {"output": path}
    if do == "sample":
        return state["task"].sample(request["seconds"])
    raise ValueError(f"no request {do!r}")


def say(reply):
    print(json.dumps(reply), file=say.out, flush=True)


def missing(kind, error, trace):
    """What cannot be imported is missing, not broken."""
    if not issubclass(kind, (Missing, ImportError)):
        sys.__excepthook__(kind, error, trace)
        os._exit(1)
    reason = str(error).splitlines()[0] if str(error) else kind.__name__
    say({"name": NAME, "missing": reason})
    os._exit(0)


def serve(make):
    """Answers requests to make(), a contestant, until "quit" or the end of the input."""
    contestant = make()
    say({"name": NAME, "device": contestant.device, "versions": contestant.versions()})
    state = {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "quit":
            break
        try:
            say(answer(contestant, state, request))
        except Unsupported as error:
            say({"unsupported": str(error)} | ({"output": None} if request["do"] == "check" else {}))
        except Exception as error:  # one case lost, not the run
            traceback.print_exc()
            say({"error": f"{type(error).__name__}: {error}"})


if os.path.dirname(os.path.abspath(sys.argv[0])) == os.path.dirname(os.path.abspath(__file__)):
    say.out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer
    sys.excepthook = missing
    NAME = contestants.name_of(os.path.basename(sys.argv[0]), sys.argv[1:])
