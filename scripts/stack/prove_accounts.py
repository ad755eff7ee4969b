"""Proofs: passwords of accounts are guessed, and signing in is broken."""

import contextlib
import sqlite3

from causes import Load

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def rename(server, table, to):
    with contextlib.closing(sqlite3.connect(server.data / "vitrine.db", timeout=10)) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {to}")
        database.commit()


def sign_ins(lab, servers):
    """Attempts to sign in, forty a second: all are wrong; then the table that counts them is away."""
    server = servers.start("accounts", accounts__attempts_per_minute=10000)
    lab.watch(server.ops, "accounts")
    attempts = Load(server, ["/admin/login/"], per_s=40, method="POST", body=b"username=grace&password=guessed", headers=FORM)
    lab.case("forty guesses a second", "VitrineLoginBruteForce", job="accounts").prove(attempts.__enter__, attempts.__exit__)
    with Load(server, ["/admin/login/"], per_s=2, method="POST", body=b"username=grace&password=guessed", headers=FORM):
        broken = lab.case("the table of failed attempts is away", "VitrineLoginBroken", job="accounts")
        broken.prove(lambda: rename(server, "login_failure", "login_failure_away"),
                     lambda: rename(server, "login_failure_away", "login_failure"))


PROOFS = {sign_ins: ["VitrineLoginBruteForce", "VitrineLoginBroken"]}
