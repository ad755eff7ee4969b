"""Asks both servers the same and compares: compare.py PORT, in the environment of reference.py."""

import logging
import re
import sqlite3
import sys
import urllib.error
import urllib.request
from urllib.parse import quote

sys.dont_write_bytecode = True
PORT = int(sys.argv[1])

import reference  # noqa: E402
from accepted import accepted  # noqa: E402
from django.test import Client  # noqa: E402
from requests_made import requests  # noqa: E402


class Plain(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask_vitrine(method, target, headers):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{target}", method=method,
                                     headers={"Host": f"localhost:{PORT}", **headers})
    try:
        answer = urllib.request.build_opener(Plain).open(request)
    except urllib.error.HTTPError as error:
        answer = error
    return told(answer.status, answer.headers.get, answer.read().decode())


def ask_wagtail(method, target, headers):
    given = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    client = Client(raise_request_exception=False, HTTP_HOST=f"localhost:{PORT}", **given)
    answer = client.generic(method, target)
    return told(answer.status_code, answer.headers.get, answer.content.decode())


def told(status, header, body):
    kept = {name: header(name) for name in ("Content-Type", "Allow", "Vary", "Location")}
    return {"status": status, **kept, "body": body}


def differences(ours, theirs):
    return [name for name in ours if ours[name] != theirs[name]]


def main():
    # Requests that fail are counted here.
    logging.disable(logging.CRITICAL)
    reference.load()
    database = sqlite3.connect(f"file:{reference.TRIAL['from']}?mode=ro", uri=True)
    rules = accepted(reference.TRIAL["database"]["ENGINE"])
    met, failed, equal = {rule.reason: [] for rule in rules}, [], 0
    for method, target, headers in requests(database):
        target = quote(target, safe="%/?&=()[],;:+*~!'@$")
        ours, theirs = ask_vitrine(method, target, headers), ask_wagtail(method, target, headers)
        for rule in rules:
            if not differences(ours, theirs):
                break
            if rule.applies(method, target, ours, theirs):
                before = differences(ours, theirs)
                ours, theirs = rule.levelled(ours, theirs)
                if differences(ours, theirs) != before:
                    met[rule.reason].append(target)
        left = differences(ours, theirs)
        if left:
            failed.append((method, target, left, ours, theirs))
        else:
            equal += 1
    print(f"{equal} of {equal + len(failed)} requests are answered alike")
    stale = [rule.reason for rule in rules if not met[rule.reason] and not rule.is_chance]
    for reason, targets in met.items():
        print(f"  {len(targets):4} differ, accepted: {reason}")
    for reason in stale:
        print(f"STALE: nothing differs any more as accepted.py says: {reason}")
    for method, target, left, ours, theirs in failed:
        print(f"DIFFERENT {method} {target}: {', '.join(left)}")
        for name in left:
            print(f"  ours:   {first_difference(ours[name], theirs[name])}\n  theirs: {first_difference(theirs[name], ours[name])}")
    return 1 if failed or stale else 0


def first_difference(one, other):
    one, other = str(one), str(other)
    at = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return re.sub(r"\s+", " ", one[max(0, at - 120):at + 120])


if __name__ == "__main__":
    sys.exit(main())
