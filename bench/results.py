"""Writes bench/RESULTS.md: the table, the bars, and all that one must know to judge them."""

import datetime
import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from processes import fetch

MB = 1e6


@dataclass
class Bar:
    """What was wanted of a measurement, and what came."""
    what: str
    wanted: str
    measured: str
    passed: bool


def version_of(*command):
    """The first thing that looks like a version in what a program says about itself."""
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "of unknown version"


def cpu_model():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def memory_gb():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def table(cases):
    lines = ["| what | connections | requests/s | spread | p50 ms | p99 ms | queries | bytes | RSS MB |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for case in cases:
        lines.append(f"| {case.name} | {case.connections} | {case.median('rate'):,.0f} | {case.spread:.0%} "
                     f"| {case.median('p50_ms'):.2f} | {case.median('p99_ms'):.2f} | {case.queries} | {case.bytes:,} "
                     f"| {case.rss_bytes / MB:.1f} |")
    return lines


def bars_table(bars):
    lines = ["| bar | wanted | measured | |", "| --- | --- | --- | --- |"]
    return lines + [f"| {bar.what} | {bar.wanted} | {bar.measured} | {'pass' if bar.passed else '**FAIL**'} |" for bar in bars]


def ratio_text(ratios):
    return f"{len(ratios)} pairs, from {min(ratios):.2f} to {max(ratios):.2f}, median {statistics.median(ratios):.3f}"


def build_info(vitrine):
    """Version, commit and compiler of a running server."""
    page = fetch(f"{vitrine.ops}/metrics")[2].decode()
    row = re.search(r"^vitrine_build_info\{(.*)\}", page, re.MULTILINE)
    labels = dict(re.findall(r'(\w+)="([^"]*)"', row[1])) if row else {}
    return {name: labels.get(name, "unknown") for name in ("version", "commit", "rustc")}


def machine(context):
    """When, where and what was measured; `context` has the labels of `vitrine_build_info`."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return [
        f"- Date: {now}",
        f"- Machine: {os.cpu_count()} cores, {cpu_model()}, {memory_gb():.0f} GB memory, Linux {platform.release()}",
        f"- Vitrine: {context['version']}, commit {context['commit']}, rustc {context['rustc']}, release profile of Cargo.toml",
    ]


def markdown(context, cases, bars):
    """The whole document."""
    settings = context["settings"]
    spreads = sorted(case.spread for case in cases)
    return "\n".join([
        "# Benchmark results", "",
        "Written by `bench/run`; do not edit. Run it yourself: the numbers of another machine say little about yours.", "",
        *machine(context),
        f"- nginx {context['nginx']}, PostgreSQL {context['postgres']}, wrk {context['wrk']}",
        f"- Load average before: {context['load_before']}, after: {context['load_after']}", "",
        "## Requests", "", *table(cases), "",
        f"wrk with one thread and keep-alive, {settings['rounds']} rounds of {settings['seconds']} s in which the rows take turns; "
        "medians of the rounds. Spread: best minus worst round, as a share of the median. Queries: of one request, from its "
        "Server-Timing header. RSS: of the server (nginx: master and workers) right after its last run.", "",
        "## Bars", "", *bars_table(bars), "",
        "Cached page against nginx, and telemetry on against off: two runs of "
        f"{settings['pair_seconds']} s side by side make one ratio, the first of the two changes each time, and the median of "
        "all ratios counts.", "",
        f"- cached page / nginx: {ratio_text(context['nginx_ratios'])}",
        f"- telemetry on / off: {ratio_text(context['telemetry_ratios'])}",
        f"- start to first 200: {', '.join(f'{each * 1e3:.0f}' for each in context['starts'])} ms", "",
        "## Settings", "",
        "- Vitrine: defaults (telemetry, Server-Timing and one JSON access-log line per request, written to a file), "
        "`cache.enabled=false` for the rows that say so, `telemetry.enabled=false` for the other half of the pairs "
        "(which turns the access log off too).",
        "- nginx: the same bytes as static files; `worker_processes auto`, `sendfile`, `tcp_nopush`, "
        "`keepalive_requests 100000000`, access log on (its default format, unbuffered).",
        "- PostgreSQL: a fresh cluster with its defaults, over TCP on the loopback interface.",
        f"- Wagtail: the same content on the same cluster, gunicorn with {2 * os.cpu_count() + 1} workers of 8 threads and keep-alive, "
        "connections to the database kept, DEBUG off. Writing in Wagtail is `add_child`, `save_revision` and `publish` in one process, "
        "without HTTP; here it is two requests of /api/v1/ for each page.",
        "- No compression: wrk sends no Accept-Encoding, so that both servers send the bytes in the table.",
        f"- The page: `{context['page']}` of the default site.", "",
        "## How far to trust this", "",
        f"Load generator, servers and databases share the {os.cpu_count()} cores of one machine over the loopback interface, so every "
        "rate is too low for the server alone, and the fastest rows measure wrk as much as the server. Virtual machines "
        f"have neighbours: between the rounds of one row the rate differed by {statistics.median(spreads):.0%} (median of the rows) "
        f"and up to {spreads[-1]:.0%}. Differences smaller than that mean nothing in the first table; the ratios of pairs are "
        "steadier, because both halves of a pair see the same second. p99 at 32 connections on so few cores is mostly the time that "
        "the kernel takes to give the processor to somebody. Nobody tuned the kernel.", "",
    ])
