"""The fault plan in force: which fault hits a call, its counters, and the numbers it hides."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from carrierx_simulator.external_did import LIST_FIELDS
from carrierx_simulator.fault_plan import DelayVisibilityFault, Fault, FaultPlan, First, Nth, Share
from carrierx_simulator.filter_expression import FilterError, parse
from carrierx_simulator.json_values import JsonValue
from carrierx_simulator.paths import API, COLLECTIONS
from carrierx_simulator.request import call_of
from carrierx_simulator.settings import SimulatorSettings
from carrierx_simulator.storage import Storage

if TYPE_CHECKING:
    from starlette.types import Scope

_COLLECTION, _OTHER_SPELLING = (collection.removeprefix(API) for collection in COLLECTIONS)
_ONE = re.compile(rf"{_COLLECTION}/(?P<sid>[^/]+)(/messaging)?")


class MatchedCall(NamedTuple):
    """A call, as fault plans match it. ``phonenumber`` is digits, or None for no number."""

    method: str
    path: str
    token: int | None
    phonenumber: str | None


class PhoneNumbers:
    """Finds the phone number that a call is about."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        # A DELETE whose response was lost is sent again, when its SID is no longer stored.
        self._seen: dict[str, str] = {}

    def matched_call(self, scope: Scope) -> MatchedCall:
        """The call of a request."""
        call, method = call_of(scope), scope["method"]
        path: str = scope["path"].removeprefix(API)
        if (path + "/").startswith(_OTHER_SPELLING + "/"):
            path = _COLLECTION + path.removeprefix(_OTHER_SPELLING)
        number = None
        if one := _ONE.fullmatch(path):
            number = self._of_sid(one["sid"])
        elif path == _COLLECTION and method == "POST":
            number = _in_body(call.entry["body"])
        elif path == _COLLECTION:
            number = _in_filter(call.query.get("filter", ""))
        return MatchedCall(method, path, call.token, number)

    def _of_sid(self, sid: str) -> str | None:
        stored = self._storage.get(sid)
        if stored is not None:
            self._seen[sid] = str(stored["phonenumber"])
        return self._seen.get(sid)


def _in_body(body: JsonValue) -> str | None:
    number = body.get("phonenumber") if isinstance(body, dict) else None
    return number.removeprefix("+") if isinstance(number, str) else None


def _in_filter(expression: str) -> str | None:
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


class CountedFault:
    """One fault of a plan, its position there, and the calls that it matched and hit."""

    def __init__(self, index: int, fault: Fault, seed: int, hidden: Counter[str]) -> None:
        self.index = index
        self.fault = fault
        self.hidden = hidden
        """The SIDs that the plan hides."""
        self.matches = 0
        self.hits = 0
        # One random sequence for each fault, so that other faults do not change it.
        self._random = random.Random(f"{seed}:{index}")  # noqa: S311 - repeatable on purpose

    def selects(self, call: MatchedCall) -> bool:
        """Count the call if it matches; return whether this fault hits it."""
        if not self._matches(call):
            return False
        self.matches += 1
        match self.fault.calls:
            case First(first=first):
                return self.matches <= first
            case Nth(nth=nth):
                return self.matches == nth
            case Share(share=share):
                return self._random.random() < share
        return True

    def _matches(self, call: MatchedCall) -> bool:
        fault = self.fault
        if isinstance(fault, DelayVisibilityFault) and call[:2] != ("POST", _COLLECTION):
            return False
        return (
            fault.method in {None, call.method}
            and (fault.path is None or fnmatchcase(call.path, fault.path))
            and fault.token in {None, call.token}
            and fault.phonenumber in {None, call.phonenumber}
        )


class _Run:
    """A plan from when it was set until it is replaced."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self.hidden: Counter[str] = Counter()
        self.counters = [
            CountedFault(index, fault, plan.seed, self.hidden)
            for index, fault in enumerate(plan.faults)
        ]


class ActiveFaults:
    """The plan in force. It may be replaced from any thread; calls are counted in the server's.

    Replacing it is one assignment, so that no lock is needed: a call under way keeps the plan that
    it met.
    """

    def __init__(self, settings: SimulatorSettings, storage: Storage) -> None:
        self._token_limits = [
            settings.rate_limit if token.rate_limit is None else token.rate_limit
            for token in settings.tokens
        ]
        self._numbers = PhoneNumbers(storage)
        self._run = _Run(settings.faults)
        self.stopping = False
        """Ends the waiting of slow calls, so that the simulator can end at once."""
        self._hits_changed = threading.Condition()

    @property
    def tokens(self) -> int:
        """How many tokens the simulator has."""
        return len(self._token_limits)

    @property
    def hidden(self) -> Counter[str]:
        """The SIDs that the plan in force hides, each from so many more reads that would show it.

        A read subtracts the SIDs that it would have shown.
        """
        return self._run.hidden

    def replace(self, plan: FaultPlan) -> None:
        """Put another plan in force, with fresh counters; nothing stays hidden."""
        self._run = _Run(plan)

    def hit(self, scope: Scope) -> CountedFault | None:
        """Count a call with every fault that it matches; the first one that selects it hits."""
        counters = self._run.counters
        if not counters:
            return None
        call = self._numbers.matched_call(scope)
        selecting = [counted for counted in counters if counted.selects(call)]
        if not selecting:
            return None
        with self._hits_changed:
            selecting[0].hits += 1
            self._hits_changed.notify_all()
        return selecting[0]

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
