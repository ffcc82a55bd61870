"""The fault plan in force: which fault hits a call, its counters, and the numbers it hides."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from carrierx_simulator.external_did import LIST_FIELDS
from carrierx_simulator.fault_plan import DelayVisibilityFault, Fault, FaultPlan, First, Nth, Share
from carrierx_simulator.filter_expression import FilterError, parse
from carrierx_simulator.json_values import parse_json
from carrierx_simulator.paths import API, COLLECTIONS
from carrierx_simulator.request import call_of
from carrierx_simulator.settings import SimulatorSettings
from carrierx_simulator.storage import Storage

if TYPE_CHECKING:
    from starlette.types import Scope

_COLLECTION = COLLECTIONS[0].removeprefix(API)
_OTHER_SPELLING = COLLECTIONS[1].removeprefix(API)
_ONE = re.compile(rf"{_COLLECTION}/(?P<sid>[^/]+)(/messaging)?")


@dataclass(frozen=True, slots=True)
class MatchedCall:
    """A call, as fault plans match it. ``phonenumber`` is digits, or None for no number."""

    method: str
    path: str
    token: int | None
    phonenumber: str | None

    @property
    def registers(self) -> bool:
        """Whether this is a registration."""
        return self.method == "POST" and self.path == _COLLECTION

    def matches(self, fault: Fault) -> bool:
        """Whether the fault is about this call; its ``calls`` then say whether it hits."""
        if isinstance(fault, DelayVisibilityFault) and not self.registers:
            return False
        return (
            fault.method in {None, self.method}
            and (fault.path is None or fnmatchcase(self.path, fault.path))
            and fault.token in {None, self.token}
            and fault.phonenumber in {None, self.phonenumber}
        )


class PhoneNumbers:
    """Finds the phone number that a call is about."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        # A DELETE whose response was lost is sent again, when its SID is no longer stored.
        self._seen: dict[str, str] = {}

    def matched_call(self, scope: Scope) -> MatchedCall:
        """The call of a request."""
        path: str = scope["path"].removeprefix(API)
        if (path + "/").startswith(_OTHER_SPELLING + "/"):
            path = _COLLECTION + path.removeprefix(_OTHER_SPELLING)
        number = self._number(scope, path)
        return MatchedCall(scope["method"], path, call_of(scope).token, number)

    def _number(self, scope: Scope, path: str) -> str | None:
        if one := _ONE.fullmatch(path):
            return self._of_sid(one["sid"])
        if path == _COLLECTION and scope["method"] == "POST":
            return _in_body(call_of(scope).body)
        if path == _COLLECTION:
            return _in_filter(scope["query_string"].decode("latin-1"))
        return None

    def _of_sid(self, sid: str) -> str | None:
        stored = self._storage.get(sid)
        if stored is not None:
            self._seen[sid] = str(stored["phonenumber"])
        return self._seen.get(sid)


def _in_body(body: bytes | None) -> str | None:
    try:
        value = parse_json(body or b"")
    except ValueError:
        return None
    number = value.get("phonenumber") if isinstance(value, dict) else None
    return number.removeprefix("+") if isinstance(number, str) else None


def _in_filter(query: str) -> str | None:
    expression = dict(parse_qsl(query)).get("filter", "")
    try:
        conditions = parse(expression, LIST_FIELDS)
    except FilterError:
        return None
    # A client that does not know which spelling the filter compares asks for `like "%digits"`.
    numbers = (
        c.value.lstrip("+%")
        for c in conditions
        if c.path == ("phonenumber",) and c.operator in {"eq", "like"}
    )
    return next((number for number in numbers if number.isdigit()), None)


class Visibility:
    """Which SIDs are hidden, and from how many more reads."""

    def __init__(self) -> None:
        self._reads_left: dict[str, int] = {}

    def hide(self, sid: str, reads: int) -> None:
        """Hide a SID from the next ``reads`` reads that would show it."""
        self._reads_left[sid] = reads

    def hidden(self) -> set[str]:
        """The SIDs that the next read does not show."""
        return set(self._reads_left)

    def count_read(self, sids: Iterable[str]) -> None:
        """Count a read that would have shown these SIDs."""
        for sid in sids:
            left = self._reads_left.pop(sid, 0) - 1
            if left > 0:
                self._reads_left[sid] = left


@dataclass(frozen=True, slots=True)
class Hit:
    """The fault that hits a call, and its position in the plan."""

    index: int
    fault: Fault
    visibility: Visibility


class _FaultCounter:
    """One fault of a plan, and the calls that it matched and hit."""

    def __init__(self, fault: Fault, seed: str) -> None:
        self.fault = fault
        self.matches = 0
        self.hits = 0
        # One random sequence for each fault, so that other faults do not change it.
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def selects(self, call: MatchedCall) -> bool:
        """Count the call if it matches; return whether this fault hits it."""
        if not call.matches(self.fault):
            return False
        self.matches += 1
        match self.fault.calls:
            case First(first=first):
                return self.matches <= first
            case Nth(nth=nth):
                return self.matches == nth
            case Share(share=share):
                return self._random.random() < share
            case _:
                return True


class _Run:
    """A plan from when it was set until it is replaced."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.counters = [_FaultCounter(f, f"{plan.seed}:{i}") for i, f in enumerate(plan.faults)]
        self.visibility = Visibility()


class ActiveFaults:
    """The plan in force. It may be replaced from any thread; calls are counted in the server's.

    Replacing it is one assignment, so that no lock is needed: a call under way keeps the plan that
    it met.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        self._token_limits = [
            settings.rate_limit if token.rate_limit is None else token.rate_limit
            for token in settings.tokens
        ]
        self._run = _Run(settings.faults)
        self.stopping = False
        self._hits_changed = threading.Condition()

    @property
    def tokens(self) -> int:
        """How many tokens the simulator has."""
        return len(self._token_limits)

    @property
    def visibility(self) -> Visibility:
        """Which numbers the plan in force hides."""
        return self._run.visibility

    @property
    def empty(self) -> bool:
        """Whether the plan in force has no faults."""
        return not self._run.counters

    def replace(self, plan: FaultPlan) -> None:
        """Put another plan in force, with fresh counters; nothing stays hidden."""
        self._run = _Run(plan)

    def stop(self) -> None:
        """End the waiting of slow calls, so that the simulator can end at once."""
        self.stopping = True

    def hit(self, call: MatchedCall) -> Hit | None:
        """Count a call with every fault that it matches; the first one that selects it hits."""
        run = self._run
        selecting = [(i, c) for i, c in enumerate(run.counters) if c.selects(call)]
        if not selecting:
            return None
        index, counted = selecting[0]
        with self._hits_changed:
            counted.hits += 1
            self._hits_changed.notify_all()
        return Hit(index, counted.fault, run.visibility)

    def wait_for_hits(self, index: int, hits: int, timeout: float) -> bool:
        """Whether the fault at this position hits so many calls within ``timeout`` seconds."""
        with self._hits_changed:
            return self._hits_changed.wait_for(
                lambda: self._run.counters[index].hits >= hits, timeout
            )

    def rate_limit(self, token: int) -> int:
        """Calls per second of the token at this position; 0 is no limit."""
        return self._run.plan.rate_limits.get(str(token), self._token_limits[token])

    def as_json(self) -> dict[str, Any]:
        """The plan as it was given; for each fault how many calls it matched, and hit."""
        counters = self._run.counters
        return {
            "plan": self._run.plan.as_json(),
            "matches": [fault.matches for fault in counters],
            "hits": [fault.hits for fault in counters],
        }
