"""What ``pulumi-carrierx adopt`` does, in an order that may be cut off anywhere.

Read all; then write the backup, the table, the program, and the state last. A number in the state
that no program states would be released by the next ``up``; a row without a resource is refused by
CarrierX as registered already, and the next adoption takes it up.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from carrierx_cli.accounts import account_numbers
from carrierx_cli.adopt.adoption import adoption_of
from carrierx_cli.adopt.messages import conclusion, nothing_found_line, notices, numbers
from carrierx_cli.adopt.program import program_for
from carrierx_cli.adopt.resources import ProviderSetting, with_numbers
from carrierx_cli.adopt.select import Managed, parse_list, select
from carrierx_cli.adopt.table import table_of
from carrierx_cli.console import err, error, out
from carrierx_provider.core.atomic_write import write_whole
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.number_table.table import TableError, TableProblem
from carrierx_provider.pulumi_files.stack import PulumiStack, StackError
from carrierx_provider.pulumi_files.state_edit import StateChange, backup_line
from carrierx_provider.pulumi_files.urn import StackRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_api.models import ExternalDID
    from carrierx_cli.adopt.adoption import Adoption
    from carrierx_cli.adopt.command import Wanted

ALL_MANAGED, SOME_LEFT_OUT, FAILED = 0, 1, 2

_complain = partial(error, "adopt")


class WrongFlagsError(Exception):
    """The flags do not go together, or name a file that cannot be used; one line."""


def run(wanted: Wanted) -> int:
    """Do what the flags say; the exit code.

    Every error is one line on standard error, and so is each mistake in the table.
    """
    try:
        return _Adoption(wanted).run()
    except TableError as error:
        for mistake in error.mistakes:
            _complain(str(mistake))
    except (StackError, ConfigurationError, ResourceError, WrongFlagsError) as error:
        _complain(str(error))
    return FAILED


class _Adoption:
    """One run of the command."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._named = _named(wanted)
        self._stack = PulumiStack(wanted.folder, wanted.stack)
        self._settings = self._stack.settings
        settings = Settings.of(self._stack_configuration().get, os.environ)
        self._place = StackRef(self._stack.project, self._stack.name, settings.ownership_key)
        self._program = self._stack.program()
        self._table = self._program.parent / (wanted.table or f"numbers.{self._stack.name}.yaml")
        settings.access(wanted.account)
        open_log(os.environ)
        self._connections = Connections(settings)

    def _stack_configuration(self) -> dict[str, str]:
        return {key: setting.value for key, setting in self._settings.items()}

    def run(self) -> int:
        # A table that cannot be used is told before the account is read.
        table = table_of(_text_of(self._table), self._table.name)
        found = self._read_account()
        if not found:
            _complain(nothing_found_line(self._wanted.account, self._wanted.filter))
        state = StateChange(self._stack)
        others = dict(self._stack.deployments_of_others())
        managed = Managed.by(state.deployment, others)
        choice = select(
            found,
            self._named,
            self._wanted.account,
            managed,
            self._place,
            include_claimed=self._wanted.include_claimed,
        )
        adoption = adoption_of(choice, self._wanted.account, table, managed.names, self._place)
        for line in notices(adoption, self._table.name):
            _complain(line)
        if adoption.entries and not self._wanted.dry_run:
            self._write(state, table.text, adoption)
        for line in conclusion(
            adoption, self._place.full_name, self._table.name, dry_run=self._wanted.dry_run
        ):
            out(line)
        return ALL_MANAGED if adoption.all_are_managed else SOME_LEFT_OUT

    def _read_account(self) -> list[ExternalDID]:
        account, filter_ = self._wanted.account, self._wanted.filter
        return run_blocking(account_numbers, self._connections, account, filter_, err)

    def _write(self, state: StateChange, table_before: str, adoption: Adoption) -> None:
        out(backup_line(self._stack, state.back_up("adopt")))
        self._refuse_a_changed_table(table_before)
        if adoption.new_rows:
            _write(self._table, adoption.table)
        self._write_program()
        # A row that another run has written over would leave its number in the state alone.
        self._refuse_a_changed_table(adoption.table)
        err(f"Putting {numbers(len(adoption.entries))} into the state.")
        configuration = {
            key: ProviderSetting(setting.value, bool(setting.secret))
            for key, setting in self._settings.items()
        }
        state.put(
            with_numbers(
                state.deployment, self._place, adoption.entries, configuration, str(uuid4()), None
            )
        )

    def _refuse_a_changed_table(self, text: str) -> None:
        if _text_of(self._table) != text:
            reason = (
                "has changed since it was read, and the state was left as it is: run the same "
                "command again"
            )
            raise TableError([TableProblem(self._table.name, reason)])

    def _write_program(self) -> None:
        path = Path(os.path.relpath(self._table, self._program.parent)).as_posix()
        program = program_for(path, self._place)
        if not self._program.exists():
            _write(self._program, program)
        elif _text_of(self._program) != program:
            _complain(
                f"{self._program.name} is there already and stays as it is: see that it states the "
                f"rows of {path} before the next `pulumi up`"
            )


def _named(wanted: Wanted) -> Sequence[str] | None:
    ways = (wanted.all_numbers, wanted.filter is not None, wanted.numbers is not None)
    if sum(ways) != 1:
        raise WrongFlagsError("say which numbers: --all, or --filter FILTER, or --numbers FILE")
    if wanted.numbers is None:
        return None
    named = parse_list(_text_of(Path(wanted.numbers), must_exist=True))
    if not named:
        raise WrongFlagsError(f"{wanted.numbers}: names no number: write one a line, or its SID")
    return named


def _text_of(file: Path, *, must_exist: bool = False) -> str:
    try:
        # Line ends stay what they are.
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        if must_exist:
            raise WrongFlagsError(f"{file}: is not there") from None
        return ""
    except UnicodeDecodeError:
        raise WrongFlagsError(f"{file}: is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise WrongFlagsError(f"{file}: cannot be read: {error.strerror}") from None


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        raise WrongFlagsError(f"{file}: cannot be written: {error.strerror}") from None
