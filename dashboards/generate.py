"""Writes every dashboard: python3 -B dashboards/generate.py. With --check it only says which file is out of date."""

import importlib
import sys
from pathlib import Path

from grafana import text_of

FOLDER = Path(__file__).resolve().parent
# Not dashboards, but what they are made with.
SHARED = {"grafana", "vitrine", "generate"}


def sources():
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in SHARED)


def main():
    stale = []
    made = {}
    for name in sources():
        board = importlib.import_module(name).DASHBOARD
        made[FOLDER / f"{board['uid']}.json"] = text_of(board)
    for path, text in made.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(f"{path.name} is out of date")
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    for path in sorted(set(FOLDER.glob("*.json")) - made.keys()):
        stale.append(f"{path.name} has no source")
    for finding in stale:
        print(finding if "--check" in sys.argv else finding.replace("is out of date", "was written"))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
