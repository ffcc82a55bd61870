"""Query arguments: each call knows its own, and every wrong one is named in one 400.

An unknown argument is a 400 as well. What CarrierX does with one is not documented; a simulator
that let a misspelt ``nested_objects`` pass would hide a mistake that loses data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrierx_simulator import errors
from carrierx_simulator.errors import Entry

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.datastructures import QueryParams

_MOST_DIGITS = 18
_HUGE = 10**18


class Query:
    """The arguments of one call, and the problems found in them so far."""

    def __init__(
        self, arguments: QueryParams, known: Collection[str], left_out: Collection[str] = ()
    ) -> None:
        """Note unknown and repeated arguments. ``known`` are the ones that this call takes.

        Raises a 501 `ApiError` for one of ``left_out``: documented, and not simulated.
        """
        self._arguments = arguments
        self.problems: list[Entry] = []
        for name in dict.fromkeys(name for name, _ in arguments.multi_items()):
            if name in left_out:
                what = f"the query argument {name}"
                raise errors.not_simulated(what)
            if name not in known:
                self.problems.append(Entry(name, "is not a known query argument"))
            elif len(arguments.getlist(name)) > 1:
                self.problems.append(Entry(name, "is given more than once"))

    def text(self, name: str) -> str | None:
        """The value of an argument, or None."""
        return self._arguments.get(name)

    def whole_number(self, name: str, default: int, least: int, most: int | None) -> int:
        """An integer in a range; notes a problem and returns the default for anything else."""
        value = self._arguments.get(name)
        if value is None:
            return default
        digits = value.lstrip("0") or "0"
        if value.isascii() and value.isdigit():
            # Beyond 18 digits a number no longer fits SQLite, and is past every end anyway.
            number = int(digits) if len(digits) <= _MOST_DIGITS else _HUGE
            if number >= least and (most is None or number <= most):
                return number
        until = f"from {least} up" if most is None else f"from {least} to {most}"
        self.problems.append(Entry(name, f"must be a whole number {until}"))
        return default

    def one_of(self, name: str, values: Collection[str]) -> str | None:
        """One of a few words; notes a problem for any other."""
        value = self._arguments.get(name)
        if value is not None and value not in values:
            self.problems.append(Entry(name, f"must be {' or '.join(values)}"))
        return value

    def check(self) -> None:
        """Raise one 400 `ApiError` with every problem, if there is any."""
        if self.problems:
            raise errors.bad_query(self.problems)
