"""systemd units: as systemd reads them, what they leave open, and whether a server can live with what they forbid."""

import os
import re
import socket

from processes import HOST, Failure, fetch, free_port, wait_for
from tools import ROOT, run
from vitrine import Vitrine

FOLDER = ROOT / "deploy" / "systemd"
# systemd's own scale of exposure, times ten: below 20 it says OK.
MOST_EXPOSURE = 15
NOBODY = 65534


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
    yield check_commands(stack, binary)
    yield check_calls(stack, binary)
    yield check_sockets(stack, binary)


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


# systemd-run as far as deploy/vitrine-run leans on it: the files, the folders and the variables of a transient service.
SYSTEMD_RUN = """#!/bin/sh
set -eu
while [ "$1" != -- ]; do
    case $1 in
        LoadCredential=*) given=${1#*=}; cp "${given#*:}" "FOLDER/credentials/${given%%:*}" ;;
        WorkingDirectory=*) cd "${1#*=}" ;;
        ReadWritePaths=*) echo "$1" >&2 ;;
    esac
    shift
done
shift
STATE_DIRECTORY=FOLDER/state CREDENTIALS_DIRECTORY=FOLDER/credentials exec "$@"
"""
SYSTEMCTL = "#!/bin/sh\necho /mnt/backups\n"


def check_commands(stack, binary):
    """deploy/vitrine-run must run a command with what the unit gives to the server."""
    text, unit = (ROOT / "deploy" / "vitrine-run").read_text(), (FOLDER / "vitrine.service").read_text()
    lines = unit.replace("=%E/", "=/etc/").splitlines()
    given = [one for one in re.findall(r"-p ([A-Z]\w+=[^ $\n]+)", text) if one != "User=vitrine"]
    if len(given) < 6 or "User=vitrine" not in text or re.search(r"(?m)^User=", unit):
        raise Failure(f"vitrine-run runs as somebody else than the unit, or with other settings: {given}")
    if unlike := [one for one in given if one not in lines]:
        raise Failure(f"vitrine-run has what vitrine.service has not: {', '.join(unlike)}")
    folder = stack.dir / "commands"
    for name in ("programs", "credentials", "state", "vitrine/secrets"):
        (folder / name).mkdir(parents=True)
    (folder / "vitrine/secrets/database_url").write_text("postgres://vitrine:hidden@postgres.example/vitrine")
    (folder / "vitrine/vitrine.toml").write_text("[server]\nbase_url = 'https://www.example.com'\n")
    script = text.replace("/usr/local/bin/vitrine", str(binary)).replace("/etc/vitrine", f"{folder}/vitrine")
    for name, content in (("vitrine-run", script), ("systemd-run", SYSTEMD_RUN), ("systemctl", SYSTEMCTL)):
        (folder / "programs" / name).write_text(content.replace("FOLDER", str(folder)))
        (folder / "programs" / name).chmod(0o755)
    path = f"{folder}/programs:{os.environ['PATH']}"
    shown = run(folder / "programs" / "vitrine-run", "config", "show", env={"PATH": path})
    for wanted in (f"{folder}/state", "postgres.example", "https://www.example.com", "file VITRINE_DATABASE_URL_FILE"):
        if wanted not in shown:
            raise Failure(f"vitrine-run config show does not have {wanted}:\n{shown}")
    return "units: vitrine-run runs commands with the user, the settings and the secrets of the unit"


def check_calls(stack, binary):
    """A server that shows every page, and makes pictures, must not need a system call that the unit forbids."""
    data, trace = stack.folder("traced-data"), stack.folder("trace") / "calls"
    guard = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             # Beside the server and not above it: a tracer that is told to end leaves what it traced behind.
             "strace", "-D", "-f", "-q", "-o", trace]
    vitrine = Vitrine(stack, binary, "traced", before=guard, data=data)
    pages = vitrine.crawl()
    pictures = {found for page in pages.values() for found in re.findall(r'"(/media/images/[^" ]+)', page)}
    for picture in sorted(pictures)[:5]:
        if vitrine.get(picture.replace("&amp;", "&"), timeout_s=60)[0] != 200:
            raise Failure(f"{picture} is not made under strace")
    stack.end(vitrine.program)
    # Short numbers have more space behind them.
    ended = re.compile(rf"(?m)^{vitrine.program.pid} +\+\+\+ exited")
    wait_for("strace tells that the server has ended", lambda: ended.search(trace.read_text(errors="replace")), 15)
    used = set(re.findall(r"(?m)^\d+ +([a-z0-9_]+)\(", trace.read_text(errors="replace")))
    if not {"accept4", "openat", "fsync"} <= used or not pictures:
        raise Failure(f"strace saw only {sorted(used)}")
    lines = re.findall(r"(?m)^SystemCallFilter=(.*)$", (FOLDER / "vitrine.service").read_text())
    allowed = set()
    for line in lines:
        names = set().union(*(calls(name) for name in line.lstrip("~").split()))
        allowed = allowed - names if line.startswith("~") else allowed | names
    if denied := sorted(used - allowed):
        raise Failure(f"the server needs system calls that the unit forbids: {', '.join(denied)}")
    return f"units: all {len(used)} system calls of a server that shows {len(pages)} pages are allowed, of {len(allowed)}"


def calls(name):
    """The system calls of a set of systemd's."""
    if not name.startswith("@"):
        return {name}
    lines = run("systemd-analyze", "syscall-filter", name).splitlines()[1:]
    names = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls(each) for each in names))


def check_sockets(stack, binary):
    """Both listeners of the socket unit, passed by systemd's own tool in their order."""
    text = (FOLDER / "vitrine.socket").read_text()
    if re.findall(r"(?m)^ListenStream=(.*)$", text) != ["127.0.0.1:8000", "127.0.0.1:9464"]:
        raise Failure("vitrine.socket does not listen as the server does by default")
    site, ops = free_port(), free_port()
    data = f"--set=data.dir={stack.dir / 'activated-data'}"
    # Were it to bind addresses of its own, it would end: nobody may bind these.
    refused = ["--set=server.listen=192.0.2.1:1", "--set=server.ops_listen=192.0.2.1:2"]
    program = stack.start("socket-activate", ["systemd-socket-activate", "-l", f"{HOST}:{site}", "-l", f"{HOST}:{ops}",
                                              binary, "serve", data, *refused], ready=lambda _: listens(site))
    wait_for("the first visitor starts the server", lambda: fetch(f"http://{HOST}:{site}/about/")[0] == 200)
    if fetch(f"http://{HOST}:{ops}/livez")[0] != 200 or fetch(f"http://{HOST}:{site}/livez")[0] != 404:
        raise Failure("the second socket is not that of operations")
    if stack.end(program) != 0:
        raise Failure("an activated server does not end well")
    return "units: systemd-socket-activate passes both sockets; the first visitor, who came before the server, is answered"


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
