"""systemd units: as systemd reads them, and what they leave open."""

import re

from processes import Failure
from tools import ROOT, run

FOLDER = ROOT / "deploy" / "systemd"
# systemd's own scale of exposure, times ten: below 20 it says OK.
MOST_EXPOSURE = 15


def check(stack, binary):
    folder = stack.dir / "units"
    folder.mkdir()
    for unit in FOLDER.iterdir():
        text = unit.read_text()
        if unit.suffix == ".service":
            if "ExecStart=/usr/local/bin/vitrine serve" not in text:
                raise Failure(f"{unit.name} starts something else")
            text = text.replace("ExecStart=/usr/local/bin/vitrine", f"ExecStart={binary}")
        (folder / unit.name).write_text(text)
    verify(folder)
    rating = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager",
                 folder / "vitrine.service")
    spoil(folder)
    exposure = re.search(r"exposure level for vitrine\.service: (\S+)", rating)
    yield f"units: systemd-analyze verifies both; exposure {exposure[1]} of 10; a wrong directive and an open unit are seen"


def verify(folder):
    # Without the manual pages: they are not installed here.
    run("systemd-analyze", "verify", "--man=no", "--recursive-errors=one", *sorted(folder.iterdir()))


def spoil(folder):
    service = folder / "vitrine.service"
    text = service.read_text()
    service.write_text(text.replace("ProtectSystem=", "ProtectSistem="))
    done = None
    try:
        verify(folder)
    except Failure as failure:
        done = failure
    if done is None:
        raise Failure("systemd-analyze verify does not see a wrong directive")
    service.write_text(re.sub(r"(?m)^(Protect|Private|Restrict|Capability|SystemCall|NoNew)\w+=.*\n", "", text))
    try:
        run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager", service)
    except Failure:
        return
    raise Failure("systemd-analyze security does not see an open unit")
