"""The founders' ceremony through the real command lines, in temporary folders."""

import json
import socket
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from integra_hub.cli import main as hub_main
from integra_node.cli import main as node_main

FEDERATION = "lab.test"
HUB = "hub.lab.test"
FOUNDERS = ("anna", "bela", "carl")


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@dataclass
class Ceremony:
    """One federation in ``folder``; every step is a command, its answer the parsed JSON."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)

    def hub(self, *args, fails=False):
        return self._run(hub_main, args, fails)

    def node(self, *args, fails=False):
        return self._run(node_main, args, fails)

    def path(self, name):
        return str(self.folder / name)

    def url(self, org):
        return f"https://127.0.0.1:{self.ports[org]}"

    def init_hub(self, home="hub", **kwargs):
        self.ports[HUB] = free_port()
        return self.hub(
            "init", "--home", self.path(home), "--org", HUB, "--federation", FEDERATION,
            "--url", self.url(HUB), "--federation-host", "127.0.0.1",
            "--federation-port", self.ports[HUB], "--status-port", free_port(),
            "--allow-network", "127.0.0.0/8", **kwargs,
        )  # fmt: skip

    def init_node(self, org, *args, profile="casework", **kwargs):
        self.ports[org] = free_port()
        return self.node(
            "init", "--home", self.path(org), "--org", org, "--federation", FEDERATION,
            "--profile", profile, "--url", self.url(org), "--federation-host", "127.0.0.1",
            "--federation-port", self.ports[org], "--staff-port", free_port(),
            "--allow-network", "127.0.0.0/8", *args, **kwargs,
        )  # fmt: skip

    def founders(self, names=FOUNDERS):
        return [
            self.hub("founder", "new", "--name", name, "--out", self.path(f"{name}.key"))["founder"]
            for name in names
        ]

    def request(self, home):
        return str(self.folder / home / "join-request.json")

    def draft_first(self, orgs, *args, out="v1.txt", founders=None, **kwargs):
        adds = [part for home in ("hub", *orgs) for part in ("--add", self.request(home))]
        keys = [part for key in founders or self.founders() for part in ("--founder", key)]
        return self.hub(
            "roster", "draft", "--federation", FEDERATION, *adds, *keys, *args,
            "--out", self.path(out), **kwargs,
        )  # fmt: skip

    def sign(self, text, name, *args, **kwargs):
        out = f"{text}.{name}"
        self.hub(
            "roster", "sign", self.path(text), "--key", self.path(f"{name}.key"), "--yes",
            "--out", self.path(out), *args, **kwargs,
        )  # fmt: skip
        return out

    def combine(self, text, names=FOUNDERS[:2], *args, out="v1.note"):
        parts = [self.path(self.sign(text, name, *args)) for name in names]
        self.hub("roster", "combine", *parts, *args, "--out", self.path(out))
        return out

    def publish(self, note, *args, **kwargs):
        return self.hub(
            "roster", "publish", "--home", self.path("hub"), self.path(note), *args, **kwargs
        )

    def join(self, org, fingerprint, *notes, **kwargs):
        rosters = [part for note in notes for part in ("--roster", self.path(note))]
        return self.node(
            "join", "--home", self.path(org), *rosters, "--fingerprint", fingerprint, **kwargs
        )

    def complete(self, orgs, *args):
        """Do everything: homes, founders, version 1 signed by two of three, published, joined."""
        self.init_hub()
        for org in orgs:
            self.init_node(org)
        fingerprint = self.draft_first(orgs, *args)["fingerprint"]
        note = self.combine("v1.txt")
        self.publish(note, "--fingerprint", fingerprint)
        for org in orgs:
            self.join(org, fingerprint, note)
        return fingerprint

    def _run(self, command, args, fails):
        done = CliRunner().invoke(command, ["--json", *map(str, args)], catch_exceptions=False)
        if fails:
            assert done.exit_code == 1, done.output
            return json.loads(done.stderr.splitlines()[-1])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout.splitlines()[-1])
