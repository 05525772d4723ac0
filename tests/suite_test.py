# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark suite's statistics, checks, protocol and verdicts (bench/suite, bench/compare.py).

SUITE_PROGRAMS names a build with suite_worker; without it what needs the program is skipped.
"""
import array
import copy
import itertools
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import compare
from suite import cases, check, intervals, report
from suite.contestant import Contestant
from suite.measure import YARDSTICK, prepare, sample_all


class Intervals(unittest.TestCase):
    def test_median_interval_has_the_order_statistics_of_the_binomial(self):
        # P(binomial(20, 1/2) <= 5) = 0.0207, <= 6: 0.0577; so the 6th and the 15th of 20.
        self.assertEqual(intervals.median_interval(range(1, 21)), (10.5, 6, 15))
        self.assertEqual(intervals.median_interval([3, 1, 2])[1:], (-math.inf, math.inf))

    def test_median_interval_covers(self):
        # Of R runs at most miss + t miss the median but with probability exp(-2 R t^2) (Hoeffding).
        generator, runs, missed = random.Random(1), 4000, 0
        for _ in range(runs):
            values = [generator.expovariate(1) for _ in range(25)]
            _, low, high = intervals.median_interval(values)
            missed += not low <= math.log(2) <= high
        self.assertLessEqual(missed / runs, 0.05 + math.sqrt(math.log(1e9) / 2 / runs))
        self.assertGreater(missed, 0)

    def test_rank_sum_counts_are_those_of_all_orderings(self):
        for m, n in ((1, 1), (2, 3), (4, 4), (5, 3)):
            found = [0] * (m * n + 1)
            for mine in itertools.combinations(range(m + n), m):
                others = set(range(m + n)) - set(mine)
                found[sum(a > b for a in mine for b in others)] += 1
            self.assertEqual(intervals.rank_sum_counts(m, n), found)

    def test_shift_interval_misses_exactly_as_often_as_it_may(self):
        n, miss = 5, 0.05
        orderings = list(itertools.combinations(range(2 * n), n))
        missed = 0
        for mine in orderings:
            others = [x for x in range(2 * n) if x not in mine]
            _, low, high = intervals.shift_interval(mine, others, miss)
            missed += not low <= 0 <= high
        # One more order statistic inwards would miss more than 5 %: 2 P(U <= 3) = 14 / 252.
        self.assertEqual(missed, 2 * sum(intervals.rank_sum_counts(n, n)[:3]))
        self.assertLessEqual(missed / len(orderings), miss)

    def test_shift_interval_moves_with_the_shift(self):
        before = [math.sin(k * k) for k in range(20)]
        after = [x + 3 for x in before]
        shift, low, high = intervals.shift_interval(before, after, 0.001)
        self.assertAlmostEqual(shift, 3)
        self.assertTrue(low < 3 < high)

    def test_fits_find_what_was_put_in(self):
        x = [8, 16, 32, 64]
        self.assertAlmostEqual(intervals.power_law(x, [5 * a**2.5 for a in x])[0], 2.5)
        start, slope, off = intervals.line(x, [7 + 3 * a for a in x])
        self.assertAlmostEqual(start, 7)
        self.assertAlmostEqual(slope, 3)
        self.assertLess(off, 1e-12)
        self.assertGreater(intervals.line(x, [a * a for a in x])[2], 0.2)


def write_npy(path, kind, shape, values):
    header = f"{{'descr': '<{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        array.array({"f4": "f", "f8": "d", "i8": "q"}[kind], values).tofile(file)


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "found.npy")
        self.case = {"kind": "layer", "precision": "float32"}
        self.expected = {"hidden": ((1, 2, 2), [1, 2, 3, 4]), "spread": 1e-7}

    def layer_verdict(self, values, shape=(1, 2, 2), kind="f8"):
        write_npy(self.path, kind, shape, values)
        return check.verdict(self.case, {"output": self.path}, self.expected)

    def test_a_right_layer_passes(self):
        for kind in ("f4", "f8"):
            self.assertNotIn("wrong", self.layer_verdict([1, 2, 3, 4 + 1e-6], kind=kind))

    def test_wrong_layers_do_not(self):
        self.assertIn("wrong", self.layer_verdict([1, 2, 3, 4 + 4e-6]))
        self.assertIn("wrong", self.layer_verdict([1, 2, 3, math.nan]))
        self.assertIn("wrong", self.layer_verdict([1, 2, 3, math.inf]))
        self.assertIn("wrong", self.layer_verdict([1, 2, 3, 4], shape=(2, 2, 1)))

    def test_who_is_wrong_is_not_timed(self):
        class Rival:
            name = "rival"

            @staticmethod
            def ask(do, **_given):
                return {"batch": 1} if do == "prepare" else {"output": self.path}

        for last, timed in ((4, True), (5, False)):
            self.layer_verdict([1, 2, 3, last])
            result = prepare(Rival, self.case, {}, self.expected)
            self.assertEqual(("samples" in result, "wrong" in result), (timed, not timed))

    def test_float64_is_held_to_float64(self):
        self.case["precision"] = "float64"
        self.assertNotIn("wrong", self.layer_verdict([1, 2, 3, 4 + 1e-15]))
        self.assertIn("wrong", self.layer_verdict([1, 2, 3, 4 + 1e-13]))

    def test_counts_must_lie_between(self):
        case, expected = {"kind": "counts"}, {"low": [[2, 1], [2, 0]], "high": [[2, 1], [2, 1]]}
        for values, wrong in (([2, 1, 2, 1], 0), ([2, 1, 2, 2], 1), ([3, 0, 2, 0], 2)):
            write_npy(self.path, "i8", (2, 2), values)
            verdict = check.verdict(case, {"output": self.path}, expected)
            self.assertEqual("wrong" in verdict, wrong > 0, values)

    def test_a_file_that_is_none_is_refused(self):
        for content in (b"", b"\x93NUMPY\x02\x00", b"\x93NUMPY\x01\x00\x04\x00{}  "):
            pathlib.Path(self.path).write_bytes(content)
            with self.assertRaises(ValueError):
                check.read_npy(self.path)


WORKER = """
import json, sys
print(json.dumps({"name": "fake", "device": "cpu", "versions": {}}), flush=True)
for line in sys.stdin:
    do = json.loads(line)["do"]
    if do == "hang":
        import time; time.sleep(60)
    if do in ("die", "quit"):
        sys.exit(3)
    print("garbage" if do == "babble" else json.dumps({"units": 2.0, "wall_s": 1.0, "cpu_s": 0.5})
          if do == "sample" else json.dumps({"error": "planted"}), flush=True)
