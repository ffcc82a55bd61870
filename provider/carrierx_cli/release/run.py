"""What ``pulumi-carrierx release`` does: a backup, then the state without the numbers.

It leaves the table and the program alone. Taken out of these first, and then cut off, the numbers
would be in a state that no program states, and the next ``up`` would give them back to CarrierX.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import typer

from carrierx_cli.adopt.messages import (
    numbers,
    released_lines,
    releasing_lines,
    releasing_question,
)
from carrierx_cli.console import err, error, out
from carrierx_cli.release.select import SelectionError, select, without
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.pulumi_files.stack import PulumiStack, StackError
from carrierx_provider.pulumi_files.state_edit import StateChange, backup_line

if TYPE_CHECKING:
    from carrierx_cli.release.command import Wanted

DONE, NOT_CONFIRMED, FAILED = 0, 1, 2

_complain = partial(error, "release")


class WrongFlagsError(Exception):
    """The flags do not go together; one line."""


def run(wanted: Wanted) -> int:
    """Do what the flags say; the exit code. Every error is one line on standard error."""
    try:
        return _release(wanted)
    except (StackError, ConfigurationError, SelectionError, WrongFlagsError) as error:
        _complain(str(error))
        return FAILED


def _release(wanted: Wanted) -> int:
    if wanted.all_numbers == bool(wanted.named):
        raise WrongFlagsError("say which numbers: by name, number or SID, or all with --all")
    if not (wanted.yes or sys.stdin.isatty()):
        raise WrongFlagsError("asks first, and there is no terminal to ask at: add --yes")
    stack = PulumiStack(wanted.folder, wanted.stack)
    settings = Settings.of(stack.configuration().get, os.environ)
    state = StateChange(stack)
    named = None if wanted.all_numbers else wanted.named
    chosen = select(state.deployment, named, stack.full_name)
    if not chosen:
        out(f"No numbers in the state of {stack.full_name}.")
        return DONE
    if not wanted.yes:
        for line in releasing_lines(chosen):
            err(line)
        if not typer.confirm(releasing_question(len(chosen), stack.full_name), err=True):
            return NOT_CONFIRMED
    out(backup_line(stack, state.back_up("release")))
    state.put(without(state.deployment, {one.urn for one in chosen}))
    out(f"{numbers(len(chosen))} taken out of the state of {stack.full_name}.")
    for line in released_lines(len(chosen), settings.ownership_key):
        out(line)
    return DONE
