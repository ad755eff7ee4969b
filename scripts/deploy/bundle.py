"""compose.yml: read as Compose reads it, and held to what the bundle promises."""

import copy
import re
import shutil

from processes import Failure
from rules import MISTAKES, findings
from tools import ROOT, check_jsonschema, run, yaml

PROFILES = ("monitoring", "cluster", "tracing", "logs")
FILES = ("compose.yml", "deploy/compose.consoles.yml")
# docker-compose 1.29 of Debian does not know the project's name within the file.
UNKNOWN_TO_OLD = re.compile(r"(?m)^name: vitrine\n")


def check(stack, binary):
    folder = copy_of_bundle(stack)
    for file in FILES:
        check_jsonschema("--builtin-schema", "vendor.compose-spec", folder / file)
    yield f"compose: {' and '.join(FILES)} follow the schema of the Compose Specification"
    project = resolve(folder)
    wrong = findings(project)
    if wrong:
        raise Failure("compose.yml:\n  " + "\n  ".join(wrong))
    unseen = [name for name, spoil in MISTAKES.items() if not findings(spoilt(project, spoil))]
    if unseen:
        raise Failure(f"the rules for compose.yml do not see: {', '.join(unseen)}")
    yield f"compose: {len(project['services'])} services keep the rules; each of {len(MISTAKES)} mistakes would be seen"
    check_targets(folder, project)
    yield "compose: every target of Prometheus is a service in its network"
    check_upstream(folder, project)
    yield "compose: nginx passes to every Vitrine"
    check_variables(folder)
    check_settings(folder, project, binary)
    yield "compose: the server takes the settings of compose.yml, with .env.example and the made secrets"


def spoilt(project, spoil):
    changed = copy.deepcopy(project)
    spoil(changed["services"], changed)
    return changed


def copy_of_bundle(stack):
    """What a user has, after the first commands of compose.yml."""
    folder = stack.dir / "bundle"
    for name in ("deploy", "alerts", "prometheus", "grafana", "dashboards"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("secrets"))
    (folder / "deploy" / "secrets").mkdir()
    shutil.copy(ROOT / "compose.yml", folder)
    shutil.copy(ROOT / ".env.example", folder / ".env")
    run(folder / "deploy" / "make-secrets")
    before = {file: file.read_bytes() for file in (folder / "deploy" / "secrets").rglob("*") if file.is_file()}
    run(folder / "deploy" / "make-secrets")
    if any(file.read_bytes() != content for file, content in before.items()):
        raise Failure("deploy/make-secrets makes secrets anew that are there")
    if (folder / "deploy" / "secrets").stat().st_mode & 0o077:
        raise Failure("deploy/secrets is open to others")
    # Containers' users are none of this machine's.
    if closed := [file.name for file in before if not file.stat().st_mode & 0o004]:
        raise Failure(f"the users of the containers cannot read {', '.join(closed)}")
    return folder


def resolve(folder):
    """The project as docker-compose understands it: merged, with variables, references checked."""
    old = folder / "compose.old.yml"
    old.write_text(UNKNOWN_TO_OLD.sub("", (folder / "compose.yml").read_text(), count=1))
    profiles = [part for name in PROFILES for part in ("--profile", name)]
    with_consoles = ("-f", old, "-f", folder / "deploy" / "compose.consoles.yml", *profiles, "config")
    # Consoles are published where nobody else gets to.
    for service in yaml(run("docker-compose", *with_consoles, cwd=folder))["services"].values():
        for port in service.get("ports", []):
            if isinstance(port, str) and not port.startswith("127.0.0.1:"):
                raise Failure(f"compose.consoles.yml publishes {port}")
    return yaml(run("docker-compose", "-f", old, *profiles, "config", cwd=folder))


def check_targets(folder, project):
    """Names that Prometheus is to scrape must be of services which are in the network that it is in."""
    texts = [(folder / "prometheus" / "targets" / name).read_text() for name in ("vitrine.yml", "alertmanager.yml")]
    named = set(re.findall(r'"([a-z0-9-]+):\d+"', "".join(texts)))
    named |= set(re.findall(r"names: \[([a-z0-9-]+)\]", (folder / "prometheus" / "prometheus.yml").read_text()))
    if len(named) < 6:
        raise Failure(f"prometheus.yml scrapes only {sorted(named)}")
    for name in named:
        networks = project["services"].get(name, {}).get("networks", {})
        if "operations" not in networks:
            raise Failure(f"Prometheus is to scrape {name}, which is no service in the network operations")


def check_upstream(folder, project):
    """What nginx passes to must be a name of every Vitrine, or a node is never asked."""
    place = (folder / "deploy" / "nginx" / "place.compose.conf").read_text()
    named = re.findall(r"(?m)^ +server ([a-z0-9-]+):8000 ", place)
    if len(named) != 1 or not has_all_nodes(project, named[0]):
        raise Failure(f"nginx passes to {named}, which is not the name of every Vitrine in the network public")
    if has_all_nodes(project, "vitrine"):
        raise Failure("the name of one Vitrine is taken for that of all")


def has_all_nodes(project, name):
    nodes = {key: one for key, one in project["services"].items() if one.get("image") == "vitrine:local"}
    known = [{key, *((one["networks"].get("public") or {}).get("aliases") or [])} for key, one in nodes.items()]
    return len(nodes) > 1 and all(name in names for names in known)


def check_variables(folder):
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (folder / "compose.yml").read_text()))
    told = set(re.findall(r"(?m)^([A-Z_]+)=", (folder / ".env").read_text()))
    if used != told:
        raise Failure(f"compose.yml and .env.example differ in {sorted(used ^ told)}")


def check_settings(folder, project, binary):
    """The server must know every variable that it is given, and take its value."""
    for name in ("vitrine", "vitrine-2"):
        given = {key: str(value) for key, value in project["services"][name]["environment"].items()}
        given = {key: value.replace("/run/secrets", str(folder / "deploy" / "secrets")) for key, value in given.items()}
        shown = run(binary, "config", "show", cwd=folder, env=given)
        for text in ("postgres:5432", "0.0.0.0:9464", "172.30.10.0/24", "env VITRINE_MEDIA_DIR", "env VITRINE_BACKUP_DIR",
                     "env VITRINE_BACKUP_SCHEDULE"):
            if text not in shown:
                raise Failure(f"{name} does not have {text} from its environment:\n{shown}")
