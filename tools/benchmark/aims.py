"""What the figures have to be, each with what it was."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.benchmark.call_counts import are_allowed
from tools.benchmark.figures import Promise
from tools.benchmark.measurement import Measurement, Measurements, Setting
from tools.benchmark.rows import Row
from tools.benchmark.stack import Command

MOST_TIMES_THE_FLOOR = 1.15
MOST_MEGABYTES_OVER_FLOOR = 60
TIMES_FASTER_READS = 10
READS = Setting(latency_ms=50, numbers=2_000, checkpoints=False)


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that one command can take."""

    engine: Measurement
    """With a provider that does nothing."""
    http: Measurement
    """The calls that the command needs, over four connections."""

    @property
    def seconds(self) -> float:
        """The one after the other; an engine that does both at once may be below it."""
        return self.engine.seconds + self.http.seconds


@dataclass(frozen=True, slots=True)
class AgainstFloor:
    """One command of ours beside the least that it can take."""

    ours: Measurement
    floor: Floor

    @property
    def times(self) -> float:
        """How many times as long as that we take."""
        return self.ours.seconds / self.floor.seconds

    @property
    def megabytes_over(self) -> float:
        """How much more memory all processes together take than with a provider of nothing."""
        return self.ours.megabytes - self.floor.engine.megabytes

    @property
    def words(self) -> str:
        """Which command of how many numbers."""
        setting = self.ours.setting
        return f"{self.ours.command} of {setting.numbers:,} at {setting.latency_ms} ms"


def floor_of(measurements: Measurements, command: Command, setting: Setting) -> Floor | None:
    """A command's floor, or None if a half of it was not measured."""
    engine, http = (measurements.of(row, command, setting) for row in (Row.NOTHING, Row.HTTP_4))
    return None if engine is None or http is None else Floor(engine, http)


def against_floor(
    measurements: Measurements, command: Command, setting: Setting
) -> AgainstFloor | None:
    """Our command beside its floor, or None if either was not measured."""
    ours = measurements.of(Row.CARRIERX, command, setting)
    floor = floor_of(measurements, command, setting)
    return None if ours is None or floor is None else AgainstFloor(ours, floor)


def time_promise(measurements: Measurements) -> tuple[Promise, ...]:
    """Every command takes little more than its floor."""
    every = list(_every_against_floor(measurements))
    if not every:
        return ()
    over = [one for one in every if one.times > MOST_TIMES_THE_FLOOR]
    worst = max(every, key=lambda one: one.times)
    count = f"; {len(over)} of {len(every)} are above" if over else ""
    return (
        Promise(
            f"every command takes at most {MOST_TIMES_THE_FLOOR} × the engine's floor plus HTTP's "
            f"floor with four connections (at worst {worst.times:.2f} ×: {worst.words}{count})",
            kept=not over,
        ),
    )


def reads_promise(measurements: Measurements) -> tuple[Promise, ...]:
    """Reads in bulk are many times faster than one by one."""
    ours, per_number, engine = (
        measurements.of(row, Command.REFRESH, READS)
        for row in (Row.CARRIERX, Row.PER_NUMBER, Row.NOTHING)
    )
    if ours is None or per_number is None or engine is None:
        return ()
    most = per_number.seconds / engine.seconds
    return (
        Promise(
            f"a refresh of {READS.numbers:,} at {READS.latency_ms} ms is at least "
            f"{TIMES_FASTER_READS} × as fast as with one read for each number "
            f"({ours.seconds:.1f} s against {per_number.seconds:.1f} s is "
            f"{per_number.seconds / ours.seconds:.1f} ×; the engine alone takes "
            f"{engine.seconds:.1f} s of both, so at most {most:.1f} × is possible)",
            kept=per_number.seconds >= TIMES_FASTER_READS * ours.seconds,
        ),
    )


def memory_promise(measurements: Measurements) -> tuple[Promise, ...]:
    """All processes together take little more memory than with a provider that does nothing."""
    every = list(_every_against_floor(measurements))
    if not every:
        return ()
    worst = max(every, key=lambda one: one.megabytes_over)
    return (
        Promise(
            f"all processes together take at most {MOST_MEGABYTES_OVER_FLOOR} MB more than with a "
            f"provider that does nothing (at worst {worst.megabytes_over:.0f} MB: {worst.words})",
            kept=worst.megabytes_over <= MOST_MEGABYTES_OVER_FLOOR,
        ),
    )


def calls_promise(measurements: Measurements) -> tuple[Promise, ...]:
    """No command makes an unnecessary call; a refresh makes as few as it can know."""
    ours = [one for one in measurements.all() if one.row is Row.CARRIERX]
    if not ours:
        return ()
    return (
        Promise(
            "no command makes an unnecessary call; a refresh of N numbers makes at most "
            "2 × min(N, pages of the list) + 2",
            kept=all(are_allowed(one.calls, one.setting.numbers, one.command) for one in ours),
        ),
    )


def _every_against_floor(measurements: Measurements) -> Iterator[AgainstFloor]:
    for setting in measurements.settings():
        for command in Command:
            if (beside := against_floor(measurements, command, setting)) is not None:
                yield beside
