"""What ``pulumi-carrierx release`` does: a backup, then the state without the numbers.

The table and the program stay as they are. If the numbers were first removed from these, and the
command then interrupted, they would be in the state and not in the program, and the next ``up``
would release them at CarrierX.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import typer

from carrierx_cli.console import err, exit_code, out
from carrierx_cli.options import StackOptions, UsageError
from carrierx_cli.release.select import select, without
from carrierx_provider.core.settings import Settings
from carrierx_provider.core.text import in_columns, plural, printable, shorten
from carrierx_provider.pulumi_files.deployment import Resource
from carrierx_provider.pulumi_files.stack import PulumiStack
from carrierx_provider.pulumi_files.state_edit import StateChange, backup_line

MOST_LISTED = 20
"""Numbers that are shown before the question; nobody reads more."""

DONE, NOT_CONFIRMED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(StackOptions):
    """What the flags say."""

    named: tuple[str, ...]
    all_numbers: bool
    yes: bool


def run(options: Options) -> int:
    """Do what the flags say; the exit code."""
    return exit_code("release", lambda: _release(options))


def _release(options: Options) -> int:
    if options.all_numbers == bool(options.named):
        raise UsageError("say which numbers: by name, number or SID, or all with --all")
    if not (options.yes or sys.stdin.isatty()):
        raise UsageError("it asks first, and there is no terminal to ask at: add --yes")
    stack = PulumiStack(options.folder, options.stack)
    settings = Settings.of(stack.configuration().get, os.environ)
    state = StateChange(stack)
    named = None if options.all_numbers else options.named
    selected = select(state.deployment, named, stack.full_name)
    if not selected:
        out(f"No numbers in the state of {stack.full_name}.")
        return DONE
    if not options.yes:
        for line in listing(selected):
            err(line)
        if not typer.confirm(question(len(selected), stack.full_name), err=True):
            return NOT_CONFIRMED
    out(backup_line(stack, state.back_up("release")))
    state.put(without(state.deployment, {one.urn for one in selected}))
    for line in done_lines(len(selected), stack.full_name, settings.ownership_key):
        out(line)
    return DONE


def listing(selected: Sequence[Resource]) -> Iterator[str]:
    """The numbers that are about to be taken out of the state, in columns."""
    rows = [
        (
            printable(one.text("phonenumber")),
            printable(one.id or ""),
            shorten(one.text("name")),
            printable(one.name),
        )
        for one in selected[:MOST_LISTED]
    ]
    yield from in_columns([("NUMBER", "SID", "NAME", "RESOURCE"), *rows])
    if len(selected) > MOST_LISTED:
        yield f"… and {plural(len(selected) - MOST_LISTED, 'number')} more"


def question(count: int, stack: str) -> str:
    """What is asked before."""
    these, they_stay = (
        ("this number", "It stays")
        if count == 1
        else (f"these {plural(count, 'number')}", "They stay")
    )
    return f"Take {these} out of the state of {stack}? {they_stay} registered at CarrierX."


def done_lines(count: int, stack: str, ownership_key: str | None) -> Iterator[str]:
    """What a person has to know after."""
    they_stay, them = ("It stays", "it") if count == 1 else ("They stay", "them")
    yield f"{plural(count, 'number')} taken out of the state of {stack}."
    yield f"{they_stay} registered at CarrierX. Now remove {them} from the program too:"
    if ownership_key is None:
        yield f'as long as it declares {them}, `pulumi up` fails with "already registered".'
        return
    yield (
        f"as long as it declares {them}, `pulumi up` re-adopts what carries this stack's record "
        f'(attributes.{printable(ownership_key)}) and fails on the rest ("already registered").'
    )
    yield (
        "A number with the record is an orphan now: `pulumi-carrierx orphans --disown SID` removes "
        "the record, and `orphans --release SID` would delete the number at CarrierX."
    )
