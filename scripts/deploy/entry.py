"""nginx, with the shipped configuration, in front of a real Vitrine."""

import base64
import hashlib
import http.client
import json
import re
import shutil
import socket
import ssl
import threading

from processes import HOST, NOBODY, Failure, free_port, program_path, wait_for
from tools import ROOT, run, unprivileged
from vitrine import Vitrine

NAME = "localhost"
# The user of the bundle's nginx.
USER = 101
# Operations of the second listener, and what is for development alone.
OPERATIONS = ("/metrics", "/livez", "/readyz", "/ops", "/ops/live", "/ops/traces", "/faults", "/-/dev/reload", "/stub_status")
# More than nginx would hold back, less than a heartbeat takes.
FIRST_EVENT_S = 5
LARGE = 20 << 20
ACCEPT_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Entry:
    """A running nginx with deploy/nginx.conf: paths, ports and the address of Vitrine are replaced, nothing else.
    As in the bundle it is not root, has no capability, and may write where compose.yml mounts a tmpfs."""

    def __init__(self, stack, name, *upstreams, tls=None):
        tls = tls or stack.dir / "bundle/deploy/secrets/tls"
        self.folder, self.http, self.https, self.status = stack.dir / name, free_port(), free_port(), free_port()
        shutil.copytree(ROOT / "deploy" / "nginx", self.folder / "vitrine")
        for folder in ("tls", "cache", "run", "acme/.well-known/acme-challenge"):
            (self.folder / folder).mkdir(parents=True)
        for folder in ("cache", "run"):
            (self.folder / folder).chmod(0o1777)
        (self.folder / "acme/.well-known/acme-challenge/token").write_text("proof")
        for file in ("certificate.pem", "key.pem"):
            shutil.copyfile(tls / file, self.folder / "tls" / file)
        self.write_place(upstreams)
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        text = replaced(text, {"listen 80 ": f"listen {HOST}:{self.http} ", "listen 443 ": f"listen {HOST}:{self.https} ",
                               "/var/cache/nginx": f"{self.folder}/cache", "/var/www/acme": f"{self.folder}/acme",
                               "/run/nginx.pid": f"{self.folder}/run/nginx.pid"})
        self.conf = self.folder / "nginx.conf"
        self.conf.write_text(text)
        for file in (self.conf, *(self.folder / "vitrine").iterdir()):
            file.write_text(file.read_text().replace("/etc/nginx/", f"{self.folder}/"))
        stack.dir.chmod(0o755)
        self.command = [*unprivileged(USER), program_path("nginx", "/usr/sbin/nginx"), "-e", "stderr", "-p", self.folder,
                        "-c", self.conf]
        run(*self.command, "-t")

    def write_place(self, upstreams):
        """One node as on a machine, several as in a cluster, with what belongs to that."""
        shipped, several = self.folder / "vitrine", len(upstreams) > 1
        addresses = [f"10.0.0.{number}:8000" for number in (11, 12, 13)] if several else ["127.0.0.1:8000"]
        place = (shipped / ("place.cluster.conf" if several else "place.machine.conf")).read_text()
        listens = {"listen 127.0.0.1:8081": f"listen {HOST}:{self.status}"}
        (self.folder / "place.conf").write_text(replaced(place, dict(zip(addresses, upstreams, strict=True)) | listens))
        if several:
            shutil.copy(shipped / "reads.cluster.conf", self.folder / "reads.conf")

    def start(self, stack):
        self.program = stack.start(self.folder.name, [*self.command, "-g", "daemon off;"], ready=lambda _: self.is_up())
        return self

    def is_up(self):
        try:
            return self.get("/nginx-health")[0] == 200
        except OSError:
            return False

    def connection(self, timeout_s=10):
        context = ssl.create_default_context(cafile=str(self.folder / "tls" / "certificate.pem"))
        # It is for the name, and there is none for the address.
        connection = http.client.HTTPSConnection(NAME, self.https, timeout=timeout_s, context=context)
        connection._create_connection = lambda _, timeout, source=None: socket.create_connection((HOST, self.https), timeout)
        return connection

    def get(self, path, method="GET", headers=None, body=None, timeout_s=10):
        """(status, headers, body) by HTTPS, with the certificate checked."""
        connection = self.connection(timeout_s)
        try:
            connection.request(method, path, body=body, headers={"Host": NAME} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def plain(self, path):
        connection = http.client.HTTPConnection(HOST, self.http, timeout=10)
        connection.request("GET", path, headers={"Host": NAME})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def replaced(text, pairs):
    for old, new in pairs.items():
        if old not in text:
            raise Failure(f"the configuration of nginx has no {old!r} to replace")
        text = text.replace(old, new)
    return text


def expect(what, found, wanted):
    if found != wanted:
        raise Failure(f"{what}: {found!r}, not {wanted!r}")


def check(stack, binary):
    check_place_of_compose(stack)
    yield "nginx: -t accepts deploy/nginx.conf, with the place of a machine and that of compose (its `resolve` left out)"
    port = free_port()
    settings = {"server__listen": f"{HOST}:{port}", "server__trusted_proxies": f"{HOST}/32",
                "server__base_url": f"https://{NAME}"}
    started = {"before": unprivileged(NOBODY), "data": stack.folder("behind-nginx-data"), **settings}
    vitrine = Vitrine(stack, binary, "behind-nginx", **started)
    entry = Entry(stack, "nginx-entry", f"{HOST}:{port}").start(stack)
    css = check_pages(entry)
    check_clients(entry, vitrine)
    yield "nginx: pages, admin and API pass, as HTTPS for Vitrine; clients cannot say who they are; HTTP leads to HTTPS"
    picture = check_files(entry, css)
    yield f"nginx: /static/ (a year) and /media/ ({picture}) are kept and served again; pages and the API are not"
    check_sizes(entry)
    yield "nginx: 20 MB get to the API's own refusal, and are refused elsewhere"
    check_stream(stack, entry, f"{HOST}:{port}")
    yield "nginx: the first event of a stream arrives at once, while it is open; with buffering it does not"
    check_operations(stack, entry, vitrine)
    yield f"nginx: {len(OPERATIONS)} addresses of operations answer 404, also where somebody leads nginx to that listener"
    check_websocket(stack, binary)
    yield "nginx: a WebSocket passes to a development server behind vitrine dev --proxy, both ways"
    check_away(stack, binary, entry, vitrine, css, started)
    yield "nginx: without Vitrine it is healthy, says 503 to people and programs, serves files it has, and is back by itself"
    if stack.end(entry.program) != 0:
        raise Failure("nginx did not end well")


def check_place_of_compose(stack):
    entry = Entry(stack, "nginx-compose", f"{HOST}:8000")
    place = (ROOT / "deploy" / "nginx" / "place.compose.conf").read_text()
    # nginx 1.22 of Debian does not know it, and nobody here has that name.
    place = replaced(place, {"vitrine-nodes:8000 resolve": f"{HOST}:8000"})
    (entry.folder / "place.conf").write_text(place)
    run(*entry.command, "-t")
    (entry.folder / "place.conf").write_text(place.replace("keepalive", "keepalife"))
    try:
        run(*entry.command, "-t")
    except Failure:
        return
    raise Failure("nginx -t takes a directive that there is not")


def check_pages(entry):
    """The stylesheet of the home page."""
    status, headers, home = entry.get("/")
    expect("the home page", status, 200)
    if "max-age" not in headers.get("Strict-Transport-Security", ""):
        raise Failure("Vitrine does not know that it is asked by HTTPS")
    if headers.get("X-Proxy-Cache"):
        raise Failure("nginx keeps pages")
    for path, wanted in (("/about/", 200), ("/no-such-page/", 404), ("/admin/login/", 200), ("/api/v2/pages/", 200),
                         ("/health", 200), ("/api/v1/health/", 200), ("/nginx-health", 200), ("/-/vitals.js", 200)):
        expect(path, entry.get(path)[0], wanted)
    status, headers, _ = entry.plain("/about/?a=b")
    expect("HTTP", (status, headers["Location"]), (308, f"https://{NAME}/about/?a=b"))
    expect("a proof for a certificate", entry.plain("/.well-known/acme-challenge/token")[2], b"proof")
    expect("/nginx-health by HTTP", json.loads(entry.plain("/nginx-health")[2]), {"status": "ok", "service": "nginx"})
    expect("a host that is not answered", entry.get("/", headers={"Host": "evil.example"})[0], 400)
    found = re.search(rb'href="(/static/[^"]+\.css)"', home)
    if not found:
        raise Failure("the home page has no stylesheet below /static/")
    return found[1].decode()


def check_clients(entry, vitrine):
    claimed = {"X-Forwarded-For": "203.0.113.66", "Forwarded": "for=203.0.113.66;proto=http", "X-Forwarded-Proto": "http",
               "X-Forwarded-Host": "evil.example", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    status, headers, _ = entry.get("/contact/", headers=claimed)
    expect("a page with claims", status, 200)
    if not headers.get("Strict-Transport-Security"):
        raise Failure("a client can say that it came by HTTP")
    wait_for("the request is logged", lambda: "ab" * 16 in vitrine.program.output())
    if "203.0.113.66" in vitrine.program.output():
        raise Failure("a client can say who it is")


def check_files(entry, css):
    for turn in ("MISS", "HIT"):
        status, headers, _ = entry.get(css)
        expect(css, (status, headers["Cache-Control"], headers["X-Proxy-Cache"]),
               (200, "public, max-age=31536000, immutable", turn))
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop(0)
        seen.add(path)
        page = entry.get(path)[2].decode(errors="replace")
        found = re.search(r'"(/media/images/[^" ]+)', page)
        if found:
            picture = found[1].replace("&amp;", "&")
            break
        waiting += [link for link in re.findall(r'href="(/[a-z0-9/-]*/)"', page) if link not in seen and link not in waiting]
        if len(seen) > 60:
            raise Failure("no page of the default site shows a picture")
    else:
        raise Failure("no page of the default site shows a picture")
    for turn in ("MISS", "HIT"):
        status, headers, _ = entry.get(picture, timeout_s=60)
        expect(picture, (status, headers["X-Proxy-Cache"]), (200, turn))
    return headers["Content-Type"]


def check_sizes(entry):
    body = b"x" * LARGE
    status, _, answer = entry.get("/api/v1/documents/", "POST", {"Content-Type": "application/octet-stream"}, body, 60)
    if status != 401:
        raise Failure(f"20 MB for the API, without a token, are answered with {status}: {answer[:200]!r}")
    try:
        status = entry.get("/contact/", "POST", {"Content-Type": "application/octet-stream"}, body)[0]
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        status = 413  # nginx has answered and hung up while the rest was on its way.
    expect("20 MB for a page", status, 413)


def first_event(entry):
    """The first line of a stream that goes on, or None when none arrives in time."""
    connection = entry.connection(FIRST_EVENT_S)
    try:
        connection.request("GET", "/api/v1/config/frontend/events", headers={"Host": NAME, "Accept": "text/event-stream"})
        answer = connection.getresponse()
        expect("a stream", (answer.status, answer.headers.get_content_type()), (200, "text/event-stream"))
        return answer.readline()
    except TimeoutError:
        return None
    finally:
        connection.close()


def check_stream(stack, entry, upstream):
    if not (first_event(entry) or b"").strip():
        raise Failure(f"no event within {FIRST_EVENT_S} s: nginx holds the stream back")
    holding = Entry(stack, "nginx-holding", upstream)
    file = holding.folder / "vitrine" / "streams.conf"
    file.write_text(replaced(file.read_text(), {"proxy_buffering off": "proxy_buffering on"}))
    holding.start(stack)
    if first_event(holding) is not None:
        raise Failure("an nginx that holds streams back is not seen")
    stack.end(holding.program)


def check_operations(stack, entry, vitrine):
    for path in OPERATIONS:
        status, _, body = entry.get(path)
        if status != 404 or b"vitrine_" in body:
            raise Failure(f"{path} answers {status} from outside")
    astray = Entry(stack, "nginx-astray", vitrine.ops.removeprefix("http://")).start(stack)
    expect("what is not refused there", astray.get("/drill")[0] in (404, 405), True)
    for path in OPERATIONS:
        expect(f"{path} of an nginx that was led astray", astray.get(path)[0], 404)
    # It is led there: what Vitrine alone can have answered.
    if not astray.get("/robots-of-nobody")[1].get("traceresponse"):
        raise Failure("the nginx that should be led astray does not reach the operations listener")
    connection = http.client.HTTPConnection(HOST, entry.status, timeout=10)
    connection.request("GET", "/stub_status")
    if b"Active connections" not in connection.getresponse().read():
        raise Failure("the exporter cannot read the figures of nginx")
    stack.end(astray.program)


class Developing:
    """A development server that speaks WebSocket as far as saying again what it is told."""

    def __init__(self):
        self.socket = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            stream, _ = self.socket.accept()
            threading.Thread(target=self.answer, args=(stream,), daemon=True).start()

    def answer(self, stream):
        with stream:
            head = head_of(stream)
            key = re.search(r"(?im)^sec-websocket-key: (\S+)", head)
            if not key:
                stream.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            accept = accept_of(key[1])
            stream.sendall("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                           f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
            while data := stream.recv(4096):
                stream.sendall(data)


def head_of(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte:
            break
        head += byte
    return head.decode()


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + ACCEPT_MAGIC).encode()).digest()).decode()


def check_websocket(stack, binary):
    port = free_port()
    Vitrine(stack, binary, "developing", server__listen=f"{HOST}:{port}", mode="dev", frontend__proxy=Developing().url,
            log__format="json", server__trusted_proxies=f"{HOST}/32")
    entry = Entry(stack, "nginx-developing", f"{HOST}:{port}").start(stack)
    context = ssl.create_default_context(cafile=str(entry.folder / "tls" / "certificate.pem"))
    with socket.create_connection((HOST, entry.https), 10) as plain, context.wrap_socket(plain, server_hostname=NAME) as stream:
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        stream.sendall(f"GET /ws HTTP/1.1\r\nHost: {NAME}\r\nOrigin: https://{NAME}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        head = head_of(stream)
        if not head.startswith("HTTP/1.1 101 ") or accept_of(key) not in head:
            raise Failure(f"a WebSocket is answered with {head}")
        for message in (b"first", b"second"):
            stream.sendall(message)
            expect("what comes back by the WebSocket", stream.recv(64), message)
    stack.end(entry.program)


def check_told_away(entry):
    """Whatever somebody wants to do: a form that is sent must not look as if it were refused for good."""
    for path, method in (("/about/", "GET"), ("/contact/", "POST"), ("/contact/", "PUT"), ("/admin/login/", "POST"),
                         ("/about/", "DELETE"), ("/media/no.png", "GET")):
        status, headers, body = entry.get(path, method, body=b"a=b" if method in ("POST", "PUT") else None)
        expect(f"{method} {path} without Vitrine",
               (status, headers["Retry-After"], headers["Cache-Control"], headers.get_content_type()),
               (503, "5", "no-store", "text/html"))
        if b"Back in a moment" not in body:
            raise Failure(f"people are told {body[:200]!r}")
    for method in ("GET", "POST", "DELETE"):
        status, headers, body = entry.get("/api/v2/pages/", method)
        expect(f"{method} of the API without Vitrine", (status, headers.get_content_type(), json.loads(body)["status"]),
               (503, "application/problem+json", 503))
    expect("the page for people, asked for by its name", entry.get("/-/unavailable.html")[0], 404)


def check_away(stack, binary, entry, vitrine, css, started):
    stack.end(vitrine.program)
    expect("/nginx-health without Vitrine", entry.get("/nginx-health")[0], 200)
    check_told_away(entry)
    expect("a file that nginx has", entry.get(css)[0], 200)
    expect("/admin/ without Vitrine", entry.get("/admin/")[0], 503)
    Vitrine(stack, binary, "back", **started)
    wait_for("pages are back without a word to nginx", lambda: entry.get("/about/")[0] == 200, 15)