"""


class Protocol(unittest.TestCase):
    def start(self, program=WORKER):
        log = tempfile.TemporaryFile("w+")
        self.addCleanup(log.close)
        command = [sys.executable, "-c", program]
        contestant = Contestant("fake", command, os.sched_getaffinity(0), log)
        self.addCleanup(contestant.stop)
        return contestant

    def test_a_worker_that_dies_is_started_again(self):
        worker = self.start()
        self.assertIn("ended (3)", worker.ask(do="die")["error"])
        self.assertEqual(worker.ask(do="sample")["units"], 2)

    def test_a_worker_that_hangs_is_ended(self):
        worker = self.start()
        self.assertIn("no answer", worker.ask(do="hang", timeout=0.5)["error"])
        self.assertEqual(worker.ask(do="sample")["units"], 2)

    def test_garbage_is_an_error(self):
        worker = self.start()
        self.assertIn("no JSON", worker.ask(do="babble")["error"])
        self.assertEqual(worker.ask(do="sample")["units"], 2)

    def test_one_that_does_not_start_is_missing(self):
        self.assertIn("did not start", self.start("import no_such_module").greet()["missing"])

    def test_a_contestant_that_fails_stops_being_timed(self):
        worker = self.start(WORKER.replace('"units": 2.0', '"error": "poisoned"'))
        results = {"fake": {"samples": {"units": [], "wall_s": [], "cpu_s": []}}}
        sample_all([worker], results, 20, 0.1)
        self.assertEqual(results["fake"], {"error": "poisoned"})


def synthetic(generator, rates, noise, drift=0.0, runs=20, chosen=cases.FULL[:12]):
    """A result with the layers rates[name] a second; everyone slows down with the machine."""
    data = {
        "schema": 1,
        "date": "2026-01-01",
        "settings": {"threads": 1, "burn": 0, "samples": runs, "seconds": 0.05},
        "load": {"other_percent": 0.0, "steal_percent": 0.0},
        "machine": {"cpu": "x", "cpu_family_model": "6 1", "cpus": 2, "cache": "1 KB", "gpus": [],
                    "revision": "abc", "memory": "1 kB", "system": "y"},
        "contestants": {name: {"device": "cpu", "versions": {}} for name in rates},
        "cases": [],
    }  # fmt: skip
    for case in chosen:
        results = {name: {"clock": "cpu_s", "batch": 1, "samples": {"units": [], "wall_s": [], "cpu_s": []}}
                   for name in rates}  # fmt: skip
        for run in range(runs):
            machine_speed = 1 + drift * math.sin(run)
            for name, rate in rates.items():
                # One-sided and skewed, with outliers: what a timing is.
                slow = 1 + noise * generator.expovariate(1) + (generator.random() < 0.03) * 0.5
                samples = results[name]["samples"]
                samples["units"].append(rate)
                samples["cpu_s"].append(slow / machine_speed)
                samples["wall_s"].append(1.1 * slow / machine_speed)
        for result in results.values():
            found = intervals.median_interval(
                [u / s for u, s in zip(result["samples"]["units"], result["samples"]["cpu_s"])]
            )
            result["rate"] = dict(zip(("median", "low", "high"), found))
        data["cases"].append(
            {"name": cases.name(case), "case": case, "unit": "layers", "results": results}
        )
    return data


class Verdicts(unittest.TestCase):
    def verdicts(self, before, after):
        return [verdict for _, _, verdict in compare.compare(before, after)]

    def test_one_revision_twice_is_no_difference(self):
        # On the border of the margin, 2 % apart, where the bound is met and not only kept: a false
        # alarm has probability at most 1 %, so K of 100 runs have exp(-100 KL(K/100 || 0.01)) at most
        # (Chernoff): below 1e-9 from 13 on, where 100 KL = 22.1.
        generator, alarms, runs = random.Random(1), 0, 100
        for _ in range(runs):
            before = synthetic(generator, {"rankchain": 1000, YARDSTICK: 50}, 0.02, drift=0.1)
            after = synthetic(generator, {"rankchain": 981, YARDSTICK: 50}, 0.02, drift=0.1)
            alarms += "slower" in self.verdicts(before, after)
        self.assertLess(alarms, 13)

    def test_a_slower_machine_is_no_slower_program(self):
        generator = random.Random(2)
        before = synthetic(generator, {"rankchain": 1000, YARDSTICK: 50}, 0.01)
        after = synthetic(generator, {"rankchain": 700, YARDSTICK: 35}, 0.01)
        self.assertEqual(set(self.verdicts(before, after)), {"no difference"})

    def test_five_percent_is_found(self):
        generator = random.Random(3)
        before = synthetic(generator, {"rankchain": 1000, YARDSTICK: 50}, 0.01)
        after = synthetic(generator, {"rankchain": 1000 / 1.05, YARDSTICK: 50}, 0.01)
        self.assertIn("slower", self.verdicts(before, after))
        self.assertEqual(self.verdicts(before, after)[-1], "slower")  # all cases together
        self.assertEqual(self.verdicts(after, before)[-1], "faster")

    def test_noise_is_said_to_be_noise(self):
        generator = random.Random(4)
        before = synthetic(generator, {"rankchain": 1000, YARDSTICK: 50}, 0.3)
        after = synthetic(generator, {"rankchain": 1000, YARDSTICK: 50}, 0.3)
        self.assertIn("undecided", self.verdicts(before, after))

    def run_compare(self, *contents):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for k, content in enumerate(contents):
                paths.append(os.path.join(folder, f"{k}.json"))
                pathlib.Path(paths[-1]).write_text(
                    content if isinstance(content, str) else json.dumps(content)
                )
            command = [sys.executable, str(ROOT / "bench" / "compare.py"), *paths]
            return subprocess.run(command, capture_output=True, text=True)

    def test_exit_codes_and_refusals(self):
        generator = random.Random(5)
        good = synthetic(generator, {"rankchain": 1000, YARDSTICK: 50}, 0.01)
        slow = synthetic(generator, {"rankchain": 900, YARDSTICK: 50}, 0.01)
        other_device, other_threads, no_case = (copy.deepcopy(good) for _ in range(3))
        other_device["machine"]["cpu"] = "z"
        other_threads["settings"]["threads"] = 2
        no_case["cases"] = []
        done = self.run_compare(good, good)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no difference", done.stdout)
        self.assertEqual(self.run_compare(good, slow).returncode, 1)
        self.assertEqual(self.run_compare(slow, good).returncode, 0)
        for bad, word in ((other_device, "different devices"), (other_threads, "threads"),
                          (no_case, "in common"), ("{", "json"), ("[]", "schema"),
                          ('{"schema": 1}', "missing")):  # fmt: skip
            done = self.run_compare(good, bad)
            self.assertEqual(done.returncode, 2, word)
            self.assertIn(word, done.stderr)
            self.assertEqual(done.stdout, "")


class Report(unittest.TestCase):
    def report(self, rates):
        return report.markdown(synthetic(random.Random(6), {**rates, YARDSTICK: 50}, 0.01))

    def test_a_winning_rival_is_named(self):
        text = self.report({"rankchain": 1000, "numpy": 2000})
        self.assertIn("12 comparisons; a rival is faster in 12", text)
        self.assertRegex(text, r"layer 8 x 8 float32: numpy\*\* is (1\.9|2\.0)\d times as fast")

    def test_a_losing_rival_is_not(self):
        self.assertIn("a rival is faster in 0", self.report({"rankchain": 2000, "numpy": 1000}))

    def test_an_equal_rival_is_undecided(self):
        self.assertIn("Undecided", self.report({"rankchain": 1000, "numpy": 1000}))

    def test_missing_wrong_and_planted_are_said(self):
        data = synthetic(random.Random(7), {"rankchain": 1000, "numpy": 10, YARDSTICK: 50}, 0.01)
        data["contestants"]["jax"] = {"missing": "no module named jax"}
        data["cases"][0]["results"]["numpy"] = {"wrong": "3 of 5 counts wrong"}
        data["settings"]["burn"] = 0.05
        text = report.markdown(data)
        self.assertIn("jax: no module named jax", text)
        self.assertIn("numpy: wrong: 3 of 5 counts wrong", text)
        self.assertIn("slowdown of 5 % was planted", text)

    def test_shares_are_extrapolated(self):
        data = synthetic(random.Random(8), {"rankchain": 2.0, YARDSTICK: 50}, 0.0, chosen=cases.STUDIES[:1])
        # 8192 x 10 000 are 20 480 times 8 x 500: 10 240 s.
        self.assertRegex(report.markdown(data), r"float32: rankchain 1(69|7\d) min")

    def test_names_of_cases_are_unique(self):
        names = [cases.name(case) for case in cases.FULL]
        self.assertEqual(len(names), len(set(names)))


@unittest.skipUnless("SUITE_PROGRAMS" in os.environ, "no suite_worker: built with RANKCHAIN_BENCH=ON")
class Whole(unittest.TestCase):
    def run_suite(self, folder, *more):
        command = [sys.executable, str(ROOT / "bench" / "suite.py"), "--contestants", "", "--build",
                   os.environ["SUITE_PROGRAMS"], "--only", "layer 8 x 8 float32", "--seconds", "0.01",
                   "--output", folder, *more]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return next(pathlib.Path(folder).glob("*.json"))

    def test_a_planted_slowdown_is_found(self):
        with tempfile.TemporaryDirectory() as before, tempfile.TemporaryDirectory() as after:
            files = [self.run_suite(before), self.run_suite(after, "--burn", "0.5")]
            command = [sys.executable, str(ROOT / "bench" / "compare.py"), *map(str, files)]
            done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("SLOWER: rankchain: layer 8 x 8 float32", done.stdout)

    def test_other_weights_are_refused(self):
        program = os.path.join(os.environ["SUITE_PROGRAMS"], "bin", "suite_worker")
        case = {**cases.layer(8), "threads": 1}
        with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as log:
            reference = Contestant("reference", [program, "--as", "reference"], os.sched_getaffinity(0), log)
            own = Contestant("rankchain", [program], os.sched_getaffinity(0), log)
            inputs = reference.ask(do="inputs", case=case, folder=folder)
            own.ask(do="prepare", case=case)
            self.assertIn("output", own.ask(do="check", **inputs))
            with open(inputs["weights"], "r+b") as file:
                file.seek(-4, os.SEEK_END)
                file.write(b"\0\0\0\0")
            self.assertIn("not those of the seed", own.ask(do="check", **inputs)["error"])
            own.stop()
            reference.stop()


if __name__ == "__main__":
    unittest.main()
