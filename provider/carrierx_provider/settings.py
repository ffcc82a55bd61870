"""Which CarrierX account to talk to, and with which token.

Stack configuration comes first, the environment second:

    carrierx:token     CARRIERX_TOKEN       the default account's token (a secret)
    carrierx:baseUrl   CARRIERX_BASE_URL    default: https://api.carrierx.com/core/v2
    carrierx:accounts                       a secret map of further accounts by name, each a token
                                            or {"token": …, "baseUrl": …}

Nothing is asked for before a call needs it: a preview without calls needs no token.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_BASE_URL = "https://api.carrierx.com/core/v2"


class ConfigurationError(Exception):
    """The configuration lacks something, or has it wrong; one line, without any secret."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one account. The token is left out of the repr."""

    base_url: str
    token: str = field(repr=False)
    token_source: str
    """For messages: where the token was found."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The provider's configuration, as it was given. Secrets are left out of the repr."""

    token: str | None = field(default=None, repr=False)
    token_source: str = "carrierx:token"  # noqa: S105 -- the name of a setting
    base_url: str | None = None
    accounts: str | None = field(default=None, repr=False)
    """The map of accounts as JSON, which is how the engine passes a structured value."""

    @classmethod
    def of(cls, configuration: Callable[[str], Any], environment: Mapping[str, str]) -> Settings:
        """Read the stack's configuration, and the environment for what it lacks.

        :param configuration: gives the value of ``carrierx:…`` or None, e.g. ``Config.get``.
        """
        token = _given(configuration("carrierx:token"))
        return cls(
            token=token or _given(environment.get("CARRIERX_TOKEN")),
            token_source="carrierx:token" if token else "CARRIERX_TOKEN",
            base_url=_given(configuration("carrierx:baseUrl"))
            or _given(environment.get("CARRIERX_BASE_URL")),
            accounts=_given(configuration("carrierx:accounts")),
        )

    def access(self, account: str | None) -> Access:
        """The access to an account by its name; None is the default one.

        :raises ConfigurationError: it is not configured, or not as it should be.
        """
        if account is not None:
            return self._named(account)
        if self.token is None:
            message = (
                "no CarrierX token: set it with `pulumi config set --secret carrierx:token`, or in "
                "the environment as CARRIERX_TOKEN"
            )
            raise ConfigurationError(message)
        return _access(self.base_url, self.token, self.token_source)

    def _named(self, account: str) -> Access:
        accounts = self._accounts()
        if account not in accounts:
            known = ", ".join(sorted(accounts)) or "none"
            message = (
                f'no account "{account}" in carrierx:accounts (there: {known}): set it with '
                f"`pulumi config set --secret --path 'carrierx:accounts[\"{account}\"].token'`"
            )
            raise ConfigurationError(message)
        entry = accounts[account]
        source = f"carrierx:accounts, {account}"
        token = entry if isinstance(entry, str) else None
        base_url = self.base_url
        if isinstance(entry, dict):
            token = entry.get("token")
            base_url = _given(entry.get("baseUrl")) or base_url
        if not isinstance(token, str) or not token.strip():
            message = (
                f'the account "{account}" in carrierx:accounts has no token: write it as the '
                'token itself, or as {"token": …, "baseUrl": …}'
            )
            raise ConfigurationError(message)
        return _access(base_url, token.strip(), source)

    def _accounts(self) -> dict[str, Any]:
        try:
            accounts = json.loads(self.accounts or "{}")
        except ValueError:
            accounts = None
        if not isinstance(accounts, dict):
            message = "carrierx:accounts must be a map of account names to tokens"
            raise ConfigurationError(message)
        return accounts


def _given(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text.strip() or None


def _is_plain_url(url: str) -> bool:
    """Whether it is scheme, host, port and path alone."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
        and not (parts.username or parts.password or parts.query or parts.fragment)
        and not re.search(r"[\s\x00-\x1f\x7f]", url)
    )


def _access(base_url: str | None, token: str, token_source: str) -> Access:
    url = (base_url or DEFAULT_BASE_URL).rstrip("/")
    if not _is_plain_url(url):
        # Not repeated here: it may hold a password.
        message = (
            "the base URL (carrierx:baseUrl, CARRIERX_BASE_URL or baseUrl in carrierx:accounts) is "
            f"no plain http(s) URL such as {DEFAULT_BASE_URL}"
        )
        raise ConfigurationError(message)
    if not token.isascii() or not token.isprintable() or " " in token:
        message = f"the token in {token_source} has a character that no CarrierX token has"
        raise ConfigurationError(message)
    return Access(base_url=url, token=token, token_source=token_source)
