"""What ``pulumi-carrierx orphans`` does: look, and deal with what was chosen."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import typer

from carrierx_cli.console import err, error, out
from carrierx_cli.orphans.dispose import disown, release
from carrierx_cli.orphans.find import StackOrphans
from carrierx_cli.orphans.messages import as_json, deletion_question, listing, outcome_text, table
from carrierx_cli.orphans.orphans import ChoiceError, chosen
from carrierx_provider.core.connections import run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import ConfigurationError
from carrierx_provider.pulumi_files.stack import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carrierx_cli.orphans.command import Wanted
    from carrierx_cli.orphans.find import Found
    from carrierx_cli.orphans.orphans import Orphan, Outcome

NONE_LEFT, SOME_LEFT, FAILED = 0, 1, 2

_complain = partial(error, "orphans")


class WrongFlagsError(Exception):
    """The flags do not go together; one line."""


def run(wanted: Wanted) -> int:
    """Do what the flags say; the exit code. Every error is one line on standard error."""
    try:
        return _look_and_deal(wanted)
    except (
        StackError,
        ConfigurationError,
        ResourceError,
        ChoiceError,
        WrongFlagsError,
    ) as error:
        _complain(str(error))
        return FAILED


def _look_and_deal(wanted: Wanted) -> int:
    _check_flags(wanted)
    place = StackOrphans(wanted.folder, wanted.stack, wanted.account)
    found = place.look()
    for notice in found.notices:
        _complain(notice)
    picked = _picked(wanted, place, found)
    outcomes, failure = _deal(wanted, place, picked)
    if wanted.as_json:
        pending = len(found.deployment.operations)
        out(as_json(found.orphans, pending, place.stack, place.key, outcomes))
    elif not outcomes and failure is None:
        for line in listing(found.orphans, place.stack, place.key):
            out(line)
    if failure is not None:
        _complain(failure)
    left = len(found.orphans) - len(outcomes)
    if picked and left:
        _complain("1 orphan is left" if left == 1 else f"{left} orphans are left")
    if failure is not None:
        return FAILED
    return SOME_LEFT if left else NONE_LEFT


def _check_flags(wanted: Wanted) -> None:
    if wanted.disown and wanted.release:
        raise WrongFlagsError("--disown and --release exclude each other: run one after the other")
    if wanted.release and not (wanted.yes or sys.stdin.isatty()):
        raise WrongFlagsError(
            "--release deletes at CarrierX, and asks first; there is no terminal to ask at: add "
            "--yes"
        )


def _picked(wanted: Wanted, place: StackOrphans, found: Found) -> Sequence[Orphan]:
    """The orphans to deal with.

    :raises ChoiceError: one that was named is none.
    """
    sids = wanted.disown or wanted.release
    if not sids:
        return ()
    picked = _chosen(found, sids, place.stack)
    if wanted.disown or wanted.yes or not picked:
        return picked
    for line in table(picked):
        err(line)
    if not typer.confirm(deletion_question(len(picked)), err=True):
        return ()
    # A person takes their time, and a run may have taken one on meanwhile.
    found = place.look()
    named = [orphan.external_did_sid for orphan in picked]
    return _chosen(found, named, place.stack)


def _chosen(found: Found, sids: Sequence[str], stack: str) -> tuple[Orphan, ...]:
    names = found.deployment.names_being_created
    return chosen(found.orphans, sids, stack, names, locked=found.locked)


def _deal(
    wanted: Wanted, place: StackOrphans, picked: Sequence[Orphan]
) -> tuple[Mapping[str, Outcome], str | None]:
    """What became of each by SID, and the error that ended it early."""
    outcomes: dict[str, Outcome] = {}
    for orphan in picked:
        try:
            outcome = run_blocking(disown if wanted.disown else release, place.connections, orphan)
        except ResourceError as error:
            # What fails for one may fail for all, each after its own deadline.
            return outcomes, str(error)
        outcomes[orphan.external_did_sid] = outcome
        if not wanted.as_json:
            out(outcome_text(orphan, outcome))
    return outcomes, None
