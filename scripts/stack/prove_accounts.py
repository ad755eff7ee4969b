"""Proofs: passwords of accounts are guessed, signing in is broken, tokens are wrong, a program asks too often, and limits
are not counted together."""

import contextlib
import sqlite3

from causes import Load

REFUSE = "CREATE TRIGGER broken BEFORE INSERT ON login_failure BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def run(server, statement):
    with contextlib.closing(sqlite3.connect(server.data / "vitrine.db", timeout=10)) as database:
        database.execute(statement)
        database.commit()


def sign_ins(lab, servers):
    """Attempts to sign in, forty a second: all are wrong; then the table that counts them refuses."""
    server = servers.start("accounts", accounts__attempts_per_minute=10000)
    lab.watch(server.ops, "accounts")
    attempts = Load(server, ["/admin/login/"], per_s=40, method="POST", body=b"username=grace&password=guessed", headers=FORM)
    lab.case("forty guesses a second", "VitrineLoginBruteForce", job="accounts").prove(attempts.__enter__, attempts.__exit__)
    with Load(server, ["/admin/login/"], per_s=2, method="POST", body=b"username=grace&password=guessed", headers=FORM):
        broken = lab.case("the table of failed attempts takes no row", "VitrineLoginBroken", job="accounts")
        broken.prove(lambda: run(server, REFUSE), lambda: run(server, "DROP TRIGGER broken"))


def programs(lab, servers):
    """A program with a token that nobody has, and programs without one that write more often than they may."""
    server = servers.start("programs", api__wrong_tokens_per_minute=10000, api__write_per_minute=30)
    lab.watch(server.ops, "programs")
    wrong = Load(server, ["/api/v1/whoami"], per_s=40, headers={"Authorization": "Bearer vitrine_guessed"})
    lab.case("forty wrong tokens a second", "VitrineTokensRefused", job="programs").prove(wrong.__enter__, wrong.__exit__)
    often = Load(server, ["/api/v1/whoami"], per_s=30, method="POST", body=b"{}", headers={"Content-Type": "application/json"})
    lab.case("thirty writes a second of thirty a minute", "VitrineApiRateLimited", job="programs").prove(often.__enter__, often.__exit__)


def limits(lab, servers):
    """Limits that nodes should count together, and a Redis that is not there."""
    server = servers.start("limits", api__public_per_minute=100000, redis__url="redis://127.0.0.1:9/")
    lab.watch(server.ops, "limits")
    reading = Load(server, ["/api/v1/config/frontend/"], per_s=5)
    lab.case("no Redis where there should be one", "VitrineRateLimitsLocal", job="limits").prove(reading.__enter__, reading.__exit__)


PROOFS = {
    sign_ins: ["VitrineLoginBruteForce", "VitrineLoginBroken"],
    programs: ["VitrineTokensRefused", "VitrineApiRateLimited"],
    limits: ["VitrineRateLimitsLocal"],
}
