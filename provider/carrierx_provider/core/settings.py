"""The provider's configuration: which CarrierX account to talk to, with which token, and how.

A setting comes from the stack's configuration or, where that does not have it, from the
environment. The token and the base URL are checked once a call needs them, so that a preview
without calls needs no token.
"""

from __future__ import annotations

import ipaddress
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from carrierx_provider.core.text import printable, shorten
from carrierx_provider.core.validation import http_url_parts

DEFAULT_BASE_URL = "https://api.carrierx.com/core/v2"

# No more than a name, an IPv4 or an IPv6 address, so that every reader of a URL sees the same host.
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)

_BASE_URL_SETTINGS = "(carrierx:baseUrl, CARRIERX_BASE_URL or baseUrl in carrierx:accounts)"


class ConfigurationError(Exception):
    """A setting is missing or invalid; one line, without any secret."""


class NoTokenError(ConfigurationError):
    """Neither the stack nor the environment has a token for the default account."""


class InvalidSettingsError(ConfigurationError):
    """Some settings are invalid."""

    def __init__(self, rules: Mapping[str, str], valid: Settings) -> None:
        self.problems = {name: f"{name} {rule}" for name, rule in rules.items()}
        self.valid = valid
        super().__init__("; ".join(self.problems.values()))


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one account. The token is left out of the repr."""

    base_url: str
    token: str = field(repr=False)
    token_source: str = field(compare=False)
    """For messages: the setting that has the token. Two names of one account may have two."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, for the reference and for messages."""

    name: str | None
    """In the stack's configuration, after ``carrierx:``; None if it is not set there."""
    variable: str | None
    """In the environment; None if it is not set there."""
    meaning: str
    rule: str = ""
    """What a value must be, where it can be invalid; follows the name in a message."""

    @property
    def names(self) -> Iterator[str]:
        """The keys of the stack and the environment, the one that counts first."""
        if self.name:
            yield f"carrierx:{self.name}"
        if self.variable:
            yield self.variable


SETTINGS: list[Setting] = []
"""Every setting of ``Settings``."""


def _setting(
    name: str | None,
    variable: str | None,
    meaning: str,
    default: Any = None,  # noqa: ANN401 -- of the field's own type
    rule: str = "",
) -> Any:  # noqa: ANN401 -- as pydantic's Field
    setting = Setting(name, variable, meaning, rule)
    SETTINGS.append(setting)
    return Field(default, validation_alias=AliasChoices(*setting.names))


def listed(text: str) -> frozenset[str]:
    """What a value such as that of ``CARRIERX_ADOPT`` lists, by commas."""
    return frozenset(one.strip() for one in text.split(",") if one.strip())


_Number = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_SECONDS = "must be a positive number of seconds, such as 30"


