"""The fault matrix: what goes wrong, in which operation, how often; and what is left out, and why.

Every cell has a phone number of its own, by which its faults find its calls. So one stack holds
many cells, and one ``up`` goes through all of them: here without the engine, in tests/engine with
it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tools.soak.number_tables import DELETE_FIRST

Table = dict[str, dict[str, Any]]

SLOW_SECONDS = 1.5
"""Beyond the time-out that the matrix sets for one answer."""
TIMEOUT_SECONDS = 1.0


class Operation(StrEnum):
    """What the program asks for, or a refresh."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    UPDATE_AFTER_READ = "update that reads first"
    DELETE = "delete"
    REPLACE = "replace"
    MOVE = "replace by another number"
    MOVE_DELETING_FIRST = "replace by another number, deleting first"
    REPLACE_WHEN_ASKED = "replace with --replace"


class How(StrEnum):
    """How often it goes wrong, and on which side of the change."""

    FIRST = "first call"
    LOST = "lost answer"
    FOR_GOOD = "for good"
    LOST_FOR_GOOD = "every answer lost"


FAULTS: dict[str, dict[str, Any]] = {
    "429": {"fault": "status", "status": 429, "retry_after": 1},
    "500": {"fault": "status", "status": 500},
    "502": {"fault": "status", "status": 502},
    "503": {"fault": "status", "status": 503},
    "504": {"fault": "status", "status": 504},
    "slow": {"fault": "slow", "seconds": SLOW_SECONDS},
    "dropped": {"fault": "drop"},
    "half a body": {"fault": "half_body"},
    "HTML": {"fault": "html"},
    "a gateway's 404": {"fault": "html", "status": 404},
    "SID forgotten": {"fault": "forget_field", "field": "external_did_sid"},
    "another object": {"fault": "another_object"},
    "shows up late": {"fault": "delay_visibility", "reads": 2},
}


CALLS = {
    Operation.CREATE: ("POST",),
    Operation.READ: ("GET",),
    Operation.UPDATE: ("PATCH",),
    Operation.UPDATE_AFTER_READ: ("GET", "PATCH"),
    Operation.DELETE: ("DELETE",),
    Operation.REPLACE: ("GET", "DELETE", "POST"),
    Operation.MOVE: ("POST", "DELETE"),
    Operation.MOVE_DELETING_FIRST: ("GET", "DELETE", "POST"),
    Operation.REPLACE_WHEN_ASKED: ("GET", "DELETE", "POST"),
}
"""The calls that an operation takes."""

CHANGES: dict[Operation, dict[str, Any]] = {
    Operation.UPDATE: {"name": "Renamed"},
    Operation.UPDATE_AFTER_READ: {"attributes": {"cost": {"centre": 7}}},
    Operation.REPLACE: {"capabilities": 1},
}
"""What the program declares differently in the ``up`` that goes wrong."""

MOVES = {Operation.MOVE, Operation.MOVE_DELETING_FIRST}
DELETING_FIRST = (Operation.MOVE_DELETING_FIRST, Operation.REPLACE_WHEN_ASKED)
"""With the option ``delete_before_replace``."""


def left_out(  # noqa: PLR0911 -- one for each reason
    fault: str, operation: Operation, how: How
) -> str | None:
    """Why this combination makes no sense; None for a cell of the matrix."""
    after = how in {How.LOST, How.LOST_FOR_GOOD}
    match FAULTS[fault]:
        case {"status": 429} if after:
            return "a 429 says that the call was not carried out"
        case {"status": 404} if how in {How.FIRST, How.LOST}:
            return "it is an error at once: another attempt gets the same answer"
        case {"fault": "forget_field"} if not after or operation is Operation.DELETE:
            return "a field can only be left out of an answer that was made, and has fields"
        case {"fault": "another_object"} if CALLS[operation] == ("DELETE",):
            return "the answer to a release shows no object"
        case {"fault": "another_object"} if after is (operation is Operation.READ):
            return "the call is carried out, which for a read is the same as before it"
        case {"fault": "delay_visibility"} if how is not How.LOST or "POST" not in CALLS[operation]:
            return "it is a registration that shows up late, once"
    if operation is Operation.READ and after:
        return "a read changes nothing, so before and after are the same"
    return None


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault in one operation."""

    fault: str
    operation: Operation
    how: How

    @property
    def name(self) -> str:
        """The resource's name."""
        return f"{self.operation}, {self.how}".replace(" ", "-")

    @property
    def number(self) -> str:
        """The number that it begins with, or is created with."""
        return f"+4670030{_index(How, self.how)}{_index(Operation, self.operation)}00"

    @property
    def other_number(self) -> str:
        """The number that it moves to."""
        return f"{self.number[:-1]}1"

    def declared_before(self) -> Table:
        """What the program declares at first."""
        return {} if self.operation is Operation.CREATE else {self.name: self._declared}

    def declared_after(self) -> Table:
        """What it declares in the ``up`` that goes wrong."""
        if self.operation is Operation.DELETE:
            return {}
        changes = CHANGES.get(self.operation, {})
        if self.operation in MOVES:
            changes = {"phonenumber": self.other_number}
        return {self.name: {**self._declared, **changes}}

    @property
    def _declared(self) -> dict[str, Any]:
        return {
            "phonenumber": self.number,
            "capabilities": 3,
            "name": "Line",
            "attributes": {"team": {"lead": "Ada"}},
            **({DELETE_FIRST: True} if self.operation in DELETING_FIRST else {}),
        }

    def faults(self) -> list[dict[str, Any]]:
        """The entries of the fault plan."""
        fault = dict(FAULTS[self.fault])
        methods = CALLS[self.operation]
        match fault["fault"]:
            case "delay_visibility":
                methods = ("POST",)
            case "forget_field" | "another_object":
                methods = tuple(method for method in methods if method != "DELETE")
            case _:
                after = self.how in {How.LOST, How.LOST_FOR_GOOD}
                fault["when"] = "after" if after else "before"
        moves = self.operation in MOVES
        if self.how in {How.FOR_GOOD, How.LOST_FOR_GOOD}:
            numbers = [self.number, self.other_number] if moves else [self.number]
            return [{**fault, "phonenumber": number} for number in numbers]
        return [
            {
                **fault,
                "method": method,
                "phonenumber": self.other_number if moves and method == "POST" else self.number,
                "calls": {"first": 1},
            }
            for method in methods
        ]


def cells_of(fault: str, *hows: How) -> list[Cell]:
    """The cells of one fault."""
    return [
        Cell(fault, operation, how)
        for how in hows
        for operation in Operation
        if left_out(fault, operation, how) is None
    ]


def faults_of(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """The entries of the fault plan for these cells."""
    return [{**fault, "token": 0} for cell in cells for fault in cell.faults()]


def table_before(cells: Iterable[Cell]) -> Table:
    """What a stack with these cells begins with."""
    return {name: declared for cell in cells for name, declared in cell.declared_before().items()}


def table_after(cells: Iterable[Cell]) -> Table:
    """What its program declares in the ``up`` that goes wrong."""
    return {name: declared for cell in cells for name, declared in cell.declared_after().items()}


def replaced_when_asked(cells: Iterable[Cell]) -> list[str]:
    """The resources that ``--replace`` is given in that ``up``."""
    return [cell.name for cell in cells if cell.operation is Operation.REPLACE_WHEN_ASKED]


def _index(kind: type[StrEnum], member: StrEnum) -> int:
    return list(kind).index(member)
