"""Find a stack's orphans: what its accounts have for it, without what states have."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carrierx_cli.accounts import connect, list_numbers
from carrierx_cli.orphans.messages import elsewhere_text, locked_text, pending_text
from carrierx_cli.orphans.orphans import Orphan, Registered, orphans_among
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.pulumi_files.deployment import Deployment
from carrierx_provider.pulumi_files.stack import PulumiStack


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
