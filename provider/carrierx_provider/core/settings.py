"""Which CarrierX account to talk to, and with which token.

``SETTINGS`` lists what may be set. Stack configuration comes first, the environment second.
Nothing is asked for before a call needs it: a preview without calls needs no token.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from carrierx_provider.core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_BASE_URL = "https://api.carrierx.com/core/v2"
DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_DEADLINE_SECONDS = 60.0

# No more than a name, an IPv4 or an IPv6 address, so that every reader of a URL sees the same host.
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, for the reference and for messages: where it is given, and what it is."""

    name: str | None
    """In the stack's configuration, after ``carrierx:``; None if it is not set there."""
    variable: str | None
    """In the environment; None if it is not set there."""
    meaning: str


SETTINGS = (
    Setting("token", "CARRIERX_TOKEN", "Token of the default account; a secret."),
    Setting(
        "baseUrl",
        "CARRIERX_BASE_URL",
        f"Where CarrierX's core API is; default: ``{DEFAULT_BASE_URL}``.",
    ),
    Setting(
        "accounts",
        None,
        'Further accounts by name, each a token or ``{"token": …, "baseUrl": …}``; a secret.',
    ),
    Setting(
        "ownershipKey",
        "CARRIERX_OWNERSHIP_KEY",
        "The attribute that names a number's owner; default: none does.",
    ),
    Setting(
        "timeoutSeconds",
        "CARRIERX_TIMEOUT_SECONDS",
        f"Longest wait for one answer, in seconds; default: {DEFAULT_TIMEOUT_SECONDS:g}.",
    ),
    Setting(
        "deadlineSeconds",
        "CARRIERX_DEADLINE_SECONDS",
        "How long one operation on one number is tried anew while CarrierX fails, in seconds; "
        f"default: {DEFAULT_DEADLINE_SECONDS:g}.",
    ),
    Setting(
        "requestsPerSecond",
        "CARRIERX_REQUESTS_PER_SECOND",
        "Most calls a second to one account; default: no limit until CarrierX answers 429.",
    ),
    Setting(None, "CARRIERX_ADOPT", "SIDs that this run may take over, by commas."),
)

SETTING_NAMES = tuple(setting.name for setting in SETTINGS if setting.name is not None)
"""What a stack's configuration may have after ``carrierx:``."""


class ConfigurationError(Exception):
    """The configuration lacks something, or has it wrong; one line, without any secret."""


