"""What is measured, and how: one run of wrk, series of runs that take turns, memory, and the time to start."""

import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from processes import HOST, Failure, environment, fetch, free_port

LUA = Path(__file__).resolve().parent / "report.lua"
IDLE_S = 10
STARTS = 5
WARM_UP_S = 1


@dataclass
class Run:
    """One run of wrk."""
    rate: float
    p50_ms: float
    p99_ms: float


@dataclass
class Case:
    """One row of the table: a URL, under so many connections."""
    name: str
    program: object
    url: str
    connections: int
    status: int = 200
    headers: dict = field(default_factory=dict)
    runs: list = field(default_factory=list)
    queries: str = "-"
    rss_bytes: int = 0

    def median(self, name):
        return statistics.median(getattr(run, name) for run in self.runs)

    @property
    def spread(self):
        """Between the best and the worst run, as a share of the median."""
        rates = [run.rate for run in self.runs]
        return (max(rates) - min(rates)) / statistics.median(rates)


def wrk_of_list(case, paths, seconds):
    """As `wrk`, asking for one path after the other, again and again."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths))
        file.flush()
        return wrk(case, seconds, {"VITRINE_BENCH_PATHS": file.name})


def wrk(case, seconds, extra=None):
    """One thread, keep-alive. Fails when an answer was not of the expected status."""
    headers = [part for name, value in case.headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", *headers, "-s", LUA, case.url]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds + 30,
                          env=environment(extra), check=False)
    if done.returncode:
        raise Failure(f"wrk: {done.stderr or done.stdout}")
    result = json.loads(done.stdout.splitlines()[-1])
    refused = result["requests"] - result["not_2xx_3xx"] if case.status >= 400 else result["not_2xx_3xx"]
    if result["broken"] or refused or not result["requests"]:
        raise Failure(f"{case.name}: not what was to be measured: {result}")
    forget_logs(case.program)
    return Run(result["requests"] / result["duration_us"] * 1e6, result["p50_us"] / 1e3, result["p99_us"] / 1e3)


def forget_logs(program):
    """Access logs stay on and would fill the disk."""
    for log in [program.log, *program.log.parent.glob("nginx/access.log")]:
        os.truncate(log, 0)


def warm(cases):
    for case in cases:
        status, headers, body = fetch(case.url, case.headers)
        if status != case.status:
            raise Failure(f"{case.name}: {case.url} answers {status}")
        timing = headers.get("Server-Timing", "")
        if found := re.search(r'desc="(\d+) quer', timing):
            case.queries = found[1]
        elif timing:
            case.queries = "0"
        case.bytes = len(body)
        wrk(case, WARM_UP_S)
        # After the warm-up a cached page is cached.
        timing = fetch(case.url, case.headers)[1].get("Server-Timing", "")
        if 'desc="hit"' in timing:
            case.queries = "0"


def take_turns(cases, rounds, seconds, progress):
    """All cases once, then all again: what disturbs the machine disturbs all of them."""
    for number in range(rounds):
        for case in cases:
            case.runs.append(wrk(case, seconds))
            case.rss_bytes = case.program.rss_bytes()
            progress(f"round {number + 1}: {case.name}: {case.runs[-1].rate:,.0f} requests/s")


def paired_ratio(one, other, pairs, seconds):
    """Ratios of the rates of two cases, each from two runs side by side; the first of a pair changes each time."""
    ratios = []
    for number in range(pairs):
        order = (one, other) if number % 2 else (other, one)
        rates = {case.name: wrk(case, seconds).rate for case in order}
        ratios.append(rates[one.name] / rates[other.name])
    return ratios


def start_seconds(stack, binary, data):
    """From the start of the process to the first 200 of the home page, on an existing database: all tries."""
    tries = []
    for number in range(STARTS):
        port = free_port()
        settings = {"data.dir": data, "server.listen": f"{HOST}:{port}", "server.ops_listen": f"{HOST}:0"}
        flags = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
        began = time.monotonic()
        program = stack.start(f"start {number}", [binary, *flags])
        while not answers_200(f"http://{HOST}:{port}/"):
            if time.monotonic() - began > 30:
                raise Failure("the server does not start")
            time.sleep(0.001)
        tries.append(time.monotonic() - began)
        stack.end(program)
    return tries


def answers_200(url):
    try:
        return fetch(url)[0] == 200
    except OSError:
        return False


def idle_rss(program):
    time.sleep(IDLE_S)
    return program.rss_bytes()