class Settings(BaseModel):
    """The provider's configuration. The repr shows no secret."""

    model_config = ConfigDict(frozen=True)

    token: SecretStr | None = _setting(
        "token", "CARRIERX_TOKEN", "Token of the default account; a secret."
    )
    base_url: str = _setting(
        "baseUrl",
        "CARRIERX_BASE_URL",
        f"Where CarrierX's core API is; default: ``{DEFAULT_BASE_URL}``.",
        DEFAULT_BASE_URL,
    )
    # JSON, which is how the engine passes a structured value. An account is checked when it is
    # used, so that another one's mistake does not keep it from its work.
    accounts: SecretStr = _setting(
        "accounts",
        None,
        'Further accounts by name, each a token or ``{"token": …, "baseUrl": …}``; a secret.',
        SecretStr("{}"),
    )
    ownership_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = _setting(
        "ownershipKey",
        "CARRIERX_OWNERSHIP_KEY",
        "The attribute that names a number's owner; default: none does.",
        rule="must be a plain key such as managed_by: up to 64 letters, digits, "
        '"_", ".", ":" and "-"',
    )
    timeout_seconds: _Number = _setting(
        "timeoutSeconds",
        "CARRIERX_TIMEOUT_SECONDS",
        "Longest wait for one response, in seconds; default: 30.",
        30.0,
        _SECONDS,
    )
    deadline_seconds: _Number = _setting(
        "deadlineSeconds",
        "CARRIERX_DEADLINE_SECONDS",
        "How long one operation on one number is retried while CarrierX fails, in seconds; "
        "default: 60.",
        60.0,
        _SECONDS,
    )
    requests_per_second: _Number | None = _setting(
        "requestsPerSecond",
        "CARRIERX_REQUESTS_PER_SECOND",
        "Most calls a second to one account; default: no limit until CarrierX answers 429.",
        rule="must be a positive number of calls per second, such as 10",
    )
    adopted_sids: Annotated[frozenset[str], BeforeValidator(listed)] = _setting(
        None, "CARRIERX_ADOPT", "SIDs that this run may take over, by commas.", frozenset()
    )
    unread_sids: Annotated[frozenset[str], BeforeValidator(listed)] = _setting(
        None,
        "CARRIERX_RELEASE_UNREAD",
        "SIDs that this run may release although they cannot be read first, by commas.",
        frozenset(),
    )
    former_stacks: Annotated[
        frozenset[Annotated[str, Field(pattern=r"^[^/]+/[^/]+$")]], BeforeValidator(listed)
    ] = _setting(
        "formerStack",
        "CARRIERX_FORMER_STACK",
        "What this stack was called before it was renamed, or the stacks from which its numbers "
        "were moved, as PROJECT/STACK, by commas: numbers with that record may be released; "
        "default: none.",
        frozenset(),
        rule="must be PROJECT/STACK, such as shop/production",
    )
    confirm_gone: bool = _setting(
        "confirmGone",
        "CARRIERX_CONFIRM_GONE",
        "Whether a number that CarrierX does not have counts as released although nothing shows "
        "that its account is the one in which the number was registered; default: false. For one "
        "run, after an account was really emptied.",
        default=False,
        rule="must be true or false",
    )
    token_source: str = ""
    """For messages: the setting that has the token."""

    @classmethod
    def of(cls, configuration: Callable[[str], Any], environment: Mapping[str, str]) -> Settings:
        """Read the stack's configuration, and the environment for what it does not have.

        ``configuration`` gives the value of ``carrierx:…`` or None, as ``Config.get`` does.

        Raises:
            InvalidSettingsError: a number or the ownership key is invalid; lists all of them.
        """
        given: dict[str, str] = {}
        for setting in SETTINGS:
            for name in setting.names:
                value = (configuration if name.startswith("carrierx:") else environment.get)(name)
                text = value if value is None or isinstance(value, str) else json.dumps(value)
                if text and text.strip():
                    given[name] = text.strip()
                    break
        given["token_source"] = "carrierx:token" if "carrierx:token" in given else "CARRIERX_TOKEN"
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            invalid = [str(entry["loc"][0]) for entry in error.errors()]
        rules = {name: setting.rule for setting in SETTINGS for name in setting.names}
        valid = cls.model_validate({name: given[name] for name in given if name not in invalid})
        raise InvalidSettingsError({name: rules[name] for name in invalid}, valid)

    def access(self, account: str | None) -> Access:
        """The access to an account by its name; None is the default account."""
        if account is not None:
            return self._access_to(account)
        if self.token is None:
            raise NoTokenError(
                "no CarrierX token: set it with `pulumi config set --secret carrierx:token`, or in "
                "the environment as CARRIERX_TOKEN"
            )
        return _access(self.base_url, self.token.get_secret_value(), self.token_source)

    def account_names(self) -> tuple[str | None, ...]:
        """Every configured account, the default one as None; None alone if there are no others."""
        named = tuple(sorted(self._accounts()))
        return named if named and self.token is None else (None, *named)

    def _access_to(self, account: str) -> Access:
        accounts = self._accounts()
        if account not in accounts:
            known = ", ".join(sorted(accounts)) or "none"
            # What is to be copied is whole, in the quotes of Pulumi and in those of the shell.
            key = printable(account).replace('"', r"\"")
            path = shlex.quote(f'carrierx:accounts["{key}"].token')
            raise ConfigurationError(
                f'no account "{shorten(account)}" in carrierx:accounts (there: {known}): set it '
                f"with `pulumi config set --secret --path {path}`"
            )
        entry = accounts[account]
        entry = entry if isinstance(entry, dict) else {"token": entry}
        token, base_url = entry.get("token"), entry.get("baseUrl")
        if not isinstance(token, str) or not token.strip():
            raise ConfigurationError(
                f'the account "{account}" in carrierx:accounts has no token: write it as the '
                'token itself, or as {"token": …, "baseUrl": …}'
            )
        url = base_url.strip() if isinstance(base_url, str) else ""
        return _access(url or self.base_url, token.strip(), f"carrierx:accounts, {account}")

    def _accounts(self) -> dict[str, Any]:
        try:
            accounts = json.loads(self.accounts.get_secret_value())
        except ValueError:
            accounts = None
        if not isinstance(accounts, dict):
            raise ConfigurationError("carrierx:accounts must be a map of account names to tokens")
        return accounts


SETTING_NAMES = tuple(setting.name for setting in SETTINGS if setting.name is not None)
"""What a stack's configuration may have after ``carrierx:``."""


def _access(base_url: str, token: str, token_source: str) -> Access:
    url = base_url.rstrip("/")
    parts = http_url_parts(url)
    if (
        parts is None
        or not _HOST.fullmatch(parts.netloc.removesuffix(f":{parts.port}"))
        or parts.port == 0
        or parts.query
        or parts.fragment
    ):
        # Not repeated here: it may hold a password.
        raise ConfigurationError(
            f"the base URL {_BASE_URL_SETTINGS} is not a plain http(s) URL such as "
            f"{DEFAULT_BASE_URL}"
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ConfigurationError(
            f"the base URL {_BASE_URL_SETTINGS} is plain http, which would show the token to the "
            "network: use https, or a host of this machine itself (localhost, 127.0.0.1, [::1])"
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"the token in {token_source} has a character that no CarrierX token has"
        )
    return Access(base_url=url, token=token, token_source=token_source)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
