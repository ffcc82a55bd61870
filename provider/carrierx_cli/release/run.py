"""What ``pulumi-carrierx release`` does: a backup, then the state without the numbers.

The table and the program stay as they are. If the numbers were first removed from these, and the
command then interrupted, they would be in the state and not in the program, and the next ``up``
would release them at CarrierX.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import typer

from carrierx_cli.console import err, exit_code, out
from carrierx_cli.options import StackOptions, UsageError
from carrierx_cli.release.messages import done_lines, listing, question
from carrierx_cli.release.select import select, without
from carrierx_provider.core.settings import Settings
from carrierx_provider.pulumi_files.stack import PulumiStack
from carrierx_provider.pulumi_files.state_edit import StateChange, backup_line

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
