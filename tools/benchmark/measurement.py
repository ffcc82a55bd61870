"""One command of one row, measured; and how measurements are kept as JSON."""

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from tools.benchmark.roles import Role
from tools.benchmark.rows import Row
from tools.benchmark.stack import Command


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """What all rows have in common when they are compared.

    ``checkpoints`` is whether Pulumi's engine writes the state after every step.
    """

    latency_ms: int
    numbers: int
    checkpoints: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one command took. ``calls`` are by HTTP method, as the simulator counted them."""

    row: Row
    command: Command
    setting: Setting
    seconds: float
    cpu_seconds: float
    cpu_by_role: Mapping[Role, float]
    megabytes_by_role: Mapping[Role, float]
    calls: Mapping[str, int]
    simulator_cpu_seconds: float
    state_bytes: int
    """After the command, as it lies on disk."""

    @property
    def key(self) -> tuple[Row, Command, Setting]:
        """What it is a measurement of; several rounds share it."""
        return self.row, self.command, self.setting

    @property
    def megabytes(self) -> float:
        """The peaks of its long-lived processes, added up."""
        return sum(held for role, held in self.megabytes_by_role.items() if role is not Role.OTHER)

    def as_json(self) -> dict[str, Any]:
        """Plain values, of as many digits as mean something."""
        return {
            **asdict(self),
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "cpu_by_role": {role: round(taken, 2) for role, taken in self.cpu_by_role.items()},
            "megabytes_by_role": {
                role: round(held, 1) for role, held in self.megabytes_by_role.items()
            },
            "simulator_cpu_seconds": round(self.simulator_cpu_seconds, 2),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The measurement that ``as_json`` gave."""
        return cls(
            **{
                **kept,
                "row": Row(kept["row"]),
                "command": Command(kept["command"]),
                "setting": Setting(**kept["setting"]),
                "cpu_by_role": _by_role(kept["cpu_by_role"]),
                "megabytes_by_role": _by_role(kept["megabytes_by_role"]),
            }
        )


class Measurements:
    """Many of them, to be asked for one; of several rounds it is the one of median time."""

    def __init__(self, measured: Iterable[Measurement]) -> None:
        """Keep them, in their order."""
        self._rounds: dict[tuple[Row, Command, Setting], list[Measurement]] = {}
        for one in measured:
            self._rounds.setdefault(one.key, []).append(one)

    def of(self, row: Row, command: Command, setting: Setting) -> Measurement | None:
        """What this row took, or None if it was not measured."""
        rounds = self._rounds.get((row, command, setting))
        if rounds is None:
            return None
        median = statistics.median_low(one.seconds for one in rounds)
        return next(one for one in rounds if one.seconds == median)

    def settings(self, *, latency_ms: int | None = None) -> list[Setting]:
        """All settings, or those of one latency, from few numbers to many."""
        found = {setting for _, _, setting in self._rounds}
        return sorted(s for s in found if latency_ms in {None, s.latency_ms})

    def latencies(self) -> list[int]:
        """All latencies, in ms."""
        return sorted({setting.latency_ms for setting in self.settings()})

    def has(self, row: Row) -> bool:
        """Whether this row was measured at all."""
        return any(measured is row for measured, _, _ in self._rounds)

    def commands(self, setting: Setting) -> list[Command]:
        """The commands that any row was measured with, in the order of a stack's life."""
        found = {command for _, command, of in self._rounds if of == setting}
        return [command for command in Command if command in found]

    def all(self) -> list[Measurement]:
        """Every one, in its order."""
        return [one for rounds in self._rounds.values() for one in rounds]


def _by_role(kept: Mapping[str, float]) -> dict[Role, float]:
    return {Role(role): figure for role, figure in kept.items()}
