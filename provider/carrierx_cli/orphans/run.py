"""The command ``pulumi-carrierx orphans``: find the orphans, and dispose of those selected.

An orphan may have changed since it was listed: its record is read again before each change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated

import typer

from carrierx_api import calls
from carrierx_api.errors import CarrierXError, NotFoundError
from carrierx_api.models import ExternalDID
from carrierx_cli import console
from carrierx_cli.accounts import connect, list_numbers, session
from carrierx_cli.console import ProjectFolder, StackName, UsageError, err, error, out
from carrierx_cli.orphans.orphans import (
    Orphan,
    Outcome,
    as_json,
    deletion_question,
    listing,
    orphans_among,
    outcome_text,
    select,
    subject_of,
    table,
)
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.core.text import plural, printable
from carrierx_provider.external_did.ownership import Attributes, record_of
from carrierx_provider.pulumi_files.stack import PulumiStack

NONE_LEFT, SOME_LEFT = 0, 1


@console.command()
def orphans(  # noqa: C901, PLR0913 - one parameter per flag, one branch for what each asks
    *,
    stack: StackName = None,
    cwd: ProjectFolder = ".",
    print_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Look in this one of carrierx:accounts. Default: all."),
    ] = None,
    to_disown: Annotated[
        list[str] | None,
        typer.Option(
            "--disown",
            metavar="SID|all",
            help="Remove the record from the number's attributes; it stays registered. Repeatable.",
        ),
    ] = None,
    to_release: Annotated[
        list[str] | None,
        typer.Option(
            "--release",
            metavar="SID|all",
            help="Delete the registration at CarrierX: the number is given back, and may be lost "
            "for good. Repeatable.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete at CarrierX without asking.")] = False,
) -> int:
    """List the numbers that a stack registered and that are not in its state.

    The stack has to keep an ownership record (carrierx:ownershipKey).

    --release deletes registrations at CarrierX. The command `release` does something else: it takes
    numbers out of a stack's state, and they stay registered.

    Exit code: 0 if there are no orphans, or none is left; 1 if some are left; 2 after an error.
    """
    disowned, released = _sids(to_disown), _sids(to_release)
    if disowned and released:
        raise UsageError("--disown and --release exclude each other: run one after the other")
    if released and not (yes or sys.stdin.isatty()):
        raise UsageError(
            "--release deletes at CarrierX and asks first, and there is no terminal to ask at: add "
            "--yes"
        )
    search = _Search(cwd, stack, account)
    for notice in search.find():
        error("orphans", notice)
    selected = search.select(disowned or released)
    if selected and released and not yes:
        selected = _confirmed(search, selected)
    dispose = disown if disowned else release
    outcomes, failure = _dispose(search.connections, selected, dispose, silent=print_json)
    left = len(search.orphans) - len(outcomes)
    if print_json:
        pending = len(search.deployment.operations)
        out(as_json(search.orphans, pending, search.stack, search.key, outcomes))
    elif not outcomes and failure is None:
        for line in listing(search.orphans, search.stack, search.key):
            out(line)
    if failure is not None:
        error("orphans", failure)
    if selected and left:
        error("orphans", f"{plural(left, 'orphan')} {'is' if left == 1 else 'are'} left")
    if failure is not None:
        return console.FAILED
    return SOME_LEFT if left else NONE_LEFT


def _sids(given: list[str] | None) -> tuple[str, ...]:
    """Commas separate them too, as in CARRIERX_ADOPT."""
    parts = (part.strip() for text in given or () for part in text.split(","))
    return tuple(part for part in parts if part)


class _Search:
    """The search for the orphans of one stack; ``find`` may be called again."""

    def __init__(self, folder: str, stack: str | None, account: str | None) -> None:
        self._stack = PulumiStack(folder, stack)
        settings = Settings.of(self._stack.configuration().get, os.environ)
        self.stack = self._stack.full_name
        if settings.ownership_key is None:
            raise ConfigurationError(
                f"{self.stack} keeps no ownership record: set carrierx:ownershipKey, by which its "
                "numbers can be recognized"
            )
        self.key = settings.ownership_key
        self._accounts: Sequence[str | None] = (
            settings.account_names() if account is None else (account,)
        )
        self.connections = connect(settings, self._accounts)

    def find(self) -> list[str]:
        """Find them, now; what a person should know, one line each."""
        registered = registrations(self.connections, self._accounts)
        # The state is read after the numbers, so that it has whatever a run in progress has
        # registered before, at least as a pending operation.
        self.deployment = self._stack.deployment()
        pending = len(self.deployment.operations)
        notices: list[str] = []
        if pending:
            notices.append(
                f"the state has {plural(pending, 'pending operation')}: a run was interrupted, or "
                "is in progress. Run `pulumi up` first, which continues with what the program "
                "declares"
            )
        orphans = orphans_among(registered, self.key, self.stack, set(self.deployment.ids()))
        # `pulumi state move` and `pulumi stack rename` bring a number into another stack's state;
        # its record follows with the next update, and until then names this stack.
        for name, other in self._stack.deployments_of_others() if orphans else ():
            sids = set(other.ids())
            notices += [
                f"{subject_of(orphan)}: not an orphan, though it carries the record of "
                f"{orphan.record.stack}: SID {printable(orphan.external_did_sid)} is in the state "
                f"of the stack {name}"
                for orphan in orphans
                if orphan.external_did_sid in sids
            ]
            orphans = tuple(o for o in orphans if o.external_did_sid not in sids)
        self.orphans = orphans
        replaced = self.deployment.names_being_replaced
        unfinished = sum(orphan.record.resource_name in replaced for orphan in orphans)
        if unfinished:
            notices.append(
                f"{plural(unfinished, 'number')} may belong to a replace that has not ended "
                "(pendingReplacement). Run `pulumi up` first, which continues with what the "
                "program declares"
            )
        # A run without checkpoints has nothing in the state; its lock is the only sign of it.
        self._locked = bool(orphans) and self._stack.is_locked()
        if self._locked and not pending:
            notices.append(
                f"{self.stack} is locked: a run is in progress, or a killed run has left its lock. "
                "What a run without checkpoints has registered looks like an orphan until the run "
                "ends"
            )
        return notices

    def select(self, sids: Sequence[str]) -> tuple[Orphan, ...]:
        return select(self.orphans, sids, self.stack, self.deployment, locked=self._locked)


def registrations(
    connections: Connections, accounts: Iterable[str | None]
) -> list[tuple[str | None, ExternalDID]]:
    """All numbers of these accounts; None is the default one.

    No filter narrows the list, though ``attributes.KEY like "PROJECT/STACK/%"`` might: what comes
    back can be compared, what a filter has wrongly left out would never be seen.
    """
    return [
        (account, external_did)
        for account in accounts
        for external_did in run_blocking(
            list_numbers, connections, account, ("attributes",), "orphans"
        )
    ]


def _confirmed(search: _Search, selected: Sequence[Orphan]) -> tuple[Orphan, ...]:
    for line in table(selected):
        err(line)
    if not typer.confirm(deletion_question(len(selected)), err=True):
        return ()
    # A person takes time to answer, and meanwhile a run may have taken one over.
    search.find()
    return search.select([one.external_did_sid for one in selected])


def _dispose(
    connections: Connections,
    selected: Sequence[Orphan],
    dispose: Callable[[Connections, Orphan], Awaitable[Outcome]],
    *,
    silent: bool,
) -> tuple[Mapping[str, Outcome], str | None]:
    """The outcome for each by SID, and the error that ended it early."""
    outcomes: dict[str, Outcome] = {}
    for orphan in selected:
        try:
            outcome = run_blocking(dispose, connections, orphan)
        except ResourceError as failure:
            # What fails for one may fail for all, each after its own deadline.
            return outcomes, str(failure)
        outcomes[orphan.external_did_sid] = outcome
        if not silent:
            out(outcome_text(orphan, outcome))
    return outcomes, None


async def disown(connections: Connections, orphan: Orphan) -> Outcome:
    """Remove the ownership record from the number's attributes; all others stay."""
    sid, number = orphan.external_did_sid, orphan.phonenumber
    with session(connections, subject_of(orphan), orphan.account, "orphans") as client:

        async def settle(_: calls.Call, __: CarrierXError) -> ExternalDID | calls.Call:
            existing = await client.get_registered(sid, ("attributes",), phonenumber=number)
            if record_of(existing.attributes, orphan.record.key) is None:
                return existing
            # Somebody else may have written meanwhile: their changes are kept.
            return _update_without_record(orphan, existing)

        try:
            existing = await client.get_registered(sid, ("attributes",), phonenumber=number)
            await client.send_change(_update_without_record(orphan, existing), settle)
        except NotFoundError:
            return Outcome.GONE
    return Outcome.DISOWNED


async def release(connections: Connections, orphan: Orphan) -> Outcome:
    """Release the number: the registration is deleted."""
    sid, number = orphan.external_did_sid, orphan.phonenumber
    with session(connections, subject_of(orphan), orphan.account, "orphans") as client:
        try:
            _check_record(
                orphan, await client.get_registered(sid, ("attributes",), phonenumber=number)
            )
            await client.delete(sid)
        except NotFoundError:
            return Outcome.GONE
    return Outcome.RELEASED


def _update_without_record(orphan: Orphan, existing: ExternalDID) -> calls.Call:
    _check_record(orphan, existing)
    kept = Attributes.split(existing.attributes, orphan.record).values
    # A merge cannot remove a key.
    return calls.update(
        orphan.external_did_sid,
        {"attributes": kept},
        replace_nested_objects=True,
        phonenumber=orphan.phonenumber,
    )


def _check_record(orphan: Orphan, existing: ExternalDID) -> None:
    if record_of(existing.attributes, orphan.record.key) != orphan.record:
        raise ResourceError(
            f"{subject_of(orphan)}: its record (attributes.{orphan.record.key}) has changed since "
            "it was listed. Nothing was changed. Run `pulumi-carrierx orphans` again to see the "
            "current state."
        )
