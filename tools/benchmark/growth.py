"""How a create grows with the numbers, and whose the growth is."""

from collections.abc import Iterator
from itertools import product

from tools.benchmark.comparison import whole_life
from tools.benchmark.figures import Figures, Picture
from tools.benchmark.measurement import Measurement, Measurements, Setting
from tools.benchmark.rows import Row
from tools.benchmark.stack import Command

ROWS = (Row.NOTHING, Row.NOTHING_LARGE, Row.CARRIERX)
PICTURE = Picture(
    "growth.svg",
    "Seconds of a create against the numbers, with the state written after each step and once.",
)


def growth(numbers: tuple[int, ...]) -> Iterator[Measurement]:
    """Measure a create, with the state written after every step and at the end, without latency.

    Raises:
        RunFailedError: A command failed.
    """
    for count, checkpoints in product(numbers, (True, False)):
        yield from whole_life(Setting(0, count, checkpoints), ROWS, (Command.CREATE,))


def growth_table(measurements: Measurements) -> tuple[Figures, ...]:
    """What each number costs, with and without a state write after each step."""
    if not measurements.settings():
        return ()
    counts = sorted({setting.numbers for setting in measurements.settings()})
    return (
        Figures(
            title="What grows faster than the numbers",
            explanation=(
                "Seconds of a create at 0 ms; in brackets the milliseconds for each number. If "
                "the state is written *after each step*, which is the engine's default, each "
                "number costs more the more there are, even for a provider that does nothing: the "
                "engine writes the whole file each time. *Writes* is what that costs: the "
                f"difference to one write at the end. *{Row.NOTHING_LARGE}* keeps as many outputs "
                f"in the state as {Row.CARRIERX} does, and still does nothing."
                f"{_growth_words(measurements, counts)}"
            ),
            columns=("row", "numbers", "state, kB", "after each step", "at the end", "writes"),
            rows=tuple(
                _line(measurements, row, count)
                for row in ROWS
                for count in counts
                if measurements.of(row, Command.CREATE, Setting(0, count, checkpoints=True))
            ),
            pictures=(PICTURE,),
        ),
    )


def _growth_words(measurements: Measurements, counts: list[int]) -> str:
    """How many times as long the most numbers take as the fewest; begins with a space."""
    fewest, most = counts[0], counts[-1]
    grown = {
        (row, checkpoints): last.seconds / first.seconds
        for row, checkpoints in product((Row.NOTHING, Row.CARRIERX), (True, False))
        if (first := measurements.of(row, Command.CREATE, Setting(0, fewest, checkpoints)))
        and (last := measurements.of(row, Command.CREATE, Setting(0, most, checkpoints)))
    }
    if fewest == most or not grown:
        return ""
    said = "; ".join(
        f"{row} {times:.0f} × {'after each step' if checkpoints else 'at the end'}"
        for (row, checkpoints), times in grown.items()
    )
    return f" {most / fewest:.0f} × as many numbers take: {said}."


def _line(measurements: Measurements, row: Row, count: int) -> tuple[str, ...]:
    each_step, at_the_end = (
        measurements.of(row, Command.CREATE, Setting(0, count, checkpoints))
        for checkpoints in (True, False)
    )
    state = each_step or at_the_end
    writes = each_step.seconds - at_the_end.seconds if each_step and at_the_end else None
    return (
        row.value,
        f"{count:,}",
        f"{state.state_bytes / 1e3:,.0f}" if state else "",
        *(_per_number(one.seconds if one else None, count) for one in (each_step, at_the_end)),
        _per_number(writes, count),
    )


def _per_number(seconds: float | None, count: int) -> str:
    return "" if seconds is None else f"{seconds:.1f} ({seconds / count * 1e3:.0f})"
