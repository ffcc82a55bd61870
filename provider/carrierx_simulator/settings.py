"""The settings of a simulator, and its tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from carrierx_simulator.external_did import PARTNER_SID
from carrierx_simulator.fault_plan import FaultPlan

Merge: TypeAlias = Literal["shallow", "deep"]

SCOPES = frozenset(
    f"phonenumber.{action}" for action in ("manage", "read", "create", "update", "delete")
)
"""The scopes that the External DID pages name. ``manage`` is enough for every call."""

DEFAULT_SCOPES: frozenset[str] = frozenset({"phonenumber.manage"})

SAMPLE_TOKEN = "simulator-sample-token"  # noqa: S105 - public on purpose: it gives access to nothing
"""The token that a simulator accepts when it is given none."""

_TOKEN = re.compile(r"[!-~]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PREFIX = re.compile(r"\+?[1-9][0-9]*")
_WHOLE = "must be a whole number from 0"


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token that the simulator accepts, and what it may do.

    ``value`` is left out of the ``repr``, so that no log and no failing test shows it.
    ``rate_limit`` is the token's own limit of calls per second, 0 for none; None leaves it to the
    settings. Tokens with the same ``partner_sid``, a UUID, share one CarrierX account; by default
    all tokens do.
    """

    value: str = field(repr=False)
    scopes: frozenset[str] = DEFAULT_SCOPES
    rate_limit: int | None = None
    partner_sid: str = PARTNER_SID


class SettingsError(ValueError):
    """Settings that no simulator can run with.

    ``problems`` maps the name of each wrong setting to what is wrong with it.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """The settings of a simulator. Raises `SettingsError` for invalid values.

    Attributes:
        host: Address to listen on.
        port: TCP port; 0 lets the system pick a free one.
        data: Path of a SQLite file, which survives restarts, or ``":memory:"``.
        tokens: The bearer tokens that are accepted, each with the account that it belongs to.
        merge: Whether a PATCH merges ``attributes`` key by key at the top only, or at every
            depth. CarrierX's documentation says that it merges, and leaves the depth open.
        latency_ms: Milliseconds that each API call waits before it is handled.
        rate_limit: API calls per second and token before a 429; 0 means no limit. A `Token` may
            have another one.
        allowed_prefixes: Beginnings of the phone numbers that may be registered, as digits of
            E.164; empty allows all. CarrierX checks such restrictions per partner.
        messaging_delay_ms: Milliseconds that messaging stays ``in_progress``. CarrierX takes
            seconds to minutes.
        faults: Which calls go wrong, and how; by default none.
    """

    host: str = "127.0.0.1"
    port: int = 0
    data: str = ":memory:"
    tokens: tuple[Token, ...] = (Token(SAMPLE_TOKEN),)
    merge: Merge = "shallow"
    latency_ms: int = 0
    rate_limit: int = 0
    allowed_prefixes: tuple[str, ...] = ()
    messaging_delay_ms: int = 2_000
    faults: FaultPlan = FaultPlan()  # noqa: RUF009 - a frozen value

    def __post_init__(self) -> None:
        tokens = _problem_of_tokens(self.tokens)
        partner_sids = _problem_of_partner_sids(self.tokens)
        faults = "; ".join(self.faults.unknown_tokens(len(self.tokens)))
        prefixes = ", ".join(p for p in self.allowed_prefixes if not _PREFIX.fullmatch(p))
        not_negative = ("latency_ms", "rate_limit", "messaging_delay_ms")
        numbers: dict[str, int] = {name: getattr(self, name) for name in not_negative}
        rules = [
            ("host", self.host, "must not be empty"),
            ("port", self.port in range(65536), f"{_WHOLE} to 65535, not {self.port}"),
            ("data", self.data, "must be a file or :memory:"),
            ("tokens", not tokens, tokens),
            ("partner_sids", not partner_sids, partner_sids),
            ("faults", not faults, faults),
            ("merge", self.merge in get_args(Merge), f"must be shallow or deep, not {self.merge}"),
            *((n, value >= 0, f"{_WHOLE} up, not {value}") for n, value in numbers.items()),
            ("allowed_prefixes", not prefixes, f"must be digits of E.164, not {prefixes}"),
        ]
        if problems := {name: text for name, holds, text in rules if not holds}:
            raise SettingsError(problems)


def _problem_of_tokens(tokens: tuple[Token, ...]) -> str:
    """Say what is wrong with the tokens, without ever repeating one of them."""
    if not tokens:
        return "must name at least one token"
    known = ", ".join(sorted(SCOPES))
    for position, token in enumerate(tokens, 1):
        unknown = ", ".join(sorted(token.scopes - SCOPES))
        rules = [
            (token.value, "is empty"),
            (_TOKEN.fullmatch(token.value), "must be printable ASCII without whitespace"),
            (token.scopes, f"has no scope; known are {known}"),
            (not unknown, f"has the unknown scope {unknown}; known are {known}"),
            (
                (token.rate_limit or 0) >= 0,
                f"has a rate limit of {token.rate_limit}; it {_WHOLE} up",
            ),
        ]
        for holds, text in rules:
            if not holds:
                return f"token {position} {text}"
    return "names the same token twice" if len({t.value for t in tokens}) < len(tokens) else ""


def _problem_of_partner_sids(tokens: tuple[Token, ...]) -> str:
    for position, token in enumerate(tokens, 1):
        if not _UUID.fullmatch(token.partner_sid):
            return (
                f"token {position} has the partner_sid {token.partner_sid!r}; it must be a UUID in "
                "lower case"
            )
    return ""