class NoTokenError(ConfigurationError):
    """Neither the stack nor the environment has a token for the default account."""


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
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    """Longest wait for one answer."""
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    """How long one operation on one number is tried anew while CarrierX fails."""
    requests_per_second: float | None = None
    """The most calls a second to one account; None: no limit until CarrierX answers 429."""
    adopted_sids: frozenset[str] = frozenset()
    """The registrations that this run may take over."""
    mistake: str | None = None
    """What is wrong with one of the numbers; ``access`` raises it."""

    @classmethod
    def of(cls, configuration: Callable[[str], Any], environment: Mapping[str, str]) -> Settings:
        """Read the stack's configuration, and the environment for what it lacks.

        :param configuration: gives the value of ``carrierx:…`` or None, e.g. ``Config.get``.
        """
        token = _given(configuration("carrierx:token"))
        mistakes: list[str] = []

        def positive(key: str, variable: str, of_what: str, example: float) -> float | None:
            stated = _given(configuration(key))
            given = stated or _given(environment.get(variable))
            number = None if given is None else _positive(given)
            if given is not None and number is None:
                mistakes.append(
                    f"{key if stated else variable} must be a positive number of {of_what}, such "
                    f"as {example:g}"
                )
            return number

        timeout_seconds = positive(
            "carrierx:timeoutSeconds",
            "CARRIERX_TIMEOUT_SECONDS",
            "seconds",
            DEFAULT_TIMEOUT_SECONDS,
        )
        deadline_seconds = positive(
            "carrierx:deadlineSeconds",
            "CARRIERX_DEADLINE_SECONDS",
            "seconds",
            DEFAULT_DEADLINE_SECONDS,
        )
        requests_per_second = positive(
            "carrierx:requestsPerSecond", "CARRIERX_REQUESTS_PER_SECOND", "calls per second", 10
        )
        return cls(
            token=token or _given(environment.get("CARRIERX_TOKEN")),
            token_source="carrierx:token" if token else "CARRIERX_TOKEN",
            base_url=_given(configuration("carrierx:baseUrl"))
            or _given(environment.get("CARRIERX_BASE_URL")),
            accounts=_given(configuration("carrierx:accounts")),
            timeout_seconds=timeout_seconds or DEFAULT_TIMEOUT_SECONDS,
            deadline_seconds=deadline_seconds or DEFAULT_DEADLINE_SECONDS,
            requests_per_second=requests_per_second,
            adopted_sids=adopted_sids(environment),
            mistake=mistakes[0] if mistakes else None,
        )

    def access(self, account: str | None) -> Access:
        """The access to an account by its name; None is the default one.

        :raises ConfigurationError: it is not configured, or not as it should be.
        """
        if self.mistake is not None:
            raise ConfigurationError(self.mistake)
        if account is not None:
            return self._named(account)
        if self.token is None:
            message = (
                "no CarrierX token: set it with `pulumi config set --secret carrierx:token`, or in "
                "the environment as CARRIERX_TOKEN"
            )
            raise NoTokenError(message)
        return _access(self.base_url, self.token, self.token_source)

    def account_names(self) -> tuple[str | None, ...]:
        """Every configured account, the default one as None; that one alone where none is.

        :raises ConfigurationError: ``carrierx:accounts`` is no map.
        """
        named = tuple(sorted(self._accounts()))
        return named if named and self.token is None else (None, *named)

    def _named(self, account: str) -> Access:
        accounts = self._accounts()
        if account not in accounts:
            known = ", ".join(sorted(accounts)) or "none"
            name = shorten(account)
            message = (
                f'no account "{name}" in carrierx:accounts (there: {known}): set it with '
                f"`pulumi config set --secret --path 'carrierx:accounts[\"{name}\"].token'`"
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


def adopted_sids(environment: Mapping[str, str]) -> frozenset[str]:
    """The SIDs that ``CARRIERX_ADOPT`` lets this run take over."""
    named = environment.get("CARRIERX_ADOPT", "").split(",")
    return frozenset(sid.strip() for sid in named if sid.strip())


_OWNERSHIP_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def ownership_key(
    configuration: Callable[[str], Any], environment: Mapping[str, str]
) -> str | None:
    """The attribute in which a stack keeps the owner of each number; None where it keeps none.

    :param configuration: gives the value of a setting of ``carrierx``, e.g. ``Config.get``.
    :raises ConfigurationError: it is no plain key.
    """
    key = _given(configuration("ownershipKey")) or _given(environment.get("CARRIERX_OWNERSHIP_KEY"))
    if key is not None and not _OWNERSHIP_KEY.fullmatch(key):
        message = (
            "carrierx:ownershipKey (or CARRIERX_OWNERSHIP_KEY) must be a plain key such as "
            'managed_by: up to 64 letters, digits, "_", ".", ":" and "-"'
        )
        raise ConfigurationError(message)
    return key


def _given(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    return text.strip() or None


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number > 0 and math.isfinite(number) else None


def _is_plain_url(url: str) -> bool:
    """Whether it is scheme, host, port and path alone."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(_HOST.fullmatch(parts.netloc.removesuffix(f":{port}")))
        and port != 0
        and not (parts.username or parts.password or parts.query or parts.fragment)
        and not re.search(r"[\s\x00-\x1f\x7f]", url)
    )


def _stays_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _access(base_url: str | None, token: str, token_source: str) -> Access:
    url = (base_url or DEFAULT_BASE_URL).rstrip("/")
    if not _is_plain_url(url):
        # Not repeated here: it may hold a password.
        message = (
            "the base URL (carrierx:baseUrl, CARRIERX_BASE_URL or baseUrl in carrierx:accounts) is "
            f"no plain http(s) URL such as {DEFAULT_BASE_URL}"
        )
        raise ConfigurationError(message)
    if urlsplit(url).scheme == "http" and not _stays_on_this_machine(url):
        message = (
            "the base URL (carrierx:baseUrl, CARRIERX_BASE_URL or baseUrl in carrierx:accounts) is "
            "plain http, which would show the token to the network: use https, or a host of this "
            "machine itself (localhost, 127.0.0.1, [::1])"
        )
        raise ConfigurationError(message)
    if not token.isascii() or not token.isprintable() or " " in token:
        message = f"the token in {token_source} has a character that no CarrierX token has"
        raise ConfigurationError(message)
    return Access(base_url=url, token=token, token_source=token_source)
