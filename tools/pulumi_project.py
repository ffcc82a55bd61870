"""Drives the real Pulumi engine over one project folder: the demo, the tests, the benchmark."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.bootstrap.engine import engine_directory

TIMEOUT_SECONDS = 600
CANCEL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of ``pulumi`` printed, standard output and standard error as one text."""

    exit_code: int
    output: str

    @property
    def ok(self) -> bool:
        """Whether the run succeeded."""
        return self.exit_code == 0


class PulumiProject:
    """One stack of one project folder, on a state backend of its own below ``workspace``.

    The programs run with the Python that runs this. ``environment`` is added to the process's own
    (less its ``CARRIERX_*`` and ``PULUMI_*`` variables).
    """

    def __init__(
        self,
        folder: Path,
        workspace: Path,
        environment: dict[str, str] | None = None,
        *,
        stack: str = "dev",
    ) -> None:
        """Make the backend's folders, and the stack unless it is there."""
        self.folder = folder
        self.stack = stack
        text = (folder / "Pulumi.yaml").read_text(encoding="utf-8")
        self.name: str = yaml.safe_load(text)["name"]
        state = workspace / "state"
        self.state_file: Path = state / ".pulumi" / "stacks" / self.name / f"{stack}.json"
        home = workspace / "pulumi-home"
        for made in (state, home):
            made.mkdir(parents=True, exist_ok=True)
        own = {k: v for k, v in os.environ.items() if not k.startswith(("CARRIERX_", "PULUMI_"))}
        path = [str(Path(sys.executable).parent), str(engine_directory(os.environ))]
        self.environment = {
            **own,
            "PATH": os.pathsep.join([*path, own.get("PATH", "")]),
            "PULUMI_BACKEND_URL": state.absolute().as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase of no importance",
            "PULUMI_HOME": str(home.absolute()),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # The engine takes a package named pulumi-… for one with a plugin to download. Ours
            # says that it has none (pulumi-plugin.json), which an editable install does not show.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # The simulator is on this machine, whatever proxy its environment names.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            **(environment or {}),
        }
        self._select()

    def _select(self) -> None:
        """Select the stack; make it unless it exists."""
        self.run("stack", "select", "--create", self.stack)

    def start(
        self, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start ``pulumi`` with these arguments in the project folder, in a session of its own."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],  # noqa: S607 -- our PATH
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            # Ctrl-C reaches the engine once, through us: a second one would make it drop its work.
            start_new_session=True,
        )

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> Run:
        """Run ``pulumi`` with these arguments in the project folder."""
        with self.start(*arguments, environment=environment) as process:
            try:
                output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
            except BaseException:
                _cancel(process)
                raise
        return Run(process.returncode, output)

    def preview(self, *arguments: str) -> Run:
        """``pulumi preview --diff``."""
        return self.run("preview", "--diff", *arguments)

    def up(self, *arguments: str, environment: dict[str, str] | None = None) -> Run:
        """``pulumi up`` without its own preview, since the tests look at previews apart."""
        return self.run(
            "up", "--yes", "--skip-preview", "--diff", *arguments, environment=environment
        )

    def refresh(self, *arguments: str) -> Run:
        """``pulumi refresh`` without its own preview."""
        return self.run("refresh", "--yes", "--skip-preview", "--diff", *arguments)

    def destroy(self, *arguments: str) -> Run:
        """``pulumi destroy`` without its own preview."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments)

    def configure(self, key: str, value: str, *, secret: bool = False) -> None:
        """``pulumi config set``."""
        self.run("config", "set", *(["--secret"] if secret else ["--plaintext"]), key, value)

    def state(self) -> dict[str, Any]:
        """The stack's deployment, as ``pulumi stack export`` gives it (secrets encrypted)."""
        exported: dict[str, Any] = json.loads(self.run("stack", "export").output)
        return exported

    def resources(self) -> dict[str, dict[str, Any]]:
        """The External DIDs in the state, by their name in the program."""
        return {
            resource["urn"].rsplit("::", 1)[-1]: resource
            for resource in self.state()["deployment"].get("resources", [])
            if resource["type"] == "pulumi-python:dynamic/carrierx:ExternalDID"
        }

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--json").output)
        return found


def _cancel(process: subprocess.Popen[str]) -> None:
    """Let the engine finish what is under way and stop its plugins; kill it if it will not."""
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=CANCEL_SECONDS)
    except BaseException:  # also a second Ctrl-C
        process.kill()
        raise
