"""A terminal that does what a page of the documentation says, in order, in a folder of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.engine.console_command import with_stand_in
from tests.engine.stack import shortcuts
from tools.bootstrap.engine import engine_directory
from tools.bootstrap.system import cache_directory
from tools.team_db.server import TeamDb

TIMEOUT_SECONDS = 300

_SIMULATE = re.compile(r"(pulumi-carrierx simulate|python -m carrierx_simulator)\b.*")
_SIMULATE_PORT = re.compile(r" --port (?P<port>[0-9]+)")
_DEFAULT_PORT = "8642"
_READY = re.compile(r"http://127\.0\.0\.1:(?P<port>[0-9]+)/")
_FOREIGN = ("CARRIERX_", "PULUMI_", "PYTEST_", "COV_")

# What a shell keeps from one command to the next: its folder and its exported variables.
_KEEPING = """\
. "$SESSION/variables" 2>/dev/null
cd "$(cat "$SESSION/folder")" || exit 125
{command}
status=$?
export -p >"$SESSION/variables"
pwd >"$SESSION/folder"
exit $status
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended, and what it printed on standard output and standard error."""

    exit_code: int
    output: str


class DocumentedSession:
    """Runs commands and writes files, as somebody would who follows a page.

    The project's Python, ``pulumi_stand_in`` and the engine are on ``PATH``. The home is
    ``folder``, and nothing of the process's own configuration shows. A simulator runs in the
    background on a free port, whatever port the page says, and the page's port stands for it
    everywhere: also in the files of a ``start`` that lies below the home, an example's copy.
    """

    def __init__(self, folder: Path, start: Path) -> None:
        """Begin in ``start``; ``folder`` is the home, and what the session needs lies beside it."""
        self._session = folder.with_name(f"{folder.name}.session")
        for made in (folder, self._session):
            made.mkdir(parents=True, exist_ok=True)
        (self._session / "folder").write_text(f"{start}\n", encoding="utf-8")
        self._copied = [*start.iterdir()] if folder in start.parents else []
        self._simulators: list[subprocess.Popen[str]] = []
        self._ports: dict[str, str] = {}
        self._environment = self._environment_of(folder)

    def _environment_of(self, home: Path) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
        engine = engine_directory(os.environ)
        path = [str(Path(sys.executable).parent), str(engine), own.get("PATH", "")]
        return {
            **with_stand_in({**own, "PATH": os.pathsep.join(path)}),
            "HOME": str(home),
            "SESSION": str(self._session),
            **shortcuts(),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # As in tools/pulumi_project.py: an editable install does not show that it has none.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_CARRIERX_ENGINE_DIR": str(engine),
            "PULUMI_CARRIERX_CACHE": str(cache_directory(os.environ)),
            "PULUMI_CARRIERX_TEAM_DB": str(self._session / "team-db"),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    @property
    def folder(self) -> Path:
        """The current folder."""
        return Path((self._session / "folder").read_text(encoding="utf-8").rstrip("\n"))

    def run(self, command: str) -> Finished:
        """Run a command; a simulator is left running once it has said that it is ready."""
        if _SIMULATE.fullmatch(command) and "--help" not in command:
            return self._simulate(command)
        finished = subprocess.run(
            ["bash", "-c", _KEEPING.replace("{command}", self._with_real_ports(command))],  # noqa: S607 -- the user's own
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Finished(finished.returncode, self._with_shown_ports(finished.stdout))

    def write(self, name: str, text: str) -> None:
        """Save a file in the current folder."""
        (self.folder / name).write_text(self._with_real_ports(text) + "\n", encoding="utf-8")

    def change(self, name: str, difference: str) -> None:
        """Change a file in one place, by the lines of a diff."""
        lines = difference.splitlines()
        before = [line[1:] for line in lines if line[:1] in {"-", " ", ""}]
        after = [line[1:] for line in lines if line[:1] in {"+", " ", ""}]
        file = self.folder / name
        old, new = ("\n".join(part) + "\n" for part in (before, after))
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has this {text.count(old)} times:\n{old}\n{text}"
        file.write_text(text.replace(old, self._with_real_ports(new)), encoding="utf-8")

    def _simulate(self, command: str) -> Finished:
        shown = _SIMULATE_PORT.search(command)
        free = f"{_SIMULATE_PORT.sub('', command).rstrip(' &')} --port 0"
        process = subprocess.Popen(
            ["bash", "-c", _KEEPING.replace("{command}", f"exec {free}")],  # noqa: S607 -- as above
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._simulators.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        ready = _READY.search(line)
        if ready is None:
            return Finished(process.wait(timeout=TIMEOUT_SECONDS), line)
        self._ports[shown["port"] if shown else _DEFAULT_PORT] = ready["port"]
        for file in self._copied:
            file.write_text(
                self._with_real_ports(file.read_text(encoding="utf-8")), encoding="utf-8"
            )
        return Finished(0, self._with_shown_ports(line))

    def _with_real_ports(self, text: str) -> str:
        for shown, real in self._ports.items():
            text = text.replace(f"127.0.0.1:{shown}", f"127.0.0.1:{real}")
        return text

    def _with_shown_ports(self, text: str) -> str:
        for shown, real in self._ports.items():
            text = text.replace(f"127.0.0.1:{real}", f"127.0.0.1:{shown}")
        return text

    def __enter__(self) -> Self:
        """Use the session in ``with``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the simulators, and the database if there is one."""
        for process in self._simulators:
            process.terminate()
        for process in self._simulators:
            process.communicate(timeout=20)
        TeamDb(self._environment).remove()
