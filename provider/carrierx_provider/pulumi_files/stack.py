"""A stack as Pulumi's own command line knows it: its name, configuration and state."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.automation import CommandError, InvalidVersionError, LocalWorkspace, StackNotFoundError

from carrierx_provider.pulumi_files.stack_lock import is_locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi.automation import ConfigValue

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")

# Where a backend's URL may hold one: before its host, and for PostgreSQL among its arguments.
_PASSWORD = re.compile(r"""(?<=://)[^/@ ]*(?=@)|(?<=[?&]password=)[^&"' ]*""")


_UNOPENED = "unable to open state"
"""How the engine begins where the backend is not there: a database, a folder."""


class StackError(Exception):
    """The stack cannot be read; one line."""


class NoStackError(StackError):
    """There is no project, or no stack of it is selected; one line."""


class PulumiStack:
    """A stack of the project in a folder, or above it.

    Every method raises ``StackError``.
    """

    def __init__(self, folder: str, stack: str | None) -> None:
        """Find the project, and the stack.

        :param stack: as ``pulumi --stack`` takes it; None is the one that is selected.
        """
        self._workspace = _workspace(project_folder(folder))
        self._stack = stack or self._selected()
        self.project = self._project(self._stack)

    @property
    def record_name(self) -> str:
        """``PROJECT/STACK``, as an ownership record has it: without the organization."""
        return f"{self.project}/{_short(self._stack)}"

    @property
    def name(self) -> str:
        """The stack's name without organization and project, as its program knows it."""
        return _short(self._stack)

    @property
    def folder(self) -> Path:
        """Where Pulumi.yaml lies."""
        return Path(self._workspace.work_dir)

    def program(self) -> Path:
        """The Python program: ``__main__.py`` in the project's folder, or what ``main`` names."""
        settings = self._workspace.project_settings()
        runtime = settings.runtime
        language = runtime if isinstance(runtime, str) or runtime is None else runtime.name
        if language != "python":
            raise StackError(
                f"the project {self.project} is one of {language}, and External DIDs are for "
                "programs in Python"
            )
        main = self.folder / (settings.main or "")
        return main if main.suffix == ".py" else main / "__main__.py"

    def configuration(self) -> Mapping[str, str]:
        """The stack's settings with the project's defaults, secrets in plain text."""
        return {key: setting.value for key, setting in self.settings.items()}

    def settings_in_plain_text(self) -> frozenset[str]:
        """The keys of those settings that are no secrets."""
        return frozenset(key for key, setting in self.settings.items() if not setting.secret)

    @cached_property
    def settings(self) -> Mapping[str, ConfigValue]:
        """The stack's settings, and which of them are secrets."""
        try:
            return self._workspace.get_all_config(self._stack)
        except StackNotFoundError:
            raise StackError(
                f'no stack "{self._stack}" in project {self.project}: `pulumi stack ls` lists them'
            ) from None
        except CommandError as error:
            raise _stack_error(error) from None

    def preview(self, *, refresh: bool) -> str:
        """What ``pulumi preview --json`` prints, every step listed; also of one that failed.

        :param refresh: whether CarrierX is asked what stands first.
        """
        lines: list[str] = []
        flags = ["--json", "--show-sames", "--show-replacement-steps"]
        try:
            self._workspace.pulumi_command.run(
                ["preview", "--stack", self._stack, *flags, *(["--refresh"] if refresh else [])],
                self._workspace.work_dir,
                # Set by a user, it would print events in place of the preview.
                {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "false"},
                on_output=lines.append,
            )
        except CommandError as error:
            # What keeps a program or its resources from a preview stands in the preview itself.
            if not any(lines):
                raise _stack_error(error) from None
        return "\n".join(lines)

    def deployment(self) -> dict[str, Any]:
        """The stack's state."""
        return self._deployment(self._stack)

    def exported(self) -> str:
        """The stack's state as `pulumi stack import` takes it, secrets encrypted."""
        return self._exported(self._stack)

    def import_state(self, text: str) -> None:
        """Let the engine check a state, and put it in the place of the stack's own, as a whole.

        Ctrl-C does not cut it off.

        :param text: as ``exported`` gives it; what is in it as a secret's plaintext is encrypted.
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
            # Ctrl-C at a terminal goes to all that belongs to it, and cut off here the engine could
            # leave its lock, and half a state.
            start_new_session=True,
        )
        with process:
            try:
                _, errors = process.communicate(text)
            except KeyboardInterrupt:
                # Once more, and it goes on by itself.
                _, errors = process.communicate()
        if process.returncode:
            raise _said(errors)

    def deployments_of_others(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The states of the project's other stacks on the same backend, by stack."""
        try:
            names = [stack.name for stack in self._workspace.list_stacks()]
        except CommandError as error:
            raise _stack_error(error) from None
        for name in names:
            if _short(name) != _short(self._stack):
                yield name, self._deployment(name)

    def is_locked(self) -> bool:
        """Whether a run holds the stack, or has left its lock; False where that cannot be seen."""
        try:
            backend = self._workspace.who_am_i().url
        except CommandError as error:
            raise _stack_error(error) from None
        return is_locked(backend, self._workspace.work_dir, self.project, _short(self._stack))

    def _deployment(self, stack: str) -> dict[str, Any]:
        deployment: dict[str, Any] = json.loads(self._exported(stack)).get("deployment") or {}
        return deployment

    def _exported(self, stack: str) -> str:
        # LocalWorkspace.export_stack decrypts every secret, for which another stack's passphrase
        # would be needed too; IDs are none.
        try:
            exported = self._workspace.pulumi_command.run(
                ["stack", "export", "--stack", stack], self._workspace.work_dir, {}
            )
        except CommandError as error:
            raise _stack_error(error) from None
        text: str = exported.stdout
        return text

    def _selected(self) -> str:
        try:
            stack = self._workspace.stack()
        except CommandError as error:
            raise _stack_error(error) from None
        if stack is None:
            raise NoStackError(
                "no stack is selected: run `pulumi stack select`, or `pulumi stack init` for the "
                "first, or name one with --stack"
            )
        return stack.name

    def _project(self, stack: str) -> str:
        project = self._workspace.project_settings().name
        named = stack.split("/")[1:-1]
        if named and named != [project]:
            raise StackError(
                f"the stack {stack} is none of project {project}: go to its project's folder, or "
                "name it with --cwd"
            )
        return project


def project_folder(folder: str) -> Path:
    """Where Pulumi.yaml lies: in the folder or, as for ``pulumi`` itself, in one above."""
    start = Path(folder).absolute()
    for place in (start, *start.parents):
        if any((place / name).is_file() for name in PROJECT_FILES):
            return place
    raise NoStackError(
        f"no Pulumi project in {start} or above: go to the project's folder, or name it with --cwd"
    )


def _workspace(folder: Path) -> LocalWorkspace:
    try:
        return LocalWorkspace(work_dir=str(folder))
    except FileNotFoundError:
        raise StackError(
            "the command `pulumi` is not on PATH, and this needs it to read the stack: install "
            "Pulumi (https://www.pulumi.com/docs/install/), or add its folder to PATH"
        ) from None
    except InvalidVersionError as error:
        raise StackError(f"this `pulumi` cannot be used: {error}") from None


def _short(stack: str) -> str:
    """The stack's name without organization and project, as its program knows it."""
    return stack.rpartition("/")[2]


def _stack_error(error: CommandError) -> StackError:
    """What the command line wrote to standard error, in one line.

    Never what it wrote to standard output, where configuration may stand in plain text.
    """
    return _said(str(error).rpartition("\n stderr: ")[2])


def _said(words: str) -> StackError:
    if "passphrase" in words:
        return StackError(
            "the stack's passphrase is missing or wrong: set PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    if "PULUMI_ACCESS_TOKEN must be set" in words:
        return StackError(
            "Pulumi has no backend to keep the state in: set PULUMI_BACKEND_URL, or run "
            "`pulumi login`"
        )
    # Before the error it may say how it logs in, and warn.
    line = " ".join((words.partition("error: ")[2] or words).split())
    todo = "; see that PULUMI_BACKEND_URL is right, and what it names is there"
    return StackError(
        f"pulumi: {_PASSWORD.sub('…', line)}{todo if line.startswith(_UNOPENED) else ''}"
    )
