"""The fault plan in force: which fault hits a call, its counters, and the numbers it hides."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from fnmatch import fnmatchcase
from typing import Any

from carrierx_simulator.fault_plan import (
    AnotherObjectFault,
    DelayVisibilityFault,
    Fault,
    FaultPlan,
    First,
    Nth,
    Share,
)
from carrierx_simulator.filter_expression import FilterError, parse
from carrierx_simulator.json_values import JsonValue
from carrierx_simulator.paths import API, COLLECTIONS
from carrierx_simulator.request import LoggedCall
from carrierx_simulator.settings import SimulatorSettings
from carrierx_simulator.storage import Storage

_COLLECTION = COLLECTIONS[0].removeprefix(API)
_ONE = re.compile(rf"{_COLLECTION}/(?P<sid>[^/]+)(/messaging)?")


def _in_body(body: JsonValue) -> str | None:
    number = body.get("phonenumber") if isinstance(body, dict) else None
    return number.removeprefix("+") if isinstance(number, str) else None


def _in_filter(expression: str) -> str | None:
    try:
        conditions = parse(expression)
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

    def selects(self, call: LoggedCall, path: str, phonenumber: str | None) -> bool:
        """Count the call if it matches; return whether this fault hits it."""
        fault = self.fault
        match fault:
            case DelayVisibilityFault():
                is_possible = (call.method, path) == ("POST", _COLLECTION)
            case AnotherObjectFault():
                is_possible = not path.endswith("/messaging")
            case _:
                is_possible = True
        if not (
            is_possible
            and fault.method in {None, call.method}
            and (fault.path is None or fnmatchcase(path, fault.path))
            and fault.token in {None, call.token}
            and fault.phonenumber in {None, phonenumber}
        ):
            return False
        self.matches += 1
        match fault.calls:
            case First(first=first):
                return self.matches <= first
            case Nth(nth=nth):
                return self.matches == nth
            case Share(share=share):
                return self._random.random() < share
        return True


class ActiveFaults:
    """The plan in force. It may be replaced from any thread; calls are counted in the server's.

    A call under way keeps the plan that it met.
    """

    def __init__(self, settings: SimulatorSettings, storage: Storage) -> None:
        self._token_limits = [
            settings.rate_limit if token.rate_limit is None else token.rate_limit
            for token in settings.tokens
        ]
        self._storage = storage
        # A DELETE whose response was lost is sent again, when its SID is no longer stored.
        self._numbers: dict[str, str] = {}
        self.stopping = threading.Event()
        """Ends the waiting of slow calls, so that the simulator can end at once."""
        self._changed = threading.Condition()
        self.replace(settings.faults)

    def replace(self, plan: FaultPlan) -> None:
        """Put another plan in force, with fresh counters; nothing stays hidden."""
        with self._changed:
            self._plan = plan
            self.hidden = Counter[str]()
            """The SIDs that the plan hides, each from so many more reads that would show it.

            A read subtracts the SIDs that it would have shown.
            """
            self._counted = [
                CountedFault(index, fault, plan.seed, self.hidden)
                for index, fault in enumerate(plan.faults)
            ]

    def hit(self, call: LoggedCall) -> CountedFault | None:
        """Count a call with every fault that it matches; the first one that selects it hits."""
        with self._changed:
            if not self._counted:
                return None
            # As in the patterns of a plan, the collection has one spelling.
            path = call.path.removeprefix(API).replace("external-dids", "external_dids")
            number = self._phonenumber(call, path)
            selecting = [one for one in self._counted if one.selects(call, path, number)]
            if not selecting:
                return None
            selecting[0].hits += 1
            self._changed.notify_all()
            return selecting[0]

    def _phonenumber(self, call: LoggedCall, path: str) -> str | None:
        """The number that a call is about, as digits."""
        if one := _ONE.fullmatch(path):
            sid = one["sid"]
            if number := self._storage.phonenumber(sid):
                self._numbers[sid] = number
            return self._numbers.get(sid)
        if path != _COLLECTION:
            return None
        if call.method == "POST":
            return _in_body(call.body)
        return _in_filter(call.query.get("filter", ""))

    def wait_for_hits(self, index: int, hits: int, timeout: float) -> bool:
        """Whether the fault at this position hits so many calls within ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counted[index].hits >= hits, timeout)

    def rate_limit(self, token: int) -> int:
        """Calls per second of the token at this position; 0 is no limit."""
        return self._plan.rate_limits.get(str(token), self._token_limits[token])

    def as_json(self) -> dict[str, Any]:
        """The plan as it was given; for each fault how many calls it matched, and hit."""
        with self._changed:
            return {
                "plan": self._plan.as_json(),
                "matches": [fault.matches for fault in self._counted],
                "hits": [fault.hits for fault in self._counted],
            }
