"""The command ``pulumi-carrierx adopt``, in an order that makes it safe to interrupt anywhere.

Read everything; then write the backup, the table, the program, and the state last. A number in the
state that no program declares would be released by the next ``up``; a row without a resource is
refused by CarrierX as registered already, and the next adoption takes it up.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from carrierx_api.models import UPDATABLE_FIELDS
from carrierx_cli.accounts import connect, list_numbers
from carrierx_cli.adopt.adoption import (
    Adoption,
    conclusion,
    nothing_found_line,
    notices,
    plan_adoption,
)
from carrierx_cli.adopt.resources import with_numbers
from carrierx_cli.adopt.select import Managed, SkipReason, parse_list, select
from carrierx_cli.adopt.table import POOL_NAME, program_for, read_table
from carrierx_cli.console import ProjectFolder, StackName, UsageError, command, err, error, out
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.settings import Settings
from carrierx_provider.core.text import plural
from carrierx_provider.number_table.table import TableError, TableProblem
from carrierx_provider.pulumi_files.stack import PulumiStack
from carrierx_provider.pulumi_files.state_edit import StateChange, write_whole
from carrierx_provider.pulumi_files.urn import StackRef

ALL_MANAGED, SOME_LEFT_OUT = 0, 1

NEEDED = ("phonenumber", "capabilities", *UPDATABLE_FIELDS)


@command()
def adopt(  # noqa: PLR0913 - one parameter per flag
    *,
    all_numbers: Annotated[
        bool, typer.Option("--all", help="Every number of the account.")
    ] = False,
    filter_: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="FILTER", help="What CarrierX's filter finds: 'name like \"x%\"'."
        ),
    ] = None,
    numbers: Annotated[
        str | None, typer.Option(metavar="FILE", help="The numbers and SIDs in a file, one a line.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The table, .yaml or .csv, in the project's folder. Default: numbers.STACK.yaml.",
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="One of carrierx:accounts. Default: the default one."),
    ] = None,
    include_claimed: Annotated[
        bool, typer.Option("--include-claimed", help="Also numbers with another stack's record.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would be done.")
    ] = False,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
) -> int:
    """Bring numbers that are registered already under a stack's management.

    CarrierX is only read: nothing is changed there. The command writes a row for each number into a
    table, a program that declares the table (if there is none), and a resource for each number into
    the stack's state, after a backup of it.

    Exit code: 0 if every number that was asked for is in a stack of the project, 1 if some were
    skipped, 2 after an error.
    """
    if sum((all_numbers, filter_ is not None, numbers is not None)) != 1:
        raise UsageError("say which numbers: --all, or --filter FILTER, or --numbers FILE")
    named = None if numbers is None else _named(numbers)
    project = _Project(cwd, stack, table)
    connections = connect(project.settings, [account])
    # A table that cannot be used is reported before the account is read.
    rows = read_table(_text_of(project.table), project.table.name)
    found = run_blocking(list_numbers, connections, account, NEEDED, "adopt", filter_, err)
    if not found:
        error("adopt", nothing_found_line(account, filter_))
    state = StateChange(project.stack)
    identity = connections.identity
    managed = Managed(state.deployment, dict(project.stack.deployments_of_others()), identity)
    selection = select(found, named, account, managed, project.ref, include_claimed=include_claimed)
    adoption = plan_adoption(selection, account, rows, managed.names, project.ref, identity)
    for line in notices(adoption, rows.file):
        error("adopt", line)
    if adoption.numbers and not dry_run:
        project.write(state, rows.text, adoption)
    for line in conclusion(adoption, project.ref.full_name, rows.file, dry_run=dry_run):
        out(line)
    left_out = any(one.reason is SkipReason.REFUSED for one in adoption.skipped)
    return SOME_LEFT_OUT if left_out else ALL_MANAGED


class _Project:
    def __init__(self, folder: str, stack: str | None, table: str | None) -> None:
        self.stack = PulumiStack(folder, stack)
        self.settings = Settings.of(self.stack.configuration().get, os.environ)
        self.ref = StackRef(self.stack.project, self.stack.name, self.settings.ownership_key)
        self._program = self.stack.program()
        self.table = self._program.parent / (table or f"numbers.{self.stack.name}.yaml")

    def write(self, state: StateChange, table_before: str, adoption: Adoption) -> None:
        out(state.back_up("adopt"))
        self._refuse_a_changed_table(table_before)
        if adoption.new_rows:
            _write(self.table, adoption.table)
        pool = self._write_program()
        # If another run has overwritten a row, its number would be in the state alone.
        self._refuse_a_changed_table(adoption.table)
        err(f"Putting {plural(len(adoption.numbers), 'number')} into the state.")
        settings, provider_id = self.stack.settings, str(uuid4())
        state.put(
            with_numbers(state.deployment, self.ref, adoption.numbers, settings, provider_id, pool)
        )

    def _refuse_a_changed_table(self, text: str) -> None:
        if _text_of(self.table) != text:
            reason = (
                "has changed since it was read, and the state was not written: run the same "
                "command again"
            )
            raise TableError([TableProblem(self.table.name, reason)])

    def _write_program(self) -> str | None:
        """Write the program if there is none yet; its pool, or None for the user's own program."""
        path = Path(os.path.relpath(self.table, self._program.parent)).as_posix()
        program = program_for(path, self.ref)
        if not self._program.exists():
            _write(self._program, program)
        elif _text_of(self._program) != program:
            error(
                "adopt",
                f"{self._program.name} already exists and was not changed: make sure that it "
                f"declares the rows of {path} before the next `pulumi up`",
            )
            return None
        return POOL_NAME


def _named(file: str) -> Sequence[str]:
    named = parse_list(_text_of(Path(file), must_exist=True))
    if not named:
        raise UsageError(f"{file}: names no number: write numbers or SIDs, one a line")
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
