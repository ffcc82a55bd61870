"""A stack on the real engine, made by copying one that the engine has made before."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tools.pulumi_project import PulumiProject

TYPE = "pulumi-python:dynamic/carrierx:ExternalDID"

TABLE_PROGRAM = """\
import json
import pulumi
import pulumi_carrierx as carrierx

with open("numbers.json") as file:
    table = json.load(file)
for resource_name, arguments in table.items():
    aliases = [pulumi.Alias(name=name) for name in arguments.pop("aliases", [])]
    first = arguments.pop("delete_before_replace", None)
    opts = pulumi.ResourceOptions(aliases=aliases, delete_before_replace=first)
    number = carrierx.ExternalDID(resource_name, **arguments, opts=opts)
    pulumi.export(resource_name, number.external_did_sid)
"""


class CopiedProject(PulumiProject):
    """A project whose stack is a copy, and whose plain files are read and written directly.

    That spares most of the engine's starts that show nothing. A stack on another backend than its
    own folder is made and read by the engine.
    """

    def _select(self) -> None:
        self.environment = {**shortcuts(), **self.environment}
        if not self._is_local:
            super()._select()
            return
        template = _template(self.name, self.stack)
        if not self.state_file.exists():
            shutil.copytree(template.state_file.parent, self.state_file.parent, dirs_exist_ok=True)
            for meta in _meta(template):
                shutil.copy(meta, self.state_file.parents[2])
        if not self._settings_file.exists():
            shutil.copy(template._settings_file, self._settings_file)  # noqa: SLF001 -- the same class
        backend = self.environment["PULUMI_BACKEND_URL"]
        selected = f"organization/{self.name}/{self.stack}"
        # Older engines have one selection, newer ones one for each backend.
        selection = json.dumps({"stack": selected, "stacks": {backend: selected}})
        self._selection_file.parent.mkdir(exist_ok=True)
        self._selection_file.write_text(selection, encoding="utf-8")

    @property
    def _is_local(self) -> bool:
        backend = self.state_file.parents[3]
        return self.environment["PULUMI_BACKEND_URL"] == backend.absolute().as_uri()

    @property
    def _settings_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def _selection_file(self) -> Path:
        """Where the engine keeps which stack of this project is selected."""
        project_file = (self.folder / "Pulumi.yaml").absolute()
        name = f"{self.name}-{sha1(str(project_file).encode()).hexdigest()}-workspace.json"  # noqa: S324 -- the engine's choice
        return Path(self.environment["PULUMI_HOME"]) / "workspaces" / name

    def configure(self, key: str, value: str, *, secret: bool = False) -> None:
        """``pulumi config set``; without the engine where it has nothing to encrypt."""
        if secret:
            super().configure(key, value, secret=True)
            return
        settings = yaml.safe_load(self._settings_file.read_text(encoding="utf-8"))
        full_key = key if ":" in key else f"{self.name}:{key}"
        settings.setdefault("config", {})[full_key] = value
        self._settings_file.write_text(yaml.safe_dump(settings), encoding="utf-8")

    def state(self) -> dict[str, Any]:
        """The stack's deployment, as ``pulumi stack export`` gives it (secrets encrypted)."""
        if not self._is_local:
            return super().state()
        written = json.loads(self.state_file.read_text(encoding="utf-8"))
        return {"version": written["version"], "deployment": written["checkpoint"]["latest"]}

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, of which none may be a secret."""
        stack, *_ = self.state()["deployment"]["resources"]
        found: dict[str, Any] = stack.get("outputs", {})
        return found


@cache
def _template(project: str, stack: str) -> CopiedProject:
    """An empty stack that the engine has made, once in this process."""
    workspace = TemporaryDirectory(prefix="pulumi-template-")
    _FOLDERS.append(workspace)
    folder = Path(workspace.name, project)
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
    return _Template(folder, Path(workspace.name), stack=stack)


def shortcuts() -> dict[str, str]:
    """Variables with which a run of the engine does the same for a fifth less of the processor.

    The language host asks ``python -m pip list`` in every run which packages there are; it gets
    the answer that pip gave once. Python and the engine collect garbage less often: a short run
    over a small state makes little.
    """
    return {"PYTHONPATH": _site(), "GOGC": "400"}


@cache
def _site() -> str:
    folder = TemporaryDirectory(prefix="shortcuts-")
    _FOLDERS.append(folder)
    Path(folder.name, "sitecustomize.py").write_text("import gc\ngc.set_threshold(50_000)\n")
    pip = Path(folder.name, "pip")
    pip.mkdir()
    question = ["list", "-v", "--format", "json"]
    command = [sys.executable, "-m", "pip", *question]
    listed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    # A folder without an __init__.py would not come before the package that pip is.
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(
        _PIP.format(question=question, listed=listed, folder=folder.name), encoding="utf-8"
    )
    which = [sys.executable, "-c", "import pip; print(pip.__file__)"]
    found = subprocess.check_output(which, env={"PYTHONPATH": folder.name}, text=True)
    assert found.startswith(folder.name), "Python finds another pip first"
    return folder.name


_PIP = """\
import runpy, sys
if sys.argv[1:] == {question!r}:
    print({listed!r}, end="")
else:
    sys.path.remove({folder!r})
    del sys.modules["pip"]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""

_FOLDERS: list[TemporaryDirectory[str]] = []
"""Removed at the end of the process."""


class _Template(CopiedProject):
    def _select(self) -> None:
        PulumiProject._select(self)  # noqa: SLF001 -- the same class
        assert self._selection_file.exists(), "the engine keeps its selection somewhere else now"


def _meta(template: CopiedProject) -> Iterable[Path]:
    return template.state_file.parents[2].glob("meta.yaml*")


class Stack(CopiedProject):
    """A project in a folder of its own; ``workspace`` may be shared by several stacks."""

    def __init__(
        self,
        workspace: Path,
        environment: dict[str, str],
        *,
        project: str = "trial",
        stack: str = "dev",
    ) -> None:
        """Write a project with the table program, and no number yet."""
        folder = workspace / project
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
        super().__init__(folder, workspace, environment, stack=stack)
        self.program(TABLE_PROGRAM)
        self.declare()

    def program(self, source: str) -> None:
        """Write another program."""
        (self.folder / "__main__.py").write_text(source, encoding="utf-8")

    def declare(self, **numbers: dict[str, Any]) -> None:
        """Declare these numbers, by resource name, and no others."""
        text = json.dumps(numbers)
        (self.folder / "numbers.json").write_text(text, encoding="utf-8")

    def urn(self, name: str) -> str:
        """The URN of a number."""
        return f"urn:pulumi:{self.stack}::{self.name}::{TYPE}::{name}"

    def assert_settled(self) -> None:
        """After any ``up`` nothing is left to do, whatever CarrierX has by now."""
        run = self.preview("--refresh", "--expect-no-changes")
        assert run.ok, run.output
