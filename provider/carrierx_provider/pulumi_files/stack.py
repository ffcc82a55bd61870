"""A stack as the command ``pulumi`` knows it: its name, configuration, state and lock."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from pulumi.automation import (
    CommandError,
    ConfigValue,
    InvalidVersionError,
    LocalWorkspace,
    StackNotFoundError,
)

from carrierx_provider.pulumi_files.deployment import Deployment, StackError, StackExport

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")

# Where a backend's URL may hold one: before its host, and for PostgreSQL in its query.
_PASSWORD = re.compile(r"""(?<=://)[^/@ ]*(?=@)|(?<=[?&]password=)[^&"' ]*""")


class NoStackError(StackError):
    """There is no project, or no stack of it is selected; one line."""


@contextmanager
def _failures_in_one_line() -> Iterator[None]:
    """Make a failed command a ``StackError`` with what it wrote to standard error.

    Never what it wrote to standard output, which may have configuration in plain text.
    """
    try:
        yield
    except CommandError as error:
        raise _error_from(str(error).rpartition("\n stderr: ")[2]) from None


class PulumiStack:
    """A stack of the project in a folder, or above it.

    Every method raises ``StackError``.
    """

    def __init__(self, folder: str, stack: str | None) -> None:
        """Find the project of the folder, and its stack: a name, or None for the selected one."""
        self.folder = project_folder(folder)
        """Where Pulumi.yaml is."""
        self._workspace = _workspace(self.folder)
        self._stack = stack or self._selected()
        self.project = self._project()
        self.name = _short(self._stack)
        """Without organization and project, as its program knows it."""
        self.full_name = f"{self.project}/{self.name}"
        """As an ownership record has it."""

    def program(self) -> Path:
        """The Python program: ``__main__.py`` in the project's folder, or what ``main`` names."""
        settings = self._workspace.project_settings()
        runtime = settings.runtime
        language = runtime if isinstance(runtime, str) or runtime is None else runtime.name
        if language != "python":
            raise StackError(
                f"project {self.project} has the runtime {language}, and pulumi-carrierx is for "
                "Python programs"
            )
        main = self.folder / (settings.main or "")
        return main if main.suffix == ".py" else main / "__main__.py"

    def configuration(self) -> Mapping[str, str]:
        """The stack's settings with the project's defaults, secrets in plain text."""
        return {key: setting.value for key, setting in self.settings.items()}

    @cached_property
    @_failures_in_one_line()
    def settings(self) -> Mapping[str, ConfigValue]:
        """The stack's settings, and which of them are secrets."""
        try:
            return self._workspace.get_all_config(self._stack)
        except StackNotFoundError:
            raise StackError(
                f'no stack "{self._stack}" in project {self.project}: `pulumi stack ls` lists them'
            ) from None

    @_failures_in_one_line()
    def preview(self, *, refresh: bool) -> str:
        """What ``pulumi preview --json`` prints, every step listed; also if the preview failed."""
        lines: list[str] = []
        flags = ["--json", "--show-sames", "--show-replacement-steps"]
        try:
            self._workspace.pulumi_command.run(
                ["preview", "--stack", self._stack, *flags, *(["--refresh"] if refresh else [])],
                self._workspace.work_dir,
                # If a user has set it, events are printed in place of the preview.
                {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "false"},
                on_output=lines.append,
            )
        except CommandError:
            # What is wrong with a program or its resources is said in the preview itself. An
            # engine that fails before it runs the program prints an empty object.
            if "".join(lines).strip() in {"", "{}"}:
                raise
        return "\n".join(lines)

    def deployment(self) -> Deployment:
        """The stack's state."""
        return self.export().deployment or Deployment()

    @_failures_in_one_line()
    def export(self, stack: str | None = None) -> StackExport:
        """The state of this stack, or of another one of the project, secrets encrypted."""
        # LocalWorkspace.export_stack decrypts every secret, for which another stack's passphrase
        # would be needed too; IDs are not secrets.
        exported = self._workspace.pulumi_command.run(
            ["stack", "export", "--stack", stack or self._stack], self._workspace.work_dir, {}
        )
        return StackExport.parse(exported.stdout)

    def import_state(self, text: str) -> None:
        """Let the engine check a document of ``stack export``, and replace the stack's state.

        The plaintext of a secret in it is encrypted. Ctrl-C does not interrupt it.
        """
        # From standard input: a file would hold the secrets' plaintext.
        process = subprocess.Popen(  # noqa: S603 -- the user's own pulumi
            [
                self._workspace.pulumi_command.command,
                *("stack", "import", "--non-interactive", "--color=never", "--stack", self._stack),
            ],
            cwd=self.folder,
            env={**os.environ, "PULUMI_AUTOMATION_API": "true"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            # Ctrl-C at a terminal goes to all its processes, and an engine that is interrupted here
            # could leave its lock, and half a state.
            start_new_session=True,
        )
        with process:
            try:
                _, errors = process.communicate(text)
            except KeyboardInterrupt:
                # After a second Ctrl-C the engine continues by itself.
                _, errors = process.communicate()
        if process.returncode:
            raise _error_from(errors)

    def deployments_of_others(self) -> Iterator[tuple[str, Deployment]]:
        """The states of the project's other stacks on the same backend, by stack."""
        with _failures_in_one_line():
            names = [stack.name for stack in self._workspace.list_stacks()]
        for name in names:
            if _short(name) != self.name:
                yield name, self.export(name).deployment or Deployment()

    @_failures_in_one_line()
    def is_locked(self) -> bool:
        """Whether a run holds the stack, or a killed run has left its lock.

        False where that cannot be seen: `pulumi` has no command for it, and only a backend that is
        a folder can be looked into. While a run without checkpoints is at work, the state says
        nothing of what it has registered, and the lock is the only sign of the run.
        """
        backend = self._workspace.who_am_i().url
        return is_locked(backend, self._workspace.work_dir, self.project, self.name)

    @_failures_in_one_line()
    def _selected(self) -> str:
        stack = self._workspace.stack()
        if stack is None:
            raise NoStackError(
                "no stack is selected: run `pulumi stack select`, or `pulumi stack init` for the "
                "first, or pass --stack"
            )
        return stack.name

    def _project(self) -> str:
        project = self._workspace.project_settings().name
        named = self._stack.split("/")[1:-1]
        if named and named != [project]:
            raise StackError(
                f"stack {self._stack} does not belong to project {project}: run this in its "
                "project folder, or pass --cwd"
            )
        return project


def project_folder(folder: str) -> Path:
    """Where Pulumi.yaml is: in the folder or, as for ``pulumi`` itself, in one above."""
    start = Path(folder).absolute()
    for place in (start, *start.parents):
        if any((place / name).is_file() for name in PROJECT_FILES):
            return place
    raise NoStackError(
        f"no Pulumi project in {start} or above: run this in the project's folder, or pass --cwd"
    )


def is_locked(backend: str | None, folder: str, project: str, stack: str) -> bool:
    """Whether a backend that is a folder, seen from ``folder``, has a lock; False for any other."""
    scheme, _, rest = (backend or "").partition("://")
    if scheme != "file":
        return False
    path = unquote(rest.partition("?")[0])
    locks = Path(folder, Path(path).expanduser()) / ".pulumi" / "locks"
    # The second is that of a backend from before stacks belonged to projects.
    places = (locks / "organization" / project / stack, locks / stack)
    return any(lock for place in places for lock in place.glob("*.json"))


def _workspace(folder: Path) -> LocalWorkspace:
    try:
        return LocalWorkspace(work_dir=str(folder))
    except FileNotFoundError:
        raise StackError(
            "the command `pulumi` is not on PATH, and is needed to read the stack: install Pulumi "
            "(https://www.pulumi.com/docs/install/), or add its folder to PATH"
        ) from None
    except InvalidVersionError as error:
        raise StackError(f"this `pulumi` cannot be used: {error}") from None


def _short(stack: str) -> str:
    """The stack's name without organization and project, as its program knows it."""
    return stack.rpartition("/")[2]


def _error_from(output: str) -> StackError:
    if "passphrase" in output:
        return StackError(
            "the stack's passphrase is missing or wrong: set PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    if "PULUMI_ACCESS_TOKEN must be set" in output:
        return StackError(
            "Pulumi has no backend to keep the state in: set PULUMI_BACKEND_URL, or run "
            "`pulumi login`"
        )
    # Before the error there may be a line about its login, and warnings.
    line = " ".join((output.partition("error: ")[2] or output).split())
    text = f"pulumi: {_PASSWORD.sub('…', line)}"
    # The backend does not exist: a database, a folder.
    if line.startswith("unable to open state"):
        text += "; check that PULUMI_BACKEND_URL is right and that what it names exists"
    # Pulumi asks the program's Python, in the program's folder.
    if line.startswith("failed to discover package requirements"):
        text += "; `pulumi-carrierx doctor` checks that Python, and what hides its modules"
    return StackError(text)
