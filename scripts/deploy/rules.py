"""What compose.yml promises, as rules on the resolved project, and for each rule a mistake that it must see."""

# One of the replaced systems, with its Node and Celery: the sum of its limits and of its reservations.
MOST_CPUS, MOST_MEMORY = 7.0, 4608
MOST_RESERVED_CPUS, MOST_RESERVED_MEMORY = 2.75, 1792
CORE = ("nginx", "vitrine", "postgres", "redis")
ROOT_ALLOWED = {"alloy": "Docker's log files are root's"}
# Their images have nothing that could ask.
WITHOUT_HEALTH = ("nginx-exporter", "jaeger", "loki", "alloy")
# What nobody but these talks to.
STORES = ("postgres", "redis")


def megabytes(text):
    units = {"K": 1 / 1024, "M": 1, "G": 1024}
    return float(text[:-1]) * units[text[-1].upper()]


def findings(project):
    services, found = project["services"], []
    for name, service in sorted(services.items()):
        found += [f"{name}: {text}" for text in of_service(name, service)]
    for network in ("operations", "data"):
        if not project["networks"].get(network, {}).get("internal"):
            found.append(f"network {network} leads out")
    published = {(name, port_of(port)) for name, service in services.items() for port in service.get("ports", [])}
    if published != {("nginx", "80"), ("nginx", "443")}:
        found.append(f"published are {sorted(published)}, not nginx's 80 and 443 alone")
    for name in STORES:
        if set(services[name]["networks"]) != {"data"}:
            found.append(f"{name} is in other networks than data")
    if "data" in services["nginx"]["networks"]:
        found.append("nginx gets to the database")
    for network, names in (("public", {"nginx", "vitrine", "vitrine-2"}),):
        members = {name for name, service in services.items() if network in service["networks"]}
        if members != names:
            found.append(f"in the network {network}, whose members are believed about clients, are {sorted(members)}")
    one, other = shared(services["vitrine"]), shared(services["vitrine-2"])
    if one != other or {target for _, target in one} != {"/media", "/backups"}:
        found.append("the nodes do not share media and backups")
    return [*found, *of_sums(services)]


def shared(service):
    """The volumes of a service that are not of its own alone, and where it has them."""
    parts = [tuple(str(volume).split(":")[:2]) for volume in service.get("volumes", [])]
    return {part for part in parts if not part[0].endswith("-data")}


def port_of(port):
    return str(port["published"]) if isinstance(port, dict) else port.split(":")[-2]


def of_service(name, service):
    if not service.get("read_only"):
        yield "its root file system is not read-only"
    if service.get("cap_drop") != ["ALL"]:
        yield "it keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "it may gain privileges"
    user = str(service.get("user", "0")).split(":")[0]
    if user in ("0", "root") and name not in ROOT_ALLOWED:
        yield "it runs as root"
    if service.get("privileged"):
        yield "it is privileged"
    if not service.get("pids_limit"):
        yield "its processes are not limited"
    image = service.get("image", "")
    if ":" not in image or image.endswith(":latest"):
        yield f"its image {image} has no version"
    health = service.get("healthcheck", {})
    # docker-compose writes a check that is switched off as ["NONE"].
    asks = bool(health.get("test")) and health["test"] not in ("NONE", ["NONE"]) and not health.get("disable")
    if asks == (name in WITHOUT_HEALTH):
        yield "it has no health check, or one that was not expected"
    for key, value in (service.get("environment") or {}).items():
        if key.endswith(("PASSWORD", "SECRET", "SECRET_KEY", "TOKEN", "DATABASE_URL", "REDIS_URL")) and value:
            yield f"{key} holds a secret: use a file"
    if any("docker.sock" in str(volume) for volume in service.get("volumes", [])):
        yield "it commands Docker"
    resources = service.get("deploy", {}).get("resources", {})
    for kind in ("limits", "reservations"):
        if not {"cpus", "memory"} <= set(resources.get(kind, {})):
            yield f"it has no {kind} of CPU and memory"
            return
    limits, reserved = resources["limits"], resources["reservations"]
    if float(reserved["cpus"]) > float(limits["cpus"]) or megabytes(reserved["memory"]) > megabytes(limits["memory"]):
        yield "it reserves more than it may use"


def of_sums(services):
    known = [services[name].get("deploy", {}).get("resources", {}) for name in CORE]
    if not all({"limits", "reservations"} <= set(one) for one in known):
        return
    for kind, cpus, memory in (("limits", MOST_CPUS, MOST_MEMORY), ("reservations", MOST_RESERVED_CPUS, MOST_RESERVED_MEMORY)):
        if sum(float(one[kind]["cpus"]) for one in known) >= cpus / 1.5:
            yield f"the {kind} of CPU are no third below {cpus}"
        if sum(megabytes(one[kind]["memory"]) for one in known) >= memory / 2:
            yield f"the {kind} of memory are not half of {memory} MB"


MISTAKES = {
    "a published database": lambda services, _: services["postgres"].update(ports=["5432:5432"]),
    "published consoles": lambda services, _: services["grafana"].update(ports=["127.0.0.1:3000:3000"]),
    "a published application": lambda services, _: services["vitrine"].update(ports=["8000:8000"]),
    "a file system to write to": lambda services, _: services["vitrine"].pop("read_only"),
    "root": lambda services, _: services["postgres"].pop("user"),
    "root by name": lambda services, _: services["nginx"].update(user="root"),
    "capabilities": lambda services, _: services["nginx"].pop("cap_drop"),
    "privileges": lambda services, _: services["redis"].pop("security_opt"),
    "a privileged container": lambda services, _: services["node-exporter"].update(privileged=True),
    "any number of processes": lambda services, _: services["prometheus"].pop("pids_limit"),
    "an image of any version": lambda services, _: services["redis"].update(image="redis:latest"),
    "no health check": lambda services, _: services["vitrine"].pop("healthcheck"),
    "a health check switched off": lambda services, _: services["postgres"].update(healthcheck={"disable": True}),
    "a secret in the environment": lambda services, _: services["postgres"]["environment"].update(POSTGRES_PASSWORD="x"),
    "Docker's socket": lambda services, _: services["alloy"]["volumes"].append("/var/run/docker.sock:/var/run/docker.sock"),
    "no limits": lambda services, _: services["vitrine"]["deploy"]["resources"].pop("limits"),
    "a reservation above the limit": lambda services, _: services["redis"]["deploy"]["resources"]["reservations"].update(memory="1G"),
    "limits as large as before": lambda services, _: services["vitrine"]["deploy"]["resources"]["limits"].update(memory="4G"),
    "a way out for monitoring": lambda _, project: project["networks"]["operations"].pop("internal"),
    "the database in the public network": lambda services, _: services["postgres"]["networks"].update(public=None),
    "nginx at the database": lambda services, _: services["nginx"]["networks"].update(data=None),
    "backups of each node for itself": lambda services, _: services["vitrine-2"]["volumes"].insert(1, "theirs:/backups"),
    "a stranger beside the proxy": lambda services, _: services["grafana"]["networks"].update(public=None),
}
