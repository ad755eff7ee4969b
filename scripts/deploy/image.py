"""The image: its Dockerfile, what is built in it, and how large it becomes."""

import fnmatch
import gzip
import re
import shutil
from pathlib import Path

from processes import HOST, Failure, fetch, free_port
from tools import ROOT, hadolint, run

DOCKERFILE = "deploy/Dockerfile"
# What is pulled, and what it takes on disk with the binary of the release profile, stripped. The image's own profile makes less.
MOST_COMPRESSED_MB, MOST_MB = 40, 75
USER = 65532


def check(stack, binary):
    hadolint(ROOT / DOCKERFILE)
    bad = stack.dir / "Dockerfile"
    bad.write_text("FROM debian\nRUN apt-get install -y curl\n")
    try:
        hadolint(bad)
    except Failure:
        yield "image: hadolint has nothing to say of deploy/Dockerfile, and does of a careless one"
    else:
        raise Failure("hadolint finds nothing wrong with a careless Dockerfile")
    text = (ROOT / DOCKERFILE).read_text()
    last = text[text.rindex("\nFROM "):]
    for wanted in ("\nFROM scratch\n", "USER 65532:65532", 'HEALTHCHECK', '["vitrine", "healthcheck"]', "STOPSIGNAL SIGTERM"):
        if wanted not in last:
            raise Failure(f"{DOCKERFILE}: the last stage has no {wanted}")
    kept = context_rules(ROOT / f"{DOCKERFILE}.dockerignore")
    read = sources(binary)
    missing = sorted(file for file in read if not in_context(file, kept))
    if missing:
        raise Failure(f"the compiler reads what {DOCKERFILE}.dockerignore keeps out: {', '.join(missing[:5])}")
    for rule in kept:
        if rule not in ("bench", ".cargo", "Cargo.lock", "deploy/make-root") and not any(in_context(file, [rule]) for file in read | {"Cargo.toml"}):
            raise Failure(f"{DOCKERFILE}.dockerignore lets {rule} in, which the compiler does not read")
    yield f"image: the build has all {len(read)} files that the compiler read, and no folder that it did not"
    yield manifest(stack, kept)
    yield root(stack, binary)


def context_rules(file):
    lines = [line.strip() for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]
    if lines[0] != "*" or not all(line.startswith("!") for line in lines[1:]):
        raise Failure(f"{file.name}: expected everything to be kept out, and exceptions")
    return [line[1:] for line in lines[1:]]


def in_context(file, rules):
    return any(file == rule or file.startswith(f"{rule}/") or fnmatch.fnmatch(file, rule) for rule in rules)


def sources(binary):
    """What the compiler read for this binary, by its own account, without what it made itself."""
    told = Path(f"{binary}.d")
    if not told.is_file():
        raise Failure(f"there is no {told}: is this a binary that cargo built?")
    files = {Path(part.replace("\\ ", " ")) for part in re.split(r"(?<!\\) ", told.read_text().split(": ", 1)[1].strip())}
    root = next(file for file in files if file.parts[-2:] == ("src", "main.rs")).parents[1]
    inside = {str(file.relative_to(root)) for file in files if file.is_relative_to(root)}
    own = {file for file in inside if not file.startswith(("target/", ".git/"))}
    if not {"src/main.rs", "build.rs"} <= own or len(own) < 500:
        raise Failure(f"{told} tells of {len(own)} files only")
    return own


def manifest(stack, kept):
    """cargo must take the manifest with what is in the build alone: each target that it names, the lock file, the profile."""
    folder = stack.dir / "context"
    for rule in kept:
        source = ROOT / rule
        (folder / rule).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / rule)
    run("cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version", "1", cwd=folder)
    profiles = re.findall(r"--profile (\w+)", (ROOT / DOCKERFILE).read_text())
    if not profiles or any(f"[profile.{name}]" not in (folder / "Cargo.toml").read_text() for name in profiles):
        raise Failure(f"{DOCKERFILE} builds with the profiles {profiles}, of which Cargo.toml knows not all")
    return "image: cargo takes the manifest with what is in the build alone"


def root(stack, binary):
    """The file system of the image, laid out by the same script, holding a server that starts in it as its user."""
    stripped, folder = stack.dir / "vitrine.stripped", stack.dir / "image"
    run("strip", "-s", "-o", stripped, binary)
    run(ROOT / "deploy" / "make-root", stripped, folder)
    stack.dir.chmod(0o755)
    # As the image's user, in its file system: chroot is for root alone.
    inside = ["chroot", f"--userspec={USER}:{USER}"]
    port = free_port()
    settings = {"data.dir": "/data", "server.listen": f"{HOST}:0", "server.ops_listen": f"{HOST}:{port}"}
    flags = [f"--set={key}={value}" for key, value in settings.items()]
    command = [*inside, folder, "/usr/local/bin/vitrine"]
    program = stack.start("image", [*command, "serve", *flags], ready=lambda it: '"msg":"ready"' in it.output())
    asked = run(*command, "healthcheck", *flags)
    if '"ready": true' not in asked:
        raise Failure(f"vitrine healthcheck in the image says {asked}")
    # Compose mounts secrets for everybody to read: the folder on the machine keeps others out, and in here is nobody else.
    secrets = folder / "run" / "secrets"
    secrets.mkdir(parents=True)
    shutil.copy(stack.dir / "bundle/deploy/secrets/secret_key", secrets)
    given = {"VITRINE_SECURITY_SECRET_KEY_FILE": "/run/secrets/secret_key"}
    if '"problems": 0' not in (told := run(*command, "doctor", "--json", *flags, env=given)):
        raise Failure(f"vitrine doctor in the image says {told}")
    shutil.rmtree(secrets.parent)
    if fetch(f"http://{HOST}:{port}/livez")[0] != 200:
        raise Failure("the server in the image does not answer")
    if stack.end(program) != 0:
        raise Failure("the server in the image does not end well")
    if not (folder / "data" / "vitrine.db").is_file():
        raise Failure("the server in the image has written nothing into /data")
    files = [file for file in folder.rglob("*") if file.is_file() and not file.is_relative_to(folder / "data")]
    whole = sum(file.stat().st_size for file in files) / 1e6
    packed = sum(len(gzip.compress(file.read_bytes(), 6)) for file in files) / 1e6
    if packed > MOST_COMPRESSED_MB or whole > MOST_MB:
        raise Failure(f"the image takes {packed:.0f} MB compressed and {whole:.0f} MB unpacked")
    return (f"image: a server starts in it as {USER}, is well and ends; {len(files)} files, "
            f"{packed:.0f} MB to pull, {whole:.0f} MB on disk with this binary")
