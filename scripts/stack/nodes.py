"""Several Vitrines on one database, with nginx before them, a primary with a standby and a Redis behind."""

import os
import secrets
import signal
import threading
import time

from causes import Certificate
from entry import NAME, Entry
from peers import Redis
from processes import HOST, answers, free_port, wait_for
from replicated import Replicated
from vitrine import Vitrine

COUNT = 3


class Node:
    """One of the Vitrines: the same address, folder and name however often it is started."""

    def __init__(self, cluster, number):
        self.cluster, self.name, self.port, self.starts = cluster, f"node-{number}", free_port(), 0
        self.address = f"{HOST}:{self.port}"
        # Whether something is wrong with it on purpose, and how often that was so.
        self.away, self.faults = False, 0

    def start(self):
        self.starts += 1
        cluster = self.cluster
        self.vitrine = Vitrine(cluster.stack, cluster.binary, f"{self.name}-{self.starts}", data=cluster.stack.dir / self.name,
                               server__listen=self.address, **cluster.settings)
        wait_for(f"{self.name} is ready", answers(f"{self.vitrine.ops}/readyz"))

    def get(self, path):
        """As nginx asks it."""
        return self.vitrine.get(path, headers={"Host": NAME, "X-Forwarded-Proto": "https"}, timeout_s=5)

    def kill(self):
        os.kill(self.vitrine.program.pid, signal.SIGKILL)
        self.vitrine.program.process.wait(30)
        self.cluster.stack.end(self.vitrine.program)

    def stop(self):
        return self.cluster.stack.end(self.vitrine.program)


class Cluster:
    """Everything that runs, and what is done to it. A fault is over when everything is ready again."""

    def __init__(self, stack, binary):
        self.stack, self.binary, self.lock = stack, binary, threading.Lock()
        self.database, self.redis = Replicated(stack), Redis(stack)
        self.settings = {
            "database__url": self.database.url, "redis__url": self.redis.url, "media__dir": stack.dir / "media",
            "security__secret_key": secrets.token_hex(32), "server__base_url": f"https://{NAME}",
            "server__trusted_proxies": f"{HOST}/32", "server__drain_timeout_s": 5,
            # Three nodes and an operator share the hundred connections of a server as it is installed.
            "database__max_connections": 10, "database__read_connections": 6,
            "api__write_per_minute": 100_000, "api__read_per_minute": 100_000,
        }
        self.nodes = [Node(self, number) for number in range(1, COUNT + 1)]
        for node in self.nodes:
            node.start()
        certificate = Certificate(stack.dir / "tls", 2)
        self.entry = Entry(stack, "nginx", *[node.address for node in self.nodes], tls=certificate.file.parent).start(stack)

    def well(self):
        """The nodes with which nothing is wrong on purpose, each with how often that was so before."""
        with self.lock:
            return [(node, node.faults) for node in self.nodes if not node.away]

    def begin(self, node):
        with self.lock:
            node.away, node.faults = True, node.faults + 1

    def end(self, node):
        wait_for(f"{node.name} is ready again", answers(f"{node.vitrine.ops}/readyz"))
        with self.lock:
            node.away = False

    def kill_node(self, node):
        """killed, and started 3 s later"""
        self.begin(node)
        node.kill()
        time.sleep(3)
        node.start()
        self.end(node)

    def freeze_node(self, node):
        """frozen for 8 s"""
        self.begin(node)
        os.kill(node.vitrine.program.pid, signal.SIGSTOP)
        time.sleep(8)
        os.kill(node.vitrine.program.pid, signal.SIGCONT)
        self.end(node)

    def restart_redis(self, _):
        """Redis killed, and started 2 s later"""
        self.redis.kill()
        time.sleep(2)
        self.redis.start()

    def fail_over(self, _):
        """PostgreSQL killed, its standby promoted 2 s later"""
        self.database.fail_over(2)
        for node in self.nodes:
            wait_for(f"{node.name} is ready again", answers(f"{node.vitrine.ops}/readyz"))

    def roll(self, _):
        """all nodes restarted, one after the other, with 2 s between them"""
        for node in self.nodes:
            self.begin(node)
            node.stop()
            node.start()
            self.end(node)
            time.sleep(2)
