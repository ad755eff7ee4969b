"""The checks that need no server. Usage: lint.py [FILE], where FILE ("-": standard input) lists the metric families.

Without FILE the families are those of docs/METRICS.md, which a test compares with the binary.
Prints one line a finding and exits with 1 if there is any.
"""

import sys

import lint_alerts
import lint_dashboards
import lint_names
from bundle import alerts, dashboards, panels, recordings
from catalogue import of_the_binary


def check_list(listed):
    """docs/METRICS.md must be about the same binary."""
    written = set(of_the_binary())
    for name in sorted(listed - written):
        yield f"docs/METRICS.md lacks the family {name} of the binary"
    for name in sorted(written - listed):
        yield f"docs/METRICS.md has the family {name}, which the binary does not"


def main():
    findings = [*lint_dashboards.findings(), *lint_alerts.findings(), *lint_names.findings()]
    if len(sys.argv) > 1:
        listed = sys.stdin.read() if sys.argv[1] == "-" else open(sys.argv[1], encoding="utf-8").read()
        findings += check_list(set(listed.split()))
    for finding in findings:
        print(finding)
    boards = dashboards()
    drawn = sum(1 for board in boards.values() for _ in panels(board))
    print(f"{len(boards)} dashboards, {drawn} panels, {len(alerts())} alerts, {len(recordings())} recording rules, "
          f"{len(of_the_binary())} metric families{'' if len(sys.argv) > 1 else ' of docs/METRICS.md'}: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
