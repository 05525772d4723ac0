# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""One contestant: a worker process that answers one JSON object a line (bench/README.md)."""
import json
import os
import subprocess
import threading


class Contestant:
    """Starts at once, and again when it is asked after it has died.

    `hello`, once greeted, is its first line: {"name", "device", "versions"} or {"name", "missing"}.
    """

    def __init__(self, name, command, cores, log, threads=1):
        self.name = name
        self.command = command
        self.cores = cores
        self.log = log
        self.threads = threads
        self.hello = None
        self.start()

    def start(self):
        environment = dict(os.environ)
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[variable] = str(self.threads)
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cores),
        )
        self.hello = None

    def greet(self):
        """`hello`, waited for where it has not come yet."""
        if self.hello is None:
            self.hello = self.read(300)
            if "error" in self.hello:
                trouble = self.hello["error"]
                self.hello = {"name": self.name, "missing": f"its worker did not start: {trouble}"}
        return self.hello

    def read(self, timeout):
        """The next line, or {"error"}; a worker that says nothing for `timeout` seconds is ended."""
        late = threading.Event()
        timer = threading.Timer(timeout, lambda: (late.set(), self.process.kill()))
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if line:
            try:
                return json.loads(line)
            except ValueError:
                self.stop()
                return {"error": f"no JSON: {line[:80]!r}"}
        status = self.process.wait()
        self.forget()
        return {"error": f"no answer in {timeout} s" if late.is_set() else f"it ended ({status})"}

    def ask(self, timeout=180, **request):
        if self.process is None:
            self.start()
        if "missing" in self.greet():
            return {"error": self.hello["missing"]}
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the reading below says how it ended
        return self.read(timeout)

    def peak_memory_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024

    def stop(self):
        """Asks it to quit; ends it where it does not."""
        if self.process is None:
            return
        try:
            self.process.communicate(json.dumps({"do": "quit"}) + "\n", timeout=10)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self.process.kill()
            self.process.wait()
        self.forget()

    def forget(self):
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass  # what was left for a worker that has ended
        self.process = None
