"""A stack's orphans: what its accounts hold for it, less what states have."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carrierx_cli.orphans.messages import elsewhere_text, locked_text, pending_text
from carrierx_cli.orphans.orphans import orphans_among
from carrierx_cli.registrations import registrations
from carrierx_provider.core.connections import Connections, run_blocking
from carrierx_provider.core.log_file import open_log
from carrierx_provider.core.settings import ConfigurationError, Settings
from carrierx_provider.pulumi_files.stack import PulumiStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrierx_cli.orphans.orphans import Orphan
    from carrierx_provider.pulumi_files.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Found:
    """What a look has found."""

    deployment: Deployment
    orphans: tuple[Orphan, ...]
    notices: tuple[str, ...]
    """What a person should be told, one line each."""
    locked: bool
    """Whether a run holds the stack, or has left its lock; as far as that can be seen."""


class StackOrphans:
    """Looks for the orphans of one stack."""

    def __init__(self, folder: str, stack: str | None, account: str | None) -> None:
        """Read the stack's name and configuration, and check them.

        :param folder: the project's, or one below it.
        :param stack: None is the selected one.
        :param account: None is every configured one.
        :raises StackError: the stack cannot be read.
        :raises ConfigurationError: it keeps no ownership record, or an account cannot be reached.
        """
        self._stack = PulumiStack(folder, stack)
        settings = Settings.of(self._stack.configuration().get, os.environ)
        self.stack = self._stack.full_name
        key = settings.ownership_key
        if key is None:
            raise ConfigurationError(
                f"{self.stack} keeps no ownership record: set carrierx:ownershipKey, without which "
                "its numbers cannot be told from others"
            )
        self.key = key
        self._accounts: Sequence[str | None] = (
            settings.account_names() if account is None else (account,)
        )
        for name in self._accounts:
            settings.access(name)
        open_log(os.environ)
        self.connections = Connections(settings)

    def look(self) -> Found:
        """Look for them, now.

        :raises StackError: a state cannot be read.
        :raises ExternalDIDError: an account cannot be read.
        """
        registered = run_blocking(registrations, self.connections, self._accounts)
        # The state is read after the numbers, so that what a run at work has registered before is
        # in it, were it as an operation that has not ended.
        deployment = self._stack.deployment()
        pending = len(deployment.operations)
        notices = [pending_text(pending)] if pending else []
        orphans = orphans_among(registered, self.key, self.stack, set(deployment.ids()))
        # `pulumi state move` and `pulumi stack rename` bring a number into another stack's state;
        # its record follows with the next update, and until then still names this stack.
        for name, other in self._stack.deployments_of_others() if orphans else ():
            sids = set(other.ids())
            notices += [elsewhere_text(o, name) for o in orphans if o.external_did_sid in sids]
            orphans = tuple(o for o in orphans if o.external_did_sid not in sids)
        # A run without checkpoints has nothing in the state, and its lock alone tells of it.
        locked = bool(orphans) and self._stack.is_locked()
        if locked and not pending:
            notices.append(locked_text(self.stack))
        return Found(deployment, orphans, tuple(notices), locked)
