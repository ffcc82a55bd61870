"""What ``pulumi-carrierx orphans`` does: find the orphans, and dispose of those selected.

An orphan may have changed since it was listed: its record is read again before each change.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import typer

from carrierx_api import calls
from carrierx_api.errors import CarrierXError, NotFoundError
from carrierx_api.models import ExternalDID
from carrierx_cli.accounts import connect, list_numbers, session
from carrierx_cli.console import FAILED, err, error, exit_code, out
from carrierx_cli.options import StackOptions, UsageError
from carrierx_cli.orphans.messages import (
    as_json,
    deletion_question,
    elsewhere_text,
    left_text,
    listing,
    locked_text,
    outcome_text,
    pending_text,
    subject_of,
    table,
)
from carrierx_cli.orphans.orphans import Orphan, Outcome, Registered, orphans_among, select
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.errors import ResourceError
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.external_did.ownership import Attributes, record_of
from carrierx_provider.pulumi_files.deployment import Deployment
from carrierx_provider.pulumi_files.stack import PulumiStack

NONE_LEFT, SOME_LEFT = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(StackOptions):
    """What the flags say. ``disown`` and ``release`` each hold SIDs, or ``all``."""

    as_json: bool
    account: str | None
    disown: tuple[str, ...]
    release: tuple[str, ...]
    yes: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found."""

    deployment: Deployment
    orphans: tuple[Orphan, ...]
    notices: tuple[str, ...]
    """What a person should know, one line each."""
    locked: bool
    """Whether a run holds the stack, or has left its lock; as far as that can be seen."""


class OrphanSearch:
    """Searches for the orphans of one stack."""

    def __init__(self, folder: str, stack: str | None, account: str | None) -> None:
        """Read the stack's name and configuration; ``account`` is the one to search, None for all.

        Raises:
            ConfigurationError: It keeps no ownership record, or an account cannot be reached.
        """
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

    def find(self) -> Found:
        """Find them, now."""
        registered = registrations(self.connections, self._accounts)
        # The state is read after the numbers, so that it has whatever a run in progress has
        # registered before, at least as a pending operation.
        deployment = self._stack.deployment()
        pending = len(deployment.operations)
        notices = [pending_text(pending)] if pending else []
        orphans = orphans_among(registered, self.key, self.stack, set(deployment.ids()))
        # `pulumi state move` and `pulumi stack rename` bring a number into another stack's state;
        # its record follows with the next update, and until then names this stack.
        for name, other in self._stack.deployments_of_others() if orphans else ():
            sids = set(other.ids())
            notices += [elsewhere_text(o, name) for o in orphans if o.external_did_sid in sids]
            orphans = tuple(o for o in orphans if o.external_did_sid not in sids)
        # A run without checkpoints has nothing in the state; its lock is the only sign of it.
        locked = bool(orphans) and self._stack.is_locked()
        if locked and not pending:
            notices.append(locked_text(self.stack))
        return Found(deployment, orphans, tuple(notices), locked)


def registrations(connections: Connections, accounts: Iterable[str | None]) -> list[Registered]:
    """All numbers of these accounts; None is the default one.

    No filter narrows the list, though ``attributes.KEY like "PROJECT/STACK/%"`` might: what comes
    back can be compared, what a filter has wrongly left out would never be seen.
    """
    return [
        Registered(account, external_did)
        for account in accounts
        for external_did in run_blocking(
            list_numbers, connections, account, ("attributes",), "orphans"
        )
    ]


def run(options: Options) -> int:
    """Do what the flags say; the exit code."""
    return exit_code("orphans", lambda: _find_and_dispose(options))


def _find_and_dispose(options: Options) -> int:
    _check_flags(options)
    search = OrphanSearch(options.folder, options.stack, options.account)
    found = search.find()
    for notice in found.notices:
        error("orphans", notice)
    selected = _selected(options, search, found)
    outcomes, failure = _dispose(options, search, selected)
    if options.as_json:
        pending = len(found.deployment.operations)
        out(as_json(found.orphans, pending, search.stack, search.key, outcomes))
    elif not outcomes and failure is None:
        for line in listing(found.orphans, search.stack, search.key):
            out(line)
    if failure is not None:
        error("orphans", failure)
    left = len(found.orphans) - len(outcomes)
    if selected and left:
        error("orphans", left_text(left))
    if failure is not None:
        return FAILED
    return SOME_LEFT if left else NONE_LEFT


