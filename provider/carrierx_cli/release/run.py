"""The command ``pulumi-carrierx release``: a backup, then the state without the numbers.

The table and the program stay as they are. If the numbers were first removed from these, and the
command then interrupted, they would be in the state and not in the program, and the next ``up``
would release them at CarrierX.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Annotated

import typer

from carrierx_cli.console import ProjectFolder, StackName, UsageError, command, err, out
from carrierx_provider.core.settings import Settings
from carrierx_provider.core.text import in_columns, plural, printable, shorten
from carrierx_provider.pulumi_files.deployment import Deployment, Resource
from carrierx_provider.pulumi_files.stack import PulumiStack
from carrierx_provider.pulumi_files.state_edit import StateChange
from carrierx_provider.pulumi_files.urn import URN

NOTHING = "Nothing was changed."

LEFT_OVER = " (left over from a replace)"
"""The resource has another number already, and the next ``up`` would release this one."""

MOST_LISTED = 20
"""Numbers that are shown before the question; nobody reads more."""

DONE, NOT_CONFIRMED = 0, 1


@command()
def release(
    *,
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|NUMBER|SID",
            help="Resources by their name in the program, their number or their SID.",
            show_default=False,
        ),
    ] = None,
    all_numbers: Annotated[
        bool, typer.Option("--all", help="Every External DID in the state.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Take them out of the state without asking.")
    ] = False,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
) -> int:
    """Take numbers out of a stack's state: nothing is deleted, they stay registered at CarrierX.

    The reverse of `adopt`. No call is made to CarrierX: the stack forgets the numbers, and CarrierX
    keeps them. To delete a number at CarrierX, remove it from the program and run `pulumi up`; a
    number that is in no state is deleted by `orphans --release`.

    Exit code: 0 if the numbers are taken out, 1 if the question was answered with no, 2 after an
    error.
    """
    if all_numbers == bool(named):
        raise UsageError("say which numbers: by name, number or SID, or all with --all")
    if not (yes or sys.stdin.isatty()):
        raise UsageError("it asks first, and there is no terminal to ask at: add --yes")
    pulumi = PulumiStack(cwd, stack)
    settings = Settings.of(pulumi.configuration().get, os.environ)
    state = StateChange(pulumi)
    selected = select(state.deployment, named or None, pulumi.full_name)
    if not selected:
        out(f"No numbers in the state of {pulumi.full_name}.")
        return DONE
    if not yes:
        for line in listing(selected):
            err(line)
        if not typer.confirm(_question(len(selected), pulumi.full_name), err=True):
            return NOT_CONFIRMED
    out(state.back_up("release"))
    state.put(without(state.deployment, selected))
    for line in done_lines(selected, pulumi.full_name, settings.ownership_key):
        out(line)
    return DONE


def select(deployment: Deployment, named: Sequence[str] | None, stack: str) -> tuple[Resource, ...]:
    """Select the External DIDs that are named, or all that the state has; ordered by number.

    ``named`` has names in the program, numbers, SIDs or URNs; None selects all. Messages name the
    ``stack`` as ``PROJECT/STACK``.

    Raises:
        UsageError: A name matches nothing, or several resources; or one cannot be taken out.
    """
    # What is only read is managed elsewhere.
    candidates = [one for one in deployment.external_dids if not one.external]
    selected = candidates if named is None else _named(candidates, named, stack)
    entries = {one.entry for one in selected}
    kept = [one for one in deployment.resources or () if one.entry not in entries]
    live = {one.urn for one in selected if not one.delete}
    # What is left over from a replace has the URN of the live resource, on which others depend.
    gone = {one.urn for one in selected} - {one.urn for one in kept}
    for resource in kept:
        _refuse(resource, live, gone)
    found = (one for one in candidates if one.entry in entries)
    return tuple(sorted(found, key=lambda one: (one.text("phonenumber"), one.urn)))


def without(deployment: Deployment, selected: Collection[Resource]) -> Deployment:
    """The deployment without these resources."""
    entries = {one.entry for one in selected}
    resources = deployment.resources or ()
    return deployment.with_resources(one for one in resources if one.entry not in entries)


def _named(candidates: Sequence[Resource], named: Sequence[str], stack: str) -> list[Resource]:
    found: list[Resource] = []
    for text in named:
        matches = _matches(candidates, text)
        if not matches:
            raise UsageError(
                f"{text:.60} is not the name, number or SID of an External DID in the state of "
                f"{stack}. {NOTHING}"
            )
        if len(matches) > 1:
            urns = ", ".join(one.urn for one in matches)
            raise UsageError(f"{text:.60} matches several: {urns}. {NOTHING} Name it by its URN")
        found += matches
    return found


def _matches(candidates: Sequence[Resource], text: str) -> list[Resource]:
    number = f"+{text.removeprefix('+')}" if re.fullmatch(r"\+?[0-9]+", text) else None
    # What is left over from a replace has the URN and name of a live one: only its SID names it.
    live = [one for one in candidates if not one.delete]
    ways = (
        [one for one in candidates if text == one.id or (text == one.urn and not one.delete)],
        [one for one in live if text == one.name],
        [one for one in live if number == one.text("phonenumber")],
    )
    return next((matches for matches in ways if matches), [])


def _refuse(kept: Resource, live: Collection[str], gone: Collection[str]) -> None:
    """Refuse if what is kept needs a URN that is gone, or is the other half of a live one taken."""
    if kept.urn in live and kept.delete:
        raise UsageError(
            f"{kept.name} is in the middle of a replace. {NOTHING} Run `pulumi up` first"
        )
    needed = kept.needs.intersection(gone)
    if needed:
        raise UsageError(
            f"{kept.name} depends on {URN.parse(min(needed)).name}. {NOTHING} Remove the "
            "dependency from the program and run `pulumi up` first"
        )


def listing(selected: Sequence[Resource]) -> Iterator[str]:
    """The numbers that are about to be taken out of the state, in columns."""
    rows = [
        (
            printable(one.text("phonenumber")),
            printable(one.id or ""),
            shorten(one.text("name")),
            printable(one.name) + (LEFT_OVER if one.delete else ""),
        )
        for one in selected[:MOST_LISTED]
    ]
    yield from in_columns([("NUMBER", "SID", "NAME", "RESOURCE"), *rows])
    if len(selected) > MOST_LISTED:
        yield f"… and {plural(len(selected) - MOST_LISTED, 'number')} more"


def _question(count: int, stack: str) -> str:
    these, they_stay = f"these {plural(count, 'number')}", "They stay"
    if count == 1:
        these, they_stay = "this number", "It stays"
    return f"Take {these} out of the state of {stack}? {they_stay} registered at CarrierX."


def done_lines(
    selected: Sequence[Resource], stack: str, ownership_key: str | None
) -> Iterator[str]:
    """What a person has to know after."""
    count = len(selected)
    they_stay, them = ("It stays", "it") if count == 1 else ("They stay", "them")
    yield f"{plural(count, 'number')} taken out of the state of {stack}."
    if all(one.delete for one in selected):
        # The program declares another number already.
        yield f"{they_stay} registered at CarrierX."
    else:
        yield f"{they_stay} registered at CarrierX. Now remove {them} from the program too:"
        if ownership_key is None:
            yield f'as long as it declares {them}, `pulumi up` fails with "already registered".'
        else:
            yield (
                f"as long as it declares {them}, `pulumi up` re-adopts what carries this stack's "
                f"record (attributes.{printable(ownership_key)}) and fails on the rest "
                '("already registered").'
            )
    if ownership_key is None:
        return
    yield (
        "A number with the record is an orphan now: `pulumi-carrierx orphans --disown SID` removes "
        "the record, and `orphans --release SID` would delete the number at CarrierX."
    )
