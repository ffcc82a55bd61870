"""What ``pulumi-carrierx adopt`` does, in an order that makes it safe to interrupt anywhere.

Read everything; then write the backup, the table, the program, and the state last. A number in the
state that no program declares would be released by the next ``up``; a row without a resource is
refused by CarrierX as registered already, and the next adoption takes it up.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from carrierx_api.models import UPDATABLE_FIELDS
from carrierx_cli.accounts import connect, list_numbers
from carrierx_cli.adopt.adoption import Adoption, plan_adoption
from carrierx_cli.adopt.messages import conclusion, kept_program_line, nothing_found_line, notices
from carrierx_cli.adopt.resources import with_numbers
from carrierx_cli.adopt.select import Managed, parse_list, select
from carrierx_cli.adopt.table import POOL_NAME, program_for, read_table
from carrierx_cli.console import err, error, exit_code, out
from carrierx_cli.options import StackOptions, UsageError
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.settings import Settings
from carrierx_provider.core.text import plural
from carrierx_provider.number_table.table import TableError, TableProblem
from carrierx_provider.pulumi_files.stack import PulumiStack
from carrierx_provider.pulumi_files.state_edit import StateChange, backup_line, write_whole
from carrierx_provider.pulumi_files.urn import StackRef

ALL_MANAGED, SOME_LEFT_OUT = 0, 1

NEEDED = ("phonenumber", "capabilities", *UPDATABLE_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(StackOptions):
    """What the flags say."""

    all_numbers: bool
    filter: str | None
    numbers: str | None
    """The file with a list."""
    account: str | None
    table: str | None
    include_claimed: bool
    dry_run: bool


def run(options: Options) -> int:
    """Do what the flags say; the exit code."""
    return exit_code("adopt", lambda: _Adoption(options).run())


class _Adoption:
    """One run of the command."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._named = _named(options)
        self._stack = PulumiStack(options.folder, options.stack)
        settings = Settings.of(self._stack.configuration().get, os.environ)
        self._ref = StackRef(self._stack.project, self._stack.name, settings.ownership_key)
        self._program = self._stack.program()
        self._table = self._program.parent / (options.table or f"numbers.{self._stack.name}.yaml")
        self._connections = connect(settings, [options.account])

    def run(self) -> int:
        options, file = self._options, self._table.name
        # A table that cannot be used is reported before the account is read.
        table = read_table(_text_of(self._table), file)
        found = run_blocking(
            list_numbers, self._connections, options.account, NEEDED, "adopt", options.filter, err
        )
        if not found:
            error("adopt", nothing_found_line(options.account, options.filter))
        state = StateChange(self._stack)
        managed = Managed.by(state.deployment, dict(self._stack.deployments_of_others()))
        selection = select(
            found,
            self._named,
            options.account,
            managed,
            self._ref,
            include_claimed=options.include_claimed,
        )
        adoption = plan_adoption(selection, options.account, table, managed.names, self._ref)
        for line in notices(adoption, file):
            error("adopt", line)
        if adoption.numbers and not options.dry_run:
            self._write(state, table.text, adoption)
        for line in conclusion(adoption, self._ref.full_name, file, dry_run=options.dry_run):
            out(line)
        return ALL_MANAGED if adoption.all_are_managed else SOME_LEFT_OUT

    def _write(self, state: StateChange, table_before: str, adoption: Adoption) -> None:
        out(backup_line(self._stack, state.back_up("adopt")))
        self._refuse_a_changed_table(table_before)
        if adoption.new_rows:
            _write(self._table, adoption.table)
        pool = self._write_program()
        # If another run has overwritten a row, its number would be in the state alone.
        self._refuse_a_changed_table(adoption.table)
        err(f"Putting {plural(len(adoption.numbers), 'number')} into the state.")
        state.put(
            with_numbers(
                state.deployment,
                self._ref,
                adoption.numbers,
                self._stack.settings,
                str(uuid4()),
                pool,
            )
        )

    def _refuse_a_changed_table(self, text: str) -> None:
        if _text_of(self._table) != text:
            reason = (
                "has changed since it was read, and the state was not written: run the same "
                "command again"
            )
            raise TableError([TableProblem(self._table.name, reason)])

    def _write_program(self) -> str | None:
        """Write the program if there is none yet; its pool, or None for the user's own program."""
        path = Path(os.path.relpath(self._table, self._program.parent)).as_posix()
        program = program_for(path, self._ref)
        if not self._program.exists():
            _write(self._program, program)
        elif _text_of(self._program) != program:
            error("adopt", kept_program_line(self._program.name, path))
            return None
        return POOL_NAME


def _named(options: Options) -> Sequence[str] | None:
    ways = (options.all_numbers, options.filter is not None, options.numbers is not None)
    if sum(ways) != 1:
        raise UsageError("say which numbers: --all, or --filter FILTER, or --numbers FILE")
    if options.numbers is None:
        return None
    named = parse_list(_text_of(Path(options.numbers), must_exist=True))
    if not named:
        raise UsageError(f"{options.numbers}: names no number: write numbers or SIDs, one a line")
    return named


def _text_of(file: Path, *, must_exist: bool = False) -> str:
    try:
        # Line ends stay what they are.
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        if must_exist:
            raise UsageError(f"{file}: does not exist") from None
        return ""
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8: save it as UTF-8") from None
    except OSError as failure:
        raise UsageError(f"{file}: cannot be read: {failure.strerror}") from None


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as failure:
        raise UsageError(f"{file}: cannot be written: {failure.strerror}") from None