def _check_flags(options: Options) -> None:
    if options.disown and options.release:
        raise UsageError("--disown and --release exclude each other: run one after the other")
    if options.release and not (options.yes or sys.stdin.isatty()):
        raise UsageError(
            "--release deletes at CarrierX and asks first, and there is no terminal to ask at: add "
            "--yes"
        )


def _selected(options: Options, search: OrphanSearch, found: Found) -> Sequence[Orphan]:
    sids = options.disown or options.release
    if not sids:
        return ()
    selected = _select(found, sids, search.stack)
    if options.disown or options.yes or not selected:
        return selected
    for line in table(selected):
        err(line)
    if not typer.confirm(deletion_question(len(selected)), err=True):
        return ()
    # A person takes time to answer, and meanwhile a run may have taken one over.
    return _select(search.find(), [one.external_did_sid for one in selected], search.stack)


def _select(found: Found, sids: Sequence[str], stack: str) -> tuple[Orphan, ...]:
    names = found.deployment.names_being_created
    return select(found.orphans, sids, stack, names, locked=found.locked)


def _dispose(
    options: Options, search: OrphanSearch, selected: Sequence[Orphan]
) -> tuple[Mapping[str, Outcome], str | None]:
    """The outcome for each by SID, and the error that ended it early."""
    outcomes: dict[str, Outcome] = {}
    dispose = disown if options.disown else release
    for orphan in selected:
        try:
            outcome = run_blocking(dispose, search.connections, orphan)
        except ResourceError as failure:
            # What fails for one may fail for all, each after its own deadline.
            return outcomes, str(failure)
        outcomes[orphan.external_did_sid] = outcome
        if not options.as_json:
            out(outcome_text(orphan, outcome))
    return outcomes, None


async def disown(connections: Connections, orphan: Orphan) -> Outcome:
    """Remove the ownership record from the number's attributes; all others stay."""
    sid = orphan.external_did_sid
    with session(connections, subject_of(orphan), orphan.account, "orphans") as client:

        async def settle(_: calls.Call, __: CarrierXError) -> ExternalDID | calls.Call:
            existing = await client.get_registered(sid, needed=("attributes",))
            if record_of(existing.attributes, orphan.record.key) is None:
                return existing
            # Somebody else may have written meanwhile: their changes are kept.
            return _update_without_record(orphan, existing)

        try:
            existing = await client.get_registered(sid, needed=("attributes",))
            await client.send_change(_update_without_record(orphan, existing), settle)
        except NotFoundError:
            return Outcome.GONE
    return Outcome.DISOWNED


async def release(connections: Connections, orphan: Orphan) -> Outcome:
    """Release the number: the registration is deleted."""
    sid = orphan.external_did_sid
    with session(connections, subject_of(orphan), orphan.account, "orphans") as client:
        try:
            _check_record(orphan, await client.get_registered(sid, needed=("attributes",)))
            await client.send_delete(calls.delete(sid))
        except NotFoundError:
            return Outcome.GONE
    return Outcome.RELEASED


def _update_without_record(orphan: Orphan, existing: ExternalDID) -> calls.Call:
    _check_record(orphan, existing)
    kept = Attributes.split(existing.attributes, orphan.record).values
    # A merge cannot remove a key.
    return calls.update(orphan.external_did_sid, {"attributes": kept}, replace_nested_objects=True)


def _check_record(orphan: Orphan, existing: ExternalDID) -> None:
    if record_of(existing.attributes, orphan.record.key) != orphan.record:
        raise ResourceError(
            f"{subject_of(orphan)}: its record (attributes.{orphan.record.key}) has changed since "
            "it was listed. Nothing was changed. Run `pulumi-carrierx orphans` again to see the "
            "current state."
        )
