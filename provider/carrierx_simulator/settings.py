"""The settings of a simulator, and its tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from carrierx_simulator.fault_plan import FaultPlan

Merge: TypeAlias = Literal["shallow", "deep"]

SCOPES: frozenset[str] = frozenset(
    {
        "phonenumber.manage",
        "phonenumber.read",
        "phonenumber.create",
        "phonenumber.update",
        "phonenumber.delete",
    }
)
"""The scopes that the External DID pages name. ``manage`` is enough for every call."""

DEFAULT_SCOPES: frozenset[str] = frozenset({"phonenumber.manage"})

SAMPLE_TOKEN = "simulator-sample-token"  # noqa: S105 - public on purpose: it gives access to nothing
"""The token that a simulator accepts when it is given none."""

_TOKEN = re.compile(r"[!-~]+")
_PREFIX = re.compile(r"\+?[1-9][0-9]*")
_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token that the simulator accepts, and what it may do.

    ``value`` is left out of the ``repr``, so that no log and no failing test shows it.
    ``rate_limit`` is the token's own limit of calls per second, 0 for none; None leaves it to the
    settings.
    """

    value: str = field(repr=False)
    scopes: frozenset[str] = DEFAULT_SCOPES
    rate_limit: int | None = None


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
        tokens: The bearer tokens that are accepted. All share one CarrierX account.
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
        problems: dict[str, str] = {}
        if not self.host:
            problems["host"] = "must not be empty"
        if not 0 <= self.port <= _LARGEST_PORT:
            problems["port"] = f"must be a whole number from 0 to 65535, not {self.port}"
        if not self.data:
            problems["data"] = "must be a file or :memory:"
        of_tokens = {
            "tokens": _token_problem(self.tokens),
            "faults": "; ".join(self.faults.unknown_tokens(len(self.tokens))),
        }
        problems |= {name: text for name, text in of_tokens.items() if text}
        if self.merge not in get_args(Merge):
            problems["merge"] = f"must be shallow or deep, not {self.merge}"
        for name in ("latency_ms", "rate_limit", "messaging_delay_ms"):
            value: int = getattr(self, name)
            if value < 0:
                problems[name] = f"must be a whole number from 0 up, not {value}"
        if wrong := [p for p in self.allowed_prefixes if not _PREFIX.fullmatch(p)]:
            problems["allowed_prefixes"] = f"must be digits of E.164, not {', '.join(wrong)}"
        if problems:
            raise SettingsError(problems)


def _token_problem(tokens: tuple[Token, ...]) -> str | None:
    """Say what is wrong with the tokens, without ever repeating one of them."""
    if not tokens:
        return "must name at least one token"
    for position, token in enumerate(tokens, 1):
        if problem := _one_token_problem(token):
            return f"token {position} {problem}"
    if len({token.value for token in tokens}) < len(tokens):
        return "names the same token twice"
    return None


def _one_token_problem(token: Token) -> str | None:
    known = ", ".join(sorted(SCOPES))
    if not token.value:
        return "is empty"
    if not _TOKEN.fullmatch(token.value):
        return "must be printable ASCII without whitespace"
    if not token.scopes:
        return f"has no scope; known are {known}"
    if unknown := sorted(token.scopes - SCOPES):
        return f"has the unknown scope {', '.join(unknown)}; known are {known}"
    if token.rate_limit is not None and token.rate_limit < 0:
        return f"has a rate limit of {token.rate_limit}; it must be a whole number from 0 up"
    return None
